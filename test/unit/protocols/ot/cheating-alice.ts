import { bigintToBytes, bytesToBigint, concat, u32 } from '../../../../src/crypto/bytes.ts';
import { hashToScalar, taggedHash } from '../../../../src/crypto/hash.ts';
import { type Scalar, q } from '../../../../src/crypto/secp256k1.ts';
import { tags } from '../../../../src/crypto/tags.ts';
import { crhDigests, crhPrefix } from '../../../../src/protocols/ot/crh.ts';
import { aTildeBytes } from '../../../../src/protocols/ot/messages.ts';
import { rvoleAlice } from '../../../../src/protocols/ot/rvole.ts';
import { xi } from '../../../../src/protocols/params.ts';
import { type extendedPair, seededRng } from './pair.ts';

type Extended = Pick<ReturnType<typeof extendedPair>, 'context' | 'atAlice'>;

const scalarAt = (bytes: Uint8Array, at: number): bigint => bytesToBigint(bytes.subarray(at, at + 32));

/** An Alice who adds 1 to word w of OT j, and then computes the check of what she sends. */
export function cheatingMessage(
  pair: Extended,
  { j, w }: { j: number; w: number },
  inputs: readonly [Scalar, Scalar],
): Uint8Array {
  const { sidAB } = pair.context;
  const { dig, columns } = pair.atAlice;
  const honest = rvoleAlice({ sidAB, instance: 0 }, pair.atAlice, inputs, seededRng('mask'));
  const aTilde = honest.message.slice(0, aTildeBytes);
  const at = 32 * (4 * j + w);
  aTilde.set(bigintToBytes((scalarAt(aTilde, at) + 1n) % q, 32), at);
  const ad = taggedHash(tags.rvoleA, sidAB, dig, u32(0), aTilde);
  const theta = (i: number, z: number): bigint => hashToScalar(tags.rvoleTheta, ad, u32(i), u32(z));
  const aHat = [scalarAt(seededRng('mask')(32), 0), 0n];
  const draw = seededRng('mask');
  draw(32);
  aHat[1] = scalarAt(draw(32), 0);
  const eta = [0, 1].map((z) => (aHat[z]! + theta(0, z) * inputs[0] + theta(1, z) * inputs[1]) % q);
  const shift = new Uint8Array(16);
  const alpha = crhDigests(crhPrefix(sidAB, dig), columns.subarray(0, 16 * xi), { firstColumn: 0, shift });
  const word = (n: number, k: number): bigint => scalarAt(alpha, 32 * (4 * n + k));
  const list = Array.from({ length: 2 * xi }, (_, n) => {
    const [row, z] = [n >> 1, n & 1];
    const m = word(row, 2 + z) + theta(0, z) * word(row, 0) + theta(1, z) * word(row, 1);
    return bigintToBytes(m % q, 32);
  });
  const mu = taggedHash(tags.rvoleMu, ad, concat(u32(2 * xi), ...list));
  return concat(aTilde, ...eta.map((value) => bigintToBytes(value, 32)), mu);
}
