import { expect, it } from 'vitest';

import { type ProposerView, proposalFor } from '../../../../src/services/outputs/machine.ts';

const batch = { index: 2n, firstBlock: 31n, lastBlock: 60n };
const view: ProposerView = {
  ...{ standing: 40n, newestBatch: batch, safe: 60n, bond: { free: 10n, needed: 10n } },
};

it.each<[string, Partial<ProposerView>, ReturnType<typeof proposalFor>]>([
  ['an output is due after the last block of the newest batch', {}, { kind: 'propose', block: 60n, batch }],
  ['none before so many blocks', { standing: 41n }, { kind: 'wait', why: 'not-due' }],
  ['none before the first batch', { newestBatch: undefined }, { kind: 'wait', why: 'not-due' }],
  ['none of what was not derived', { safe: 59n }, { kind: 'wait', why: 'not-derived' }],
  ['none without a bond', { bond: { free: 9n, needed: 10n } }, { kind: 'wait', why: 'no-bond' }],
])('%s', (_, change, expected) => {
  expect(proposalFor({ ...view, ...change }, 20n)).toEqual(expected);
});
