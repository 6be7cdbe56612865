import { latin1 } from '../../crypto/bytes.ts';
import { type Address, addressBytes } from '../../ethereum/address.ts';

/** The bytes of an account, a slot or a hash as a key of a map: one character a byte, quicker than hex. */
export type Key = string;

/** Bytes as a key. */
export const keyOf = (bytes: Uint8Array): Key => latin1(bytes);

/** An account as a key. */
export const accountKey = (account: Address): Key => latin1(addressBytes(account));

/** The bytes that became a key. */
export function keyBytes(key: Key): Uint8Array {
  const bytes = new Uint8Array(key.length);
  for (let i = 0; i < key.length; i++) bytes[i] = key.charCodeAt(i);
  return bytes;
}
