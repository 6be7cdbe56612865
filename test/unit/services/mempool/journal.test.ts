import { describe, expect, it } from 'vitest';

import { equalBytes } from '../../../../src/crypto/bytes.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { keccak256 } from '../../../../src/ethereum/address.ts';
import { FULL_RECORD_BYTES, Journal } from '../../../../src/services/mempool/journal.ts';
import type { JournalEntry } from '../../../../src/services/mempool/machine.ts';
import type { Mempool } from '../../../../src/services/mempool/service.ts';
import { PowerLoss, SimDisk } from '../../../sim/disk.ts';
import { House, signed } from './harness.ts';

const path = 'pool/journal.log';
const raw = (k: number, length = 10): Uint8Array => new Uint8Array(length).fill(k);
const added = (k: number): JournalEntry => ({ kind: 'added', raw: raw(k) });
const left = (k: number): JournalEntry => ({ kind: 'left', hash: keccak256(raw(k)) });
const reopened = (disk: SimDisk): readonly Uint8Array[] => Journal.open(disk.open(), path, 1n).raws;

describe('a journal', () => {
  it('gives what came and did not leave, in the order of the last time that it came', () => {
    const disk = new SimDisk();
    const { journal, raws } = Journal.open(disk.open(), path, 1n);
    expect(raws).toEqual([]);
    journal.append([added(1), added(2), added(3)]);
    journal.append([left(2), added(4), left(9)]);
    journal.append([added(1)]);
    expect(reopened(disk)).toEqual([raw(3), raw(4), raw(1)]);
  });

  it('is of one chain', () => {
    const disk = new SimDisk();
    Journal.open(disk.open(), path, 1n).journal.append([added(1)]);
    expect(() => Journal.open(disk.open(), path, 2n)).toThrow(InputError);
  });

  it('that is damaged before its end is not taken for one', () => {
    const disk = new SimDisk();
    const { journal } = Journal.open(disk.open(), path, 1n);
    journal.append([added(1)]);
    journal.append([added(2)]);
    disk.rot.set(path, { at: 20, mask: 1 });
    expect(() => reopened(disk)).toThrow(expect.objectContaining({ code: 'safety-state-damaged' }));
    expect(() => reopened(disk)).toThrow('move it away, and users send what waited again');
  });

  it('writes more than a record holds into several', () => {
    const disk = new SimDisk();
    const { journal } = Journal.open(disk.open(), path, 1n);
    const large = Array.from({ length: 30 }, (_, k) => raw(k, 90_000));
    journal.append(large.map((one) => ({ kind: 'added', raw: one })));
    expect(30 * 90_000).toBeGreaterThan(2 * FULL_RECORD_BYTES);
    const found = reopened(disk);
    expect(found).toHaveLength(large.length);
    expect(found.every((one, k) => equalBytes(one, large[k] ?? raw(0)))).toBe(true);
  });

  it('is stale when it is long beside what it is about, also where a restart found it so', () => {
    const disk = new SimDisk();
    const { journal } = Journal.open(disk.open(), path, 1n);
    for (let n = 0; n < 10; n++)
      journal.append(Array.from({ length: 10 }, (_, k) => ({ kind: 'added', raw: raw(k, 90_000) })));
    expect(journal.isStale(100)).toBe(true);
    expect(journal.isStale(1_000_000)).toBe(false);
    expect(Journal.open(disk.open(), path, 1n).journal.isStale(100)).toBe(true);
  });

  it('that could not be written anew is as it was', () => {
    const disk = new SimDisk();
    const { journal } = Journal.open(disk.open(), path, 1n);
    journal.append([added(1), added(2)]);
    disk.fault({ kind: 'error', code: 'ENOSPC', atCall: 1, isLasting: true });
    expect(() => journal.rewrite([])).toThrow(expect.objectContaining({ code: 'disk-full' }));
    disk.fault(undefined);
    journal.append([added(3)]);
    expect(reopened(disk)).toEqual([raw(1), raw(2), raw(3)]);
  });
});

describe('a journal that is torn', () => {
  it('at any byte of its last record gives all before it, and goes on', async () => {
    const house = new House();
    const pool = await house.open();
    for (const plan of [{}, { nonce: 1 }, { from: 1 }]) await house.add(pool, plan);
    const before = house.disk.open().read(path) ?? raw(0, 0);
    const group = [2, 3].map((nonce) => pool.add(signed({ nonce })));
    await house.settled(Promise.all(group));
    const whole = house.disk.open().read(path) ?? raw(0, 0);
    expect(whole.length).toBeGreaterThan(before.length + 200);
    for (let length = before.length; length <= whole.length; length++) {
      const torn = house.disk.fork(length);
      torn.open().truncate(path, length);
      const again = await house.open({}, undefined, torn.open());
      expect(again.size().ready).toBe(length === whole.length ? 5 : 3);
      if (length % 16 !== 0) continue;
      await house.add(again, { from: 2 });
      const once = await house.open({}, undefined, torn.open());
      expect(once.size()).toEqual(again.size());
    }
  });
});

/** Adds three groups, as far as it gets; what was acknowledged, before the power went. */
async function acknowledgedBefore(house: House, pool: Mempool): Promise<readonly Uint8Array[]> {
  const kept: Uint8Array[] = [];
  for (const nonce of [0, 1, 2]) {
    const raws = [0, 1, 2].map((from) => signed({ from, nonce }));
    const answers = await house.settled(Promise.allSettled(raws.map((one) => pool.add(one))));
    answers.forEach((answer, i) => {
      if (answer.status === 'fulfilled' && answer.value.kind === 'accepted') kept.push(raws[i] ?? raw(0));
      else if (answer.status === 'rejected' && !(answer.reason instanceof PowerLoss)) throw answer.reason;
    });
  }
  return kept;
}

describe('a power loss', () => {
  it('at any call of the disk takes nothing that was acknowledged', async () => {
    const dry = new House();
    const pool = await dry.open();
    const opened = dry.disk.trace.length;
    expect(await acknowledgedBefore(dry, pool)).toHaveLength(9);
    const calls = dry.disk.trace.length - opened;
    expect(calls).toBeGreaterThan(8);
    for (let atCall = 1; atCall <= calls; atCall++)
      for (const bytes of [undefined, 1, 100]) {
        const house = new House();
        const open = await house.open();
        house.disk.fault({ kind: 'power-loss', atCall, ...(bytes === undefined ? {} : { bytes }) });
        const kept = await acknowledgedBefore(house, open);
        expect(kept.length).toBeLessThan(9);
        for (let seed = 1; seed <= 3; seed++) {
          const after = house.disk.fork(seed);
          after.powerLoss();
          const again = await house.open({}, undefined, after.open());
          for (const one of kept) expect(again.get(keccak256(one))).toBeDefined();
        }
      }
  });
});
