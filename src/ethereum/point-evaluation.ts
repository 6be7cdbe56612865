import { bls12_381 } from '@noble/curves/bls12-381.js';

import { bytesToBigint } from '../crypto/bytes.ts';

const { G1, G2, fields, pairingBatch } = bls12_381;
type G1Point = typeof G1.Point.BASE;

/** τ · G2 of the ceremony of Ethereum: the only part of its setup that checking a point needs. [EIP-4844] */
const TAU_G2: typeof G2.Point.BASE = G2.Point.fromHex(
  [
    'b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72',
    '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2',
  ].join(''),
);

/** What a proof says: the polynomial behind a commitment has the value y at z. 48, 32, 32 and 48 bytes. */
export interface PointClaim {
  readonly commitment: Uint8Array;
  readonly z: Uint8Array;
  readonly y: Uint8Array;
  readonly proof: Uint8Array;
}

/**
 * Whether e(C − y·G1 + z·π, G2) = e(π, τ·G2), which spares a multiplication in G2; not so for points that are
 * none, or numbers outside the field.
 * [EIP-4844, verify_kzg_proof]
 */
export function isPointProven(claim: PointClaim): boolean {
  const [z, y] = [bytesToBigint(claim.z), bytesToBigint(claim.y)];
  const [commitment, proof] = [pointOf(claim.commitment), pointOf(claim.proof)];
  if (z >= fields.Fr.ORDER || y >= fields.Fr.ORDER || commitment === undefined || proof === undefined)
    return false;
  // Nothing here is secret, so the quick way is taken.
  const left = commitment.subtract(G1.Point.BASE.multiplyUnsafe(y)).add(proof.multiplyUnsafe(z));
  // The pairing with a point at infinity is 1, and the library pairs no such point.
  const pairs = [
    { g1: left, g2: G2.Point.BASE.negate() },
    { g1: proof, g2: TAU_G2 },
  ].filter(({ g1 }) => !g1.is0());
  return pairs.length === 0 || fields.Fp12.eql(pairingBatch(pairs), fields.Fp12.ONE);
}

function pointOf(bytes: Uint8Array): G1Point | undefined {
  try {
    const point = G1.Point.fromBytes(bytes);
    return point.is0() || point.isTorsionFree() ? point : undefined;
  } catch {
    return undefined; // the library says by throwing that bytes are no point of the curve
  }
}
