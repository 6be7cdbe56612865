import { describe, expect, test } from 'vitest';

import { Registry, epochName, registryOf } from '../../../src/audit/registry.ts';
import { type Lock, lockHash } from '../../../src/chain/lock.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { clusterOf } from '../../../src/protocols/ceremony/cluster.ts';
import { definitionHash } from '../../../src/protocols/ceremony/definition.ts';
import { epochIdOf } from '../../../src/protocols/epoch.ts';
import { changedEpoch, keygenEpoch } from './support/changes.ts';
import { nextEpoch } from './support/epochs.ts';
import { under } from './support/folders.ts';

const first = keygenEpoch(3, 2);
const second = changedEpoch(first);
const third = nextEpoch(second);
const other = keygenEpoch(3, 2, 'other');
const names = (locks: readonly Lock[]): readonly string[] => locks.map((lock) => toHex(lockHash(lock)));
const of = (...locks: readonly Lock[]) => new Registry(locks.map((lock, i) => ({ path: `${i}`, lock })));

describe('the locks of a tree', () => {
  const registry = of(third.lock, other.lock, first.lock, second.lock);

  test('are found by the name that the next one has for them', () => {
    expect(registry.previousOf(first.lock)).toBeUndefined();
    expect(registry.previousOf(second.lock)).toBe(first.lock);
    expect(of(third.lock).previousOf(third.lock)).toBeUndefined();
  });

  test('make a chain that is the same from each of its ends', () => {
    const chain = names([first.lock, second.lock, third.lock]);
    for (const { lock } of [first, second, third]) expect(names(registry.chainOf(lock))).toEqual(chain);
    expect(names(registry.chainOf(other.lock))).toEqual(names([other.lock]));
    expect(names(new Registry([]).chainOf(second.lock))).toEqual(names([second.lock]));
  });

  test('are connected by none that does not hold: it may name any key', () => {
    const { record } = other.lock;
    const forged: Lock = {
      ...second.lock,
      record: { ...record, epochNo: 1, keyId: first.lock.record.keyId },
    };
    const tree = of(first.lock, forged);
    expect(names(tree.chainOf(first.lock))).toEqual(names([first.lock]));
    expect(names(tree.chainOf(forged))).toEqual(names([forged]));
  });

  test('are those that hold, where somebody lays a forged one of the same epoch beside them', () => {
    const { keyId } = first.lock.record;
    const forged: Lock = { ...first.lock, record: { ...other.lock.record, keyId } };
    expect(of(forged, first.lock).ofNumber(keyId, 0)).toBe(first.lock);
    expect(of(first.lock, forged).ofNumber(keyId, 0)).toBe(first.lock);
    expect(of(forged).ofNumber(keyId, 0)).toBe(forged);
  });

  test('hold both sides of a fork', () => {
    const fork = nextEpoch(first, { committee: [1, 2, 9] }).lock;
    const forked = of(first.lock, second.lock, fork);
    expect(forked.chainOf(first.lock)).toHaveLength(3);
    expect(forked.keys().map((found) => found.length)).toEqual([3]);
  });

  test('are found by their epoch within one key', () => {
    expect(registry.lockOf(third.lock, epochIdOf(first.lock.record))).toBe(first.lock);
    expect(registry.lockOf(other.lock, epochIdOf(first.lock.record))).toBeUndefined();
  });

  test('are listed by key, ascending by epoch, and the fullest copy of each', () => {
    expect(registry.keys().map((found) => names(found.map(({ lock }) => lock)))).toEqual(
      expect.arrayContaining([names([first.lock, second.lock, third.lock]), names([other.lock])]),
    );
    const bare = { ...second.lock, signatures: [] };
    for (const order of [
      [bare, second.lock],
      [second.lock, bare],
    ])
      expect(of(...order).keys()).toMatchObject([[{ lock: second.lock }]]);
  });

  test('are read from folders, and from the plans that they came with; the rest is passed over', () => {
    const lone = new Map([...under('b', second.files)].filter(([path]) => !path.endsWith('lock.json')));
    const folder = (path: string, files: ReadonlyMap<string, Uint8Array>) => ({ path, files });
    const inside = new Map([...lone].map(([path, bytes]) => [path.slice(2), bytes]));
    const read = registryOf([
      folder('a', other.files),
      folder('b', inside),
      folder('c', new Map([['lock.json', new Uint8Array(3)]])),
      folder('d', other.files),
    ]);
    const paths = read.keys().flatMap((found) => found.map(({ path }) => path));
    expect([...paths].sort()).toEqual(['a/lock.json', 'b/definition.json']);
  });

  test('are found by epoch and by number, and say who ever had a seat', () => {
    const all = of(first.lock, second.lock, other.lock);
    const { keyId } = second.lock.record;
    expect(all.ofEpoch(epochIdOf(second.lock.record))).toBe(second.lock);
    expect(all.ofEpoch(new Uint8Array(32))).toBeUndefined();
    expect(all.ofNumber(keyId, 1)).toBe(second.lock);
    expect(all.ofNumber(keyId, 9)).toBeUndefined();
    expect(all.ofNumber(new Uint8Array(32), 1)).toBeUndefined();
    const names = of(first.lock)
      .seats()
      .map(({ keyId: key, index }) => `${key} ${index}`);
    expect(names).toEqual(first.lock.record.members.map(({ index }) => `${toHex(keyId)} ${index}`));
  });

  test('say in which cluster somebody has had a seat, and of which epochs somebody is a member', () => {
    const cluster = toHex(clusterOf(first.lock.definition.definition));
    const [member] = first.lock.record.members;
    if (member === undefined) throw new RangeError('no member');
    expect([...of(first.lock, second.lock).clustersOf(member.identityPk)]).toEqual([cluster]);
    expect([...of(first.lock, second.lock).clustersOfKey(first.lock.record.keyId)]).toEqual([cluster]);
    expect([...of(first.lock).clustersOfKey(new Uint8Array(32))]).toEqual([]);
    expect([...of(first.lock).clustersOf(new Uint8Array(32))]).toEqual([]);
    const unsigned = of({ ...first.lock, signatures: [] }); // anybody can write a lock
    expect([...unsigned.clustersOf(member.identityPk)]).toEqual([]);
    expect([...unsigned.clustersOfKey(first.lock.record.keyId)]).toEqual([]);
    expect(unsigned.membershipsOf(member.identityPk)).toEqual([]);
    expect(of(first.lock).membershipsOf(member.identityPk)).toEqual([
      {
        epoch: epochName(toHex(first.lock.record.keyId), 0),
        ceremony: toHex(definitionHash(first.lock.definition.definition)),
      },
    ]);
  });
});
