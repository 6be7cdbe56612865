import { describe, expect, it } from 'vitest';

import { bigintToBytes } from '../../../../src/crypto/bytes.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { G, q } from '../../../../src/crypto/secp256k1.ts';
import {
  gammaOf,
  instanceAt,
  isCanonicalPoint,
  isCanonicalScalar,
  partsOf,
} from '../../../../src/protocols/presign/instance.ts';
import { instanceLayout } from '../../../../src/protocols/presign/messages.ts';

describe('one instance of a direct message', () => {
  const message = new Uint8Array(2 * instanceLayout.bytes).map((_, i) => i % 251);

  it('is cut into views of its parts that cover it without a gap', () => {
    const one = instanceAt(message, 1);
    const { multiplication, gammaU, gammaV, psi } = partsOf(one);
    expect([multiplication, gammaU, gammaV, psi].map((part) => part.length)).toEqual([53_344, 33, 33, 32]);
    expect(Uint8Array.from([...multiplication, ...gammaU, ...gammaV, ...psi])).toEqual(one);
    expect(psi.buffer).toBe(message.buffer);
  });

  it('has points and scalars of one encoding only', () => {
    expect(isCanonicalPoint(G.toBytes())).toBe(true);
    expect(isCanonicalPoint(G.uncompressed)).toBe(false);
    expect(isCanonicalPoint(new Uint8Array(33))).toBe(false);
    expect(isCanonicalScalar(bigintToBytes(q - 1n, 32))).toBe(true);
    expect(isCanonicalScalar(bigintToBytes(q, 32))).toBe(false);
    expect(isCanonicalScalar(new Uint8Array(31))).toBe(false);
  });

  it('gives the point that was judged, and no other', () => {
    expect(gammaOf(G.toBytes()).equals(G)).toBe(true);
    expect(() => gammaOf(new Uint8Array(33))).toThrow(InputError);
  });
});
