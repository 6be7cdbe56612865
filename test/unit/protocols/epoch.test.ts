import { describe, expect, test } from 'vitest';

import { partyIndex, sessionId } from '../../../src/crypto/brand.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { Point, actBase, scalar } from '../../../src/crypto/secp256k1.ts';
import * as epoch from '../../../src/protocols/epoch.ts';
import type { EpochRecord } from '../../../src/protocols/epoch.ts';

const fill = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const polynomial = [11n, 22n, 33n];
const record: EpochRecord = {
  keyId: fill(1),
  epochNo: 0,
  threshold: 3,
  members: [1, 2, 3, 5].map((i) => ({ index: partyIndex(i), identityPk: fill(0x40 + i) })),
  commitments: polynomial.map((a) => actBase(scalar(a))),
  ccHash: fill(2),
  prevEpochId: fill(0),
  originSid: sessionId(fill(3)),
};
const refused = (change: Partial<EpochRecord>): string => {
  try {
    epoch.decodeEpoch(epoch.encodeEpoch({ ...record, ...change }));
    return 'accepted';
  } catch (error) {
    return error instanceof InputError ? error.code : 'something else';
  }
};

describe('an epoch record', () => {
  test('survives its codec unchanged', () => {
    const bytes = epoch.encodeEpoch(record);
    expect(epoch.encodeEpoch(epoch.decodeEpoch(bytes))).toEqual(bytes);
    expect(refused({})).toBe('accepted');
  });

  test('is refused when truncated anywhere, or one byte too long', () => {
    const bytes = epoch.encodeEpoch(record);
    for (let length = 0; length < bytes.length; length++)
      expect(() => epoch.decodeEpoch(bytes.subarray(0, length))).toThrow(InputError);
    expect(() => epoch.decodeEpoch(Uint8Array.from([...bytes, 0]))).toThrow(InputError);
  });

  test('gives the public share of each member, and the public key', () => {
    for (const i of [1n, 2n, 5n]) {
      const secret = scalar(11n + 22n * i + 33n * i * i);
      expect(epoch.publicShareOf(record, partyIndex(Number(i))).equals(actBase(secret))).toBe(true);
    }
    expect(epoch.publicKeyOf(record).equals(actBase(scalar(11n)))).toBe(true);
  });

  test('finds the seat of an identity, and none for a stranger', () => {
    expect(epoch.seatOf(record, fill(0x45))?.index).toBe(5);
    expect(epoch.seatOf(record, fill(0x99))).toBeUndefined();
  });

  test('has an id that every field changes', () => {
    const changes: readonly Partial<EpochRecord>[] = [
      { keyId: fill(9) },
      { epochNo: 1 },
      { threshold: 4 },
      { members: record.members.slice(1) },
      { commitments: record.commitments.slice(1) },
      { ccHash: fill(9) },
      { prevEpochId: fill(9) },
      { originSid: sessionId(fill(9)) },
    ];
    const ids = [{}, ...changes].map((change) => toHex(epoch.epochIdOf({ ...record, ...change })));
    expect(new Set(ids).size).toBe(changes.length + 1);
  });

  test('has a committee hash that seats, identities and threshold change', () => {
    const changes: readonly Partial<EpochRecord>[] = [
      {},
      { threshold: 4 },
      { members: record.members.slice(1) },
    ];
    const ids = changes.map((change) => toHex(epoch.committeeHashOf({ ...record, ...change })));
    expect(new Set(ids).size).toBe(3);
  });
});

describe('the rules of a committee', () => {
  test('isLegalThreshold refuses half, less than two, more than all, and committees above 64', () => {
    expect(epoch.isLegalThreshold(3, 4)).toBe(true);
    expect(epoch.isLegalThreshold(2, 4)).toBe(false);
    expect(epoch.isLegalThreshold(1, 1)).toBe(false);
    expect(epoch.isLegalThreshold(5, 4)).toBe(false);
    expect(epoch.isLegalThreshold(40, 65)).toBe(false);
    expect(epoch.isLegalThreshold(2.5, 4)).toBe(false);
  });

  test('decoding applies isAscending, hasDistinctIdentities, hasMatchingDegree, hasLegalPredecessor', () => {
    expect(refused({ threshold: 2, commitments: record.commitments.slice(1) })).toBe('bad-committee');
    expect(refused({ members: [...record.members].reverse() })).toBe('bad-committee');
    const [one, two, ...rest] = record.members;
    expect(refused({ members: [one!, { ...two!, identityPk: one!.identityPk }, ...rest] })).toBe(
      'bad-committee',
    );
    expect(
      refused({ commitments: [...record.commitments, Point.fromBytes(actBase(scalar(5n)).toBytes())] }),
    ).toBe('bad-committee');
    expect(refused({ prevEpochId: fill(1) })).toBe('bad-committee');
    expect(refused({ epochNo: 1 })).toBe('bad-committee');
  });

  test('isQuorumOf wants exactly threshold members in ascending order', () => {
    const quorum = (...indices: number[]): boolean =>
      epoch.isQuorumOf(
        record,
        indices.map((i) => partyIndex(i)),
      );
    expect(quorum(1, 3, 5)).toBe(true);
    expect(quorum(1, 3)).toBe(false);
    expect(quorum(1, 2, 3, 5)).toBe(false);
    expect(quorum(3, 1, 5)).toBe(false);
    expect(quorum(1, 1, 5)).toBe(false);
    expect(quorum(1, 2, 4)).toBe(false);
  });
});
