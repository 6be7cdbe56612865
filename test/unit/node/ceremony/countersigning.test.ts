import { describe, expect, it } from 'vitest';

import { readLock } from '../../../../src/chain/lock-file.ts';
import { type Lock, lockHash } from '../../../../src/chain/lock.ts';
import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { signatureCodec } from '../../../../src/crypto/ecdsa.ts';
import { signFor } from '../../../../src/crypto/ed25519.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { Countersigning } from '../../../../src/node/ceremony/countersigning.ts';
import type { CeremonyMessage } from '../../../../src/node/ceremony/messages.ts';
import type { Identity } from '../../../../src/node/identity.ts';
import type { KeyRuntime } from '../../../../src/node/key-runtime.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { firstEpoch, nextEpoch, seedOf } from '../../audit/support/epochs.ts';
import { memoryDisk } from '../helpers.ts';

const { lock: whole } = nextEpoch(firstEpoch(4, 3), { committee: [1, 3, 4, 5] });
const bare: Lock = { ...whole, proofs: [], signatures: [] };
const hash = lockHash(whole);
const [proof, second] = whole.proofs;
if (proof === undefined || second === undefined) throw new RangeError('two windows');

type Sign = (request: unknown, options: { readonly signers: readonly PartyIndex[] }) => Promise<unknown>;

/** One member that countersigns. `sign` answers its requests for test signatures. */
function made(index: number, lock = bare, sign: Sign | 'left' = () => new Promise(() => undefined)) {
  const [clock, disk] = [new SimClock(), memoryDisk()];
  const sent: CeremonyMessage[] = [];
  const [proven, done]: [(readonly PartyIndex[])[], Lock[]] = [[], []];
  const counts: (readonly [number, number])[] = [];
  const runtime = sign === 'left' ? undefined : ({ sign } as unknown as KeyRuntime);
  const one = new Countersigning(lock, runtime, {
    self: partyIndex(index),
    identity: { sign: (p: 'lock', h: Uint8Array) => signFor(p, seedOf(index), h) } as unknown as Identity,
    ...{ clock, disk, path: 'c/lock.json', patienceMs: 4_000 },
    send: (message) => void sent.push(message),
    proven: (signers) => void proven.push(signers),
    countersigned: (have, awaiting) => void counts.push([have.length, awaiting.length]),
    done: (finished) => void done.push(finished),
    guard: (step) => step(),
  });
  const hear = (from: number): void =>
    one.hearSignature(partyIndex(from), hash, signFor('lock', seedOf(from), hash));
  return { one, clock, disk, sent, proven, done, counts, hear };
}
const onDisk = ({ disk }: ReturnType<typeof made>): Lock =>
  readLock(disk.read('c/lock.json') ?? new Uint8Array(0), 'lock.json');

