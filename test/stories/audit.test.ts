import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { exportLog } from '../../src/apps/audit-export.ts';
import { diskSource } from '../../src/apps/audit-files.ts';
import { type Audit, auditSource } from '../../src/audit/audit.ts';
import { OperationError } from '../../src/crypto/errors.ts';
import { brotli } from '../../src/system/compression.ts';
import { signBatch } from './batches.ts';
import { type Resident, changePlan, hold, plan, reopen, settle, stateOf, until } from './house.ts';

// What honest nodes leave behind passes the audit, whatever happens to them.

const root = mkdtempSync(join(tmpdir(), 'conclave-story-'));
const residents: Resident[] = [];
const at = (index: number): Resident => {
  const resident = residents[index - 1];
  if (resident === undefined) throw new RangeError(`no resident ${index}`);
  return resident;
};
const tools = { compressor: brotli, versionedHashes: () => Promise.resolve([]) };
let exports = 0;

/** The exports of all nodes side by side, audited. */
async function audited(): Promise<Audit> {
  const signed = ({ node }: Resident): boolean => node.status().log?.head?.size === node.status().log?.size;
  await until('all entries are under heads', () => residents.every(signed));
  const folder = join(root, `${(exports += 1)}`);
  mkdirSync(folder);
  for (const { disk, publicKey, node } of residents) {
    const about = { owner: publicKey, ceremonies: 'ceremonies', logFolder: 'data/log' };
    exportLog({ ...about, disk, out: join(folder, node.status().name) });
  }
  return auditSource(diskSource(folder), {}, tools);
}
const wrongIn = ({ reports }: Audit): readonly string[] =>
  reports.flatMap(({ subject: { path }, checks }) =>
    checks.flatMap(({ id, verdict, detail }) => (verdict === 'fail' ? [`${path} ${id}: ${detail}`] : [])),
  );

beforeAll(async () => {
  for (let i = 0; i < 3; i++) residents.push(settle(27_870 + i));
  for (const { node } of residents) await node.start();
  const id = await hold(residents, plan(residents, 2));
  await until('complete', () => residents.every((one) => stateOf(one, id) === 'complete'), 60_000);
});
afterAll(async () => {
  for (const { node } of residents) await node.stop();
  rmSync(root, { recursive: true });
});

it('the exports of all nodes pass, over two epochs', async () => {
  await signBatch(at(1), 1n, [1, 2]);
  await signBatch(at(2), 2n, [2, 3]);
  const id = await hold(residents, changePlan(at(1), { kind: 'refresh' }));
  await until('resharing', () => residents.every((one) => stateOf(one, id) === 'complete'), 60_000);
  await signBatch(at(1), 3n, [1, 3]);
  const audit = await audited();
  expect(wrongIn(audit)).toEqual([]);
  expect(audit.logs).toHaveLength(3);
  expect(audit.accounts.map(({ missing }) => missing)).toEqual([0]);
});

it('they pass when a node was stopped, and has no result of what the others have signed', async () => {
  const { disk } = at(3);
  const { append } = disk;
  Object.assign(disk, {
    append: (path: string, bytes: Uint8Array) => {
      if (path.includes('/entries/')) throw new OperationError('disk-full', 'retry', 'no room for the log');
      append(path, bytes);
    },
  });
  await signBatch(at(2), 4n, [2, 3]);
  await until('the entries wait', () => (at(3).node.status().log?.waiting ?? 0) >= 2);
  await at(3).node.stop();
  Object.assign(disk, { append });
  residents[2] = reopen(at(3));
  await at(3).node.start();
  await until('linked', () => at(3).node.status().log?.head?.countersignedBy.length === 2);
  const audit = await audited();
  expect(wrongIn(audit)).toEqual([]);
  const last = audit.reports.find(({ subject }) => subject.kind === 'logs');
  expect(last?.checks[1]?.detail).toContain('1 times a member of the group has no result');
});
