import { type FileHandle, open } from 'node:fs/promises';

import { MAX_BATCH_TRANSACTIONS, MAX_BODY_BYTES } from '../chain/batch.ts';
import { fromHex } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { type L2Tx, decodeL2Tx } from '../ethereum/l2-tx.ts';

/** The largest file that is read: every byte of a body in hex, with as much again for comments. */
const MAX_FILE_BYTES: number = 4 * MAX_BODY_BYTES;

/** A fault of a batch file, at a line that is counted from 1. The other fields are those of InputError. */
export class BatchFileError extends InputError {
  readonly line: number;
  constructor(code: string, line: number, message: string, options?: ErrorOptions) {
    super(code, `line ${line}`, message, options);
    this.line = line;
  }
}

/**
 * Reads a file of raw signed transactions of one chain: `0x` and hex, one a line; empty lines and lines that
 * begin with `#` are passed over, and so is what follows a blank and `#`.
 * @throws InputError file-unreadable | batch-too-large | batch-empty; BatchFileError with the codes of
 * `decodeL2Tx`
 */
export async function readBatchFile(path: string, l2ChainId: bigint): Promise<readonly L2Tx[]> {
  return parseBatchFile(await textOf(path), l2ChainId);
}

/** As `readBatchFile`, of the text of a file. */
export function parseBatchFile(text: string, l2ChainId: bigint): readonly L2Tx[] {
  const transactions: L2Tx[] = [];
  const firstLines = new Map<string, number>();
  for (const [i, content] of text.split('\n').entries()) {
    const hex = content.replace(/(^|\s)#[^]*$/, '').trim();
    if (hex === '') continue;
    if (transactions.length === MAX_BATCH_TRANSACTIONS)
      throw new BatchFileError(
        'batch-too-large',
        i + 1,
        `the file has more than ${MAX_BATCH_TRANSACTIONS} transactions`,
      );
    const tx = transactionAt(i + 1, hex, l2ChainId);
    const earlier = firstLines.get(hex.toLowerCase());
    if (earlier !== undefined)
      throw new BatchFileError(
        'batch-duplicate',
        i + 1,
        `line ${i + 1} is the transaction of line ${earlier}`,
      );
    firstLines.set(hex.toLowerCase(), i + 1);
    transactions.push(tx);
  }
  if (transactions.length === 0) throw new InputError('batch-empty', 'file', 'the file has no transactions');
  return transactions;
}

function transactionAt(line: number, hex: string, l2ChainId: bigint): L2Tx {
  const raw = hex.startsWith('0x') ? fromHex(hex) : undefined;
  if (raw === undefined)
    throw new BatchFileError('tx-malformed', line, `line ${line} is not 0x and pairs of hex digits`);
  try {
    return decodeL2Tx(raw, l2ChainId, `line ${line}`);
  } catch (error) {
    if (error instanceof InputError)
      throw new BatchFileError(error.code, line, error.message, { cause: error });
    throw error;
  }
}

async function textOf(path: string): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > MAX_FILE_BYTES)
      throw new InputError(
        'batch-too-large',
        path,
        `${path} has ${size} bytes, at most ${MAX_FILE_BYTES} are read`,
      );
    return await file.readFile('utf8');
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('file-unreadable', path, `${path} cannot be read: ${why}`, { cause });
  } finally {
    await file?.close();
  }
}
