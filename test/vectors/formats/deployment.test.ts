import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { parseDeploymentFile } from '../../../src/apps/deploy/settings.ts';

it('a deployment file of version 1 is read', () => {
  const text = readFileSync(join(import.meta.dirname, 'deployment-1.yaml'), 'utf8');
  expect(parseDeploymentFile(text, 'it', 'test')).toMatchObject({
    l2_chain_id: 71_001n,
    treasury: `0x${'11'.repeat(20)}`,
    genesis_allocation: 0n,
    members: ['33', '44', '55', '66'].map((byte) => ({ signer: `0x${byte.repeat(20)}`, power: 20_000n })),
  });
});
