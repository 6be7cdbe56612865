import { expect, it } from 'vitest';

import { recordsOf } from '../../../../src/services/l1/compact.ts';
import { type Ledger, emptyLedger, post } from '../../../../src/services/l1/ledger.ts';
import type { JournalRecord } from '../../../../src/services/l1/records.ts';
import { batcher, blobber } from './sim-l1.ts';

const hash = new Uint8Array(32).fill(4);
const fees = { maxFeePerGas: 9n, maxPriorityFeePerGas: 8n, maxFeePerBlobGas: 0n };

/** One of everything: final, failed, sent again, mined, raised, asked for, given up, stopped, paused. */
export const everything: readonly JournalRecord[] = [
  { kind: 'base', account: batcher.address, nonce: 5n },
  { kind: 'base', account: blobber.address, nonce: 0n },
  ...[5n, 6n, 7n, 8n].flatMap((nonce): readonly JournalRecord[] => {
    const name = { account: batcher.address, nonce };
    return [
      { kind: 'assigned', ...name, index: nonce - 4n, place: 'calldata', content: hash },
      { kind: 'requested', ...name, ...fees },
      { kind: 'signed', ...name, raw: new Uint8Array(900).fill(Number(nonce)) },
      { kind: 'requested', ...name, ...fees, maxFeePerGas: 20n },
    ];
  }),
  ...[5n, 6n, 7n].map((nonce): JournalRecord => {
    const at = { hash, block: nonce, blockHash: hash, success: nonce === 5n ? 1 : 0 };
    return { kind: 'mined', account: batcher.address, nonce, ...at };
  }),
  { kind: 'final', account: batcher.address, nonce: 5n, cost: 3n, atMs: 7n },
  { kind: 'failed', account: batcher.address, nonce: 6n },
  { kind: 'again', account: batcher.address, nonce: 6n },
  { kind: 'failed', account: batcher.address, nonce: 7n },
  { kind: 'cleared', account: batcher.address, nonce: 12n },
  { kind: 'assigned', account: batcher.address, nonce: 12n, index: 5n, place: 'committee', content: hash },
  { kind: 'assigned', account: blobber.address, nonce: 0n, index: 6n, place: 'blobs', content: hash },
  { kind: 'given-up', account: blobber.address, nonce: 0n },
  { kind: 'reopened', account: batcher.address, nonce: 7n },
  { kind: 'stopped', account: batcher.address, nonce: 13n },
  { kind: 'elsewhere', index: 2n },
  { kind: 'paused', on: 1 },
];
const fold = (records: readonly JournalRecord[]): Ledger => records.reduce(post, emptyLedger);

it('says in fewer records what a journal says, after every one of its records', () => {
  for (let count = 0; count <= everything.length; count++) {
    const ledger = fold(everything.slice(0, count));
    expect(fold(recordsOf(ledger)), `after ${count} records`).toEqual(ledger);
  }
});

it('leaves out the signed bytes of what is final', () => {
  const final = fold(everything.slice(0, 6).concat(everything.filter(({ kind }) => kind === 'final')));
  expect(recordsOf(final).map(({ kind }) => kind)).toEqual(['base', 'assigned', 'final', 'base', 'spent']);
});
