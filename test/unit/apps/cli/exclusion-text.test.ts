import { expect, it } from 'vitest';

import { exclusionLines } from '../../../../src/apps/cli/exclusion-text.ts';
import { sampleExclusion, sampleStatus } from '../fake-node.ts';

const plain = { paint: (_: unknown, text: string): string => text };

it('who is excluded is shown with the reason, the time and the file of the evidence', () => {
  const lines = exclusionLines({ ...sampleStatus, exclusions: [sampleExclusion] }, plain).join('\n');
  for (const part of ['bo', 'bad-opening', '2026-01-01T00:00:00.000Z', sampleExclusion.evidence])
    expect(lines).toContain(part);
});

it('nothing is said where nobody is excluded', () => {
  expect(exclusionLines(sampleStatus, plain)).toEqual([]);
  expect(exclusionLines({ ...sampleStatus, exclusions: [] }, plain)).toEqual([]);
});
