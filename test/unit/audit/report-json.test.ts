import { describe, expect, test } from 'vitest';

import { countsOf, failedIds, reportJson, reportObject } from '../../../src/audit/report-json.ts';
import type { Report } from '../../../src/audit/report.ts';
import { latin1 } from '../../../src/crypto/bytes.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';

const check = { id: 'V1', title: 'files', meaning: 'Every file is whole.', detail: 'Zürich\u2028' } as const;
const report = (verdict: 'pass' | 'fail' | 'skip'): Report => ({
  subject: { kind: 'ceremony', path: 'a' },
  checks: [{ ...check, verdict }],
  facts: { address: '0x12' },
  ok: verdict !== 'fail',
});
const all = [report('pass'), report('fail'), report('skip')];
const frame = { expected: {}, isReconciled: false };

describe('a report as JSON', () => {
  test('counts, and names what failed, each once', () => {
    expect(countsOf(all)).toEqual({ pass: 1, fail: 1, skip: 1 });
    expect(failedIds([...all, report('fail')])).toEqual(['V1']);
  });

  test('is ASCII, and says the same as the object', () => {
    for (const reports of [all, []]) {
      const text = latin1(reportJson(reports, frame));
      expect(text).toMatch(/^[\n -~]*$/);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(reportObject(reports, frame))));
    }
  });

  test('says what was expected, and what is not proven', () => {
    const address = parseAddress(`0x${'ab'.repeat(20)}`, 'address');
    const expected = { address, required: 2, lock: new Uint8Array(32) };
    expect(reportObject(all, { expected, isReconciled: true })).toMatchObject({
      ...{ kind: 'conclave-audit-report', version: 1, ok: false, failed: ['V1'], isReconciled: true },
      expected: { address, committee: null, required: 2, lock: `0x${'00'.repeat(32)}` },
    });
    expect(JSON.stringify(reportObject([], frame))).toContain('independent');
  });
});
