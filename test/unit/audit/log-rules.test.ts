import { describe, expect, test } from 'vitest';

import type { Shown } from '../../../src/audit/log-facts.ts';
import type { Named } from '../../../src/audit/log-records.ts';
import type { EpochRow, PresignRow, Row, SignRow, VerdictRow } from '../../../src/audit/log-rows.ts';
import {
  recheckEpochs,
  recheckExclusions,
  recheckNonces,
  recheckSignatures,
  recheckUse,
  recheckVerdicts,
  signatureOf,
  twice,
} from '../../../src/audit/log-rules.ts';
import { Registry } from '../../../src/audit/registry.ts';
import type { Result } from '../../../src/audit/report.ts';
import { digestOf } from '../../../src/chain/duty.ts';
import { type Lock, lockHash } from '../../../src/chain/lock.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { encode } from '../../../src/crypto/codec.ts';
import { signatureCodec } from '../../../src/crypto/ecdsa.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { clusterOf } from '../../../src/protocols/ceremony/cluster.ts';
import { identityText } from '../../../src/protocols/ceremony/names.ts';
import { changedEpoch, keygenEpoch } from './support/changes.ts';
import { batchRequest } from './support/folders.ts';
import { makeBase } from './support/sets.ts';
import { fileOf } from './support/tamper.ts';

const { ceremony, signature } = makeBase();
const made = readTranscript(fileOf(signature, 'sign.jsonl'), 'sign.jsonl').signing?.signature;
if (made === undefined) throw new RangeError('no signature');
const keyId = toHex(ceremony.lock.record.keyId);
const [one, two, three] = [1, 2, 3].map((index) => partyIndex(index));
if (one === undefined || two === undefined || three === undefined) throw new RangeError('three');
const signed: SignRow = {
  ...{ kind: 'sign', seq: 0, where: 'first', atMs: 0, keyId, epochNo: 0, sid: 's', requestId: 'q' },
  ...{ attempt: 0, quorum: [one, two], presignSid: 'p', presigId: 'i', outcome: 'done', root: 'r' },
  ...{ digest: toHex(digestOf(batchRequest(ceremony))), signature: toHex(encode(signatureCodec, made)) },
  ...{ guardCount: 1, record: undefined },
};
const prepared: PresignRow = {
  ...{ kind: 'presign', seq: 0, where: 'prepared', atMs: 0, keyId, epochNo: 0, sid: 'p', quorum: [one, two] },
  ...{ batch: 1, outcome: 'done', root: 'r', record: undefined },
};
const other: SignRow = { ...signed, where: 'second', presigId: 'j', guardCount: 2 };
const verdictOf = ({ verdict }: Result): string => verdict;
const registry = new Registry([{ path: 'lock', lock: ceremony.lock }]);
const own = new Set([`${keyId} 1`]);

describe('the signatures of a log', () => {
  const judged = (row: Row, of = registry): string =>
    verdictOf(recheckSignatures('G8', [row], { registry: of, own }));

  test('are by the key, by a quorum with the owner in it', () => {
    expect(judged(signed)).toBe('pass');
    expect(signatureOf(signed)).toEqual(made);
    const digest = `${signed.digest.slice(0, -1)}${signed.digest.endsWith('0') ? '1' : '0'}`;
    const wrong: readonly Partial<SignRow>[] = [
      ...[{ digest }, { epochNo: 1 }, { keyId: 'ff' }, { quorum: [two, three] }, { quorum: [one] }],
      ...[{ quorum: [one, two, three] }, { signature: '' }, { signature: signed.signature.slice(2) }],
      { signature: `${signed.signature.slice(0, -2)}${signed.signature.endsWith('00') ? '01' : '00'}` },
    ];
    for (const change of wrong) expect(judged({ ...signed, ...change }), JSON.stringify(change)).toBe('fail');
    expect(judged(signed, new Registry([]))).toBe('fail');
  });

  test('are none where the session made none', () => {
    expect(judged({ ...signed, outcome: 'aborted', signature: '' })).toBe('pass');
    expect(judged({ ...signed, outcome: 'interrupted' })).toBe('fail');
  });

  test('come from preparations by a quorum', () => {
    expect(judged(prepared)).toBe('pass');
    expect(judged({ ...prepared, quorum: [one] })).toBe('fail');
    expect(judged({ ...prepared, epochNo: 3 })).toBe('fail');
    expect(judged({ ...prepared, quorum: [], outcome: 'aborted' })).toBe('pass');
  });
});

