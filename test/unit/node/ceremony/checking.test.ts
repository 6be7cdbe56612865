import { describe, expect, it } from 'vitest';

import { readLock } from '../../../../src/chain/lock-file.ts';
import { lockHash } from '../../../../src/chain/lock.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { signatureCodec } from '../../../../src/crypto/ecdsa.ts';
import { signFor } from '../../../../src/crypto/ed25519.ts';
import { InputError, OperationError } from '../../../../src/crypto/errors.ts';
import { Checking } from '../../../../src/node/ceremony/checking.ts';
import type { CeremonyMessage } from '../../../../src/node/ceremony/messages.ts';
import type { Identity } from '../../../../src/node/identity.ts';
import type { KeyRuntime } from '../../../../src/node/key-runtime.ts';
import { isOrdinary } from '../../../../src/node/supervise.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { members } from '../../../sim/cluster.ts';
import { makeCeremony } from '../../audit/support/folders.ts';
import { memoryDisk, named } from '../helpers.ts';

const { lock } = makeCeremony(4, 3, 'checking');
const { signatures, proofs, ...made } = lock;
const [proof, second] = proofs;
if (proof === undefined || second === undefined) throw new RangeError('two windows');
const seeds = members(4).map(({ seed }) => seed);
/** No member begins a window itself: node 4 only hears. */
const runtime = {
  sign: () => Promise.reject(new InputError('not-asked', 'x', 'x')),
} as unknown as KeyRuntime;

function checking() {
  const [clock, disk] = [new SimClock(), memoryDisk()];
  const sent: CeremonyMessage[] = [];
  const ends: string[] = [];
  const told: string[] = [];
  const fail = (state: string, reason: string, what: string): void =>
    void ends.push(`${state} ${reason}: ${what}`);
  const seed = seeds[3] ?? named('x');
  const one = new Checking({
    definition: lock.definition.definition,
    self: partyIndex(4),
    identity: {
      sign: (purpose: 'lock', hash: Uint8Array) => signFor(purpose, seed, hash),
    } as unknown as Identity,
    ...{ clock, disk, folder: 'c', fail },
    send: (message) => void sent.push(message),
    tell: (type) => void told.push(type),
    done: (whole) => void ends.push(`done ${whole.signatures.length}`),
    guard: (step) => {
      try {
        step();
      } catch (error) {
        if (!isOrdinary(error)) throw error;
        fail('failed', error.code, error.message);
      }
    },
  });
  const sign = (index: number, hash = lockHash(lock)): void => {
    one.hearSignature(partyIndex(index), hash, signFor('lock', seeds[index - 1] ?? named('x'), hash));
  };
  return { one, clock, disk, sent, ends, told, sign };
}
const two = partyIndex(2);

