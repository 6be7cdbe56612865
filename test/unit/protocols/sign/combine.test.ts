import { describe, expect, it } from 'vitest';

import { verifyDigest } from '../../../../src/crypto/ecdsa.ts';
import { actBase, add, multiply, q, scalar, subtract } from '../../../../src/crypto/secp256k1.ts';
import { combineShares } from '../../../../src/protocols/sign/combine.ts';
import { messageOf } from '../../../../src/protocols/sign/tuple.ts';

const [x, phi] = [scalar(123_456n), scalar(987_654_321n)];
const digest = new Uint8Array(32).fill(0x5a);

/** Shares of φ·(m + r·x) and k·φ for two parties. */
function sharesFor(k: bigint) {
  const R = actBase(scalar(k));
  const w = multiply(phi, add(messageOf(digest), multiply(scalar(R.x), x)));
  const u = multiply(scalar(k), phi);
  const [w1, u1] = [scalar(77n), scalar(88n)];
  return {
    R,
    shares: [
      { w: w1, u: u1 },
      { w: subtract(w, w1), u: subtract(u, u1) },
    ],
  };
}

describe('combining', () => {
  it('gives a low-s signature, whichever parity and s the nonce gives', () => {
    const seen = new Set<string>();
    for (let k = 2n; k < 40n; k++) {
      const { R, shares } = sharesFor(k);
      const signature = combineShares(shares, R);
      if (signature === undefined) throw new RangeError('no signature');
      expect(verifyDigest(actBase(x), digest, signature)).toBe(true);
      expect(signature.s <= (q - 1n) / 2n).toBe(true);
      seen.add(`${R.yParity} ${signature.yParity}`);
    }
    expect(seen.size).toBe(4);
  });

  it('gives nothing when a sum is zero', () => {
    const { R, shares } = sharesFor(5n);
    const zero = scalar(0n);
    expect(
      combineShares(
        shares.map(({ w }) => ({ w, u: zero })),
        R,
      ),
    ).toBeUndefined();
    expect(
      combineShares(
        shares.map(({ u }) => ({ w: zero, u })),
        R,
      ),
    ).toBeUndefined();
    expect(combineShares([], R)).toBeUndefined();
  });
});
