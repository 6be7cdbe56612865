import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { parseL2Settings } from '../../../src/apps/l2/config.ts';

it('the settings of a node of L2, version 1, are read as they always were', () => {
  const settings = parseL2Settings(readFileSync(join(import.meta.dirname, 'l2-1.yaml'), 'utf8'), 'it');
  expect(settings).toMatchObject({
    l1: { rpc: ['http://127.0.0.1:8545', 'https://l1.example.org'], confirmations: 12, poll: 4_000 },
    rpc: { listen: '127.0.0.1:9545', origins: ['https://wallet.example'], beyond_loopback: false },
    leader: '0x1111111111111111111111111111111111111111',
    sequencer: {
      ...{ key_file: 'leader.key', idle: 2_000, max_unsafe: 7_200, min_tip: 1_000_000_000n },
      allow: ['0x2222222222222222222222222222222222222222'],
      batches: { da: 'committee', max_age: 1_800_000, max_unfinal: 4 },
      cluster: ['/var/lib/conclave/node-1', '/var/lib/conclave/node-2'],
      fees: { cap: 100_000_000_000n, blob_cap: 200_000_000_000n, bump_after: 3 },
      sign_stale: 3_600_000,
      committee: { required: 2, timeout: 30_000, members: [{ url: 'http://127.0.0.1:7001' }, {}] },
    },
    log: { level: 'warn', format: 'json' },
  });
});
