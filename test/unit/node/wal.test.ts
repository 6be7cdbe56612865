import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { ascii, toHex } from '../../../src/crypto/bytes.ts';
import { encode } from '../../../src/crypto/codec.ts';
import { Bug, InputError, OperationError } from '../../../src/crypto/errors.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { AppendLog } from '../../../src/node/append-log.ts';
import { newUuid } from '../../../src/node/sealed-file.ts';
import {
  Wal,
  type WalDeps,
  type WalEntry,
  shredWal,
  walFolder,
  walFolders,
  walHash,
} from '../../../src/node/wal.ts';
import { protos } from '../../../src/protocols/kernel/envelope.ts';
import { decodeSpec, specCodec, specHash } from '../../../src/protocols/kernel/spec.ts';
import { members, specFor } from '../../sim/cluster.ts';
import { SimDisk } from '../../sim/disk.ts';
import { type MemoryDisk, memoryDisk, named, seededRng } from './helpers.ts';

const specOf = (position: bigint): Uint8Array =>
  encode(specCodec, specFor(members(3), { proto: protos.keygen, threshold: 2, position }));
const spec = specOf(0n);
const session = specHash(decodeSpec(spec));
const folder = walFolder('wal', session);
const [seedFile, logFile] = [`${folder}/seed.json`, `${folder}/records.log`];
const master = (name = 'master') => ({
  uuid: newUuid(seededRng(name)),
  secret: new Secret('master', named(name)),
});
const depsOf = (disk: WalDeps['disk'], changes: Partial<WalDeps> = {}): WalDeps => ({
  ...{ disk, master: master(), rng: seededRng('wal'), identityPk: named('node') },
  ...changes,
});
const header = (bytes = spec) => ({
  ...({ kind: 'keygen', self: partyIndex(2), spec: bytes, seed: new Secret('seed', named('seed')) } as const),
});
const entries: readonly WalEntry[] = [
  { kind: 'sent', to: 0, hash: named('hello') },
  { kind: 'received', bytes: ascii('hello of another') },
  { kind: 'persisted' },
  { kind: 'aborted', code: 'timed-out' },
];
/** A log with each entry in a record of its own. */
function written(bytes = spec): MemoryDisk {
  const disk = memoryDisk();
  const wal = Wal.create(depsOf(disk), 'wal', header(bytes));
  for (const entry of entries) wal.append(entry);
  return disk;
}
const open = (disk: WalDeps['disk'], changes: Partial<WalDeps> = {}) =>
  Wal.open(depsOf(disk, changes), folder);
const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message).toContain('propose the ceremony again');
    return error.code;
  }
};
const file = (disk: MemoryDisk, path: string): Uint8Array => disk.files.get(path) ?? new Uint8Array(0);

describe('a write-ahead log', () => {
  it('gives back seed, specification and entries, in their order, to the node that wrote it', () => {
    const found = open(written());
    expect(found?.entries).toEqual(entries);
    expect(found?.header).toMatchObject({ kind: 'keygen', self: 2, spec });
    expect(found?.header.seed.use(toHex)).toBe(toHex(named('seed')));
    found?.wal.append({ kind: 'persisted' });
    expect(open(memoryDisk())).toBeUndefined();
  });

  it('goes on after it was opened again, in records of their own numbers', () => {
    const disk = written();
    open(disk)?.wal.append({ kind: 'persisted' }, { kind: 'aborted', code: 'x' });
    open(disk)?.wal.append({ kind: 'sent', to: 3, hash: named('z') });
    expect(open(disk)?.entries.slice(entries.length)).toEqual([
      { kind: 'persisted' },
      { kind: 'aborted', code: 'x' },
      { kind: 'sent', to: 3, hash: named('z') },
    ]);
  });

  it('gives back whatever was appended', () => {
    const anyEntry = fc.oneof<fc.Arbitrary<WalEntry>[]>(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ kind: 'received', bytes })),
      fc
        .tuple(fc.nat(65_535), fc.uint8Array({ minLength: 32, maxLength: 32 }))
        .map(([to, hash]) => ({ kind: 'sent', to, hash })),
      fc.constant({ kind: 'persisted' }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(anyEntry, { maxLength: 4 }), { maxLength: 6 }), (records) => {
        const disk = memoryDisk();
        const wal = Wal.create(depsOf(disk), 'wal', header());
        for (const record of records) wal.append(...record);
        expect(open(disk)?.entries).toEqual(records.flat());
      }),
    );
  });

  it('shows nothing of what it holds', () => {
    const bytes = [...written().files.values()].map((one) => toHex(one)).join();
    const envelope = ascii('hello of another');
    for (const secret of [named('seed'), envelope, named('hello'), ascii(toHex(named('seed')))])
      expect(bytes).not.toContain(toHex(secret));
  });

  it('is made once for a session: no session gets a second seed', () => {
    const disk = written();
    expect(() => Wal.create(depsOf(disk), 'wal', header())).toThrow(OperationError);
    expect(open(disk)?.entries).toEqual(entries);
  });

  it('is gone after it was shredded, as often as that is asked, and its records are nobody else’s', () => {
    const disk = written();
    const old = file(disk, logFile);
    const found = open(disk);
    found?.wal.shred();
    found?.wal.shred();
    expect(disk.files.size).toBe(0);
    expect(walFolders(disk, 'wal')).toEqual([]);
    disk.files.set(logFile, old); // the seed went first, and the process ended there
    expect(open(disk)).toBeUndefined();
    Wal.create(depsOf(disk), 'wal', header()).append({ kind: 'persisted' });
    expect(open(disk)?.entries).toEqual([{ kind: 'persisted' }]);
    expect(walFolders(disk, 'wal')).toEqual([folder]);
    shredWal(disk, folder);
    expect(disk.files.size).toBe(0);
  });

  it('keeps to its limits: what is too long is our own mistake', () => {
    const wal = Wal.create(depsOf(memoryDisk()), 'wal', header());
    expect(() => wal.append({ kind: 'received', bytes: new Uint8Array((1 << 20) + 1) })).toThrow(Bug);
  });
});

