import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { BatchFileError, parseBatchFile, readBatchFile } from '../../../src/apps/batch-file.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { addressFromBytes } from '../../../src/ethereum/address.ts';
import { encodeUnsigned } from '../../../src/ethereum/l1-tx.ts';
import { batchFileText } from '../../../scripts/lib/batch-file-text.ts';
import { makeTransactions } from '../../../scripts/lib/test-transactions.ts';

const l2ChainId = 71_001n;
const plan = { seed: 'file', l2ChainId, accounts: 4, transactions: 9 };
const lines = makeTransactions(plan).map(to0x);
const [first = ''] = lines;
const folder = mkdtempSync(join(tmpdir(), 'conclave-batch-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (text: string): string => {
  const path = join(folder, 'batch.txt');
  writeFileSync(path, text);
  return path;
};
const unsigned = to0x(
  encodeUnsigned({
    type: 'eip1559',
    chainId: l2ChainId,
    nonce: 0n,
    to: addressFromBytes(new Uint8Array(20)),
    value: 1n,
    gasLimit: 21_000n,
    maxFeePerGas: 2n,
    maxPriorityFeePerGas: 1n,
    data: new Uint8Array(0),
  }),
);
const [elsewhere = ''] = makeTransactions({ ...plan, l2ChainId: 1n }).map(to0x);

describe('a batch file', () => {
  it('of the script of this project is read whole, in order, with all three types', async () => {
    const found = await readBatchFile(file(batchFileText(plan)), l2ChainId);
    expect(found.map((tx) => to0x(tx.raw))).toEqual(lines);
    expect(new Set(found.map((tx) => tx.type))).toEqual(new Set([0, 1, 2]));
    expect(new Set(found.map((tx) => tx.sender)).size).toBe(4);
  });

  it('may have comments, empty lines, blanks, upper-case digits and the line ends of Windows', () => {
    const upper = `0x${first.slice(2).toUpperCase()}`;
    const text = `# head\r\n\r\n  ${upper}  # the first\r\n\t${lines[1]!}\n#${lines[2]!}\n`;
    expect(parseBatchFile(text, l2ChainId)).toHaveLength(2);
  });

  it.each([
    ['tx-malformed', 'a line that is no hex', 'hello'],
    ['tx-malformed', 'hex without its prefix', first.slice(2)],
    ['tx-malformed', 'an odd number of digits', first.slice(0, -1)],
    ['tx-malformed', 'a cut transaction', first.slice(0, -2)],
    ['tx-malformed', 'two transactions in a line', `${first} ${first}`],
    ['tx-malformed', 'nothing but a prefix', '0x'],
    ['tx-unsigned', 'a transaction without a signature', unsigned],
    ['wrong-chain', 'a transaction of another chain', elsewhere],
    ['tx-type', 'a transaction with blobs', `0x03${first.slice(4)}`],
    ['batch-duplicate', 'the same transaction again', first.toUpperCase().replace('0X', '0x')],
  ])('is refused as %s with %s, naming its line', (code, _, bad) => {
    const text = ['# head', '', first, bad, lines[1]].join('\n');
    expect(() => parseBatchFile(text, l2ChainId)).toThrow(BatchFileError);
    expect(() => parseBatchFile(text, l2ChainId)).toThrow(
      expect.objectContaining({ code, line: 4, path: 'line 4', message: expect.stringContaining('line 4') }),
    );
  });

  it('without a transaction is refused', () => {
    expect(() => parseBatchFile('# nothing\n\n', l2ChainId)).toThrow(
      expect.objectContaining({ code: 'batch-empty' }),
    );
  });

  it('that is absent, or a folder, is named', async () => {
    const refused = expect.objectContaining({ code: 'file-unreadable' });
    await expect(readBatchFile(join(folder, 'none.txt'), l2ChainId)).rejects.toThrow(refused);
    await expect(readBatchFile(folder, l2ChainId)).rejects.toThrow(refused);
  });
});
