import {
  type KeyObject,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  hash,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { createRequire } from 'node:module';

import { pureBulk } from '../crypto/bulk-pure.ts';
import { concat, toHex } from '../crypto/bytes.ts';
import type { Primitives } from '../crypto/operations.ts';
import { purePrimitives } from '../crypto/primitives-pure.ts';
import { wasmBulk } from './wasm/bulk.ts';
import { wasmKeccak } from './wasm/keccak.ts';

/**
 * What is used of the addon of the package `secp256k1`: bindings to libsecp256k1. It throws for all it
 * refuses.
 */
export interface Libsecp256k1 {
  readonly contextRandomize: (seed: Uint8Array) => void;
  readonly publicKeyVerify: (sec1: Uint8Array) => boolean;
  readonly publicKeyConvert: (sec1: Uint8Array, compressed: boolean) => Uint8Array;
  readonly publicKeyCreate: (scalar: Uint8Array, compressed: boolean) => Uint8Array;
  readonly publicKeyTweakMul: (sec1: Uint8Array, scalar: Uint8Array, compressed: boolean) => Uint8Array;
  readonly publicKeyCombine: (points: readonly Uint8Array[], compressed: boolean) => Uint8Array;
  readonly ecdh: (
    sec1: Uint8Array,
    scalar: Uint8Array,
    options: { readonly hashfn: (x: Uint8Array, y: Uint8Array) => Uint8Array },
    output: Uint8Array,
  ) => Uint8Array;
  readonly ecdsaRecover: (
    signature: Uint8Array,
    recoveryId: number,
    digest: Uint8Array,
    compressed: boolean,
  ) => Uint8Array;
}

/**
 * OpenSSL and libsecp256k1, or `undefined` where the addon has no binary for this platform: the pure ones
 * then stay. `unavailable` hears why.
 */
export function nativePrimitives(
  unavailable: (reason: string) => void = () => undefined,
  load: () => Libsecp256k1 = loadAddon,
): Primitives | undefined {
  try {
    const secp = load();
    // Blinds the multiplications with G against measurements from outside; the results are the same.
    secp.contextRandomize(randomBytes(32));
    const keccak256 = wasmKeccak() ?? purePrimitives.keccak256;
    const bulk = wasmBulk() ?? pureBulk;
    return { name: 'native', ...group(secp), ...ciphers, keccak256, ...identities(), bulk };
  } catch (cause) {
    unavailable(cause instanceof Error ? cause.message : String(cause));
    return undefined;
  }
}

/** The package's main entry would fall back to another, slow implementation in silence; this one throws. */
function loadAddon(): Libsecp256k1 {
  return createRequire(import.meta.url)('secp256k1/bindings.js') as Libsecp256k1;
}

/** libsecp256k1. Of its functions that write into what they are given, none is used. */
function group(
  secp: Libsecp256k1,
): Pick<Primitives, 'parsePoint' | 'baseMultiply' | 'multiply' | 'multiplyPublic' | 'addPoints' | 'recover'> {
  return {
    parsePoint: (sec1) =>
      isPlainSec1(sec1) && secp.publicKeyVerify(sec1) ? secp.publicKeyConvert(sec1, false) : undefined,
    baseMultiply: (scalar) => secp.publicKeyCreate(scalar, false),
    // Diffie-Hellman with its hash left out: the library's one multiplication made for secret scalars.
    multiply: (point, scalar) => secp.ecdh(point, scalar, { hashfn: uncompressed }, new Uint8Array(65)),
    multiplyPublic: (point, scalar) => secp.publicKeyTweakMul(point, scalar, false),
    addPoints: (points) => {
      try {
        return secp.publicKeyCombine([...points], false);
      } catch (cause) {
        if (cause instanceof Error && cause.message === IDENTITY_SUM) return undefined;
        throw cause;
      }
    },
    recover: (digest, signature, yParity) => {
      try {
        return secp.ecdsaRecover(signature, yParity, digest, false);
      } catch (cause) {
        if (cause instanceof Error && NO_KEY.includes(cause.message)) return undefined;
        throw cause;
      }
    },
  };
}

/** What the addon says when the sum of points is the identity, and only then. */
const IDENTITY_SUM = 'The sum of the public keys is not valid';

/** What it says when no key has made the signature, and when r or s is not below the order. */
const NO_KEY: readonly string[] = ['Public key could not be recover', 'Signature could not be parsed'];

/** The library would also take the hybrid prefixes 06 and 07. */
function isPlainSec1(bytes: Uint8Array): boolean {
  if (bytes.length === 65) return bytes[0] === 4;
  return bytes.length === 33 && (bytes[0] === 2 || bytes[0] === 3);
}

function uncompressed(x: Uint8Array, y: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(4), x, y);
}

