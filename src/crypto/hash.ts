import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';

import { ascii, bytesToBigint, concat, u32, u64 } from './bytes.ts';
import { primitives } from './primitives.ts';
import type { Tag } from './tags.ts';

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const prefixes = new Map<Tag, Uint8Array>();

function prefixOf(tag: Tag): Uint8Array {
  const known = prefixes.get(tag);
  if (known !== undefined) return known;
  const digest = primitives().sha256(ascii(`conclave/v1/${tag}`));
  const prefix = concat(digest, digest);
  prefixes.set(tag, prefix);
  return prefix;
}

/**
 * The only hash of the project: SHA-256( T ‖ T ‖ u32(m) ‖ (u64(len) ‖ part)* ), T = SHA-256("conclave/v1/" +
 * tag). Lengths make it injective: no two lists of parts have the same input. 32 bytes. [protocol, 3.1]
 */
export function taggedHash(tag: Tag, ...parts: readonly Uint8Array[]): Uint8Array {
  const prefix = prefixOf(tag);
  const input = new Uint8Array(parts.reduce((sum, part) => sum + 8 + part.length, prefix.length + 4));
  input.set(prefix);
  input.set(u32(parts.length), prefix.length);
  let at = prefix.length + 4;
  for (const part of parts) {
    input.set(u64(part.length), at);
    input.set(part, at + 8);
    at += 8 + part.length;
  }
  return primitives().sha256(input);
}

/** H_q: the tagged hash as an integer modulo the secp256k1 order. Bias below 2^-127, accepted. [3.1] */
export const hashToScalar = (tag: Tag, ...parts: readonly Uint8Array[]): bigint =>
  bytesToBigint(taggedHash(tag, ...parts)) % CURVE_ORDER;

/** XOF_n: the first `length` bytes of H(tag; 0, x…) ‖ H(tag; 1, x…) ‖ … [3.1] */
export function expand(tag: Tag, length: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(32 * Math.ceil(length / 32));
  for (let block = 0; 32 * block < length; block++)
    out.set(taggedHash(tag, u32(block), ...parts), 32 * block);
  return out.subarray(0, length);
}

/** HN_N by rejection: the first H(tag; x…, c), c = 0, 1, …, that is in [1, N-1]. No bias. [3.1] */
export function hashBelow(tag: Tag, bound: bigint, ...parts: readonly Uint8Array[]): bigint {
  for (let c = 0; ; c++) {
    const value = bytesToBigint(taggedHash(tag, ...parts, u32(c)));
    if (value >= 1n && value < bound) return value;
  }
}

/** u32(count) ‖ items: how a list of items of one fixed size enters a hash. [3.2] */
export const listOf = (items: readonly Uint8Array[]): Uint8Array => concat(u32(items.length), ...items);

/** A key of 32 bytes: HKDF-SHA256 (RFC 5869) with an info of `conclave/v1/<purpose>` ‖ context. */
export const deriveKey = (
  secret: Uint8Array,
  salt: Uint8Array,
  purpose: 'dm' | 'zero' | 'link' | 'seal' | 'backup' | 'rng',
  context: Uint8Array,
): Uint8Array => hkdf(sha256, secret, salt, concat(ascii(`conclave/v1/${purpose}`), context), 32);
