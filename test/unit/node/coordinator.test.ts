import { describe, expect, it } from 'vitest';

import { digestOf } from '../../../src/chain/duty.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { decode } from '../../../src/crypto/codec.ts';
import { recoverPublicKey, signatureCodec } from '../../../src/crypto/ecdsa.ts';
import type { SignProgress } from '../../../src/node/api.ts';
import { type SigningMessage, signingMessageCodec } from '../../../src/node/control.ts';
import { MAX_ATTEMPTS, MAX_PASSING } from '../../../src/node/coordinator.ts';
import { publicKeyOf } from '../../../src/protocols/epoch.ts';
import { decodeSpec, specHash } from '../../../src/protocols/kernel/spec.ts';
import { type Letter, Runtimes, exclude, request } from '../../sim/runtimes.ts';

const quorum = [1, 2, 3].map((j) => partyIndex(j));
const one = partyIndex(1);
const kindOf = ({ channel, bytes }: Letter): string =>
  channel === 'signing' ? decode(signingMessageCodec, bytes).kind : 'envelope';

describe('a coordinator', () => {
  it('leads a request to a signature of the key, cold and then warm', async () => {
    const nodes = new Runtimes();
    const { runtime } = nodes.seat(1);
    const asked = request(nodes.key);
    const first = await nodes.ending(runtime.sign(asked, { signers: quorum, deadlineMs: 60_000 }));
    expect([first.isWarm, first.attempt, first.signers]).toEqual([false, 1, quorum]);
    const signature = decode(signatureCodec, first.signature);
    expect(recoverPublicKey(digestOf(asked), signature)?.equals(publicKeyOf(nodes.key.record))).toBe(true);
    const next = request(nodes.key, { batchIndex: 2n });
    const second = await nodes.ending(runtime.sign(next, { signers: quorum, deadlineMs: 60_000 }));
    expect(second.isWarm).toBe(true);
    expect(second.presigId).not.toEqual(first.presigId);
  });

  it('does not reach for one presignature with two requests at a time', async () => {
    const nodes = new Runtimes();
    const { runtime, log } = nodes.seat(1);
    await nodes.ending(runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 }));
    expect(runtime.pool.level(nodes.key.record.keyId, quorum, one)).toBe(1);
    const both = [2n, 3n].map((batchIndex) =>
      runtime.sign(request(nodes.key, { batchIndex }), { signers: quorum, deadlineMs: 60_000 }),
    );
    const signed = await nodes.ending(Promise.all(both));
    expect(signed.map(({ isWarm }) => isWarm).sort()).toEqual([false, true]);
    expect(log.lines.filter(({ event }) => event === 'presignature asked for twice')).toEqual([]);
  });

  it('prefers a quorum that has a presignature ready, among those that are equally good', async () => {
    const nodes = new Runtimes();
    const { runtime } = nodes.seat(1);
    await nodes.ending(runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 }));
    for (let index = 2n; index < 4n; index++) {
      if (runtime.pool.propose(nodes.key.record.keyId, quorum, one) === undefined) break;
      const asked = request(nodes.key, { batchIndex: index });
      const signed = await nodes.ending(runtime.sign(asked, { deadlineMs: 60_000 }));
      expect([signed.isWarm, String(signed.signers)]).toEqual([true, '1,2,3']);
    }
  });

  it('turns to another quorum when a member refuses, and tells who refused', async () => {
    const nodes = new Runtimes();
    const seen: SignProgress[] = [];
    const { runtime } = nodes.seat(1);
    nodes.tamper = (letter) => {
      if (letter.to !== 2 || kindOf(letter) !== 'presign') return [letter];
      exclude(nodes.seat(2), 1); // node 2 wants nothing to do with node 1
      return [letter];
    };
    const demand = { deadlineMs: 60_000, onProgress: (event: SignProgress) => void seen.push(event) };
    const started = nodes.clock.monotonicMs();
    const signed = await nodes.ending(runtime.sign(request(nodes.key), demand));
    expect(signed.signers).not.toContain(2);
    expect(nodes.clock.monotonicMs() - started).toBeLessThan(5_000); // nobody waited for a deadline
    const failed = nodes.seat(1).log.lines.filter(({ event }) => event === 'attempt failed');
    for (const { fields } of failed) expect(fields['why']).toContain('node-2 refused (party-excluded');
    expect(seen.some(({ type }) => type === 'retry')).toBe(failed.length > 0);
  });

  it('turns to another quorum when a member does not answer in time, and names it', async () => {
    const nodes = new Runtimes();
    nodes.away.add(2);
    const signing = nodes.seat(1).runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 });
    await expect(nodes.ending(signing)).rejects.toMatchObject({
      code: 'signing-failed',
      message: expect.stringMatching(/timed-out, awaited node-2/),
    });
    const free = await nodes.ending(nodes.seat(1).runtime.sign(request(nodes.key), { deadlineMs: 60_000 }));
    expect(free.signers).toEqual([1, 3, 4]);
  });

  it('asks nobody for what this node itself refuses, and says so at once', async () => {
    const nodes = new Runtimes();
    const { runtime } = nodes.seat(1);
    await nodes.ending(runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 }));
    const asked: string[] = [];
    nodes.tamper = (letter) => {
      asked.push(kindOf(letter));
      return [letter];
    };
    const other = request(nodes.key, {}, 'another content');
    const conflict = runtime.sign(other, { signers: quorum, deadlineMs: 60_000 });
    await expect(nodes.ending(conflict)).rejects.toMatchObject({ code: 'guard-conflict' });
    const foreign = request(nodes.key, { l1ChainId: 1n });
    const denied = runtime.sign(foreign, { signers: quorum, deadlineMs: 60_000 });
    await expect(nodes.ending(denied)).rejects.toMatchObject({ name: 'InputError' });
    expect(asked.filter((kind) => kind === 'sign')).toEqual([]);
  });

  it('ends at the deadline of the request, whatever is under way', async () => {
    const nodes = new Runtimes();
    for (const j of [2, 3, 4]) nodes.away.add(j);
    const started = nodes.clock.monotonicMs();
    const signing = nodes.seat(1).runtime.sign(request(nodes.key), { deadlineMs: 700 });
    await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'deadline', level: 'retry' });
    expect(nodes.clock.monotonicMs() - started).toBe(700);
  });

  it('says who is missing when too few are connected', async () => {
    const nodes = new Runtimes({ connected: () => [1, 4] });
    const signing = nodes.seat(1).runtime.sign(request(nodes.key), { deadlineMs: 700 });
    await expect(nodes.ending(signing)).rejects.toMatchObject({
      code: 'quorum-unavailable',
      message: expect.stringMatching(/2 of 3 .*not available: node-2, node-3/),
    });
  });

  it('tries only so many quorums, and not one twice', async () => {
    const nodes = new Runtimes();
    const tried: string[] = [];
    nodes.tamper = (letter) => (kindOf(letter) === 'presign' ? [] : [letter]);
    const onProgress = ({ type, signers }: SignProgress): void => {
      if (type === 'quorum' || type === 'retry') tried.push(signers.join());
    };
    const signing = nodes.seat(1).runtime.sign(request(nodes.key), { deadlineMs: 600_000, onProgress });
    await expect(nodes.ending(signing)).rejects.toMatchObject({ name: 'OperationError' });
    expect(new Set(tried).size).toBe(tried.length);
    expect(tried.length).toBeLessThanOrEqual(MAX_ATTEMPTS);
  });

  it('refuses signers that are no quorum with this node in it', async () => {
    const nodes = new Runtimes();
    for (const signers of [
      [2, 3, 4],
      [1, 2],
      [1, 2, 3, 4],
    ].map((list) => list.map((j) => partyIndex(j)))) {
      const signing = nodes.seat(1).runtime.sign(request(nodes.key), { signers, deadlineMs: 700 });
      await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'bad-signer-set' });
    }
  });

  it('gives one signature to all who ask for the same at the same time', async () => {
    const nodes = new Runtimes();
    const { runtime } = nodes.seat(1);
    const demand = { signers: quorum, deadlineMs: 60_000 };
    const both = Promise.all([
      runtime.sign(request(nodes.key), demand),
      runtime.sign(request(nodes.key), demand),
    ]);
    const other = runtime.sign(request(nodes.key), { deadlineMs: 60_000 });
    await expect(other).rejects.toMatchObject({ code: 'request-in-progress' });
    const [first, second] = await nodes.ending(both);
    expect(first.presigId).toEqual(second.presigId);
  });
});

