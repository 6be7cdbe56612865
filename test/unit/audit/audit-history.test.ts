import { describe, expect, test } from 'vitest';

import { auditHistory, historyChecks } from '../../../src/audit/audit-history.ts';
import type { SignatureRecord } from '../../../src/audit/signature-record.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';

const first: SignatureRecord = {
  path: 'first',
  epoch: 'key 0',
  lock: 'l1',
  signSid: 's1',
  view: 'v1',
  presignSid: 'p1',
  presigId: 'i1',
  requestId: 'q1',
  attempt: 0,
  quorum: [partyIndex(1), partyIndex(2)],
  digest: 'd1',
  outcome: 'done',
  signature: 'g1',
  root: 'o1',
  nonces: ['n1', 'n2'],
  r: 'r1',
  slots: ['slot 1'],
  content: 'c1',
  sharers: [partyIndex(1), partyIndex(2)],
};
const second: SignatureRecord = {
  ...first,
  path: 'second',
  signSid: 's2',
  view: 'v2',
  presignSid: 'p2',
  presigId: 'i2',
  nonces: ['n3'],
  r: 'r2',
  slots: ['slot 2'],
  content: 'c2',
  sharers: [partyIndex(2), partyIndex(3)],
};
const failed = (...records: readonly SignatureRecord[]): readonly string[] =>
  auditHistory('.', records)
    .checks.filter(({ verdict }) => verdict === 'fail')
    .map(({ id }) => id);

describe('the history of a key', () => {
  test('passes for signatures that have nothing in common', () => {
    const report = auditHistory('.', [first, second]);
    expect(report.ok).toBe(true);
    expect(report.checks.map(({ id }) => id)).toEqual(Object.keys(historyChecks));
  });

  test('passes for copies of one session, and for several uses of one preparation session', () => {
    expect(failed(first, { ...first, path: 'copy' })).toEqual([]);
    expect(failed(first, { ...second, presignSid: 'p1', nonces: ['n1', 'n2'] })).toEqual([]);
  });

  test('passes for another lock in another epoch, and fails for one in the same', () => {
    expect(failed(first, { ...second, epoch: 'key 1', lock: 'l2' })).toEqual([]);
    expect(failed(first, { ...second, lock: 'l2' })).toEqual(['A1']);
  });

  test('passes for one content in one slot, signed twice', () => {
    expect(failed(first, { ...second, slots: ['slot 1'], content: 'c1' })).toEqual([]);
  });

  test('finds a fork: two stories of one session', () => {
    expect(failed(first, { ...first, path: 'fork', view: 'other' })).toEqual(['A3']);
    // What ended early ended at another message for each member.
    expect(failed(first, { ...first, path: 'early', view: 'other', outcome: 'aborted' })).toEqual([]);
  });

  test('finds a nonce that was used twice, in two preparations or in one', () => {
    expect(failed(first, { ...second, nonces: ['n2'] })).toEqual(['A4']);
    expect(failed({ ...first, nonces: ['n1', 'n1'] }, second)).toEqual(['A4']);
    expect(failed(first, { ...second, r: 'r1' })).toEqual(['A4']);
  });

  test('finds a preparation that was used twice', () => {
    expect(failed(first, { ...second, presigId: 'i1' })).toEqual(['A8']);
  });

  test('finds two contents for one slot', () => {
    expect(failed(first, { ...second, slots: ['slot 1'] })).toEqual(['SG']);
    const later = { ...first, path: 'later', sharers: [partyIndex(3)] };
    expect(failed({ ...first, sharers: [] }, later, { ...second, slots: ['slot 1'] })).toEqual(['SG']);
  });

  test('blames nobody for two requests at once, of which each found other members', () => {
    const other = { ...second, r: undefined, slots: ['slot 1'], sharers: [partyIndex(3)] };
    expect(failed(first, other)).toEqual([]);
  });
});
