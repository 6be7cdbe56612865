import { to0x } from '../crypto/bytes.ts';
import { decimalIn, hexIn, readJsonFile, withKeys, writeJsonFile } from '../crypto/json-file.ts';
import type { BatchingRequest } from '../chain/duty.ts';
import { transactionOf } from '../chain/duty.ts';
import type { Signature } from '../crypto/ecdsa.ts';
import { type SignedL1Tx, assembleSigned } from '../ethereum/l1-tx.ts';

/** Where a signed transaction was mined: `l1.json` of a signature folder. */
export interface Mined {
  /** 32 bytes. */
  readonly txHash: Uint8Array;
  readonly blockNumber: bigint;
}

/** The bytes of `l1.json`. */
export const writeMined = ({ txHash, blockNumber }: Mined): Uint8Array =>
  writeJsonFile({ txHash: to0x(txHash), blockNumber: blockNumber.toString() });

/** Where `l1.json` says that it was mined. @throws InputError file-truncated | file-damaged */
export function readMined(bytes: Uint8Array, path: string): Mined {
  const file = withKeys(readJsonFile(bytes, path), ['txHash', 'blockNumber'], path);
  return { txHash: hexIn(file, 'txHash', path, 32), blockNumber: decimalIn(file, 'blockNumber', path) };
}

/** The transaction that a request and its signature make. @throws InputError tx-signature | tx-sender */
export function signedTransaction(request: BatchingRequest, { r, s, yParity }: Signature): SignedL1Tx {
  return assembleSigned(transactionOf(request), { r, s, yParity }, request.sender);
}
