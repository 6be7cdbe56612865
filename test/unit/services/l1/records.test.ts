import { expect, it } from 'vitest';

import { decode, encode } from '../../../../src/crypto/codec.ts';
import { type JournalRecord, recordCodec } from '../../../../src/services/l1/records.ts';
import { batcher } from './sim-l1.ts';

const name = { account: batcher.address, nonce: 7n };
const hash = new Uint8Array(32).fill(9);
const records: readonly JournalRecord[] = [
  { kind: 'base', ...name },
  { kind: 'assigned', ...name, index: 3n, place: 'committee', content: hash },
  { kind: 'requested', ...name, maxFeePerGas: 9n, maxPriorityFeePerGas: 8n, maxFeePerBlobGas: 0n },
  { kind: 'signed', ...name, raw: Uint8Array.of(2, 1) },
  { kind: 'mined', ...name, hash, block: 4n, blockHash: hash, success: 1 },
  { kind: 'unmined', ...name },
  { kind: 'final', ...name, cost: 10n ** 18n, atMs: 5n },
  { kind: 'failed', ...name },
  { kind: 'stopped', ...name },
  { kind: 'cleared', ...name },
  { kind: 'paused', on: 1 },
  { kind: 'given-up', ...name },
  { kind: 'again', ...name },
  { kind: 'elsewhere', index: 3n },
  { kind: 'spent', account: name.account, wei: 10n ** 18n, atMs: 5n },
  { kind: 'held', ...name, index: 3n, content: hash },
];

it.each(records)('a record of kind $kind reads back, and none of its prefixes does', (record) => {
  const bytes = encode(recordCodec, record);
  expect(decode(recordCodec, bytes)).toEqual(record);
  for (let length = 0; length < bytes.length; length++)
    expect(() => decode(recordCodec, bytes.subarray(0, length))).toThrow();
});