describe('a coordinator right after a start', () => {
  it('waits for links, and begins as soon as there are enough', async () => {
    const linked = [1];
    const nodes = new Runtimes({ connected: () => linked, patienceMs: 5_000 });
    const { runtime } = nodes.seat(1);
    const begun: number[] = [];
    const onProgress = ({ type }: SignProgress): void => {
      if (type === 'quorum') begun.push(nodes.clock.monotonicMs());
    };
    for (const [atMs, member] of [
      [800, 2],
      [1_300, 3],
    ] as const)
      nodes.clock.after(atMs, () => {
        linked.push(member);
        runtime.linksChanged(partyIndex(member));
      });
    const signed = await nodes.ending(runtime.sign(request(nodes.key), { deadlineMs: 60_000, onProgress }));
    expect([signed.signers, signed.attempt, begun]).toEqual([quorum, 1, [1_300]]);
  });

  it('says who is missing when its patience is over, and at half of the time at the latest', async () => {
    const nodes = new Runtimes({ connected: () => [1, 4], patienceMs: 5_000 });
    const { runtime } = nodes.seat(1);
    for (const [deadlineMs, endsMs] of [
      [60_000, 5_000],
      [4_000, 2_000],
    ] as const) {
      const started = nodes.clock.monotonicMs();
      const signing = runtime.sign(request(nodes.key), { deadlineMs });
      await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'quorum-unavailable' });
      expect(nodes.clock.monotonicMs() - started).toBe(endsMs);
    }
  });

  it('does not wait when nobody could come who would sign', async () => {
    const nodes = new Runtimes({ connected: () => [1, 2], patienceMs: 5_000 });
    for (const j of [3, 4]) exclude(nodes.seat(1), j);
    const started = nodes.clock.monotonicMs();
    const signing = nodes.seat(1).runtime.sign(request(nodes.key), { deadlineMs: 60_000 });
    await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'quorum-unavailable' });
    expect(nodes.clock.monotonicMs()).toBe(started);
  });
});

