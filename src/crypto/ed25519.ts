import nacl from 'tweetnacl';

import { type PartyId, partyId } from './brand.ts';
import { ascii, bytesToBigint, concat, toHex } from './bytes.ts';
import { InputError, assert } from './errors.ts';
import { taggedHash } from './hash.ts';
import { primitives } from './primitives.ts';
import type { SigningPurpose } from './tags.ts';

/** The secret of a node's identity: a 32-byte Ed25519 seed, the first half of tweetnacl's secret key. */
export type IdentityKey = Uint8Array;

/** Order of the prime subgroup. [RFC 8032, 5.1] */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/** Prime of the field, and the curve's d. [RFC 8032, 5.1] */
const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * Encodings whose point has an order of 1, 2, 4 or 8, and the two of x = 0 with a sign, which are no
 * encodings.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
]);

/** Keys that were found to be points of the curve: rosters are read again and again. Public, and bounded. */
const admitted = new Set<string>();
const ADMITTED = 1_024;

/** The public key, 32 bytes, of an identity's seed. @throws Bug unless 32 bytes */
export function identityPublicKey(seed: IdentityKey): Uint8Array {
  assert(seed.length === 32, `an identity's seed has ${seed.length} bytes instead of 32`);
  return nacl.sign.keyPair.fromSeed(seed).publicKey;
}

/** pid = H("pid"; pk): a node's name in hashes. [protocol, 4.1] */
export const partyIdOf = (publicKey: Uint8Array): PartyId => partyId(taggedHash('pid', publicKey));

/**
 * A signature, 64 bytes, over a 32-byte hash for one purpose. [protocol, 4.1]
 * @throws Bug unless the lengths are right
 */
export function signFor(purpose: SigningPurpose, seed: IdentityKey, hash32: Uint8Array): Uint8Array {
  assert(seed.length === 32, `an identity's seed has ${seed.length} bytes instead of 32`);
  return primitives().ed25519Sign(seed, messageOf(purpose, hash32));
}

/**
 * Whether `signature` is the identity's for this purpose and hash. Strict, and the same verdict wherever it
 * is asked, because evidence is judged by it: libraries differ on S ≥ L, on encodings that are not canonical
 * and on keys of small order, so these are refused before a library is asked. [protocol, 4.1; RFC 8032,
 * 5.1.7]
 */
export function verifyFor(
  purpose: SigningPurpose,
  publicKey: Uint8Array,
  hash32: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verifyStrict(publicKey, messageOf(purpose, hash32), signature);
}

/** The rule of `verifyFor` for any message: what the published vectors are run on. */
export const verifyStrict = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
  isStrictForm(publicKey, signature) && primitives().ed25519Verify(publicKey, message, signature);

/**
 * Whether key and signature have the one form that every verifier reads alike; says nothing of the message.
 */
function isStrictForm(publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const [R, S] = [signature.subarray(0, 32), signature.subarray(32)];
  return (
    littleEndian(S) < L && isCanonical(R) && isCanonical(publicKey) && !SMALL_ORDER.has(toHex(publicKey))
  );
}

/**
 * Admits a public key to a roster. @throws InputError bad-identity-key unless it has 32 bytes, is the
 * canonical encoding of a point of the curve, and is not of small order: under such a key anyone can sign
 */
export function checkIdentityPublicKey(bytes: Uint8Array, path = 'identity'): void {
  const refuse = (what: string): InputError =>
    new InputError('bad-identity-key', path, `the identity key at ${path} ${what}`);
  if (bytes.length !== 32) throw refuse(`has ${bytes.length} bytes instead of 32`);
  if (!isCanonical(bytes)) throw refuse('is not canonical');
  const name = toHex(bytes);
  if (SMALL_ORDER.has(name)) throw refuse('is of small order');
  if (admitted.has(name)) return;
  if (!isOnCurve(bytes)) throw refuse('is no point of the curve');
  if (admitted.size >= ADMITTED) admitted.clear();
  admitted.add(name);
}

function messageOf(purpose: SigningPurpose, hash32: Uint8Array): Uint8Array {
  assert(hash32.length === 32, `a hash of ${hash32.length} bytes to sign`);
  return concat(ascii(`conclave/v1/sig/${purpose}`), Uint8Array.of(0), hash32);
}

const littleEndian = (bytes: Uint8Array): bigint => bytesToBigint(bytes.slice().reverse());

/** y without the sign of x. */
const yOf = (encoding: Uint8Array): bigint => littleEndian(encoding) % 2n ** 255n;

/** Whether y < p, and x = 0 comes without a sign. [RFC 8032, 5.1.3] */
function isCanonical(encoding: Uint8Array): boolean {
  const y = yOf(encoding);
  const signed = ((encoding[31] ?? 0) & 128) !== 0;
  return y < P && !(signed && (y === 1n || y === P - 1n));
}

/** Whether x² = (y² − 1) / (d·y² + 1) has a solution: its product with a square must be one, by Euler. */
function isOnCurve(encoding: Uint8Array): boolean {
  const y2 = yOf(encoding) ** 2n % P;
  const value = ((y2 + P - 1n) * (D * y2 + 1n)) % P;
  let [power, base] = [1n, value];
  for (let exponent = (P - 1n) / 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) power = (power * base) % P;
    base = (base * base) % P;
  }
  return power === 1n || value === 0n;
}
