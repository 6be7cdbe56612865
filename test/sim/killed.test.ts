import { describe, expect, it } from 'vitest';

import { ascii } from '../../src/crypto/bytes.ts';
import { AppendLog } from '../../src/node/append-log.ts';
import { openDisk } from '../../src/system/disk.ts';
import type { Disk } from '../../src/system/ports.ts';
import { PowerLoss, SimDisk } from './disk.ts';

// A process is killed before an fsync. The next one sees what the cache holds and acts on it; then the power
// goes.

const seeds = Array.from({ length: 16 }, (_, i) => i + 1);
const log = { path: 'state.log', kind: 'test', maxBodyBytes: 64 };

/** Runs a process that is killed before an fsync: the n-th, from 1. */
function killedAtSync(sim: SimDisk, n: number, action: (disk: Disk) => void): void {
  let syncs = 0;
  sim.open();
  const disk = openDisk(
    { folder: '/data' },
    {
      ...sim.calls,
      sync: (file) => {
        syncs += 1;
        if (syncs === n) {
          sim.kill();
          throw new PowerLoss('killed');
        }
        sim.calls.sync(file);
      },
    },
  );
  expect(() => {
    action(disk);
  }).toThrow(PowerLoss);
}

/** A log whose second record was written, and not fsynced. */
function logKilled(seed: number): SimDisk {
  const sim = new SimDisk(seed);
  AppendLog.open(sim.open(), log).log.append(ascii('one'));
  killedAtSync(sim, 3, (disk) => {
    AppendLog.open(disk, log).log.append(ascii('two'));
  });
  return sim;
}

/** A file that was unlinked, in a folder that was not fsynced. */
function shredKilled(seed: number): SimDisk {
  const sim = new SimDisk(seed);
  sim.open().create('keys/share', new Uint8Array(600).fill(7));
  killedAtSync(sim, 2, (disk) => {
    disk.shred('keys/share');
  });
  return sim;
}

describe('what a killed process left in the cache', () => {
  it.each(seeds)('of a log is durable once it has been read: seed %i', (seed) => {
    const sim = logKilled(seed);
    const { bodies } = AppendLog.open(sim.open(), log);
    expect(bodies).toHaveLength(2);
    sim.powerLoss();
    expect(AppendLog.open(sim.open(), log).bodies).toEqual(bodies);
  });

  it.each(seeds)('of an erasure is gone for good once it is erased again: seed %i', (seed) => {
    const sim = shredKilled(seed);
    const disk = sim.open();
    expect(disk.list('keys')).toEqual([]);
    disk.shred('keys/share');
    sim.powerLoss();
    expect(sim.open().list('keys')).toEqual([]);
  });

  it('is lost in some of these runs where nobody sees to it', () => {
    const lostRecords = seeds.filter((seed) => {
      const sim = logKilled(seed);
      sim.powerLoss();
      return AppendLog.open(sim.open(), log).bodies.length === 1;
    });
    const risen = seeds.filter((seed) => {
      const sim = shredKilled(seed);
      sim.powerLoss();
      return sim.open().list('keys').length === 1;
    });
    expect([lostRecords.length > 0, risen.length > 0]).toEqual([true, true]);
  });
});
