import { describe, expect, test } from 'vitest';

import { InputError } from '../../../src/crypto/errors.ts';
import type { ManifestKey, NotedShare } from '../../../src/node/manifest.ts';
import { shareLabel } from '../../../src/node/share-file.ts';
import {
  type FoundShare,
  checkShareFiles,
  isFileOf,
  missingShare,
} from '../../../src/node/share-rollback.ts';
import { named } from './helpers.ts';

const share = (epochNo: number, state: NotedShare['state']): NotedShare => ({
  epochNo,
  sid: named(`sid ${epochNo}`),
  index: 2,
  hash: named(`share ${epochNo}`),
  state,
});
const key: ManifestKey = {
  keyId: named('key'),
  address: new Uint8Array(20),
  newest: 3,
  needsMarks: false,
  guardSeq: 0,
  guardHead: new Uint8Array(32),
  state: undefined,
  shares: [share(1, 'doomed'), share(2, 'retired'), share(3, 'active'), share(4, 'pending')],
};
const fileOf = ({ epochNo, sid, hash }: NotedShare): FoundShare => ({
  path: `epoch-${epochNo}`,
  epochNo,
  label: shareLabel(epochNo, sid),
  hash,
});
const all = key.shares.map(fileOf);
const found = (files: readonly FoundShare[]): string => {
  try {
    checkShareFiles('keys/a', key, files);
    return 'accepted';
  } catch (error) {
    return error instanceof InputError ? `${error.code}: ${error.message}` : 'another error';
  }
};
const without = (epochNo: number): readonly FoundShare[] => all.filter((file) => file.epochNo !== epochNo);
const changed = (epochNo: number, change: object): readonly FoundShare[] =>
  all.map((file) => (file.epochNo === epochNo ? { ...file, ...change } : file));

describe('share files', () => {
  test('are as they were left, when all are there, or all but the active one have gone', () => {
    expect(found(all)).toBe('accepted');
    for (const epochNo of [1, 2, 4]) expect(found(without(epochNo))).toBe('accepted');
  });

  test('may be torn only where they are being erased', () => {
    expect(found(changed(1, { hash: named('zeros') }))).toBe('accepted');
    for (const epochNo of [2, 3, 4])
      expect(found(changed(epochNo, { hash: named('x') }))).toMatch(/^rollback-detected: .*newest copy/);
  });

  test('that are missed or unknown are refused, each with what to do', () => {
    expect(found(without(3))).toMatch(/^safety-state-missing: .*give it a new share/);
    expect(found([...all, { ...fileOf(share(0, 'retired')) }])).toMatch(/^stale-epoch: .*must not exist/);
    expect(found([...all, { ...fileOf(share(5, 'pending')) }])).toMatch(
      /^rollback-detected: .*manifest back/,
    );
    expect(found([...all, { ...all[3]!, label: '0123456789abcdef' }])).toMatch(/^rollback-detected/);
  });

  test('are known by epoch and session', () => {
    expect(isFileOf(key.shares[2]!, all[2]!)).toBe(true);
    expect(isFileOf(key.shares[2]!, { ...all[2]!, label: '' })).toBe(false);
    expect(isFileOf(key.shares[2]!, { ...all[2]!, epochNo: 4 })).toBe(false);
    expect(missingShare('a', 3).message).toContain('epoch 3');
  });
});