describe('the checking of a new key', () => {
  it('ends with the lock when both windows and all members have signed', () => {
    const { one, disk, ends, sent, sign } = checking();
    one.begin(made, runtime);
    for (const { window, signature } of proofs) one.hearProof(two, window, signature);
    expect(sent).toMatchObject([{ kind: 'lock-signature', lockHash: lockHash(lock) }]);
    // Who comes back gets what it may have forgotten, also when nothing is missing here.
    const greetings = [{ kind: 'proof', window: 0 }, { kind: 'proof', window: 1 }, ...sent];
    expect(one.greetings).toMatchObject(greetings);
    for (const index of [1, 2]) sign(index);
    expect(ends).toEqual([]);
    sign(3);
    expect(ends).toEqual(['done 4']);
    expect(lockHash(readLock(disk.read('c/lock.json') ?? new Uint8Array(0), 'lock'))).toEqual(lockHash(lock));
    expect(one.greetings).toMatchObject(greetings);
  });

  it('does not tell a second test signature of one that has one: the lock would be another', async () => {
    const rest = checking();
    const deps = { ...depsOf(rest), ...{ clock: rest.clock, self: partyIndex(1) } };
    const send = (message: CeremonyMessage): void => void rest.sent.push(message);
    const answers: ((signed: unknown) => void)[] = [];
    const slow = { sign: () => new Promise((resolve) => void answers.push(resolve)) };
    const first = new Checking({ ...deps, send });
    first.begin(made, slow as unknown as KeyRuntime);
    first.hearProof(two, 0, proof.signature);
    answers[0]?.({ signature: encode(signatureCodec, second.signature) });
    await settle();
    expect(rest.sent).toEqual([]);
    expect(first.greetings).toMatchObject([{ kind: 'proof', window: 0, signature: proof.signature }]);
  });

  it('keeps what comes before its own certificate, also when some of it is wrong', () => {
    const { one, ends, sign } = checking();
    one.hearProof(partyIndex(1), 0, second.signature);
    for (const { window, signature } of proofs) one.hearProof(two, window, signature);
    for (const index of [1, 2, 3]) sign(index);
    one.begin(made, runtime);
    expect(ends).toEqual(['done 4']);
  });

  it('refuses a proof of another window or key, and goes on to the true one', () => {
    const { one, ends, told } = checking();
    one.begin(made, runtime);
    const bad = expect.objectContaining({ code: 'bad-signature' });
    expect(() => one.hearProof(two, 0, second.signature)).toThrow(bad);
    const flipped = { ...proof.signature, yParity: proof.signature.yParity === 0 ? 1 : 0 } as const;
    expect(() => one.hearProof(two, 0, flipped)).toThrow(bad);
    one.hearProof(two, 9, proof.signature); // no such window
    expect([told, ends]).toEqual([[], []]);
    one.hearProof(two, 0, proof.signature);
    one.hearProof(two, 0, second.signature); // the first one counts
    expect(told).toEqual(['test-signature']);
  });

  it('refuses a countersignature of a stranger, and one in another’s name', () => {
    const { one } = checking();
    const hash = lockHash(lock);
    const bad = expect.objectContaining({ code: 'bad-signature' });
    const own = signFor('lock', seeds[0] ?? named('x'), hash);
    expect(() => one.hearSignature(partyIndex(9), hash, own)).toThrow(bad);
    expect(() => one.hearSignature(two, hash, own)).toThrow(bad);
  });

  it('ends at its deadline naming the windows that have not signed', async () => {
    const { one, clock, ends } = checking();
    one.begin(made, runtime);
    one.hearProof(two, 0, proof.signature);
    await clock.advance(6 * 5_000);
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatch(/^timed-out peer-timeout: .*test signatures of \{node-1, node-2, node-4\}$/);
  });

  it('ends at its deadline naming who has not countersigned, or has signed another lock', async () => {
    const { one, clock, ends, sign } = checking();
    one.begin(made, runtime);
    for (const { window, signature } of proofs) one.hearProof(two, window, signature);
    sign(1);
    sign(2, named('another lock'));
    await clock.advance(6 * 5_000);
    expect(ends[0]).toMatch(/countersignature of node-2, node-3$/);
    sign(3);
    expect(ends).toHaveLength(1); // nothing follows
  });

  it('fails when a quorum cannot sign the test message, and says which', async () => {
    const { clock, ...rest } = checking();
    const refuses = { sign: () => Promise.reject(new OperationError('deadline', 'retry', 'nobody came')) };
    const first = new Checking({
      ...depsOf(rest),
      clock,
      self: partyIndex(1),
    });
    first.begin(made, refuses as unknown as KeyRuntime);
    await settle();
    expect(rest.ends[0]).toBe('failed test-signature-failed: test signature by {1,2,3}: nobody came');
  });

  it('waits for nothing once it is stopped', () => {
    const { one, clock, ends } = checking();
    one.begin(made, runtime);
    one.stop();
    expect(clock.planned).toBe(0);
    one.begin(made, runtime);
    expect([clock.planned, ends]).toEqual([0, []]);
  });

  it('fails, and does not fall, when the lock cannot be written', () => {
    const { one, disk, ends, sign } = checking();
    one.begin(made, runtime);
    for (const { window, signature } of proofs) one.hearProof(two, window, signature);
    for (const index of [1, 2]) sign(index);
    disk.fault = { code: 'disk-full', level: 'retry' };
    // The ceremony takes it from here.
    expect(() => sign(3)).toThrow(expect.objectContaining({ code: 'disk-full' }));
    expect(ends).toEqual([]);
  });
});

const depsOf = ({ ends }: { readonly ends: string[] }) => ({
  definition: lock.definition.definition,
  identity: {} as unknown as Identity,
  disk: memoryDisk(),
  folder: 'c',
  send: (): void => undefined,
  tell: (): void => undefined,
  done: (): void => undefined,
  guard: (step: () => void): void => step(),
  fail: (state: string, reason: string, what: string): void => void ends.push(`${state} ${reason}: ${what}`),
});
it('a lock of these tests is whole', () => {
  expect(signatures).toHaveLength(4);
});
