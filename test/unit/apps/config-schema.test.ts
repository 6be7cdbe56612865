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

it('what the environment may set is one value each, and never a secret', () => {
  expect(new Set(singleSettings).size).toBe(singleSettings.length);
  expect(singleSettings.filter((path) => /password|rules|rpc/.test(path))).toEqual([]);
});
