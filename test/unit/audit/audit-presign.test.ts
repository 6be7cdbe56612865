import { describe, expect, test } from 'vitest';

import { SharedWork } from '../../../src/audit/audit-presign.ts';
import { Registry } from '../../../src/audit/registry.ts';
import { lockHash } from '../../../src/chain/lock.ts';
import { epochIdOf } from '../../../src/protocols/epoch.ts';
import { changedEpoch, keygenEpoch } from './support/changes.ts';
import { makeBase } from './support/sets.ts';
import { withFile } from './support/tamper.ts';

const { ceremony, signature } = makeBase();
const folder = (path: string, files = signature) => ({ path, files });

describe('what signatures share', () => {
  test('is looked at once, whichever folder it lies in', () => {
    const shared = new SharedWork();
    const lock = shared.lock(folder('a'));
    expect(lock.value?.problems).toEqual([]);
    expect(shared.lock(folder('b', new Map(signature)))).toBe(lock);
    const presign = shared.presign(folder('a'), ceremony.lock);
    expect(presign.value?.replay.isReady).toBe(true);
    expect(shared.presign(folder('b'), ceremony.lock)).toBe(presign);
  });

  test('is looked at again where one byte, or the key, differs', () => {
    const shared = new SharedWork();
    const presign = shared.presign(folder('a'), ceremony.lock);
    const cut = signature.get('presign.jsonl')?.subarray(1);
    expect(shared.presign(folder('a', withFile(signature, 'presign.jsonl', cut)), ceremony.lock)).not.toBe(
      presign,
    );
    const record = { ...ceremony.lock.record, keyId: new Uint8Array(32) };
    const other = shared.presign(folder('a'), { ...ceremony.lock, record });
    expect(other.value?.replay.findings.find(({ check }) => check === 'P1')?.ok).toBe(false);
  });

  test('is kept for a while only: an audit visits the signatures of one session together', () => {
    const shared = new SharedWork();
    const first = shared.presign(folder('a'), ceremony.lock);
    const others = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const bytes = new Uint8Array([i]);
        shared.presign(folder('x', withFile(signature, 'presign.jsonl', bytes)), ceremony.lock);
      }
    };
    others(15);
    expect(shared.presign(folder('a'), ceremony.lock)).toBe(first);
    others(16);
    expect(shared.presign(folder('a'), ceremony.lock)).not.toBe(first);
  });

  test('is the lock of the epoch in which a session ran, where that is in the tree', () => {
    const first = keygenEpoch(3, 2);
    const second = changedEpoch(first);
    const registry = new Registry([first, second].map(({ lock }) => ({ path: '.', lock })));
    const [one, two] = [first, second].map(({ lock }) => epochIdOf(lock.record));
    const late = { path: 'late', files: second.files };
    const shared = new SharedWork(registry);
    const hashOf = (epochId: Uint8Array | undefined, of = shared) => {
      const found = of.lockOf(late, epochId).value;
      return found && lockHash(found.lock);
    };
    expect(hashOf(one)).toEqual(lockHash(first.lock));
    for (const epochId of [two, undefined, new Uint8Array(32)])
      expect(hashOf(epochId)).toEqual(lockHash(second.lock));
    expect(shared.lockOf(late, one).value?.problems).toEqual([]);
    expect(shared.chainOf(second.lock)).toHaveLength(2);
    expect(hashOf(one, new SharedWork())).toEqual(lockHash(second.lock));
  });

  test('is a problem where the file is missing', () => {
    const shared = new SharedWork();
    expect(shared.lock({ path: '.', files: new Map() }).problem).toBe('lock.json is missing');
  });
});
