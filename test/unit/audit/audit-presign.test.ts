import { describe, expect, test } from 'vitest';

import { SharedWork } from '../../../src/audit/audit-presign.ts';
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

  test('is a problem where the file is missing', () => {
    const shared = new SharedWork();
    expect(shared.lock({ path: '.', files: new Map() }).problem).toBe('lock.json is missing');
  });
});
