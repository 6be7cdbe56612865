import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';
import { signingMessageCodec } from '../../../src/node/control.ts';
import { epochIdOf } from '../../../src/protocols/epoch.ts';
import { protos } from '../../../src/protocols/kernel/envelope.ts';
import { type Spec, specCodec, specHash } from '../../../src/protocols/kernel/spec.ts';
import { suite } from '../../../src/protocols/params.ts';
import { Runtimes, exclude, request } from '../../sim/runtimes.ts';
import { named } from './helpers.ts';

const one = partyIndex(1);
const two = partyIndex(2);
const three = partyIndex(3);
const four = partyIndex(4);
const quorum = [one, two, three];

/** What node 1 proposes to its quorum. */
function specOf(nodes: Runtimes, change: Partial<Spec> = {}): Spec {
  const { record } = nodes.key;
  return {
    version: 1,
    suite: suite.name,
    proto: protos.presign,
    keyId: record.keyId,
    epochId: epochIdOf(record),
    participants: record.members.filter(({ index }) => quorum.includes(index)),
    threshold: 3,
    batch: 4,
    purpose: 'batch',
    context: new Uint8Array(32),
    position: (1n << 48n) | 5n,
    coordinator: one,
    coordinatorNonce: named('nonce'),
    notAfterMs: BigInt(nodes.clock.nowMs()) + 60_000n,
    roundTimeoutMs: 10_000,
    ...change,
  };
}

/** What node 2 says to a proposal: the reason of its refusal, or that it joins. */
async function answer(nodes: Runtimes, spec: Uint8Array, from = one): Promise<string> {
  const said: string[] = [];
  nodes.tamper = (letter) => {
    if (letter.from !== 2) return [];
    if (letter.channel === 'session') said.push('joins');
    else {
      const message = decode(signingMessageCodec, letter.bytes);
      if (message.kind === 'refusal') said.push(message.reason);
    }
    return [];
  };
  await deliver(nodes, from, spec);
  return said[0] ?? 'silence';
}

/** Does something once, when a member says its first word in a session. */
function whenItSpeaks(nodes: Runtimes, index: number, act: () => void): void {
  nodes.tamper = (letter) => {
    if (letter.from !== index || letter.channel !== 'session') return [letter];
    nodes.tamper = (one) => [one];
    act();
    return [letter];
  };
}

async function deliver(nodes: Runtimes, from: typeof one, spec: Uint8Array): Promise<void> {
  nodes.seat(2).runtime.receive(from, encode(signingMessageCodec, { kind: 'presign', spec }));
  await nodes.pump();
}

describe('a member that is asked to presign', () => {
  it('joins what is legal, once', async () => {
    const nodes = new Runtimes();
    const spec = encode(specCodec, specOf(nodes));
    expect(await answer(nodes, spec)).toBe('joins');
    expect(await answer(nodes, spec)).toBe('already-joined');
  });

  const illegal: readonly (readonly [code: string, change: (nodes: Runtimes) => Partial<Spec>])[] = [
    ['suite-mismatch', () => ({ suite: 'another' })],
    ['suite-mismatch', () => ({ version: 2 })],
    ['suite-mismatch', () => ({ proto: protos.keygen })],
    ['key-unknown', () => ({ keyId: named('another') })],
    ['stale-epoch', () => ({ epochId: named('another') })],
    ['bad-signer-set', ({ key: { record } }) => ({ participants: record.members })],
    [
      'bad-signer-set',
      ({ key: { record } }) => ({ participants: record.members.filter((m) => m.index !== 2) }),
    ],
    [
      'bad-signer-set',
      ({ key: { record } }) => ({
        participants: record.members
          .slice(0, 3)
          .map((m, i) => (i === 2 ? { ...m, identityPk: named('x') } : m)),
      }),
    ],
    ['bad-signer-set', () => ({ threshold: 2 })],
    ['bad-signer-set', () => ({ coordinator: three })],
    ['bad-signer-set', () => ({ position: (3n << 48n) | 5n })],
    ['batch-illegal', () => ({ batch: 0 })],
    ['batch-illegal', () => ({ batch: 257 })],
    ['batch-illegal', () => ({ purpose: 'blob' })],
    ['request-expired', ({ clock }) => ({ notAfterMs: BigInt(clock.nowMs()) - 1n })],
    ['request-expired', ({ clock }) => ({ notAfterMs: BigInt(clock.nowMs()) + 700_000n })],
  ];
  it.each(illegal)('P1: refuses as %s what breaks the rule (case %#)', async (code, change) => {
    const nodes = new Runtimes();
    const spec = specOf(nodes, change(nodes));
    expect(await answer(nodes, encode(specCodec, spec))).toBe(code);
  });

  it('P1: refuses a second specification at one position, and one from long ago', async () => {
    const nodes = new Runtimes();
    const at = (position: bigint, nonce: string): Uint8Array =>
      encode(specCodec, specOf(nodes, { position: (1n << 48n) | position, coordinatorNonce: named(nonce) }));
    expect(await answer(nodes, at(9_000n, 'a'))).toBe('joins');
    expect(await answer(nodes, at(9_000n, 'b'))).toBe('position-taken');
    expect(await answer(nodes, at(1n, 'c'))).toBe('position-too-old');
  });

  it('refuses to presign with a member that evidence has excluded', async () => {
    const nodes = new Runtimes();
    exclude(nodes.seat(2), three);
    expect(await answer(nodes, encode(specCodec, specOf(nodes)))).toBe('party-excluded');
  });

  it('runs only so many sessions at a time, also of one quorum', async () => {
    const nodes = new Runtimes();
    const answers: string[] = [];
    for (let i = 1n; i <= 6n; i++) {
      const spec = specOf(nodes, { position: (1n << 48n) | i });
      answers.push(await answer(nodes, encode(specCodec, spec)));
    }
    expect(answers).toEqual(['joins', 'joins', 'joins', 'joins', 'session-limit', 'session-limit']);
  });

  it('says nothing to bytes that are no specification', async () => {
    expect(await answer(new Runtimes(), new Uint8Array(10))).toBe('silence');
  });

  it('refuses, and does not fall, when its disk cannot note what it joins', async () => {
    const nodes = new Runtimes();
    nodes.seat(2).disk.fault = { code: 'disk-full', level: 'retry' };
    expect(await answer(nodes, encode(specCodec, specOf(nodes)))).toBe('disk-full');
  });
});

