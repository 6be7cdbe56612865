import { describe, expect, test } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { epochIdOf } from '../../../../src/protocols/epoch.ts';
import {
  erasureCodec,
  erasureHash,
  isErasureOf,
  signErasure,
} from '../../../../src/protocols/reshare/erasure.ts';
import { epochFixture } from '../../node/epoch-fixture.ts';
import { named } from '../../node/helpers.ts';

const { record } = epochFixture('erasure');
const statement = {
  keyId: record.keyId,
  epochId: epochIdOf(record),
  index: partyIndex(2),
  timeMs: 1_750_000_000_000n,
};
const signed = signErasure(statement, named('identity 2'));

describe('a statement that a share is gone', () => {
  test('is accepted of the member that signed it', () => {
    expect(isErasureOf(record, signed)).toBe(true);
  });

  test.each<readonly [string, object]>([
    ['another key', { keyId: named('x') }],
    ['another epoch', { epochId: named('x') }],
    ['another member', { index: partyIndex(3) }],
    ['nobody of that epoch', { index: partyIndex(9) }],
    ['another time', { timeMs: 1n }],
    ['a signature by somebody else', { signature: signErasure(statement, named('identity 3')).signature }],
  ])('is refused with %s', (_name, change) => {
    expect(isErasureOf(record, { ...signed, ...change })).toBe(false);
  });

  test('binds every field into its hash', () => {
    const hashes = [
      statement,
      { ...statement, keyId: named('x') },
      { ...statement, epochId: named('x') },
      { ...statement, index: partyIndex(3) },
      { ...statement, timeMs: 1n },
    ].map((one) => String(erasureHash(one)));
    expect(new Set(hashes).size).toBe(5);
  });

  test('survives its codec, and is refused when it is cut or longer', () => {
    const bytes = encode(erasureCodec, signed);
    expect(decode(erasureCodec, bytes)).toEqual(signed);
    for (let i = 0; i < bytes.length; i++)
      expect(() => decode(erasureCodec, bytes.subarray(0, i))).toThrow(InputError);
    expect(() => decode(erasureCodec, Uint8Array.from([...bytes, 0]))).toThrow(InputError);
  });

  test('with a bit flipped is refused or proves nothing', () => {
    const bytes = encode(erasureCodec, signed);
    for (let i = 0; i < bytes.length; i += 7) {
      const flipped = bytes.map((byte, k) => (k === i ? byte ^ 1 : byte));
      expect(isErasureOf(record, decode(erasureCodec, flipped))).toBe(false);
    }
  });
});
