import { type Signature, normaliseLowS } from '../../crypto/ecdsa.ts';
import { type Point, type Scalar, invert, multiply, scalar, sum } from '../../crypto/secp256k1.ts';
import * as checks from './checks.ts';
import type { SignatureShare } from './messages.ts';

/**
 * The signature that these shares make, low-S; `undefined` when there is none (S9). It is not verified here.
 * s = Σ w_i / Σ u'_i; u' is (k + δ)·φ, which φ blinds. [protocol, 9.3]
 */
export function combineShares(
  shares: Iterable<Pick<SignatureShare, 'w' | 'u'>>,
  shifted: Point,
): Signature | undefined {
  const all = [...shares];
  const u: Scalar = sum(all.map((share) => share.u));
  if (!checks.isProperSum(u)) return undefined;
  const s = multiply(sum(all.map(({ w }) => w)), invert(u));
  if (!checks.isProperSum(s)) return undefined;
  return normaliseLowS({ r: scalar(shifted.x), s, yParity: shifted.yParity });
}
