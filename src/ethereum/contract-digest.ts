import { ascii, bigintToBytes, concat } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import type { ContractTag } from '../crypto/tags.ts';
import { keccak256 } from './address.ts';

/** One word of `abi.encode`: a number, or bytes that are filled up with zeros in front (an account). */
export function abiWord(value: bigint | number | Uint8Array): Uint8Array {
  if (typeof value !== 'object') return bigintToBytes(BigInt(value), 32);
  assert(value.length <= 32, `a word of ${value.length} bytes`);
  return concat(new Uint8Array(32 - value.length), value);
}

/**
 * keccak256(abi.encode(tag, values...)) for values of one word each, 32 bytes: as contracts make digests.
 * [Tags.sol]
 */
export const contractDigest = (
  tag: ContractTag,
  ...values: readonly (bigint | number | Uint8Array)[]
): Uint8Array => keccak256(concat(keccak256(ascii(tag)), ...values.map(abiWord)));
