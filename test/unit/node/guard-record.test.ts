import { expect, test } from 'vitest';

import { ascii } from '../../../src/crypto/bytes.ts';
import { Bug, InputError } from '../../../src/crypto/errors.ts';
import {
  type GuardEntry,
  decodeEntry,
  encodeEntry,
  slotKey,
  sortedSlots,
} from '../../../src/node/guard-record.ts';
import { named } from './helpers.ts';

const slot = { lane: 'batch', scope: ascii('inbox'), number: 812n } as const;
const entries: readonly GuardEntry[] = [
  { kind: 'opened', keyId: named('key'), origin: 'keygen' },
  {
    kind: 'share',
    record: {
      slots: [slot],
      kind: 'submit-batch',
      contentHash: named('c'),
      digest: named('d'),
      fees: { maxFeePerGas: 5n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: undefined },
      feeStep: 3,
      requestHash: named('r'),
      presigId: named('p'),
      tau0: named('t'),
      posRef: ascii('ref'),
      boot: 7n,
      epoch: 2,
    },
  },
  { kind: 'mark', mark: { lane: 'nonce', scope: ascii('a'), low: 5n, high: undefined } },
];

test('every kind of entry survives its codec', () => {
  for (const entry of entries) expect(decodeEntry(encodeEntry(entry), 'entry')).toEqual(entry);
});

test('every truncation, and one byte too many, is refused', () => {
  for (const entry of entries) {
    const bytes = encodeEntry(entry);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeEntry(bytes.subarray(0, length), 'entry')).toThrow(InputError);
    expect(() => decodeEntry(Uint8Array.from([...bytes, 0]), 'entry')).toThrow(InputError);
  }
});

test('another version, kind or lane is refused', () => {
  const bytes = encodeEntry(entries[2]!);
  for (const [place, value] of [
    [0, 2],
    [1, 9],
    [2, 200],
  ] as const) {
    const changed = bytes.slice();
    changed[place] = value;
    expect(() => decodeEntry(changed, 'entry')).toThrow(InputError);
  }
});

test('slots have one order, and none occurs twice', () => {
  const other = { ...slot, lane: 'nonce' } as const;
  expect(sortedSlots([slot, other]).map(slotKey)).toEqual(sortedSlots([other, slot]).map(slotKey));
  expect(() => sortedSlots([slot, { ...slot }])).toThrow(Bug);
  expect(() => sortedSlots([])).toThrow(Bug);
});