describe('presigning', () => {
  it('leaves the same presignatures at all members, and remembers where their session ended', async () => {
    const nodes = new Runtimes();
    const { runtime } = nodes.seat(1);
    await nodes.ending(runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 }));
    const { keyId } = nodes.key.record;
    for (const index of [1, 2, 3]) expect(nodes.seat(index).runtime.pool.level(keyId, quorum)).toBe(3);
    expect(nodes.seat(4).runtime.levels()).toEqual([]);
    const ids = [1, 2, 3].map((j) => nodes.seat(j).runtime.pool.propose(keyId, quorum, two)?.presigId);
    expect(ids[0]).toBeDefined();
    expect(ids[1]).toEqual(ids[0]);
    expect(ids[2]).toEqual(ids[0]);
  });

  it('does not listen to the refusal of a node that was not asked', async () => {
    const nodes = new Runtimes();
    nodes.tamper = (letter) => {
      if (letter.channel !== 'signing' || letter.to !== 2) return [letter];
      const message = decode(signingMessageCodec, letter.bytes);
      if (message.kind === 'presign') {
        const subject = specHash(decode(specCodec, message.spec));
        nodes.say(four, one, { kind: 'refusal', subject, attempt: 0, reason: 'no', detail: 'I say so' });
      }
      return [letter];
    };
    const signing = nodes.seat(1).runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 });
    expect((await nodes.ending(signing)).attempt).toBe(1);
  });

  it('wipes what a session makes after the key has gone out of use', async () => {
    const nodes = new Runtimes();
    const { runtime } = nodes.seat(1);
    whenItSpeaks(nodes, 1, () => {
      runtime.stop();
    });
    const signing = runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 });
    await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'signing-failed' });
    expect(runtime.levels()).toEqual([]);
  });
});

describe('the gate of an epoch', () => {
  const demand = { signers: quorum, deadlineMs: 60_000 };
  /** What member 2 answers, by reason. */
  const refusalsOf = (nodes: Runtimes): readonly string[] => {
    const said: string[] = [];
    nodes.tamper = (letter) => {
      const message =
        letter.from === 2 && letter.channel === 'signing'
          ? decode(signingMessageCodec, letter.bytes)
          : undefined;
      if (message?.kind === 'refusal') said.push(message.reason);
      return [letter];
    };
    return said;
  };

  it('keeps a member that has committed to the next one out of sessions of others', async () => {
    const nodes = new Runtimes();
    nodes.seat(2).key.gate.freeze();
    expect(await answer(nodes, encode(specCodec, specOf(nodes)))).toBe('ceremony-in-progress');
  });

  it('keeps it from signing with what it has made before', async () => {
    const nodes = new Runtimes();
    await nodes.ending(nodes.seat(1).runtime.sign(request(nodes.key), demand));
    expect(nodes.seat(2).runtime.levels()).not.toEqual([]);
    nodes.seat(2).key.gate.freeze();
    const said = refusalsOf(nodes);
    const next = nodes.seat(1).runtime.sign(request(nodes.key, { batchIndex: 2n }), demand);
    await expect(nodes.ending(next)).rejects.toThrow();
    expect(said[0]).toBe('ceremony-in-progress');
    expect(nodes.seat(2).signed).toHaveLength(1);
  });

  it('wipes what a session makes that had begun before', async () => {
    const nodes = new Runtimes();
    whenItSpeaks(nodes, 2, () => {
      nodes.seat(2).key.gate.freeze();
    });
    const signing = nodes.seat(1).runtime.sign(request(nodes.key), demand);
    await nodes.ending(signing).catch(() => undefined);
    expect(nodes.seat(3).runtime.levels()).not.toEqual([]);
    expect(nodes.seat(2).runtime.levels()).toEqual([]);
  });

  it.each(['committed', 'replaced'])(
    'stops this node from proposing in an epoch that it has %s',
    async (how) => {
      const nodes = new Runtimes();
      const { runtime, key } = nodes.seat(1);
      if (how === 'committed') key.gate.freeze();
      else {
        runtime.stop();
        key.secret.wipe();
      }
      const signing = runtime.sign(request(nodes.key), demand);
      await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'ceremony-in-progress' });
    },
  );
});
