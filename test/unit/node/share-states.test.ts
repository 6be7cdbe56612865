import { describe, expect, test } from 'vitest';

import { sessionId } from '../../../src/crypto/brand.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { MAX_SHARES, type ManifestKey, type NotedShare } from '../../../src/node/manifest.ts';
import {
  MAX_PENDING,
  checkNew,
  missingOf,
  notedOf,
  stateAtLeaving,
  stateBehind,
} from '../../../src/node/share-states.ts';
import { epochFixture } from './epoch-fixture.ts';
import { named } from './helpers.ts';

const { record } = epochFixture('states');
const share = (epochNo: number, state: NotedShare['state'], name = 'a'): NotedShare => ({
  epochNo,
  sid: named(`${name} ${epochNo}`),
  index: 2,
  hash: named('hash'),
  state,
});
const keyWith = (newest: number | undefined, ...shares: readonly NotedShare[]): ManifestKey => ({
  keyId: record.keyId,
  address: new Uint8Array(20),
  newest,
  needsMarks: false,
  guardSeq: 0,
  guardHead: new Uint8Array(32),
  state: undefined,
  shares,
});
const at = (epochNo: number, sid: Uint8Array = named(`a ${epochNo}`)) => ({
  ...record,
  epochNo,
  originSid: sessionId(sid),
});
const verdict = (key: ManifestKey, epochNo: number, noted?: NotedShare): string => {
  try {
    checkNew(key, at(epochNo), noted);
    return 'welcome';
  } catch (error) {
    return error instanceof InputError ? error.code : 'another error';
  }
};

test('a share is known by epoch and session; by the epoch alone where the session was not noted', () => {
  const [mine, first] = [share(1, 'pending'), { ...share(2, 'active'), sid: new Uint8Array(32) }];
  const key = keyWith(2, mine, first);
  expect(notedOf(key, at(1))).toBe(mine);
  expect(notedOf(key, at(1, named('b')))).toBeUndefined();
  expect(notedOf(key, at(2, named('any')))).toBe(first);
  expect(notedOf(key, at(3))).toBeUndefined();
});

test('a certificate retires what was active and dooms what waited for its epoch or an earlier one', () => {
  const after = (state: NotedShare['state'], epochNo: number): string =>
    stateBehind(share(epochNo, state), 3);
  expect(after('active', 2)).toBe('retired');
  expect(after('pending', 3)).toBe('doomed');
  expect(after('pending', 2)).toBe('doomed');
  expect(after('pending', 4)).toBe('pending');
  expect(after('retired', 1)).toBe('retired');
  expect(after('doomed', 1)).toBe('doomed');
});

test('a certificate without a share for this node dooms what was retired, too', () => {
  const after = (state: NotedShare['state'], epochNo: number): string =>
    stateAtLeaving(share(epochNo, state), 3);
  expect(after('active', 2)).toBe('doomed');
  expect(after('retired', 1)).toBe('doomed');
  expect(after('pending', 3)).toBe('doomed');
  expect(after('pending', 4)).toBe('pending');
});

describe('a new share', () => {
  test('is of the next epoch of a member, and of a later one of a node that joins', () => {
    const member = keyWith(2, share(2, 'active'));
    expect([1, 2, 3, 4].map((epochNo) => verdict(member, epochNo))).toEqual([
      'stale-epoch',
      'stale-epoch',
      'welcome',
      'stale-epoch',
    ]);
    expect([0, 7].map((epochNo) => verdict(keyWith(undefined), epochNo))).toEqual(['welcome', 'welcome']);
    expect([2, 7].map((epochNo) => verdict(keyWith(2), epochNo))).toEqual(['stale-epoch', 'welcome']);
  });

  test('may be stored once more while it is pending only', () => {
    const member = keyWith(2, share(2, 'active'));
    expect(verdict(member, 3, share(3, 'pending'))).toBe('welcome');
    expect(verdict(member, 3, share(3, 'doomed'))).toBe('stale-epoch');
  });

  test('finds room, or is refused', () => {
    const many = (count: number, state: NotedShare['state'], epochNo: number): readonly NotedShare[] =>
      Array.from({ length: count }, (_, i) => share(epochNo, state, `attempt ${i}`));
    const full = keyWith(2, share(2, 'active'), ...many(MAX_PENDING, 'pending', 3));
    expect(verdict(full, 3)).toBe('too-many-pending');
    expect(verdict(full, 3, full.shares.at(-1))).toBe('welcome');
    expect(verdict(keyWith(9, ...many(MAX_SHARES, 'retired', 1)), 10)).toBe('too-many-pending');
  });
});

test('a file that is not there is missed for a reason', () => {
  const key = keyWith(2, share(2, 'active'));
  const codeAt = (epochNo: number, sid?: Uint8Array): string =>
    missingOf(key, at(epochNo, sid), 'share').code;
  expect(codeAt(1)).toBe('stale-epoch');
  expect(codeAt(2)).toBe('safety-state-missing');
  expect(codeAt(2, named('b'))).toBe('share-does-not-match-lock');
  expect(codeAt(3)).toBe('safety-state-missing');
});
