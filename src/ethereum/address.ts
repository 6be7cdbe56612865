import type { Brand } from '../crypto/brand.ts';
import { ascii, fromHex, latin1, toHex } from '../crypto/bytes.ts';
import type { Codec } from '../crypto/codec.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { primitives } from '../crypto/primitives.ts';
import type { Point } from '../crypto/secp256k1.ts';

/**
 * An Ethereum account: `0x` and 40 hex digits with their EIP-55 checksum, so that `===` compares accounts.
 */
export type Address = Brand<`0x${string}`, 'Address'>;

/** Keccak-256 as Ethereum has it, 32 bytes. What only this project reads is hashed by `taggedHash`. */
export const keccak256 = (bytes: Uint8Array): Uint8Array => primitives().keccak256(bytes);

/** The account of 20 bytes. @throws InputError bad-account for another length */
export function addressFromBytes(bytes: Uint8Array, path = 'address'): Address {
  if (bytes.length !== 20)
    throw new InputError('bad-account', path, `${path} has ${bytes.length} bytes instead of 20`);
  return checksummed(toHex(bytes)) as Address;
}

/** A letter is a capital where its half byte of the hash of all digits is 8 or more. [EIP-55] */
function checksummed(digits: string): `0x${string}` {
  const codes = ascii(digits);
  const hash = keccak256(codes);
  codes.forEach((code, i) => {
    const isHigh = ((hash[i >> 1] ?? 0) & (i % 2 === 0 ? 0x80 : 0x08)) !== 0;
    if (isHigh && code >= SMALL_A) codes[i] = code - SMALL_A + CAPITAL_A;
  });
  return `0x${latin1(codes)}`;
}
const [SMALL_A, CAPITAL_A] = [0x61, 0x41] as const;

/** The account whose key is this point: the last 20 bytes of keccak(x ‖ y). @throws InputError identity */
export const addressOf = (publicKey: Point): Address => addressOfKey(publicKey.uncompressed);

/** As `addressOf`, for the 65 bytes of a point. */
export const addressOfKey = (uncompressed: Uint8Array): Address =>
  addressFromBytes(keccak256(uncompressed.subarray(1)).subarray(12));

/**
 * Reads an address from text: lower-case, or with the checksum of EIP-55; nothing is trimmed or repaired.
 * @throws InputError bad-account
 */
export function parseAddress(text: string, path = 'address'): Address {
  const digits = text.startsWith('0x') && text.length === 42 ? fromHex(text) : undefined;
  if (digits === undefined)
    throw new InputError('bad-account', path, `${path} is not 0x and 40 hex digits: ${text.slice(0, 60)}`);
  const address = addressFromBytes(digits, path);
  if (text !== address && text !== address.toLowerCase())
    throw new InputError('bad-account', path, `${path} ${text} has a wrong checksum`);
  return address;
}

/** The 20 bytes of an account. */
export function addressBytes(address: Address): Uint8Array {
  const bytes = fromHex(address);
  assert(bytes !== undefined, 'an address is hex');
  return bytes;
}

/** 20 bytes on the wire. */
export const addressCodec: Codec<Address> = {
  schema: { kind: 'bytes', length: 20 },
  maxBytes: 20,
  write: addressBytes,
  read: (from, path) => addressFromBytes(from.take(20, path), path),
};