/** A Buffer as plain bytes: `slice` of a Buffer shares memory, that of other byte arrays copies. */
const plain = (buffer: Buffer): Uint8Array =>
  buffer.byteLength === buffer.buffer.byteLength ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer);

const TAG_BYTES = 16;
const ctrStart = new Uint8Array(16);
/** The plaintext of a keystream; longer ones are made for the call. */
const zeros = new Uint8Array(65_536);

const ciphers: Pick<Primitives, 'sha256' | 'aes128Ctr' | 'aeadSeal' | 'aeadOpen'> = {
  sha256: (bytes) => plain(hash('sha256', bytes, 'buffer')),
  aes128Ctr: (key, length) => {
    const cipher = createCipheriv('aes-128-ctr', key, ctrStart);
    return plain(cipher.update(length <= zeros.length ? zeros.subarray(0, length) : new Uint8Array(length)));
  },
  aeadSeal: (key, nonce, aad, plaintext) => {
    const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(aad, { plaintextLength: plaintext.length });
    const ciphertext = cipher.update(plaintext);
    return concat(ciphertext, cipher.final(), cipher.getAuthTag());
  },
  aeadOpen: (key, nonce, aad, sealed) => {
    const end = sealed.length - TAG_BYTES;
    if (end < 0) return undefined;
    const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(aad, { plaintextLength: end });
    decipher.setAuthTag(sealed.subarray(end));
    const plaintext = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
    } catch {
      return undefined; // the tag is not that of these bytes
    }
    return plain(plaintext);
  },
};

/** DER around a raw key. [RFC 8410, sections 4 and 7] */
const SPKI_HEADER = Uint8Array.from([0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0]);
const PKCS8_HEADER = Uint8Array.from([
  0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
]);

/** Imported keys that are kept: importing costs about as much as verifying. One entry is about 1 KiB. */
const MAX_KEPT_KEYS = 256;

function identities(): Pick<Primitives, 'ed25519Sign' | 'ed25519Verify'> {
  const publicKeys = keyCache((raw) =>
    createPublicKey({ format: 'der', type: 'spki', key: Buffer.from(concat(SPKI_HEADER, raw)) }),
  );
  const privateKeys = keyCache((raw) =>
    createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.from(concat(PKCS8_HEADER, raw)) }),
  );
  return {
    ed25519Sign: (seed, message) => plain(sign(null, message, privateKeys(seed))),
    ed25519Verify: (publicKey, message, signature) =>
      publicKey.length === 32 &&
      signature.length === 64 &&
      verify(null, message, publicKeys(publicKey), signature),
  };
}

/** Keys by their digest, so that no seed becomes a string; the one imported first leaves first. */
function keyCache(importKey: (raw: Uint8Array) => KeyObject): (raw: Uint8Array) => KeyObject {
  const kept = new Map<string, KeyObject>();
  return (raw) => {
    const name = toHex(ciphers.sha256(raw));
    const known = kept.get(name);
    if (known !== undefined) return known;
    const key = importKey(raw);
    const [oldest] = kept.keys();
    if (kept.size >= MAX_KEPT_KEYS && oldest !== undefined) kept.delete(oldest);
    kept.set(name, key);
    return key;
  };
}