describe('what passes by itself', () => {
  const refusalOf = (letter: Letter, reason: string): SigningMessage | undefined => {
    if (letter.channel !== 'signing') return undefined;
    const message = decode(signingMessageCodec, letter.bytes);
    if (message.kind !== 'presign') return undefined;
    const subject = specHash(decodeSpec(message.spec));
    return { kind: 'refusal', subject, attempt: 0, reason, detail: 'not now' };
  };
  /** Node 2 answers so many proposals with a refusal. */
  function refusing(nodes: Runtimes, reason: string, times: number): void {
    let left = times;
    nodes.tamper = (letter) => {
      const message = letter.to === 2 && left > 0 ? refusalOf(letter, reason) : undefined;
      if (message === undefined) return [letter];
      left -= 1;
      nodes.say(partyIndex(2), one, message);
      return [];
    };
  }

  it.each([
    ['any', 'session-limit'],
    ['1,2,3', 'session-limit'],
    ['any', 'ceremony-in-progress'],
    ['any', 'gap-too-large'],
  ])('is tried again after a pause: a member that is busy (%s, %s)', async (which, reason) => {
    const nodes = new Runtimes({ connected: () => [1, 2, 3] });
    refusing(nodes, reason, 3);
    const signers = which === 'any' ? undefined : quorum;
    const started = nodes.clock.monotonicMs();
    const signed = await nodes.ending(
      nodes.seat(1).runtime.sign(request(nodes.key), { signers, deadlineMs: 60_000 }),
    );
    expect([signed.signers, signed.attempt]).toEqual([quorum, 4]);
    expect(nodes.clock.monotonicMs() - started).toBeGreaterThanOrEqual(1_500);
  });

  it('has an end all the same', async () => {
    const nodes = new Runtimes({ connected: () => [1, 2, 3] });
    refusing(nodes, 'session-limit', Infinity);
    const signing = nodes.seat(1).runtime.sign(request(nodes.key), { deadlineMs: 600_000 });
    await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'quorum-unavailable' });
    const failed = nodes.seat(1).log.lines.filter(({ event }) => event === 'attempt failed');
    expect(failed.length).toBe(MAX_PASSING + 1);
  });

  it('is no refusal of the content: that one ends it', async () => {
    const nodes = new Runtimes({ connected: () => [1, 2, 3] });
    refusing(nodes, 'policy-denied', 1);
    const signing = nodes.seat(1).runtime.sign(request(nodes.key), { deadlineMs: 60_000 });
    await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'quorum-unavailable' });
  });

  it.each([[true], [false]])('is the silence of a process that was replaced (%s)', async (isReplaced) => {
    const nodes = new Runtimes({ connected: () => [1, 2, 3] });
    const { runtime } = nodes.seat(1);
    nodes.away.add(2);
    nodes.clock.after(9_000, () => {
      nodes.away.delete(2);
      if (isReplaced) runtime.peerRestarted(partyIndex(2));
    });
    const signing = runtime.sign(request(nodes.key), { deadlineMs: 60_000 });
    if (isReplaced) expect((await nodes.ending(signing)).signers).toEqual(quorum);
    else await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'quorum-unavailable' });
  });

  it('is a session that ended because a member was started anew', async () => {
    const nodes = new Runtimes({ connected: () => [1, 2, 3] });
    const { runtime, sessions } = nodes.seat(1);
    nodes.away.add(2);
    nodes.clock.after(300, () => {
      nodes.away.delete(2);
      sessions.restarted(partyIndex(2));
      runtime.peerRestarted(partyIndex(2));
    });
    const signed = await nodes.ending(runtime.sign(request(nodes.key), { deadlineMs: 60_000 }));
    expect([signed.signers, signed.attempt]).toEqual([quorum, 2]);
    expect(nodes.clock.monotonicMs()).toBeLessThan(5_000);
  });
});
