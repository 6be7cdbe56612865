import { expect, it } from 'vitest';

import { settingsSchema, singleSettings } from '../../../src/apps/config-schema.ts';

const least = {
  version: '1',
  network: { name: 'devnet', l1_chain_id: '1', l2_chain_id: '2' },
  p2p: { listen: '127.0.0.1:1' },
};

it('what is left out has its default', () => {
  expect(settingsSchema.parse(least)).toMatchObject({
    paths: { keys: 'keys', ceremonies: 'ceremonies', data: 'data' },
    p2p: { beyond_loopback: false },
    policy: { default: 'deny', rules: [] },
    presign: { target: 64, alternative: 8, low_water: 16, ttl: 3_600_000 },
    log: { level: 'info', format: 'console' },
  });
});

it('numbers are never taken as numbers: every scalar is text', () => {
  expect(settingsSchema.safeParse({ ...least, version: 1 }).success).toBe(false);
  const network = { ...least.network, l1_chain_id: 1 };
  expect(settingsSchema.safeParse({ ...least, network }).success).toBe(false);
});

const keyRule = {
  ...{ id: 'proof', kind: 'update-key', purpose: 'batch', chain_id: '1' },
  ...{ registry: '0x5fbdb2315678afecb367f032d93f642f64180aa3', purposes: ['batch', 'blob'] },
};
const ruled = (rule: object) => settingsSchema.safeParse({ ...least, policy: { rules: [rule] } });

it('a rule for the proof of an account states registry and purposes, and at most how far ahead', () => {
  expect(ruled(keyRule).data?.policy.rules).toEqual([
    {
      ...{ id: 'proof', kind: 'update-key', purpose: 'batch', l1ChainId: 1n, purposes: ['batch', 'blob'] },
      ...{ registry: '0x5FbDB2315678afecb367f032d93F642f64180aa3', maxAheadBlocks: 100_800n },
    },
  ]);
  const near = ruled({ ...keyRule, max_ahead_blocks: '5' }).data?.policy.rules[0];
  expect(near).toMatchObject({ maxAheadBlocks: 5n });
});

it.each([
  ['without a registry', { registry: undefined }],
  ['to what is no account', { registry: '0x12' }],
  ['of a key for tests', { purpose: 'test' }],
  ['for a purpose that nobody knows', { purposes: ['batch', 'gold'] }],
  ['for more purposes than there are', { purposes: Array.from({ length: 6 }, () => 'batch') }],
  ['with more blocks ahead than there can be', { max_ahead_blocks: '18446744073709551616' }],
  ['with a field of a rule for batches', { da: 'calldata' }],
  ['of a kind that nobody knows', { kind: 'update-everything' }],
] as const)('a rule for the proof of an account is refused %s', (_, change) => {
  expect(ruled({ ...keyRule, ...change }).success).toBe(false);
});

it('what the environment may set is one value each, and never a secret', () => {
  expect(new Set(singleSettings).size).toBe(singleSettings.length);
  expect(singleSettings.filter((path) => /password|rules|rpc/.test(path))).toEqual([]);
});