describe('single use', () => {
  const judged = (...rows: readonly Row[]): string => verdictOf(recheckUse('G9', rows));

  test('is of each preparation and each row of the guard', () => {
    expect(judged(signed, other)).toBe('pass');
    expect(judged(signed, { ...other, presigId: 'i' })).toBe('fail');
    expect(judged(signed, { ...other, presigId: 'i', outcome: 'aborted' })).toBe('fail');
    expect(judged(signed, { ...other, guardCount: 1, digest: 'another' })).toBe('fail');
    expect(judged(signed, { ...other, guardCount: 1 })).toBe('pass'); // asked for the same again
    // The same transaction, asked for in a later epoch.
    expect(judged(signed, { ...other, guardCount: 1, requestId: 'another', epochNo: 3 })).toBe('pass');
    expect(judged(signed, { ...other, guardCount: 1, keyId: 'other key' })).toBe('pass');
  });

  test('is of what was prepared', () => {
    const failed = { ...prepared, outcome: 'aborted' };
    expect(judged(prepared, signed)).toBe('pass');
    expect(judged({ ...prepared, outcome: 'discarded' }, signed)).toBe('pass');
    expect(judged(failed, signed)).toBe('fail');
    expect(judged(failed, { ...signed, outcome: 'aborted' })).toBe('fail');
    expect(judged(failed, { ...signed, presignSid: 'another' })).toBe('pass');
  });

  test('lets sessions that run at once end in any order, and a guard never go back', () => {
    const first = { ...signed, guardCount: 100 };
    expect(judged(first, { ...other, guardCount: 37 })).toBe('pass');
    expect(judged(first, { ...other, guardCount: 36 })).toBe('fail');
  });

  test('lets a row that the log knows be used again, and one that lacked its entry get it', () => {
    const [early, late] = [signed, { ...other, digest: 'later', guardCount: 100 }];
    expect(judged(early, late, { ...signed, where: 'again', presigId: 'k' })).toBe('pass');
    expect(judged(early, late, { ...signed, where: 'new', presigId: 'k', guardCount: 2 })).toBe('fail');
    const found = { ...signed, where: 'found', presigId: 'k', guardCount: 2 };
    expect(judged(early, late, { ...found, outcome: 'interrupted', signature: '' })).toBe('pass');
  });
});

describe('nonces', () => {
  const shown = (sid: string, ...nonces: readonly string[]): Named => ({
    row: { ...prepared, where: `prepared ${sid}` },
    path: sid,
    facts: {
      ...{ hash: '', ok: true },
      shown: {
        kind: 'presign',
        sid,
        nonces,
        quorum: [],
        batch: 1,
        outcome: 'done',
        root: undefined,
      } as Shown,
    },
  });
  const judged = (rows: readonly Row[], ...named: readonly Named[]): string =>
    verdictOf(recheckNonces('G10', rows, named));

  test('are distinct over all signatures and all preparations', () => {
    const third = { ...other, signature: `00${other.signature.slice(2)}` };
    expect(judged([signed, third], shown('a', 'n1', 'n2'), shown('b', 'n3'))).toBe('pass');
    expect(judged([signed, other])).toBe('fail');
    expect(judged([signed, { ...other, outcome: 'aborted' }])).toBe('pass');
    expect(judged([], shown('a', 'n1'), shown('b', 'n1'))).toBe('fail');
    expect(judged([], shown('a', 'n1', 'n1'))).toBe('fail');
    expect(judged([], shown('a', 'n1'), shown('a', 'n1'))).toBe('pass');
  });

  test('are named where they occur twice', () => {
    expect(
      twice(
        ['a', 'b', 'a'],
        (x) => x,
        (x) => x,
        'is',
      ),
    ).toEqual(['a: is a']);
    expect(
      twice(
        ['a', 'a'],
        () => undefined,
        (x) => x,
        'is',
      ),
    ).toEqual([]);
  });
});

