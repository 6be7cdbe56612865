import type { Bulk } from './bulk.ts';

/**
 * The hot operations, of which a shell may supply native versions. All byte strings are fresh copies in and
 * out; points are 65 bytes, SEC1 uncompressed, never the identity; scalars are 32 bytes big-endian in [1,
 * q-1]. One compliance suite runs on every implementation.
 */
export interface Primitives {
  readonly name: string;
  /** SHA-256, 32 bytes. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  /** Keccak-256 with the padding that Ethereum has, 32 bytes. */
  readonly keccak256: (bytes: Uint8Array) => Uint8Array;
  /**
   * The first `length` bytes of the AES-128-CTR keystream under a 16-byte key, initial counter block zero.
   */
  readonly aes128Ctr: (key: Uint8Array, length: number) => Uint8Array;
  /** ChaCha20-Poly1305 (RFC 8439): ciphertext ‖ 16-byte tag; key 32, nonce 12 bytes. */
  readonly aeadSeal: (
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
  ) => Uint8Array;
  /**
   * The plaintext, or `undefined` when key, nonce, associated data or ciphertext are not those that were
   * sealed.
   */
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
  /**
   * The point of 33 (compressed) or 65 (uncompressed) SEC1 bytes; `undefined` unless canonical and on the
   * curve.
   */
  readonly parsePoint: (sec1: Uint8Array) => Uint8Array | undefined;
  /** scalar · G, for secret scalars. */
  readonly baseMultiply: (scalar: Uint8Array) => Uint8Array;
  /**
   * scalar · point, for secret scalars: the same steps for every scalar, as far as the implementation goes.
   */
  readonly multiply: (point: Uint8Array, scalar: Uint8Array) => Uint8Array;
  /** scalar · point in variable time, for public scalars only. */
  readonly multiplyPublic: (point: Uint8Array, scalar: Uint8Array) => Uint8Array;
  /** The sum of one or more points; `undefined` when it is the identity. */
  readonly addPoints: (points: readonly Uint8Array[]) => Uint8Array | undefined;
  /**
   * The public key under which a signature r ‖ s, 64 bytes, over a digest of 32 bytes is valid; `yParity` is
   * that of the point whose x is r. `undefined` where there is none, or r or s is not in [1, q-1]. A large s
   * is as good as a small one. [SEC 1, 4.1.6]
   */
  readonly recover: (digest: Uint8Array, signature: Uint8Array, yParity: 0 | 1) => Uint8Array | undefined;
  /** The inner loops of oblivious transfer and multiplication. */
  readonly bulk: Bulk;
}
