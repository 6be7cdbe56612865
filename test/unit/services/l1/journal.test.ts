import { expect, it } from 'vitest';

import { Journal } from '../../../../src/services/l1/journal.ts';
import { type Ledger, emptyLedger, post } from '../../../../src/services/l1/ledger.ts';
import type { JournalRecord } from '../../../../src/services/l1/records.ts';
import { PowerLoss, SimDisk } from '../../../sim/disk.ts';
import { batcher } from './sim-l1.ts';

const PATH = 'submitter/journal';
const TXS = 5;
const content = new Uint8Array(32).fill(4);
const fees = { maxFeePerGas: 9n, maxPriorityFeePerGas: 8n, maxFeePerBlobGas: 0n };
const records: readonly JournalRecord[] = [
  { kind: 'base', account: batcher.address, nonce: 0n },
  ...Array.from({ length: TXS }, (_, i) => i).flatMap((i): readonly JournalRecord[] => {
    const name = { account: batcher.address, nonce: BigInt(i) };
    return [
      { kind: 'assigned', ...name, index: BigInt(i + 1), place: 'calldata', content },
      { kind: 'requested', ...name, ...fees },
      { kind: 'signed', ...name, raw: new Uint8Array(2_000).fill(i) },
      { kind: 'final', ...name, cost: 5n, atMs: BigInt(i) },
    ];
  }),
];
const AT_BYTES = 3_000;

/** Appends, and compacts after each record, as the submitter does. @returns records that were durable */
function write(journal: Journal, rest: readonly JournalRecord[], done: (ledger: Ledger) => void): void {
  for (const record of rest) {
    journal.append(record);
    done(journal.ledger);
    journal.compact();
  }
}

it('is written anew when most of it has ended, and says the same', () => {
  const disk = new SimDisk(1).open();
  write(new Journal(disk, AT_BYTES), records, () => undefined);
  expect(disk.read(PATH)?.length).toBeLessThan(AT_BYTES + 2_500);
  expect(new Journal(disk).ledger).toEqual(records.reduce(post, emptyLedger));
  const whole = new SimDisk(2).open();
  write(new Journal(whole), records, () => undefined);
  expect(whole.read(PATH)?.length).toBeGreaterThan(TXS * 2_000);
});

it('stays as it is where all of it is still needed', () => {
  const disk = new SimDisk(3).open();
  const open = records.filter(({ kind }) => kind !== 'final');
  write(new Journal(disk, AT_BYTES), open, () => undefined);
  expect(disk.read(PATH)?.length).toBeGreaterThan(TXS * 2_000);
});

it('loses no durable record, wherever the power goes while it is compacted', () => {
  const whole = new SimDisk(4);
  write(new Journal(whole.open(), AT_BYTES), records, () => undefined);
  const calls = whole.trace.length;
  expect(calls).toBeGreaterThan(records.length);
  for (let atCall = 1; atCall <= calls; atCall++) {
    const world = new SimDisk(atCall);
    world.fault({ kind: 'power-loss', atCall, bytes: atCall % 3 === 0 ? 7 : 0 });
    let durable = emptyLedger;
    try {
      write(new Journal(world.open(), AT_BYTES), records, (ledger) => {
        durable = ledger;
      });
    } catch (error) {
      if (!(error instanceof PowerLoss)) throw error;
    }
    world.powerLoss();
    const again = new Journal(world.open(), AT_BYTES).ledger;
    const next = records.find((_, i) => {
      const before = records.slice(0, i).reduce(post, emptyLedger);
      return JSON.stringify(before, plain) === JSON.stringify(durable, plain);
    });
    // The record that was being written is there whole, or not at all.
    const either = next === undefined ? [durable] : [durable, post(durable, next)];
    expect(either, `call ${atCall}`).toContainEqual(again);
  }
});

const plain = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value instanceof Map ? [...value] : value;