describe('the epochs of a log', () => {
  const first = keygenEpoch(3, 2);
  const second = changedEpoch(first);
  const locks = new Registry([first, second].map(({ lock }) => ({ path: 'lock', lock })));
  const key = toHex(first.lock.record.keyId);
  const epoch = (ofEpoch: number, state = 'active', change: Partial<EpochRow> = {}): EpochRow => ({
    ...{ kind: 'epoch', seq: 0, where: `epoch ${ofEpoch} ${state}`, atMs: 0, keyId: key, epochNo: ofEpoch },
    ...{ ofEpoch, state },
    certHash: ofEpoch === 0 ? '0'.repeat(64) : toHex(second.lock.certificate.hash),
    ...change,
  });
  const judged = (...rows: readonly Row[]): string => verdictOf(recheckEpochs('G11', rows, locks));

  test('come in order, under the certificates of their locks', () => {
    expect(toHex(lockHash(second.lock))).not.toBe('');
    expect(judged()).toBe('skip');
    expect(judged(epoch(0), epoch(0, 'retired'), epoch(1))).toBe('pass');
    const { hash } = first.lock.certificate;
    expect(judged(epoch(0, 'active', { certHash: toHex(hash) }))).toBe('pass');
    expect(judged(epoch(1, 'active', { certHash: '0'.repeat(64) }))).toBe('fail');
    expect(judged(epoch(1), epoch(0))).toBe('fail');
    expect(judged(epoch(0), epoch(0))).toBe('fail');
    expect(judged(epoch(1, 'active', { certHash: '1'.repeat(64) }))).toBe('fail');
    expect(judged(epoch(0, 'active', { certHash: '1'.repeat(64) }))).toBe('fail');
  });

  test('are those of locks that are here', () => {
    const one = new Registry([{ path: 'lock', lock: first.lock }]);
    expect(verdictOf(recheckEpochs('G11', [epoch(0)], one))).toBe('pass');
    expect(verdictOf(recheckEpochs('G11', [epoch(0), epoch(1)], one))).toBe('fail');
  });

  test('are those in which the log works', () => {
    const file = { path: 'p', hash: 'h' };
    const late = { ...signed, keyId: key, atMs: 120_001, record: file };
    const made = { ...prepared, keyId: key, atMs: 120_001 };
    expect(judged(epoch(0), late, made)).toBe('pass');
    for (const row of [late, made]) {
      expect(judged(epoch(0), epoch(1), row)).toBe('fail');
      expect(judged(epoch(0), epoch(1), { ...row, atMs: 120_000 })).toBe('pass'); // was under way
      expect(judged(epoch(0, 'active', { atMs: 120_001 }), epoch(1, 'active', { atMs: 120_001 }), row)).toBe(
        'pass',
      );
      expect(judged(epoch(0), epoch(1), { ...row, outcome: 'aborted' })).toBe('pass');
      expect(judged(epoch(0), epoch(1), { ...row, epochNo: 1 })).toBe('pass');
      expect(judged(epoch(0), { ...row, epochNo: 1 })).toBe('fail');
    }
    const next = epoch(1, 'active', { atMs: 300_000 });
    expect(judged(epoch(0), next, { ...late, atMs: 0 })).toBe('fail'); // no clock goes so far back
    expect(judged(late)).toBe('fail');
    expect(judged(made, { ...late, record: undefined })).toBe('skip'); // before there is a lock
  });

  test('end for who has left', () => {
    const after = { ...signed, keyId: key, atMs: 120_001 };
    expect(judged(epoch(0), epoch(0, 'left'), { ...after, atMs: 120_000 })).toBe('pass');
    expect(judged(epoch(0), epoch(0, 'left'), after)).toBe('fail');
    expect(judged(epoch(0), epoch(0, 'left'), { ...after, outcome: 'aborted' })).toBe('pass');
    expect(judged(epoch(0), epoch(0, 'left'), epoch(1), { ...after, epochNo: 1 })).toBe('pass');
    expect(judged(epoch(0, 'left'), after)).toBe('fail');
    expect(judged(epoch(0), epoch(0, 'left'), { ...after, keyId: 'other' })).toBe('pass');
  });
});