describe('the countersigning of an epoch', () => {
  it('signs at once, keeps what comes in the file, and is done when nothing is missing', () => {
    const node = made(5);
    node.one.begin();
    expect(node.sent).toMatchObject([{ kind: 'lock-signature', lockHash: hash }]);
    expect(onDisk(node).signatures).toHaveLength(1);
    for (const from of [1, 3, 4]) node.hear(from);
    node.one.hearProof(partyIndex(1), 0, proof.signature);
    expect(node.done).toEqual([]);
    expect(onDisk(node)).toMatchObject({ proofs: [{ window: 0 }] });
    node.one.hearProof(partyIndex(1), 1, second.signature);
    expect(node.done).toHaveLength(1);
    expect(onDisk(node)).toEqual(whole);
    expect(node.counts.at(-1)).toEqual([4, 0]);
    expect(node.proven).toEqual([proof.signers, second.signers]);
  });

  it('keeps what comes on a node that has left, which signs nothing and asks for nothing', () => {
    const node = made(2, bare, 'left');
    node.one.begin();
    for (const from of [1, 3, 4, 5]) node.hear(from);
    node.one.hearProof(partyIndex(1), 0, proof.signature);
    node.one.hearProof(partyIndex(1), 1, second.signature);
    expect(onDisk(node)).toEqual(whole);
    expect(node.sent).toEqual([]);
  });

  it('does not change what the members sign by what comes for it', () => {
    const node = made(5);
    node.one.begin();
    node.one.hearProof(partyIndex(1), 1, second.signature);
    expect(lockHash(node.one.lock)).toEqual(hash);
  });

  it('goes on from the file after a restart, and signs no second time', () => {
    const before = made(5);
    before.one.begin();
    before.hear(1);
    before.one.hearProof(partyIndex(1), 0, proof.signature);
    const again = made(5, onDisk(before));
    again.one.begin();
    expect(again.one.lock.signatures.map(({ index }) => index)).toEqual([1, 5]);
    expect(again.sent.map(({ kind }) => kind)).toEqual(['proof', 'lock-signature']);
    for (const from of [3, 4]) again.hear(from);
    again.one.hearProof(partyIndex(1), 1, second.signature);
    expect(again.done).toEqual([whole]);
  });

  it('is done at once with a file in which nothing is missing', () => {
    const node = made(5, whole);
    node.one.begin();
    expect(node.done).toEqual([whole]);
  });

  it('tells who comes back every proof and its own signature, and nobody else’s', () => {
    const node = made(5);
    node.one.begin();
    node.hear(1);
    node.one.hearProof(partyIndex(1), 0, proof.signature);
    expect(node.one.greetings.map(({ kind }) => kind)).toEqual(['proof', 'lock-signature']);
  });

  it('refuses a proof that proves nothing, and a signature in another’s name', () => {
    const node = made(5);
    node.one.begin();
    const bad = expect.objectContaining({ code: 'bad-signature' });
    expect(() => node.one.hearProof(partyIndex(1), 0, second.signature)).toThrow(bad);
    const theirs = signFor('lock', seedOf(3), hash);
    expect(() => node.one.hearSignature(partyIndex(1), hash, theirs)).toThrow(bad);
    expect([node.one.lock.proofs, node.proven]).toEqual([[], []]);
  });

  it('passes over what is of another lock, no window, no member, or there already', () => {
    const node = made(5);
    node.one.begin();
    const other = lockHash({ ...whole, previousLockHash: new Uint8Array(32) });
    node.one.hearSignature(partyIndex(1), other, signFor('lock', seedOf(1), other));
    node.one.hearSignature(partyIndex(2), hash, signFor('lock', seedOf(2), hash));
    node.one.hearProof(partyIndex(1), 7, proof.signature);
    node.hear(1);
    node.hear(1);
    for (let i = 0; i < 2; i++) node.one.hearProof(partyIndex(1), 0, proof.signature);
    expect(node.one.lock.signatures.map(({ index }) => index)).toEqual([1, 5]);
    expect(node.proven).toHaveLength(1);
  });
});

describe('test signatures', () => {
  const answer = (of = proof) => Promise.resolve({ signature: encode(signatureCodec, of.signature) });

  it('are asked for by the first member of a window, and told to all', async () => {
    const node = made(1, bare, async (_, { signers }) =>
      answer(String(signers) === String(proof.signers) ? proof : second),
    );
    node.one.begin();
    await settle();
    expect(node.sent.map(({ kind }) => kind)).toEqual(['lock-signature', 'proof', 'proof']);
    expect(node.one.lock.proofs).toEqual(whole.proofs);
    expect(made(3).one.greetings).toEqual([]);
  });

  it('are asked for again until there is one: somebody may be away for long', async () => {
    let asked = 0;
    const late = { ...bare, proofs: [second] };
    const node = made(1, late, async () => {
      asked += 1;
      if (asked < 12) throw new OperationError('quorum-unavailable', 'retry', 'too few');
      return answer();
    });
    node.one.begin();
    await node.clock.advance(60_000);
    expect(asked).toBe(12);
    expect(node.proven).toEqual([second.signers, proof.signers]);
    expect(node.clock.planned).toBe(0);
  });

  it('are asked for no more after a stop', async () => {
    const node = made(1, bare, async () => {
      throw new OperationError('timed-out', 'retry', 'late');
    });
    node.one.begin();
    await settle();
    node.one.stop();
    await node.clock.advance(60_000);
    expect(node.clock.planned).toBe(0);
    node.one.hearProof(partyIndex(3), 0, proof.signature);
    expect(node.proven).toEqual([]);
  });

  it('that are in the file take effect again: the last process may have ended before they did', () => {
    const node = made(5, { ...bare, proofs: [proof] });
    node.one.begin();
    expect(node.proven).toEqual([proof.signers]);
  });
});
