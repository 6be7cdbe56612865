import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import { diskSource } from '../../../src/apps/audit-files.ts';
import { type Exported, exportLog } from '../../../src/apps/audit-export.ts';
import { silent } from '../../../src/apps/guard-folder.ts';
import { auditSource } from '../../../src/audit/audit.ts';
import { HeadBook } from '../../../src/node/log/head-book.ts';
import { logFolderOf } from '../../../src/node/log/node-log.ts';
import { SignatureLog } from '../../../src/node/log/signature-log.ts';
import { openDisk } from '../../../src/system/disk.ts';
import { tools } from '../audit/support/folders.ts';
import { type Told, headAt, logEntries, makeWorld, recordOf } from '../audit/support/logs.ts';

const root = mkdtempSync(join(tmpdir(), 'conclave-export-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});
const world = makeWorld();
const [first, second] = world.exports;
if (first === undefined || second === undefined) throw new RangeError('two members');

/** The data folder of the first member, with heads at these sizes. */
function dataFolder(
  name: string,
  sizes: readonly number[],
  told: readonly Told[] = first?.told ?? [],
): string {
  const folder = join(root, name);
  for (const [path, bytes] of first?.records ?? []) {
    mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, path), bytes, { mode: 0o600 });
  }
  writeFileSync(join(folder, 'data', 'secret.json'), 'secret', { mode: 0o600 });
  const { keeper } = first ?? { keeper: undefined };
  if (keeper === undefined) throw new RangeError('a keeper');
  const disk = openDisk({ folder });
  let nowMs = 0;
  const deps = { disk, clock: { nowMs: () => nowMs }, log: silent };
  const at = logFolderOf('data/log', keeper.owner.cluster);
  const { owner, cluster } = keeper.owner;
  const log = SignatureLog.open({ folder: at, owner, cluster }, deps);
  for (const { event, atMs, epochNo = 0 } of told) {
    nowMs = atMs;
    log.append(event, { keyId: world.ceremony.lock.record.keyId, epochNo });
  }
  const book = HeadBook.open(disk, { path: `${at}/heads.log`, keep: 10 }, silent);
  const entries = logEntries(world, 1, { told: () => told });
  for (const size of sizes)
    book.add(recordOf(keeper, headAt(keeper, entries, size), [second?.keeper ?? keeper]));
  const peers = HeadBook.open(disk, { path: `${at}/peers.log`, keep: 1 }, silent);
  if (second !== undefined)
    peers.add(recordOf(second.keeper, headAt(second.keeper, logEntries(world, 2), 3)));
  return folder;
}
const exported = (folder: string, out: string): Exported =>
  exportLog({
    disk: openDisk({ folder, sweep: false }),
    owner: first.keeper.owner.owner,
    ...{ ceremonies: 'ceremonies', logFolder: 'data/log', out: join(root, out) },
  });
const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('an export', () => {
  test('is a folder that passes its audit alone, and holds no secret', async () => {
    const folder = dataFolder('whole', [2, first.told.length]);
    const before = filesIn(folder)
      .map((path) => readFileSync(path, 'latin1'))
      .join();
    const done = exported(folder, 'whole.out');
    expect(done).toMatchObject({ entries: first.told.length, heads: 3, pending: 0, notes: [] });
    const { reports, ok } = await auditSource(diskSource(join(root, 'whole.out')), {}, tools);
    expect(reports.flatMap(({ checks }) => checks.filter(({ verdict }) => verdict === 'fail'))).toEqual([]);
    expect(ok).toBe(true);
    expect(reports.at(-1)?.subject).toEqual({ kind: 'log', path: 'log.jsonl' });
    expect(filesIn(join(root, 'whole.out')).some((path) => path.includes('secret'))).toBe(false);
    expect(done.files + 2).toBe(filesIn(join(root, 'whole.out')).length);
    expect(
      filesIn(folder)
        .map((path) => readFileSync(path, 'latin1'))
        .join(),
    ).toBe(before);
  });

  test('ends with the newest signed head, and says what is behind it', async () => {
    const done = exported(dataFolder('part', [first.told.length - 1]), 'part.out');
    expect(done).toMatchObject({ entries: first.told.length - 1, pending: 1 });
    expect((await auditSource(diskSource(join(root, 'part.out')), {}, tools)).ok).toBe(true);
  });

  test('overwrites nothing, and is not made of a log that nobody has signed', () => {
    const folder = dataFolder('bare', []);
    expect(() => exported(folder, 'bare.out')).toThrow('no head of this log was signed yet');
    expect(existsSync(join(root, 'bare.out'))).toBe(false);
    const whole = dataFolder('again', [first.told.length]);
    exported(whole, 'again.out');
    expect(() => exported(whole, 'again.out')).toThrow('exists; nothing was written');
    expect(() => exported(whole, 'none/deep.out')).toThrow('cannot be made');
  });

  test('says what is not as the log names it, and copies no file of another name', () => {
    const folder = dataFolder('odd', [first.told.length]);
    const sign = [...first.records.keys()].find((path) => path.endsWith('/sign.jsonl')) ?? '';
    writeFileSync(join(folder, sign), 'other');
    expect(exported(folder, 'odd.out').notes).toEqual([
      `${sign} is another file than the one that the log names`,
    ]);
    const naming = (path: string): readonly Told[] =>
      first.told.map((one) =>
        one.event.kind === 'sign'
          ? { ...one, event: { ...one.event, record: { path, hash: new Uint8Array(32) } } }
          : one,
      );
    for (const [i, path] of ['data/secret.json', '../sign.jsonl', 'data/./sign.jsonl'].entries()) {
      const told = naming(path);
      const done = exported(dataFolder(`sly${i}`, [told.length], told), `sly${i}.out`);
      expect(done.notes).toContain(`${path} is named by the log, and is not here`);
      expect(filesIn(join(root, `sly${i}.out`)).some((name) => name.includes('secret'))).toBe(false);
    }
  });

  test('names ceremonies that the log does not', () => {
    const told = first.told.filter(({ event }) => event.kind !== 'ceremony');
    const done = exported(dataFolder('old', [told.length], told), 'old.out');
    expect(done.notes).toEqual(['ceremonies/one is named by no signed entry, and was left out']);
  });
});
