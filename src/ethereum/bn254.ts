import { bn254 } from '@noble/curves/bn254.js';

import { bigintToBytes, bytesToBigint, concat } from '../crypto/bytes.ts';

const { G1, fields } = bn254;

/**
 * A point times a number, as the precompile at 7 has it: 32 bytes each of x, y and number in, of x and y out;
 * (0, 0) is the point at infinity. Nothing in it is secret, so the quick way is taken. [EIP-196]
 * `undefined` for a point that is not on the curve.
 */
export function bn254Multiply(input: Uint8Array): Uint8Array | undefined {
  const word = (at: number): bigint => bytesToBigint(input.subarray(at, at + 32));
  const [x, y, number] = [word(0), word(32), fields.Fr.create(word(64))];
  const isInfinity = x === 0n && y === 0n;
  if (!isInfinity && !isOnCurve(x, y)) return undefined;
  const point = isInfinity ? G1.Point.ZERO : G1.Point.fromAffine({ x, y });
  const product = point.multiplyUnsafe(number).toAffine();
  return concat(bigintToBytes(product.x, 32), bigintToBytes(product.y, 32));
}

function isOnCurve(x: bigint, y: bigint): boolean {
  const { ORDER } = fields.Fp;
  return x < ORDER && y < ORDER && (y * y - x * x * x - 3n) % ORDER === 0n;
}
