import { equalBytes } from '../../crypto/bytes.ts';
import { type Signature, verifyDigest } from '../../crypto/ecdsa.ts';
import { type Point, type Scalar, q } from '../../crypto/secp256k1.ts';
import type { BeaconNonce, SignatureShare } from './messages.ts';
import { messageOf } from './tuple.ts';

/**
 * S2. 32 bytes, and not zero modulo q. Stops a message of which a signature says nothing about its signer.
 */
export const isSignableDigest = (digest: Uint8Array): boolean =>
  digest.length === 32 && messageOf(digest) !== 0n;

/**
 * S6. R' ≠ O, 0 < x(R') < q. Stops a signature whose r is zero, or of which the recovery id needs two bits.
 * The presignature is used up all the same.
 */
export const isUsableShift = (shifted: Point): boolean =>
  !shifted.isIdentity && shifted.x < q && shifted.x !== 0n;

/**
 * S7, first round. Stops a member that takes part in a session with another request in mind: of one
 * presignature there is one tuple.
 */
export const bindsTuple0 = ({ tuple0 }: BeaconNonce, expected: Uint8Array): boolean =>
  equalBytes(tuple0, expected);

/**
 * S7, second round. Stops a share that was made for another presignature, request or beacon: it would not add
 * up.
 */
export const bindsTuple = (
  share: Pick<SignatureShare, 'presigId' | 'tuple'>,
  expected: { readonly presigId: Uint8Array; readonly tuple: Uint8Array },
): boolean => equalBytes(share.presigId, expected.presigId) && equalBytes(share.tuple, expected.tuple);

/** S9. Neither Σ u' nor s is zero. Stops a division by zero, which wrong shares can aim at. */
export const isProperSum = (value: Scalar): boolean => value !== 0n;

/**
 * S10. Two implementations accept the signature under the key, it is low-S, and its parity recovers the key.
 * Stops a wrong share of anybody: nothing invalid ever leaves, though it is not known who sent it. Both
 * compare the parity with that of the nonce point that they compute, so recovering the key would say nothing
 * new.
 */
export const isSignatureOf = (publicKey: Point, digest: Uint8Array, signature: Signature): boolean =>
  verifyDigest(publicKey, digest, signature);