describe('the hash of an envelope', () => {
  it('tells envelopes and addressees apart', () => {
    const all = [walHash(0, ascii('a')), walHash(1, ascii('a')), walHash(0, ascii('b'))].map(toHex);
    expect(new Set(all).size).toBe(3);
  });
});

describe('a write-ahead log that was changed', () => {
  it('loses at most its incomplete last record when it is cut at any byte', () => {
    const whole = file(written(), logFile);
    for (let cut = 0; cut < whole.length; cut++) {
      const disk = written();
      disk.files.set(logFile, whole.slice(0, cut));
      const found = open(disk);
      expect(found?.entries).toEqual(entries.slice(0, found?.entries.length));
      found?.wal.append({ kind: 'persisted' });
      expect(open(disk)?.entries.at(-1)).toEqual({ kind: 'persisted' });
    }
  });

  it('is refused with the remedy whichever byte of it is changed', () => {
    for (const path of [seedFile, logFile]) {
      const whole = file(written(), path);
      for (let at = 0; at < whole.length; at += path === seedFile ? 3 : 1) {
        const disk = written();
        disk.files.set(
          path,
          whole.map((byte, i) => (i === at ? byte ^ 1 : byte)),
        );
        expect(
          codeOf(() => open(disk)),
          `${path} at ${at}`,
        ).toBe('wal-damaged');
      }
    }
  });

  it('is refused when the seed file is cut, or its records are those of another log of this node', () => {
    const disk = written();
    disk.files.set(seedFile, file(disk, seedFile).slice(0, -2));
    expect(codeOf(() => open(disk))).toBe('wal-damaged');
    const [mine, twin] = [written(), memoryDisk()];
    const other = Wal.create(depsOf(twin, { rng: seededRng('other') }), 'wal', header());
    for (const entry of entries) other.append(entry);
    mine.files.set(logFile, file(twin, logFile));
    expect(codeOf(() => open(mine))).toBe('wal-damaged');
  });

  it('is refused when records are swapped or left out, though the chain is made anew', () => {
    const disk = written();
    // As one would who can compute all hashes but has no key: a new log of the same sealed bodies.
    const bodies = AppendLog.open(disk, {
      path: logFile,
      kind: 'conclave-wal',
      maxBodyBytes: 2 ** 21,
    }).bodies;
    const [a, b, c, d] = bodies;
    if (a === undefined || b === undefined || c === undefined || d === undefined)
      throw new RangeError('four');
    for (const list of [
      [b, a, c, d],
      [b, c, d],
      [a, a, b],
      [a, c],
    ]) {
      disk.files.delete(logFile);
      const { log } = AppendLog.open(disk, { path: logFile, kind: 'conclave-wal', maxBodyBytes: 2 ** 21 });
      for (const body of list) log.append(body);
      expect(codeOf(() => open(disk))).toBe('wal-damaged');
    }
    disk.files.delete(logFile);
    const { log } = AppendLog.open(disk, { path: logFile, kind: 'conclave-wal', maxBodyBytes: 2 ** 21 });
    for (const body of bodies) log.append(body);
    expect(open(disk)?.entries).toEqual(entries);
  });

  it('is not read by another node, under another master key, or for another session', () => {
    expect(codeOf(() => open(written(), { identityPk: named('other') }))).toBe('wal-damaged');
    expect(codeOf(() => open(written(), { master: master('other') }))).toBe('wal-damaged');
    const disk = written(specOf(1n));
    const foreign = [...disk.files.keys()].find((path) => path.endsWith('seed.json')) ?? '';
    disk.files.set(seedFile, file(disk, foreign));
    expect(codeOf(() => open(disk))).toBe('wal-damaged');
  });
});

describe('a power loss', () => {
  it('at any call leaves a log whose entries are those that were appended, and perhaps the next', () => {
    const calls = (() => {
      const disk = new SimDisk(1);
      const wal = Wal.create(depsOf(disk.open()), 'wal', header());
      for (const entry of entries) wal.append(entry);
      return disk.trace.length;
    })();
    let cases = 0;
    for (let atCall = 1; atCall <= calls; atCall++)
      for (const seed of [1, 2, 3]) {
        const disk = new SimDisk(seed);
        const port = disk.open();
        disk.fault({ kind: 'power-loss', atCall });
        let done = -1;
        try {
          const wal = Wal.create(depsOf(port), 'wal', header());
          for (done = 0; done < entries.length; done++) wal.append(entries[done] ?? { kind: 'persisted' });
        } catch (error) {
          expect(error).toMatchObject({ name: 'PowerLoss' });
        }
        cases += 1;
        const found = open(disk.open());
        const count = found?.entries.length ?? -1;
        if (done >= 0) expect([done, done + 1]).toContain(count);
        expect(found?.entries ?? []).toEqual(entries.slice(0, Math.max(count, 0)));
      }
    expect(cases).toBeGreaterThan(60);
  });
});
