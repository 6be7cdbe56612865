import { describe, expect, test } from 'vitest';

import {
  factsOf,
  findingProblems,
  hasFailed,
  isSeat,
  readCeremony,
  recheckFiles,
  recheckReceipts,
} from '../../../src/audit/ceremony-case.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { keygenEpoch } from './support/changes.ts';
import { type Files, failedCeremony, thirtyTwo } from './support/folders.ts';

const { files, lock } = keygenEpoch(3, 2);
const read = (changed: Files) => readCeremony({ path: '.', files: changed });
const without = (...names: readonly string[]): Files =>
  new Map([...files].filter(([name]) => !names.includes(name)));

describe('the files of a ceremony', () => {
  test('are whole, or the missing one is named unless it is rightly missing', () => {
    expect(recheckFiles(read(files), [])).toMatchObject([{ verdict: 'pass' }]);
    const bare = read(without('lock.json', 'transcript.jsonl'));
    expect(recheckFiles(bare, ['lock'])).toMatchObject([
      { verdict: 'fail', detail: 'transcript.jsonl is missing' },
    ]);
    expect(recheckFiles(bare, ['lock', 'transcript'])).toMatchObject([
      { verdict: 'pass', detail: 'definition whole; their hashes are right' },
    ]);
  });

  test('are of one ceremony', () => {
    const other = keygenEpoch(4, 3).files.get('definition.json')!;
    const mixed = read(new Map([...files, ['definition.json', other]]));
    expect(recheckFiles(mixed, [])).toMatchObject([{ verdict: 'fail' }]);
  });

  test('of a failed attempt have rightly no lock', () => {
    expect([read(files), read(failedCeremony()), read(without('lock.json'))].map(hasFailed)).toEqual([
      ...[false, true, false],
    ]);
  });

  test('show facts as far as they can be read', () => {
    expect(factsOf(read(files))).toMatchObject({ outcome: 'done', parties: '1, 2, 3', members: '3' });
    expect(factsOf(read(new Map()))).toEqual({});
  });

  test('may come without receipts, and not with a receipt that cannot be checked', () => {
    const names = [1, 2, 3].map((i) => `receipt-node-${i}.json`);
    expect(recheckReceipts(read(files))).toMatchObject([{ verdict: 'pass', detail: '3 receipts' }]);
    expect(recheckReceipts(read(without(...names)))).toMatchObject([{ verdict: 'skip' }]);
    expect(recheckReceipts(read(without('lock.json')))).toMatchObject([{ verdict: 'fail' }]);
  });

  test('seat whom the definition seats', () => {
    const spec = read(files).transcript.value?.spec;
    const [member] = lock.record.members;
    if (spec === undefined || member === undefined) throw new RangeError('a whole ceremony');
    expect(isSeat(spec, 0, 1, member.identityPk)).toBe(true);
    expect(isSeat(spec, 1, 1, member.identityPk)).toBe(false);
    expect(isSeat(spec, 0, 2, member.identityPk)).toBe(false);
    expect(isSeat(spec, 0, 1, thirtyTwo('x'))).toBe(false);
  });

  test('writes who broke what', () => {
    const finding = { check: 'K4', accused: partyIndex(2), ok: false, meaning: 'it fits' };
    expect(findingProblems('t', [finding])).toEqual(['t: it does not hold of party 2 that it fits (K4)']);
    expect(findingProblems('t', [{ ...finding, accused: undefined }])).toEqual([
      't: it does not hold that it fits (K4)',
    ]);
    expect(findingProblems('t', [{ ...finding, ok: true }])).toEqual([]);
  });
});
