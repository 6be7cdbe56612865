import { bytesToBigint } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import type { AccountState } from '../../chain/execution.ts';
import { keccak256 } from '../../ethereum/address.ts';
import { bytesOf, partsOf, rlpBytes, rlpList, rlpNumber } from '../../ethereum/rlp-parts.ts';
import { EMPTY_ROOT } from '../../ethereum/trie.ts';

/** The hash of no code. */
export const NO_CODE: Uint8Array = keccak256(new Uint8Array(0));

/** An account of somebody who has been given something for the first time. */
export const NEW_ACCOUNT: AccountState = {
  ...{ nonce: 0n, balance: 0n, codeHash: NO_CODE, storageRoot: EMPTY_ROOT },
};

/** The value of an account in the trie of state. [Ethereum yellow paper, 4.1] */
export const encodeAccount = ({ nonce, balance, storageRoot, codeHash }: AccountState): Uint8Array =>
  rlpList([rlpNumber(nonce), rlpNumber(balance), rlpBytes(storageRoot), rlpBytes(codeHash)]);

/** Reads what `encodeAccount` writes. */
export function decodeAccount(bytes: Uint8Array): AccountState {
  const [nonce, balance, storageRoot, codeHash] = partsOf(bytes).map(bytesOf);
  assert(nonce !== undefined && balance !== undefined, 'an account has a nonce and a balance');
  assert(storageRoot !== undefined && codeHash !== undefined, 'an account has a root and a hash of code');
  return { nonce: bytesToBigint(nonce), balance: bytesToBigint(balance), storageRoot, codeHash };
}
