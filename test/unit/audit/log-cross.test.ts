import { describe, expect, test } from 'vitest';

import type { LogAudit } from '../../../src/audit/audit-log.ts';
import { crossChecks, crossReport } from '../../../src/audit/log-cross.ts';
import type { CeremonyRow, EpochRow, PresignRow, Row, SignRow } from '../../../src/audit/log-rows.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { failedIn, keepersOf } from './support/logs.ts';

const keepers = keepersOf(3);
const quorum = [partyIndex(1), partyIndex(2)];
const place = { seq: 0, atMs: 1000, keyId: 'k', epochNo: 0 };
const signed: SignRow = {
  ...{
    ...place,
    kind: 'sign',
    where: 'first',
    sid: 's',
    requestId: 'q',
    attempt: 0,
    quorum,
    presignSid: 'p',
  },
  ...{ presigId: 'i', digest: 'd', outcome: 'done', signature: 'a'.repeat(130), root: 'r', guardCount: 1 },
  record: undefined,
};
const prepared: PresignRow = {
  ...{ ...place, kind: 'presign', where: 'prepared', sid: 'p', quorum, batch: 1, outcome: 'done', root: 'r' },
  record: undefined,
};
const held: CeremonyRow = {
  ...{ ...place, kind: 'ceremony', where: 'held', ceremony: 'c', what: 'keygen', sid: 'cs', outcome: 'done' },
  record: undefined,
};
const LATE = 1_000_000;
const logOf = (index: number, rows: readonly Row[], change: Partial<LogAudit> = {}): LogAudit => {
  const keeper = keepers[index - 1];
  if (keeper === undefined) throw new RangeError(`no member ${index}`);
  const path = `node-${index}/log.jsonl`;
  return {
    ...{ path, owner: keeper.owner, own: new Set([`k ${index}`]), rows, untilMs: LATE },
    ...{ memberships: [], unsent: new Set(), ...change },
  };
};
const failed = (...logs: readonly LogAudit[]): readonly string[] => failedIn([crossReport(logs)]);
const verdicts = (...logs: readonly LogAudit[]): readonly string[] =>
  crossReport(logs).checks.map(({ verdict }) => verdict);

