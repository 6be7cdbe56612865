import { describe, expect, test } from 'vitest';

import { isErasureFile, readErasure, recheckErasures } from '../../../src/audit/erasures.ts';
import { writeErasure } from '../../../src/node/epochs/erasure-file.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { Identity } from '../../../src/node/identity.ts';
import { epochIdOf } from '../../../src/protocols/epoch.ts';
import { erasureBy, keygenEpoch } from './support/changes.ts';
import { seedOf } from './support/epochs.ts';

const epoch = keygenEpoch(3, 2);
const { record } = epoch.lock;
const check = (files: ReadonlyMap<string, Uint8Array>) => recheckErasures('ER', { path: '.', files }, record);

describe('statements that old shares are gone', () => {
  test('are listed, with who has not made one', () => {
    const files = new Map([1, 3].map((j) => [`erasure-node-${j}.json`, erasureBy(epoch, j)]));
    expect(check(files)).toEqual({
      id: 'ER',
      verdict: 'pass',
      detail: 'stated by 1, 3 of epoch 0; no word from 2',
    });
    expect(check(new Map())).toMatchObject({ verdict: 'skip' });
  });

  test('are refused when forged, of another epoch, of a stranger, or damaged', () => {
    const other = keygenEpoch(3, 2, 'other');
    const bad = [
      erasureBy(epoch, 2, seedOf(1)),
      erasureBy(other, 2),
      erasureBy(epoch, 9),
      erasureBy(epoch, 2).subarray(1),
      erasureBy(epoch, 2).subarray(0, 40),
    ];
    for (const bytes of bad)
      expect(check(new Map([['erasure-x.json', bytes]]))).toMatchObject({ verdict: 'fail' });
  });

  test('are read as nodes write them', () => {
    expect(['erasure-a.json', 'erasure-a.jsonl', 'lock.json'].map(isErasureFile)).toEqual([
      true,
      false,
      false,
    ]);
    const [member] = record.members;
    if (member === undefined) throw new RangeError('no member');
    const statement = { keyId: record.keyId, epochId: epochIdOf(record), index: member.index, timeMs: 7n };
    const written = writeErasure(statement, new Identity(new Secret('identity', seedOf(1))));
    expect(written).toEqual(erasureBy(epoch, 1));
    expect(readErasure(written, 'x')).toMatchObject(statement);
  });
});
