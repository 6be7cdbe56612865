import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { parseStakingFile } from '../../../src/apps/deploy/staking.ts';

it('a staking file of version 1 is read', () => {
  const text = readFileSync(join(import.meta.dirname, 'staking-1.yaml'), 'utf8');
  expect(parseStakingFile(text, 'it')).toMatchObject({
    ...{ symbol: 'stMETIS', ticket_symbol: 'tMETIS', min_deposit: 10n ** 18n, capacity: 0n },
    ...{ provider: `0x${'11'.repeat(20)}`, treasury: `0x${'33'.repeat(20)}` },
    ...{ protocol_bps: 500n, operator_bps: 500n, pre_stake: false, signers: [] },
  });
});
