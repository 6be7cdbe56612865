import { ascii, bigintToBytes, bytesToBigint, concat, u16, u8, xorBytes } from './bytes.ts';
import { assert } from './errors.ts';
import { primitives } from './primitives.ts';
import { Point, p } from './secp256k1.ts';

/** Domain of the base-OT masks: one use of hash-to-curve in the project. [protocol, 7.2] */
export const baseOtDomain = 'conclave-v1-mr-h_secp256k1_XMD:SHA-256_SSWU_RO_';

/** L, bytes of one field element before reduction: ⌈(256 + 128) / 8⌉. [RFC 9380, 5.1] */
const ELEMENT_BYTES = 48;

/** expand_message_xmd with SHA-256, for two elements: three blocks. [RFC 9380, 5.3.1] */
function expandMessage(message: Uint8Array, domain: Uint8Array): Uint8Array {
  const { sha256 } = primitives();
  const suffix = concat(domain, u8(domain.length));
  const b0 = sha256(concat(new Uint8Array(64), message, u16(2 * ELEMENT_BYTES), u8(0), suffix));
  const b1 = sha256(concat(b0, u8(1), suffix));
  const b2 = sha256(concat(xorBytes(b0, b1), u8(2), suffix));
  return concat(b1, b2, sha256(concat(xorBytes(b0, b2), u8(3), suffix)));
}

/**
 * Points whose discrete logarithms nobody knows, one a message, by secp256k1_XMD:SHA-256_SSWU_RO_. The steps
 * are the same for every message: one input of the base OTs is chosen by a secret bit. [RFC 9380, 3 and 8.7]
 */
export function hashToCurve(messages: readonly Uint8Array[], domain: string): readonly Point[] {
  assert(domain.length > 0 && domain.length < 256, 'a domain has 1 to 255 characters');
  const suffix = ascii(domain);
  const elements = new Uint8Array(64 * messages.length);
  messages.forEach((message, n) => {
    const uniform = expandMessage(message, suffix);
    for (let k = 0; k < 2; k++) {
      const wide = bytesToBigint(uniform.subarray(ELEMENT_BYTES * k, ELEMENT_BYTES * (k + 1)));
      elements.set(bigintToBytes(wide % p, 32), 64 * n + 32 * k);
    }
  });
  const points = primitives().bulk.mapToCurve(elements);
  return messages.map((_, n) => Point.ofPrimitive(points.slice(65 * n, 65 * n + 65)));
}
