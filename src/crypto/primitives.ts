import type { Bulk } from './bulk.ts';
import { assert } from './errors.ts';
import { purePrimitives } from './primitives-pure.ts';

/**
 * The hot operations, of which a shell may supply native versions. All byte strings are fresh copies in and
 * out; points are 65 bytes, SEC1 uncompressed, never the identity; scalars are 32 bytes big-endian in [1, q-1].
 * One compliance suite runs on every implementation.
 */
export interface Primitives {
  readonly name: string;
  /** SHA-256, 32 bytes. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  /** The first `length` bytes of the AES-128-CTR keystream under a 16-byte key, initial counter block zero. */
  readonly aes128Ctr: (key: Uint8Array, length: number) => Uint8Array;
  /** ChaCha20-Poly1305 (RFC 8439): ciphertext ‖ 16-byte tag; key 32, nonce 12 bytes. */
  readonly aeadSeal: (
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
  ) => Uint8Array;
  /** The plaintext, or `undefined` when key, nonce, associated data or ciphertext are not those that were sealed. */
  readonly aeadOpen: (
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    sealed: Uint8Array,
  ) => Uint8Array | undefined;
  /** Ed25519 signature, 64 bytes, by a 32-byte seed. */
  readonly ed25519Sign: (seed: Uint8Array, message: Uint8Array) => Uint8Array;
  /** Whether a verifier of RFC 8032 accepts; the strict rules stand in `ed25519.ts`, before this call. */
  readonly ed25519Verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  /** The point of 33 (compressed) or 65 (uncompressed) SEC1 bytes; `undefined` unless canonical and on the curve. */
  readonly parsePoint: (sec1: Uint8Array) => Uint8Array | undefined;
  /** scalar · G, for secret scalars. */
  readonly baseMultiply: (scalar: Uint8Array) => Uint8Array;
  /** scalar · point, for secret scalars: the same steps for every scalar, as far as the implementation goes. */
  readonly multiply: (point: Uint8Array, scalar: Uint8Array) => Uint8Array;
  /** scalar · point in variable time, for public scalars only. */
  readonly multiplyPublic: (point: Uint8Array, scalar: Uint8Array) => Uint8Array;
  /** The sum of one or more points; `undefined` when it is the identity. */
  readonly addPoints: (points: readonly Uint8Array[]) => Uint8Array | undefined;
  /** The inner loops of oblivious transfer and multiplication. */
  readonly bulk: Bulk;
}

let installed: Primitives = purePrimitives;

/** The implementation in use: the pure one until a shell has supplied another. */
export const primitives = (): Primitives => installed;

/** Called by an entry point, once, before its first session. @throws Bug unless `next` passes a self-test */
export function installPrimitives(next: Primitives): void {
  const scalar = new Uint8Array(32).fill(7);
  const same = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i]);
  assert(same(next.baseMultiply(scalar), purePrimitives.baseMultiply(scalar)), `${next.name}: wrong point`);
  assert(same(next.sha256(scalar), purePrimitives.sha256(scalar)), `${next.name}: wrong hash`);
  assert(sameBulk(next.bulk, purePrimitives.bulk), `${next.name}: wrong bulk arithmetic`);
  installed = next;
}

/** One row through each of the loops, in both. */
function sameBulk(next: Bulk, pure: Bulk): boolean {
  const row = Uint8Array.from({ length: 128 }, (_, k) => 37 * k + 11);
  const [half, bits] = [row.subarray(0, 16), Uint8Array.of(1)];
  const results = ({ name: _name, ...bulk }: Bulk): string =>
    [
      bulk.columnHashes(half, { prefix: half, firstColumn: 5, shift: half }),
      bulk.maskedDifferences(row, row.toReversed(), row.subarray(0, 128)),
      bulk.selectedSums(row, bits, row),
      bulk.checkSums(row, { theta: row, bits, eta: row.subarray(0, 64) }),
      bulk.weightedSums(row, row.subarray(0, 32)),
      bulk.mapToCurve(row.subarray(0, 64)),
    ].join();
  return results(next) === results(pure);
}