describe('verdicts', () => {
  const verdict: VerdictRow = {
    ...{ kind: 'verdict', seq: 0, where: 'verdict', atMs: 0, keyId, epochNo: 0, session: 's', culprit: two },
    ...{ code: 'c', record: { path: 'e', hash: 'h' } },
  };
  const late = { ...signed, atMs: 60_001 };
  const excluding = (...rows: readonly Row[]): string => verdictOf(recheckExclusions('G12', rows, registry));

  test('exclude, from then on, until an operator takes the member back', () => {
    const place = { seq: 0, where: 'place', atMs: 0, keyId, epochNo: 0 };
    expect(excluding(signed)).toBe('skip');
    expect(excluding(signed, verdict, { ...late, quorum: [one, three] })).toBe('pass');
    expect(excluding(verdict, late)).toBe('fail');
    expect(excluding(verdict, { ...prepared, atMs: 60_001 })).toBe('fail');
    expect(excluding(verdict, { ...late, outcome: 'aborted' })).toBe('pass');
    expect(excluding(verdict, { ...late, atMs: 60_000 })).toBe('pass');
    expect(excluding(verdict, { ...verdict, atMs: 60_000 }, late)).toBe('fail');
    const back = { ...place, kind: 'readmitted', member: two, evidenceOf: 's' } as const;
    expect(excluding(verdict, back, late)).toBe('pass');
    expect(excluding(verdict, { ...back, evidenceOf: 'x' }, late)).toBe('pass'); // by its seat
    expect(excluding(verdict, { ...back, evidenceOf: 'x', member: one }, late)).toBe('fail');
    const again = { ...verdict, session: 'later' };
    expect(excluding(verdict, again, back, late)).toBe('pass'); // with all that was proven until then
    const next: EpochRow = { ...place, kind: 'epoch', ofEpoch: 1, certHash: '', state: 'active' };
    for (const state of ['active', 'retired'])
      expect(excluding(verdict, { ...next, state }, late)).toBe('fail');
    for (const code of ['split-view', 'double-commit'])
      expect(excluding({ ...verdict, code }, late)).toBe('pass'); // for operators to deal with
  });

  test('hold for an identity in whatever seat of a later epoch, and for nobody else in that seat', () => {
    const first = keygenEpoch(3, 2);
    const stays = changedEpoch(first);
    const [ann, , cleo] = stays.lock.record.members;
    if (ann === undefined || cleo === undefined) throw new RangeError('three');
    const moved = [ann, { ...cleo, index: two }];
    const another = { ...stays.lock, record: { ...stays.lock.record, members: moved } };
    const of = toHex(first.lock.record.keyId);
    const guilty: VerdictRow = { ...verdict, keyId: of };
    const judgedIn = (locks: readonly Lock[]): string => {
      const known = new Registry(locks.map((lock, i) => ({ path: `lock-${i}`, lock })));
      return verdictOf(recheckExclusions('G12', [guilty, { ...late, keyId: of, epochNo: 1 }], known));
    };
    expect(judgedIn([first.lock, stays.lock])).toBe('fail');
    expect(judgedIn([first.lock, another])).toBe('pass');
    expect(judgedIn([first.lock])).toBe('pass'); // nobody knows who sits there: G11 asks for the lock
  });

  const cluster = toHex(clusterOf(ceremony.lock.definition.definition));
  const [, second = '', third = ''] = ceremony.lock.record.members.map((one) => identityText(one.identityPk));
  const convicts = { kind: 'verdict', culprit: 2, code: 'c', identity: second, session: 's' } as const;
  const judged = (
    shown: Shown | undefined,
    change: { row?: Partial<VerdictRow>; of?: string } = {},
  ): string => {
    const row = { ...verdict, ...change.row };
    const facts = shown && { hash: 'h', ok: true, shown };
    const seats = { registry, cluster: change.of ?? cluster };
    return verdictOf(recheckVerdicts('G13', [row], [{ row, path: 'e', facts }], seats));
  };

  test('are judged again from their evidence', () => {
    const none = { registry, cluster };
    expect(verdictOf(recheckVerdicts('G13', [signed], [], none))).toBe('skip');
    expect(verdictOf(recheckVerdicts('G13', [verdict], [], none))).toBe('fail');
    const refuted = { hash: 'h', ok: false, shown: convicts };
    const named = [{ row: verdict, path: 'e', facts: refuted }];
    expect(verdictOf(recheckVerdicts('G13', [verdict], named, none))).toBe('fail');
    expect(judged(convicts)).toBe('pass');
    expect(judged({ ...convicts, culprit: 1 })).toBe('fail');
    expect(judged({ kind: 'unreadable' })).toBe('fail');
    expect(judged(undefined)).toBe('fail');
  });

  test('convict who has the seat, by a lock of this cluster', () => {
    expect(judged({ ...convicts, session: 'other' })).toBe('fail');
    expect(judged({ ...convicts, identity: undefined })).toBe('fail');
    expect(judged({ ...convicts, identity: third })).toBe('fail');
    expect(judged({ ...convicts, culprit: 3, identity: third }, { row: { culprit: three } })).toBe('pass');
    expect(judged({ ...convicts, culprit: 3 }, { row: { culprit: three } })).toBe('fail');
    expect(judged(convicts, { row: { keyId: '00' } })).toBe('pass');
    expect(judged(convicts, { row: { keyId: 'ff' } })).toBe('fail');
    expect(judged(convicts, { of: 'another' })).toBe('fail');
  });
});
