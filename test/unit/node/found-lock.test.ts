import { describe, expect, it } from 'vitest';

import { writeDefinition } from '../../../src/chain/definition-file.ts';
import { writeLock } from '../../../src/chain/lock-file.ts';
import { type Lock, lockHash } from '../../../src/chain/lock.ts';
import { findLocks } from '../../../src/node/found-lock.ts';
import { type ManifestKey, ManifestStore } from '../../../src/node/manifest.ts';
import { firstEpoch, nextEpoch } from '../audit/support/epochs.ts';
import { makeCeremony } from '../audit/support/folders.ts';
import { memoryDisk, named } from './helpers.ts';
import { refreshed } from './lock-fixture.ts';

const zero = makeCeremony(3, 2, 'found');
const one = refreshed(zero, 'one');
const two = refreshed(one, 'two');
const { lock } = zero;
const { network } = lock.definition.definition;
const own = lock.record.members[0]?.identityPk ?? new Uint8Array(32);

interface Scene {
  readonly locks: Readonly<Record<string, Lock>>;
  /** Lock files whose definition comes with the lock before it. */
  readonly plans?: Readonly<Record<string, readonly [Lock, Lock]>>;
  readonly newest?: number;
  readonly hasActive?: boolean;
  readonly change?: object;
}
const keyAt = (newest: number, hasActive: boolean): ManifestKey => ({
  keyId: lock.record.keyId,
  address: new Uint8Array(20),
  newest,
  needsMarks: false,
  guardSeq: 0,
  guardHead: new Uint8Array(32),
  state: undefined,
  shares: hasActive
    ? [{ epochNo: newest, sid: named('sid'), index: 2, hash: named('file'), state: 'active' }]
    : [],
});
function search({ locks, plans = {}, newest, hasActive = true, change = {} }: Scene) {
  const disk = memoryDisk();
  for (const [name, one] of Object.entries(locks))
    disk.files.set(`ceremonies/${name}/lock.json`, writeLock(one));
  for (const [name, [{ definition }, previous]] of Object.entries(plans))
    disk.files.set(`ceremonies/${name}/definition.json`, writeDefinition({ ...definition, previous }));
  const manifest = ManifestStore.create(disk);
  if (newest !== undefined) manifest.setKey(keyAt(newest, hasActive));
  const found = findLocks({
    ...{ disk, manifest, ceremonies: 'ceremonies', network, identityPk: own, needsLock: false },
    ...change,
  });
  return { lock: found.lock?.record.epochNo, newer: found.newer.map(({ record }) => record.epochNo) };
}
const code = (expected: string): object => expect.objectContaining({ code: expected }) as object;

describe('the lock of a node', () => {
  it('is none on a new node, and that of its active epoch on one with a key', () => {
    expect(search({ locks: {} })).toEqual({ lock: undefined, newer: [] });
    expect(search({ locks: { a: lock }, newest: 0 })).toEqual({ lock: 0, newer: [] });
  });

  it('has those of lower epochs beside it as history, in folders of any name', () => {
    const locks = { a: two.lock, b: lock, c: one.lock };
    expect(search({ locks, newest: 2 })).toEqual({ lock: 2, newer: [] });
  });

  it('may be in two folders', () => {
    expect(search({ locks: { a: lock, b: lock }, newest: 0 })).toEqual({ lock: 0, newer: [] });
  });

  it('has newer ones where a crash came before the switch: they are named, ascending', () => {
    const locks = { a: two.lock, b: lock, c: one.lock };
    expect(search({ locks, newest: 0 })).toEqual({ lock: 0, newer: [1, 2] });
    expect(search({ locks, newest: 1 })).toEqual({ lock: 1, newer: [2] });
  });

  it('is none on a node that has left, which hears of newer ones', () => {
    const locks = { a: lock, b: one.lock };
    expect(search({ locks, newest: 1, hasActive: false })).toEqual({ lock: undefined, newer: [] });
    expect(search({ locks: { ...locks, c: two.lock }, newest: 1, hasActive: false })).toEqual({
      lock: undefined,
      newer: [2],
    });
  });

  it('of a key that the manifest does not know counts if it has a seat for us', () => {
    expect(search({ locks: { a: lock, b: one.lock } })).toEqual({ lock: 1, newer: [] });
    const change = { identityPk: named('nobody') };
    expect(search({ locks: { a: lock }, change })).toEqual({ lock: undefined, newer: [] });
  });

  it('is held against the lock that came with its plan, where that is all there is', () => {
    const plans = { b: [one.lock, lock] } as const;
    expect(search({ locks: { b: one.lock }, plans, newest: 1 })).toEqual({ lock: 1, newer: [] });
    expect(() => search({ locks: { b: one.lock }, newest: 1 })).toThrow(code('safety-state-missing'));
  });
});

describe('a lock is refused', () => {
  it('when it is missed although there is an active share', () => {
    const change = { needsLock: true };
    expect(() => search({ locks: {}, change })).toThrow(code('safety-state-missing'));
    expect(() => search({ locks: { a: lock }, newest: 1, change })).toThrow(/share of epoch 1, but/);
  });

  it('when it is of another network', () => {
    for (const other of [{ name: 'x' }, { l1ChainId: 1n }, { l2ChainId: 1n }])
      expect(() => search({ locks: { a: lock }, change: { network: { ...network, ...other } } })).toThrow(
        code('wrong-cluster'),
      );
  });

  it('when another of the same epoch lies beside it, or one of another key', () => {
    const other = refreshed(zero, 'another').lock;
    expect(() => search({ locks: { a: lock, b: one.lock, c: other }, newest: 1 })).toThrow(
      /different locks of epoch 1/,
    );
    const strange = makeCeremony(3, 2, 'strange').lock;
    expect(() => search({ locks: { a: lock, b: strange }, newest: 0 })).toThrow(/two keys/);
  });

  it('when it does not hold, or does not follow from the lock before it', () => {
    const bare: Lock = { ...one.lock, definition: { ...one.lock.definition, signatures: [] } };
    expect(() => search({ locks: { a: lock, b: bare }, newest: 1 })).toThrow(code('lock-mismatch'));
    expect(lockHash(one.lock)).not.toEqual(lockHash(refreshed(zero, 'another').lock));
    const { certificate } = one.lock;
    if (certificate.kind !== 'activation') throw new RangeError('an epoch change');
    const cut: Lock = { ...one.lock, certificate: { ...certificate, commits: certificate.commits.slice(1) } };
    expect(() => search({ locks: { a: lock, b: cut }, newest: 1 })).toThrow(code('lock-mismatch'));
  });
});

describe('who has left', () => {
  it('is known by the locks of all epochs, the last at the end', () => {
    const first = firstEpoch(4, 3, 'leavers');
    const second = nextEpoch(first, { committee: [1, 2, 4], required: 2 });
    const third = nextEpoch(second, { committee: [1, 2], required: 2 });
    const disk = memoryDisk();
    for (const [i, each] of [third, first, second].entries())
      disk.files.set(`ceremonies/${i}/lock.json`, writeLock(each.lock));
    const manifest = ManifestStore.create(disk);
    const where = { disk, manifest, ceremonies: 'ceremonies', network, needsLock: false };
    const found = findLocks({ ...where, identityPk: named('nobody') });
    expect(found.formers.map(({ index }) => index)).toEqual([3, 4]);
  });
});
