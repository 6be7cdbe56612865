import { describe, expect, test } from 'vitest';

import { auditFolder } from '../../../src/audit/audit.ts';
import { type Files, tools } from './support/folders.ts';
import { filesOf, makeWorld, treeOf } from './support/logs.ts';

const world = makeWorld();
const reportsOn = async (files: Files) => {
  const { reports, ok } = await auditFolder(files, {}, tools);
  return {
    ok,
    subjects: reports.map(({ subject: { kind, path } }) => `${kind} ${path}`),
    wrong: reports.flatMap(({ subject, checks }) =>
      checks
        .filter(({ verdict }) => verdict === 'fail')
        .map(({ id, detail }) => `${subject.kind} ${subject.path} ${id}: ${detail}`),
    ),
  };
};

describe('the audit of logs', () => {
  test('passes for the export of one member', async () => {
    expect(await reportsOn(filesOf(world, 2))).toMatchObject({ wrong: [], ok: true });
  });

  test('passes for all members side by side', async () => {
    const { wrong, subjects } = await reportsOn(treeOf(world));
    expect(wrong).toEqual([]);
    expect(subjects.slice(-4)).toEqual([
      'log node-1/log.jsonl',
      'log node-2/log.jsonl',
      'log node-3/log.jsonl',
      'logs .',
    ]);
  });

  test('says how many more logs it takes to see every signature', async () => {
    const missingIn = async (files: Files) =>
      (await auditFolder(files, {}, tools)).accounts.map(({ missing }) => missing);
    expect(await missingIn(filesOf(world, 2))).toEqual([1]);
    expect(await missingIn(treeOf(world))).toEqual([0]);
  });
});
