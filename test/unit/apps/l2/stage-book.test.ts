import { expect, test } from 'vitest';

import { type BlockOnL1, StageBook } from '../../../../src/apps/l2/stage-book.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { predeploys } from '../../../../src/ethereum/l2-genesis.ts';
import type { BatchRecord } from '../../../../src/services/driver/records.ts';

const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const record: BatchRecord = {
  ...{ index: 3n, firstBlock: 10n, lastBlock: 12n, parentHash: word(1), lastHash: word(2) },
  ...{ blocksRoot: word(3), lastOrigin: 5n, da: 0, compression: 0, payloadSize: 9, payloadHash: word(4) },
  ...{ l1Hash: word(5), sender: predeploys.WMETIS, blobHashes: [], l1Block: 77n, l1BlockHash: word(6) },
  ...{ l1Time: 900n, outcome: 'taken', leftOutForced: false },
};
const block: BlockOnL1 = { number: 11n, timestamp: 800n, hash: word(7), batch: undefined, isFinal: false };
const onL1 = { ...block, batch: record };

test('a block goes through its stages, each with its own time and what shows it', () => {
  const book = new StageBook();
  book.block(11n, word(7), 1_000);
  expect(book.stagesOf(block)).toEqual({ soft: { atMs: 1_000, reference: to0x(word(7)) } });
  book.sealed({ index: 3n, firstBlock: 10n, lastBlock: 12n }, 2_000);
  expect(book.stagesOf(block).batched).toEqual({ atMs: 2_000, reference: '3' });
  book.signed(3n, word(8), 3_000);
  expect(book.stagesOf(block).signed).toEqual({ atMs: 3_000, reference: to0x(word(8)) });
  book.safe(3n, 4_000);
  expect(book.stagesOf(onL1).safe).toEqual({ atMs: 4_000, reference: to0x(word(6)) });
  book.finalized(3n, 5_000);
  expect(book.stagesOf({ ...onL1, isFinal: true }).finalized).toEqual({
    ...{ atMs: 5_000, reference: to0x(word(6)) },
  });
});

test('what this node did not see has the times of the chains', () => {
  expect(new StageBook().stagesOf({ ...onL1, isFinal: true })).toEqual({
    soft: { atMs: 800_000, reference: to0x(word(7)) },
    safe: { atMs: 900_000, reference: to0x(word(6)) },
    finalized: { atMs: 900_000, reference: to0x(word(6)) },
  });
});

test('the time of another block of the same number is not told', () => {
  const book = new StageBook();
  book.block(11n, word(9), 1_000);
  expect(book.stagesOf(block).soft?.atMs).toBe(800_000);
});

test('a batch that L1 took back is not safe, and not final before it is there again', () => {
  const book = new StageBook();
  book.safe(3n, 4_000);
  book.finalized(3n, 5_000);
  book.undone(3n);
  book.finalized(9n, 6_000);
  expect(book.stagesOf({ ...onL1, isFinal: true }).finalized?.atMs).toBe(900_000);
  book.safe(3n, 7_000);
  book.finalized(3n, 8_000);
  expect(book.stagesOf({ ...onL1, isFinal: true }).finalized?.atMs).toBe(8_000);
});

test('of two batches that were closed over a block, the newer one counts until L1 has said which', () => {
  const book = new StageBook();
  book.sealed({ index: 3n, firstBlock: 10n, lastBlock: 12n }, 2_000);
  book.sealed({ index: 4n, firstBlock: 11n, lastBlock: 13n }, 2_500);
  expect(book.stagesOf(block).batched?.reference).toBe('4');
  expect(book.stagesOf(onL1).batched?.reference).toBe('3');
});
