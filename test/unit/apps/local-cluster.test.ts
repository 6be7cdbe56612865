import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { makeLocalCluster } from '../../../src/apps/local-cluster.ts';
import { readDefinition } from '../../../src/chain/definition-file.ts';

let folder: string;
beforeEach(() => void (folder = realpathSync(mkdtempSync(join(tmpdir(), 'local-')))));
afterEach(() => rmSync(folder, { recursive: true }));

it('a local cluster is folders with secrets of their own, and one plan for all of them', () => {
  const plan = {
    ...{ nodes: 3, required: 2, out: join(folder, 'c'), basePort: 7_000, network: 'devnet', l1: [] },
    ...{ l1ChainId: 31_337n, l2ChainId: 71_001n, inbox: undefined, profile: 'insecure-development' as const },
  };
  const { nodes, definition } = makeLocalCluster(plan);
  const passwords = nodes.map((node) => readFileSync(join(node.folder, 'secrets', 'password'), 'utf8'));
  expect(new Set(passwords).size).toBe(3);
  for (const { folder: node } of nodes)
    expect([statSync(node).mode & 0o777, statSync(join(node, 'secrets/password')).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
  const { definition: read, signatures } = readDefinition(readFileSync(definition), definition);
  expect([read.required, read.proposer, signatures]).toEqual([2, 1, []]);
  expect(read.committee.map(({ address }) => address)).toEqual(nodes.map(({ advertise }) => advertise));
  expect(() => makeLocalCluster(plan)).toThrow(expect.objectContaining({ code: 'folder-not-empty' }));
});
