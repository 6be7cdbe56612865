import { describe, expect, it } from 'vitest';

import { ascii, equalBytes } from '../../src/crypto/bytes.ts';
import { InputError, OperationError } from '../../src/crypto/errors.ts';
import { AppendLog } from '../../src/node/append-log.ts';
import type { Disk } from '../../src/system/ports.ts';
import { type DiskFault, PowerLoss, SimDisk } from '../sim/disk.ts';

const options = { path: 'guard/000001.log', kind: 'guard', maxBodyBytes: 4096 };
const [old, young] = [new Uint8Array(1500).fill(1), new Uint8Array(2100).fill(2)];

/** Runs a step that may be ended by a fault; says how it ended. */
function run(step: () => void): string {
  try {
    step();
    return 'done';
  } catch (error) {
    if (error instanceof PowerLoss) return 'ended';
    if (error instanceof OperationError) return error.code;
    throw error;
  }
}

describe('ATK-S01 and ATK-S02: power loss', () => {
  const callsOf = (step: (disk: Disk) => void, prepare: (disk: Disk) => void): number => {
    const sim = new SimDisk();
    prepare(sim.open());
    const disk = sim.open();
    const before = sim.trace.length;
    step(disk);
    return sim.trace.length - before;
  };

  it('ATK-S01: at every call of a replacement, and within its write, leaves the old or the new file', () => {
    const prepare = (disk: Disk): void => disk.replace('keys/share', old);
    const step = (disk: Disk): void => disk.replace('keys/share', young);
    const seen = new Set<string>();
    const faults: DiskFault[] = [];
    for (let atCall = 1; atCall <= callsOf(step, prepare) + 1; atCall++) {
      faults.push({ kind: 'power-loss', atCall });
      for (const bytes of [0, 1, 511, 512, 513, 2099]) faults.push({ kind: 'power-loss', atCall, bytes });
    }
    for (const fault of faults)
      for (let seed = 1; seed <= 20; seed++) {
        const sim = new SimDisk(seed);
        prepare(sim.open());
        const disk = sim.open();
        sim.fault(fault);
        const end = run(() => step(disk));
        if (end === 'done') sim.powerLoss();
        const found = sim.open().read('keys/share') ?? new Uint8Array(0);
        const isNew = equalBytes(found, young);
        expect(isNew || equalBytes(found, old), JSON.stringify({ fault, seed })).toBe(true);
        if (end === 'done') expect(isNew).toBe(true);
        expect(sim.open().list('keys')).toEqual(['share']);
        seen.add(`${end} ${isNew ? 'new' : 'old'}`);
      }
    expect([...seen].sort()).toEqual(['done new', 'ended new', 'ended old']);
  });

  it('ATK-S02: at every call of a log never loses a record that append has promised', () => {
    const bodies = Array.from({ length: 4 }, (_, i) => new Uint8Array(300 * i + 5).fill(i));
    for (let atCall = 1; atCall <= 16; atCall++)
      for (const bytes of [undefined, 0, 3, 7, 300])
        for (let seed = 1; seed <= 12; seed++) {
          const sim = new SimDisk(seed);
          const disk = sim.open();
          sim.fault({ kind: 'power-loss', atCall, ...(bytes === undefined ? {} : { bytes }) });
          let promised = 0;
          run(() => {
            const { log } = AppendLog.open(disk, options);
            for (const body of bodies) {
              log.append(body);
              promised += 1;
            }
          });
          sim.powerLoss();
          const found = AppendLog.open(sim.open(), options);
          expect(found.bodies.length).toBeGreaterThanOrEqual(promised);
          expect(found.bodies.length).toBeLessThanOrEqual(promised + 1);
          expect(found.bodies).toEqual(bodies.slice(0, found.bodies.length));
          found.log.append(ascii('next'));
          expect(AppendLog.open(sim.open(), options).bodies.at(-1)).toEqual(ascii('next'));
        }
  });

  it('ATK-S02: the simulated loss is real: without fsync of its folder a file is lost (control)', () => {
    const lost = Array.from({ length: 20 }, (_, seed) => {
      const sim = new SimDisk(seed + 1);
      const calls = sim.calls;
      const file = calls.open('/data/file', 'create');
      calls.write(file, old);
      calls.sync(file);
      sim.powerLoss();
      return sim.open().read('file') === undefined;
    });
    expect(lost).toContain(true);
    expect(lost).toContain(false);
  });

  it('ATK-S03: a process killed before the name of its file was durable does not lose later records', () => {
    for (let atCall = 1; atCall <= 8; atCall++)
      for (let seed = 1; seed <= 20; seed++) {
        const sim = new SimDisk(seed);
        const first = sim.open();
        sim.fault({ kind: 'error', code: 'EIO', atCall, isLasting: true });
        run(() => AppendLog.open(first, options).log.append(ascii('one')));
        sim.kill();
        const { log, bodies } = AppendLog.open(sim.open(), options);
        log.append(ascii('two'));
        sim.powerLoss();
        expect(AppendLog.open(sim.open(), options).bodies).toEqual([...bodies, ascii('two')]);
      }
  });
});

