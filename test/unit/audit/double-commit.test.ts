import { expect, it } from 'vitest';

import {
  auditDoubleCommit,
  isDoubleCommitFile,
  readDoubleCommit,
  writeDoubleCommit,
} from '../../../src/audit/double-commit.ts';
import { auditEvidence } from '../../../src/audit/evidence-file.ts';
import { isAudited } from '../../../src/audit/kinds.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { certified, changeOf, firstEpoch, redealt } from './support/epochs.ts';

const first = firstEpoch(3, 2);
const old = first.lock.record;
const change = changeOf(first.lock, { ceremony: 'refresh' });
const committed = (label: string, j: number) => {
  const { prepared, shares } = redealt(first, change, { label });
  const [commit] = certified(old, prepared, shares, [partyIndex(j)]).commits;
  if (commit === undefined) throw new RangeError('a fixture');
  return { prepared, commit };
};
const name = '0011aabb-double-commit-2.json';
const folder = (bytes: Uint8Array) => ({ path: 'evidence', files: new Map([[name, bytes]]) });
const proof = { old, first: committed('a', 2), second: committed('b', 2) };

it('two COMMITs of one member are read back, and convict it by what is in the file alone', () => {
  const bytes = writeDoubleCommit(proof);
  expect(readDoubleCommit(bytes, name)).toEqual(proof);
  expect(auditDoubleCommit(folder(bytes), name)).toMatchObject({ ok: true });
  expect(auditEvidence(folder(bytes), name)).toMatchObject({ ok: true });
});

it.each([
  ['the same COMMIT twice', { ...proof, second: proof.first }],
  ['COMMITs of two members', { ...proof, second: committed('b', 1) }],
  [
    'a COMMIT that another has signed',
    { ...proof, second: { ...proof.second, commit: { ...committed('b', 1).commit, index: partyIndex(2) } } },
  ],
  ['the COMMIT of another attempt', { ...proof, second: { ...proof.second, commit: proof.first.commit } }],
])('%s convicts nobody', (_, lie) => {
  expect(auditDoubleCommit(folder(writeDoubleCommit(lie)), name).ok).toBe(false);
});

it('a file that cannot be read convicts nobody', () => {
  const bytes = writeDoubleCommit(proof);
  for (const length of [0, 1, bytes.length - 2])
    expect(auditDoubleCommit(folder(bytes.subarray(0, length)), name).ok).toBe(false);
});

it('its name is one that an audit reads', () => {
  expect([isDoubleCommitFile(name), isAudited(name)]).toEqual([true, true]);
  expect(isDoubleCommitFile('0011aabb-bad-share.json')).toBe(false);
});
