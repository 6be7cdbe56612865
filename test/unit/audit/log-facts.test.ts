import { expect, test } from 'vitest';

import { RecordIndex } from '../../../src/audit/log-facts.ts';
import type { Report } from '../../../src/audit/report.ts';

test('evidence says of what it convicts, in each form of its name', () => {
  const report = {
    ok: true,
    facts: { accused: '3', identity: 'ed25519:x', session: '0xab' },
  } as unknown as Report; // all that is looked at
  const shown = (name: string): unknown => {
    const index = new RecordIndex();
    index.addEvidence({ path: 'data/evidence', files: new Map([[name, new Uint8Array(1)]]) }, name, report);
    return index.at(`data/evidence/${name}`)?.shown;
  };
  const convicts = (code: string): unknown => ({
    ...{ kind: 'verdict', culprit: 3, code, identity: 'ed25519:x', session: 'ab' },
  });
  expect(shown('0011223344556677-bad-opening-3.json')).toEqual(convicts('bad-opening'));
  expect(shown('0011223344556677-split-view.json')).toEqual(convicts('split-view'));
  expect(shown('00112233-double-commit-3.json')).toEqual(convicts('double-commit'));
  expect(shown('0011223344556677-bad-opening.json')).toEqual(convicts('bad-opening'));
});
