import { describe, expect, it } from 'vitest';

import { bigintToBytes, toHex } from '../../../src/crypto/bytes.ts';
import { guardPlaceOf } from '../../../src/node/guard-care.ts';
import { defaultGuardLimits } from '../../../src/node/guard-rules.ts';
import { KeyCustody } from '../../../src/node/key-custody.ts';
import { rebuildManifest } from '../../../src/node/manifest-rebuild.ts';
import { ManifestStore } from '../../../src/node/manifest.ts';
import { type Fixture, context, epochFixture, nodeFixture } from './epoch-fixture.ts';
import { memoryLog, named } from './helpers.ts';

const zero = epochFixture('rebuild');
const one = epochFixture('rebuild, next', zero.record);
const two = epochFixture('rebuild, after', one.record);
const lockOf = ({ record }: Fixture) => ({ record, certificate: { hash: named('certificate') } });
const shareOf = ({ record, shares }: Fixture) => ({
  record,
  share: bigintToBytes(shares[1]?.share ?? 0n, 32),
  chainCode: named('chain code'),
});
const code = (expected: string): object => expect.objectContaining({ code: expected }) as object;
const nowMs = 1_800_000_000_000;

/** A node with a retired, an active and a pending share. */
function made() {
  const node = nodeFixture(2);
  const log = memoryLog();
  const custody = (manifest = node.manifest): KeyCustody => {
    const { keystore } = manifest === node.manifest ? node : nodeFixture(2, node.disk);
    return new KeyCustody({ ...node, manifest, keystore, log, limits: defaultGuardLimits });
  };
  const first = custody();
  for (const epoch of [zero, one]) {
    first.prepare(shareOf(epoch), context);
    first.activate(epoch.record, named('certificate'));
  }
  first.prepare(shareOf(two), context);
  const deps = { disk: node.disk, log, keys: 'keys', limits: defaultGuardLimits, record: one.record, nowMs };
  return { ...node, deps, restart: () => custody(ManifestStore.open(node.disk)) };
}

describe('a lost manifest', () => {
  it('is rebuilt from locks, shares and register, and the node starts in quarantine', () => {
    const { disk, deps, restart, manifest } = made();
    const before = manifest.key(one.record.keyId);
    disk.files.delete('manifest');
    expect(() => ManifestStore.open(disk)).toThrow(/doctor --rebuild-manifest/);
    expect(rebuildManifest(deps)).toEqual({ shares: 3, attic: undefined });
    const after = ManifestStore.open(disk);
    const { shares, newest, address } = after.key(one.record.keyId) ?? {};
    expect([shares, newest, address]).toEqual([before?.shares, before?.newest, before?.address]);
    expect(restart().load(lockOf(one)).guard.quarantineReason).toBe('the manifest was rebuilt');
  });

  it('counts starts on from a number that no former start had', () => {
    const { disk, deps, manifest } = made();
    for (let i = 0; i < 5; i++) manifest.countBoot();
    disk.files.delete('manifest');
    rebuildManifest(deps);
    expect(ManifestStore.open(disk).countBoot()).toBe(BigInt(nowMs) + 1n);
  });

  it('is kept when it is damaged', () => {
    const { disk, deps } = made();
    const broken = (disk.files.get('manifest') ?? new Uint8Array(0)).map((byte, i) =>
      i === 30 ? byte ^ 1 : byte,
    );
    disk.files.set('manifest', broken);
    const { attic } = rebuildManifest(deps);
    expect(disk.files.get(attic ?? '')).toEqual(broken);
  });

  it('is not rebuilt while it is whole, nor before the register is', () => {
    const { disk, deps } = made();
    expect(() => rebuildManifest(deps)).toThrow(code('nothing-to-repair'));
    disk.files.delete('manifest');
    const { path } = guardPlaceOf('keys', one.record);
    disk.files.delete(path);
    expect(() => rebuildManifest(deps)).toThrow(/guard init --from-l1 --from-peers/);
    expect(disk.files.has('manifest')).toBe(false);
  });

  it('is not rebuilt without the state log of the epoch: nobody would miss it afterwards', () => {
    const { disk, deps } = made();
    disk.files.delete('manifest');
    const path = [...disk.files.keys()].find((one) => one.endsWith('/epoch-000001/state.log')) ?? '';
    disk.files.delete(path);
    expect(() => rebuildManifest(deps)).toThrow(code('safety-state-missing'));
    expect(disk.files.has('manifest')).toBe(false);
    for (const one of [...disk.files.keys()])
      if (one.includes('/epoch-000001/share-')) disk.files.delete(one);
    expect(rebuildManifest(deps).shares).toBe(2);
  });

  it('of a node without a key is empty', () => {
    const { disk, deps } = made();
    disk.files.delete('manifest');
    expect(rebuildManifest({ ...deps, record: undefined })).toEqual({ shares: 0, attic: undefined });
    expect(ManifestStore.open(disk).value.keys).toEqual([]);
  });

  it('marks a share of an attempt that lost for its erasure', () => {
    const other = epochFixture('rebuild, other', zero.record);
    const { disk, deps } = made();
    disk.files.delete('manifest');
    rebuildManifest({ ...deps, record: other.record });
    const shares = ManifestStore.open(disk)
      .key(one.record.keyId)
      ?.shares.map(({ sid, state }) => [toHex(sid), state]);
    expect(shares).toContainEqual([toHex(one.record.originSid), 'doomed']);
    expect(shares?.filter(([, state]) => state === 'active')).toEqual([]);
  });
});