describe('the logs of several members', () => {
  test('agree where each has what it took part in', () => {
    const report = crossReport([logOf(1, [prepared, signed]), logOf(2, [prepared, signed]), logOf(3, [])]);
    expect(report.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
      Object.keys(crossChecks).map((id) => `${id} pass`),
    );
    expect(verdicts(logOf(1, [signed]), logOf(3, []))[0]).toBe('pass');
    expect(verdicts(logOf(3, []), logOf(2, []))[0]).toBe('skip');
  });

  test('show an entry that one of the quorum has left out', () => {
    expect(failed(logOf(1, [signed]), logOf(2, []))).toEqual(['J1']);
    expect(failed(logOf(1, [prepared, signed]), logOf(2, [signed]))).toEqual(['J1']);
    expect(failed(logOf(1, [signed]), logOf(2, [], { own: new Set(['other 2']) }))).toEqual([]);
  });

  test('may lack what is newer than their heads, and what nobody finished', () => {
    expect(failed(logOf(1, [signed]), logOf(2, [], { untilMs: 1000 + 119_999 }))).toEqual([]);
    expect(failed(logOf(1, [signed]), logOf(2, [], { untilMs: 1000 + 120_000 }))).toEqual(['J1']);
    expect(failed(logOf(1, [{ ...signed, outcome: 'aborted' }]), logOf(2, []))).toEqual([]);
    expect(failed(logOf(1, [signed]), logOf(2, [{ ...signed, outcome: 'aborted', signature: '' }]))).toEqual(
      [],
    );
  });

  test('may lack what a stop loses and nobody needs: a preparation unused, the same signed once more', () => {
    expect(failed(logOf(1, [prepared]), logOf(2, []))).toEqual([]);
    const again = { ...signed, presigId: 'again', signature: 'c'.repeat(130) };
    const other = { ...again, digest: 'other', requestId: 'other' };
    expect(failed(logOf(1, [signed, again]), logOf(2, [signed]))).toEqual([]);
    expect(failed(logOf(1, [signed, other]), logOf(2, [signed]))).toEqual(['J1']);
    const tells = crossReport([logOf(1, [prepared, signed]), logOf(2, [prepared, signed, prepared])]);
    expect(tells.checks[0]?.detail).not.toContain('stop');
    expect(crossReport([logOf(1, [signed, again]), logOf(2, [signed])]).checks[0]?.detail).toContain(
      '; 1 lack where a stop can lose them',
    );
  });

  test('may lack a preparation that was used, if no signature came of it, or the guard tells of that', () => {
    const none = { signature: '', root: '' };
    const aborted = { ...signed, ...none, outcome: 'aborted' };
    const stopped = { ...signed, ...none, outcome: 'interrupted', sid: '', presignSid: '', quorum: [] };
    const again = { ...signed, presigId: 'again', presignSid: 'other', signature: 'c'.repeat(130) };
    const lacking = (use: SignRow, ...own: readonly Row[]): readonly string[] =>
      failed(logOf(1, [prepared, use]), logOf(2, own));
    expect(lacking(aborted)).toEqual([]);
    expect(lacking(signed, stopped)).toEqual([]);
    expect(lacking(signed, again)).toEqual([]); // the same content once more
    expect(lacking(signed, signed)).toEqual(['J1']); // its entry stands behind that of the preparation
    expect(lacking(signed, aborted)).toEqual(['J1']);
    expect(lacking(signed, { ...stopped, presigId: 'other', digest: 'x' })).toEqual(['J1']);
  });

  test('are compared in the time that it takes to read them, also where a log repeats itself', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `${i}`);
    const used = many.map((presigId): SignRow => ({ ...signed, presigId, signature: presigId }));
    const stopped: SignRow = { ...signed, presigId: 'of the guard', outcome: 'interrupted', signature: '' };
    const lost = crossReport([logOf(1, [...many.map(() => prepared), ...used]), logOf(2, [stopped])]);
    expect(lost.checks[0]?.detail).toContain('40000 lack where a stop can lose them');
  }, 10_000);

  test('hide nothing by saying early times: others know when they worked together', () => {
    const other = { presigId: 'shared', digest: 'other', signature: 'b'.repeat(130), atMs: 500_000 };
    const shared: SignRow = { ...signed, ...other };
    const early = { ...shared, atMs: 0 };
    const judge = (change: Partial<SignRow>, ...more: readonly LogAudit[]): readonly string[] =>
      failed(logOf(1, [signed, { ...shared, ...change }]), logOf(2, [early], { untilMs: 0 }), ...more);
    expect(judge({})).toEqual(['J1']);
    expect(judge({ atMs: 120_999 })).toEqual([]);
    expect(judge({ outcome: 'interrupted', signature: '' })).toEqual([]); // written down after a stop
    expect(judge({}, logOf(3, [{ ...shared, atMs: 2000 }]))).toEqual([]); // of several times the earliest
  });

  test('show a ceremony that a member of the new epoch has left out', () => {
    const memberships = [{ epoch: 'k 0', ceremony: 'c' }];
    expect(failed(logOf(1, [held]), logOf(2, [held], { memberships }))).toEqual([]);
    expect(failed(logOf(1, [held]), logOf(2, [], { memberships }))).toEqual(['J1']);
    expect(failed(logOf(1, [held]), logOf(2, [{ ...held, outcome: 'aborted' }], { memberships }))).toEqual(
      [],
    );
    expect(failed(logOf(1, [held]), logOf(2, [], { memberships, untilMs: 0 }))).toEqual([]);
    expect(failed(logOf(1, [held]), logOf(2, []))).toEqual([]);
    expect(failed(logOf(1, [{ ...held, outcome: 'aborted' }]), logOf(2, [], { memberships }))).toEqual([]);
  });

  test('tell the same of ceremonies and epochs', () => {
    for (const change of [{ ceremony: 'x' }, { what: 'reshare' }, { keyId: 'x' }, { epochNo: 1 }])
      expect(failed(logOf(1, [held]), logOf(2, [{ ...held, ...change }])), JSON.stringify(change)).toEqual([
        'J2',
      ]);
    const stopped = { ...held, outcome: 'aborted', keyId: '00' };
    expect(failed(logOf(1, [held]), logOf(2, [stopped]))).toEqual([]);
    const active: EpochRow = {
      ...{ ...place, kind: 'epoch', where: 'epoch', ofEpoch: 1, certHash: 'a', state: 'active' },
    };
    expect(failed(logOf(1, [active]), logOf(2, [{ ...active, certHash: 'b' }]))).toEqual(['J2']);
    const later = { ...signed, epochNo: 1, atMs: 200_000 };
    const memberships = [{ epoch: 'k 1', ceremony: 'c' }];
    expect(failed(logOf(1, [active, later]), logOf(2, [later], { memberships }))).toEqual(['J1']);
  });

  test('go on in the log that took the place of another', () => {
    const owner = { ...logOf(2, []).owner, instance: new Uint8Array(16) };
    const next = logOf(2, [], { owner, path: 'node-2b/log.jsonl' });
    expect(failed(logOf(1, [signed]), logOf(2, [signed], { untilMs: 0 }), next)).toEqual([]);
  });

  test('tell the same story of each session', () => {
    const changes: readonly Partial<SignRow>[] = [
      ...[{ sid: 'x' }, { requestId: 'x' }, { digest: 'x' }, { presignSid: 'x' }, { epochNo: 1 }],
      ...[{ quorum: [partyIndex(2), partyIndex(1)] }, { signature: `${'a'.repeat(129)}b` }],
    ];
    for (const change of changes)
      expect(
        failed(logOf(1, [signed]), logOf(2, [{ ...signed, ...change }])),
        JSON.stringify(change),
      ).toEqual(['J2']);
    expect(failed(logOf(1, [prepared]), logOf(2, [{ ...prepared, batch: 2 }]))).toEqual(['J2']);
    const none = '0'.repeat(64); // sessions that never had an id are none of each other's
    const [early, other] = [
      { ...prepared, sid: none },
      { ...prepared, sid: none, batch: 2 },
    ];
    expect(failed(logOf(1, [early]), logOf(2, [other]))).not.toContain('J2');
    const failedThere = { ...signed, outcome: 'aborted', signature: '', digest: 'x' };
    expect(failed(logOf(1, [signed]), logOf(2, [failedThere]))).toEqual(['J2']);
  });

  test('share no nonce', () => {
    const again = { ...signed, presigId: 'j', where: 'second' };
    expect(failed(logOf(1, [signed]), logOf(2, [signed, again]))).toContain('J3');
  });

  test('tell as much as the guard knows, where a member was stopped meanwhile', () => {
    const stopped = { ...signed, outcome: 'interrupted', sid: '', presignSid: '', quorum: [], signature: '' };
    expect(failed(logOf(1, [signed]), logOf(2, [stopped]))).toEqual([]);
    expect(failed(logOf(1, [signed]), logOf(2, [{ ...stopped, digest: 'x' }]))).toEqual(['J2']);
  });

  test('may lack a result, if the own part left, and nothing was signed between it and the stop', () => {
    const result = { outcome: 'aborted', signature: '', root: '' };
    const lacking = { ...signed, ...result };
    const report = crossReport([logOf(1, [signed]), logOf(2, [lacking])]);
    expect(report.checks[1]).toMatchObject({ verdict: 'pass' });
    expect(report.checks[1]?.detail).toContain('1 times a member of the group has no result');
    expect(failed(logOf(1, [signed]), logOf(2, [lacking], { unsent: new Set(['i']) }))).toEqual(['J2']);
    expect(failed(logOf(1, [lacking]), logOf(2, [lacking], { unsent: new Set(['i']) }))).toEqual([]);
    const stopped = { ...lacking, outcome: 'interrupted', sid: '', presignSid: '', quorum: [] };
    const next: SignRow = {
      ...signed,
      presigId: 'next',
      signature: 'b'.repeat(130),
      quorum: [],
      atMs: 121_001,
    };
    expect(failed(logOf(1, [signed]), logOf(2, [stopped, next]))).toEqual([]);
    expect(failed(logOf(1, [signed]), logOf(2, [{ ...next, atMs: 121_000 }, stopped]))).toEqual([]);
    expect(failed(logOf(1, [signed]), logOf(2, [next, stopped]))).toEqual(['J2']);
    const [early, late] = [logOf(3, [signed]), logOf(1, [{ ...signed, atMs: 2000 }])];
    expect(failed(late, early, logOf(2, [next, stopped]))).toEqual([]);
    expect(failed(early, late, logOf(2, [next, stopped]))).toEqual([]);
  });

  test('may be of several clusters, and none is there twice', () => {
    const owner = { ...logOf(1, []).owner, cluster: new Uint8Array(32) };
    expect(failed(logOf(1, []), logOf(1, [], { owner }))).toEqual([]);
    expect(failed(logOf(1, []), logOf(1, []))).toEqual(['J4']);
  });
});
