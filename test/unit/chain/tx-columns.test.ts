import { describe, expect, it } from 'vitest';

import { encodeColumns, readBits, readColumns, toBits } from '../../../src/chain/tx-columns.ts';
import { encodeVarint } from '../../../src/chain/varint.ts';
import { concat } from '../../../src/crypto/bytes.ts';
import type { Reader } from '../../../src/crypto/codec.ts';
import { decodeL2Tx, readSignedTx } from '../../../src/ethereum/l2-tx.ts';
import { makeTransactions } from '../../../scripts/lib/test-transactions.ts';

const l2ChainId = 71_001n;
const raws = makeTransactions({ seed: 'tx-columns', l2ChainId, accounts: 3, transactions: 8 });
const transactions = raws.map((raw) => decodeL2Tx(raw, l2ChainId));
const coded = (code: string): unknown => expect.objectContaining({ code });

function readerOf(bytes: Uint8Array): Reader {
  let at = 0;
  return { take: (length) => bytes.subarray(at, (at += length)) };
}

describe('columns of transactions', () => {
  it('give back what their senders signed', () => {
    const columns = encodeColumns(transactions, l2ChainId);
    expect(readColumns(readerOf(columns), raws.length, l2ChainId)).toEqual(raws);
  });

  it('say nothing of the chain: read for another one, nobody has signed them', () => {
    const columns = encodeColumns(transactions, l2ChainId);
    const [first] = readColumns(readerOf(columns), raws.length, l2ChainId + 1n);
    expect(readSignedTx(first ?? new Uint8Array(0)).sender).not.toBe(transactions[0]?.sender);
  });

  it('are not made of transactions for several chains', () => {
    expect(() => encodeColumns(transactions, l2ChainId + 1n)).toThrow('signed for the chain');
  });

  it('are refused when a rest is longer than any transaction', () => {
    const start = encodeColumns(transactions.slice(0, 1), l2ChainId);
    const before = 1 + 1 + 64 + 20 + encodeVarint(transactions[0]?.nonce ?? 0n).length;
    const gas = encodeVarint(transactions[0]?.gasLimit ?? 0n).length;
    const long = concat(start.subarray(0, before + gas), encodeVarint(98_305), new Uint8Array(98_305));
    expect(() => readColumns(readerOf(long), 1, l2ChainId)).toThrow(coded('batch-malformed'));
  });
});

describe('flags', () => {
  it('are bits, lowest first', () => {
    const flags = [true, false, false, true, false, false, false, false, true];
    expect(toBits(flags)).toEqual(Uint8Array.of(9, 1));
    expect(readBits(readerOf(Uint8Array.of(9, 1)), 9, 'flags')).toEqual(flags);
    expect(readBits(readerOf(Uint8Array.of(255)), 8, 'flags')).toEqual(Array(8).fill(true));
  });

  it('have no bits behind their end', () => {
    expect(() => readBits(readerOf(Uint8Array.of(9, 2)), 9, 'flags')).toThrow(coded('batch-malformed'));
  });
});
