import type { Reader } from '../crypto/codec.ts';
import { InputError, assert } from '../crypto/errors.ts';

const MAX_BYTES = 10;

/** An unsigned integer below 2^64 as LEB128: seven bits a byte, lowest first. */
export function encodeVarint(value: number | bigint): Uint8Array {
  let rest = BigInt(value);
  assert(rest >= 0n && rest < 1n << 64n, `${value} is no u64`);
  const out: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    out.push(rest === 0n ? low : low | 128);
  } while (rest !== 0n);
  return Uint8Array.from(out);
}

/**
 * Reads the shortest form only: a longer one would be a second encoding. @throws InputError batch-malformed
 */
export function readVarint(from: Reader, path: string): bigint {
  let value = 0n;
  for (let i = 0; i < MAX_BYTES; i++) {
    const byte = from.take(1, path)[0] ?? 0;
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte >= 128) continue;
    if (byte === 0 && i > 0)
      throw new InputError('batch-malformed', path, `${path} is not in its shortest form`);
    if (value >> 64n !== 0n) break;
    return value;
  }
  throw new InputError('batch-malformed', path, `${path} is longer than 64 bits`);
}