describe('ATK-S04: errors of the operating system', () => {
  const step = (disk: Disk): void => {
    disk.replace('keys/share', young);
    disk.append('log', ascii('two'));
  };

  it.each(['ENOSPC', 'EIO', 'EROFS', 'EMFILE', 'EACCES'])(
    'ATK-S04: %s at each call, once and from then on, changes nothing by halves and passes',
    (errno) => {
      for (let atCall = 1; atCall <= 12; atCall++)
        for (const isLasting of [false, true]) {
          const sim = new SimDisk(atCall);
          sim.open().replace('keys/share', old);
          sim.open().append('log', ascii('one'));
          const disk = sim.open();
          sim.fault({ kind: 'error', code: errno, atCall, isLasting });
          const end = run(() => step(disk));
          sim.fault(undefined);
          const share = sim.open().read('keys/share') ?? new Uint8Array(0);
          const log = sim.open().read('log') ?? new Uint8Array(0);
          expect(equalBytes(share, old) || equalBytes(share, young)).toBe(true);
          if (end === 'done') expect(log).toEqual(ascii('onetwo'));
          else if (end === 'fsync-failed') expect(() => disk.read('log')).toThrow(OperationError);
          else {
            expect(['disk-full', 'disk-failed']).toContain(end);
            expect(log).toEqual(ascii('one'));
            step(disk);
            expect(disk.read('log')).toEqual(ascii('onetwo'));
          }
        }
    },
  );

  it('ATK-S04: a short write is completed', () => {
    for (const bytes of [1, 5, 700]) {
      const sim = new SimDisk();
      const disk = sim.open();
      sim.fault({ kind: 'short-write', bytes, atCall: 2 });
      disk.replace('file', old);
      expect(sim.trace.filter(({ call }) => call === 'write')).toHaveLength(2);
      expect(disk.read('file')).toEqual(old);
    }
  });
});

it('ATK-S05: a flipped bit in a log is found at open, and the first bad record is named', () => {
  const sim = new SimDisk();
  const { log } = AppendLog.open(sim.open(), options);
  for (let i = 0; i < 5; i++) log.append(new Uint8Array(100).fill(i));
  const length = sim.open().read(options.path)?.length ?? 0;
  for (let at = 0; at < length; at++) {
    sim.rot.set(options.path, { at, mask: 1 << (at % 8) });
    const start = at < 8 ? 0 : 8 + 112 * Math.floor((at - 8) / 112);
    expect(() => AppendLog.open(sim.open(), options), `byte ${at}`).toThrow(`the record at byte ${start} `);
    expect(() => AppendLog.open(sim.open(), options)).toThrow(InputError);
  }
  sim.rot.clear();
  expect(AppendLog.open(sim.open(), options).bodies).toHaveLength(5);
});
