import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { bigintToBytes } from '../../../src/crypto/bytes.ts';
import { defaultGuardLimits } from '../../../src/node/guard-rules.ts';
import { KeyCustody } from '../../../src/node/key-custody.ts';
import { context, epochFixture, nodeFixture } from './epoch-fixture.ts';
import { type MemoryDisk, memoryDisk, memoryLog, named } from './helpers.ts';

const { record, shares } = epochFixture('custody');
const [, second] = shares;
if (second === undefined) throw new RangeError('four shares');
const pending = () => ({
  record,
  index: partyIndex(2),
  share: bigintToBytes(second.share, 32),
  chainCode: second.chainCode.slice(),
});

function made(disk: MemoryDisk = memoryDisk()) {
  const node = nodeFixture(2, disk);
  const log = memoryLog();
  return { ...node, log, custody: new KeyCustody({ ...node, log, limits: defaultGuardLimits }) };
}
const files = (disk: MemoryDisk, folder: string): readonly string[] =>
  [...disk.files.keys()].filter((path) => path.startsWith(`${folder}/`));

describe('the custody of a key', () => {
  it('makes the guard before the share, and hands out both together once the epoch is active', () => {
    const { custody, disk } = made();
    custody.keepPending(pending(), context);
    const kept = files(disk, 'keys').map((path) => path.replace(/^keys\/0x[0-9a-f]{40}\//, ''));
    expect(kept).toEqual(['guard/000001.log', 'epoch-000000/share-2.json']);
    const key = custody.activate(record, named('certificate'));
    expect([key.state, key.self, key.purpose]).toEqual(['checking', 2, 'batch']);
    expect(key.guard.seq).toBe(1);
  });

  it('gives up a pending share to the attic, without its secret', () => {
    const { custody, disk, manifest } = made();
    custody.keepPending(pending(), context);
    custody.dropPending(record);
    expect(files(disk, 'keys')).toEqual([]);
    expect(files(disk, 'attic').every((path) => !path.includes('share'))).toBe(true);
    expect(manifest.value.keys.every((key) => key.pending === undefined)).toBe(true);
  });

  it('gives up after a restart what no ceremony goes on with', () => {
    const before = made();
    before.custody.keepPending(pending(), context);
    const { custody, disk, manifest } = made(before.disk);
    custody.dropAllPending();
    expect(files(disk, 'keys')).toEqual([]);
    expect(files(disk, 'attic').length).toBeGreaterThan(0);
    expect(manifest.value.keys.every((key) => key.pending === undefined)).toBe(true);
    custody.dropAllPending(); // nothing is left to do
  });

  it('leaves the active epoch where it is, after a restart', () => {
    const before = made();
    before.custody.keepPending(pending(), context);
    before.custody.activate(record, named('certificate'));
    const { custody, disk } = made(before.disk);
    custody.dropAllPending();
    expect(files(disk, 'keys').some((path) => path.endsWith('share-2.json'))).toBe(true);
    expect(files(disk, 'attic')).toEqual([]);
  });

  it('does not fall when the disk does not let go of a file at the start', () => {
    const before = made();
    before.custody.keepPending(pending(), context);
    const { custody, disk, log } = made(before.disk);
    disk.fault = { code: 'disk-full', level: 'retry' };
    custody.dropAllPending();
    expect(log.lines).toMatchObject([
      { event: 'pending share not dropped', fields: { reason: 'disk-full' } },
    ]);
  });
});
