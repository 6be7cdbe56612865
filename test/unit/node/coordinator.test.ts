import { describe, expect, it } from 'vitest';

import { digestOf } from '../../../src/chain/duty.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { decode } from '../../../src/crypto/codec.ts';
import { recoverPublicKey, signatureCodec } from '../../../src/crypto/ecdsa.ts';
import type { SignProgress } from '../../../src/node/api.ts';
import { signingMessageCodec } from '../../../src/node/control.ts';
import { MAX_ATTEMPTS } from '../../../src/node/coordinator.ts';
import { publicKeyOf } from '../../../src/protocols/epoch.ts';
import { type Letter, Runtimes, request } from '../../sim/runtimes.ts';

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
      const { excluded } = nodes.seat(2);
      excluded.add(partyIndex(1)); // node 2 wants nothing to do with node 1
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
