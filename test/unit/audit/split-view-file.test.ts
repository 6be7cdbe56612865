import { describe, expect, test } from 'vitest';

import { auditSplitView, isSplitViewFile } from '../../../src/audit/split-view-file.ts';
import { writeSplitView } from '../../../src/chain/log/split-view.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { events, logOf } from '../chain/log/samples.ts';
import { headAt, keepersOf } from './support/logs.ts';
import { cuts, flips } from './support/tamper.ts';

const [keeper] = keepersOf(1);
if (keeper === undefined) throw new RangeError('keeper');
const { owner } = keeper;
const name = '0011223344556677-split-view.json';
const seats = [{ keyId: 'k', index: partyIndex(4), identityPk: owner.owner }];
const [a, b] = [events, [...events].reverse()].map((all) => headAt(keeper, logOf(all.slice(1, 4), owner), 3));
if (a === undefined || b === undefined) throw new RangeError('heads');
const file = writeSplitView({ ...owner, a, b, proof: undefined });
const judged = (bytes: Uint8Array, of = seats) =>
  auditSplitView({ path: 'evidence', files: new Map([[name, bytes]]) }, name, of);

describe('evidence of a split view', () => {
  test('convicts the member whose log it is', () => {
    const report = judged(file);
    expect(report.checks).toMatchObject([{ id: 'E1', verdict: 'pass' }]);
    expect(report.checks[0]?.detail).toContain('party 4 is guilty (split-view)');
    expect(report.facts).toMatchObject({ accused: '4' });
    expect(isSplitViewFile(name)).toBe(true);
    expect(isSplitViewFile('0011223344556677-equivocation.json')).toBe(false);
  });

  test('convicts no stranger, and nobody by bytes that were changed', () => {
    expect(judged(file, []).ok).toBe(false);
    expect(judged(writeSplitView({ ...owner, a, b: a, proof: undefined })).ok).toBe(false);
    for (const { what, bytes } of [...flips(file, 80), ...cuts(file, 10)])
      expect(judged(bytes).ok, what).toBe(false);
  });
});
