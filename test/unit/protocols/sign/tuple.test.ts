import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { G, actBase, q, scalar } from '../../../../src/crypto/secp256k1.ts';
import {
  type Task,
  beaconOf,
  messageOf,
  noDerivation,
  rerandomiser,
  sessionOf,
  shiftedNonce,
  signSessionId,
  signatureHash,
  signingKey,
  tuple,
  tuple0,
} from '../../../../src/protocols/sign/tuple.ts';

const filled = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const task: Task = {
  keyId: filled(1),
  epochId: filled(2),
  publicKey: G,
  purpose: 'test',
  requestId: filled(3),
  digest: filled(4),
  ...noDerivation,
  presignature: { presigId: filled(5), R: actBase(scalar(6n)) },
  quorum: [1, 2, 4].map((j) => partyIndex(j)),
};
const beacon = filled(7);
const { presignature } = task;

const changes: readonly (readonly [string, Partial<Task>])[] = [
  ['key', { keyId: filled(9) }],
  ['epoch', { epochId: filled(9) }],
  ['public key', { publicKey: actBase(scalar(2n)) }],
  ['purpose', { purpose: 'other' }],
  ['request', { requestId: filled(9) }],
  ['digest', { digest: filled(9) }],
  ['path', { path: [0] }],
  ['ε', { epsilon: scalar(1n) }],
  ['presignature', { presignature: { ...presignature, presigId: filled(9) } }],
  ['nonce', { presignature: { ...presignature, R: G } }],
  ['quorum', { quorum: [1, 2, 3].map((j) => partyIndex(j)) }],
];

describe('the tuple', () => {
  it('binds everything that a request names, and the session id binds the tuple', () => {
    const bound = changes.filter(([what]) => what !== 'nonce' && what !== 'public key');
    const tuples = [task, ...bound.map(([, change]) => ({ ...task, ...change }))];
    expect(new Set(tuples.map((one) => toHex(tuple0(one)))).size).toBe(tuples.length);
    expect(new Set(tuples.map((one) => toHex(sessionOf(one)))).size).toBe(tuples.length);
  });

  it('does not confuse a long path with another quorum, nor lists with one another', () => {
    const [a, b] = [
      { ...task, path: [1, 2] },
      { ...task, path: [1, 2, 0] },
    ];
    expect(tuple0(a)).not.toEqual(tuple0(b));
  });

  it('is one with its beacon', () => {
    expect(tuple(tuple0(task), beacon)).not.toEqual(tuple(tuple0(task), filled(8)));
    expect(sessionOf(task)).toEqual(signSessionId(presignature.presigId, tuple0(task)));
  });
});

describe('the shift of the nonce', () => {
  it('depends on the beacon, and on everything that somebody could choose', () => {
    const bound = changes.filter(([what]) => !['key', 'purpose', 'request'].includes(what));
    const all = [task, ...bound.map(([, change]) => ({ ...task, ...change }))].map((one) =>
      rerandomiser(one, beacon),
    );
    expect(new Set([...all, rerandomiser(task, filled(8))]).size).toBe(bound.length + 2);
  });

  it('moves R by δ·G, and the key by ε·G', () => {
    expect(shiftedNonce(G, scalar(4n)).equals(actBase(scalar(5n)))).toBe(true);
    expect(signingKey({ publicKey: G, epsilon: scalar(2n) }).equals(actBase(scalar(3n)))).toBe(true);
    expect(signingKey({ publicKey: G, epsilon: scalar(0n) }).equals(G)).toBe(true);
  });

  it('takes its beacon from everybody, in order of index', () => {
    const nonces = new Map(task.quorum.map((j) => [j, filled(j)]));
    const other = new Map([...nonces, [partyIndex(4), filled(9)] as const]);
    expect(beaconOf(tuple0(task), nonces)).not.toEqual(beaconOf(tuple0(task), other));
    expect(beaconOf(tuple0(task), nonces)).not.toEqual(beaconOf(filled(0), nonces));
  });
});

describe('small things', () => {
  it('a message is its digest modulo the group order', () => {
    expect(messageOf(Uint8Array.from([...new Uint8Array(31), 5]))).toBe(5n);
    expect(messageOf(new Uint8Array(32).fill(0xff))).toBe(2n ** 256n - 1n - q);
  });

  it('an output hash tells parities apart', () => {
    const [r, s] = [scalar(1n), scalar(2n)];
    expect(signatureHash({ r, s, yParity: 0 })).not.toEqual(signatureHash({ r, s, yParity: 1 }));
  });
});
