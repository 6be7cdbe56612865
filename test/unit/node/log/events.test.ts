import { describe, expect, it } from 'vitest';

import { encodeLogEntry, noRecord } from '../../../../src/chain/log/entry.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { primitives } from '../../../../src/crypto/primitives.ts';
import {
  ceremonyEvent,
  presignEvent,
  reasonText,
  recordAt,
  signEvent,
  verdictEvent,
} from '../../../../src/node/log/events.ts';
import type { Ending } from '../../../../src/node/sessions/messages.ts';
import { logOf } from '../../chain/log/samples.ts';
import { memoryDisk, named } from '../helpers.ts';

const record = { path: 'data/x.jsonl', hash: named('file') };
const quorum = [1, 2].map((i) => partyIndex(i));
const aborted: Ending = {
  ...{ kind: 'aborted', code: 'share-wrong', check: 'S3', grade: 'A', culprits: [3, 2] },
  evidence: undefined,
};
const presigned: Ending = {
  kind: 'done',
  root: named('root'),
  result: {
    ...{ kind: 'presign', sid: named('sid'), view: named('view'), ok: named('ok'), eids: [] },
    presignatures: [],
  },
};
const signed: Ending = {
  kind: 'done',
  root: named('root'),
  result: { kind: 'sign', sid: named('sid'), signature: new Uint8Array(65).fill(4) },
};
const signing = {
  ...{ sid: named('sid'), requestId: named('request'), attempt: 1, quorum, presignSid: named('presign') },
  ...{ presigId: named('presig'), digest: named('digest'), guardCount: 3 },
};
const zeros = new Uint8Array(32);

describe('what an entry says of proof', () => {
  it('is whom it convicts, and of what, and where it lies', () => {
    const exclusion = { session: named('session'), member: partyIndex(2), code: 'bad\u00e9'.padEnd(70, 'x') };
    expect(verdictEvent(exclusion, record)).toEqual({
      ...{ kind: 'verdict', session: named('session'), culprit: 2, evidence: record },
      code: 'bad?'.padEnd(64, 'x'),
    });
  });

  it('is a file that is there, by its hash', () => {
    const disk = memoryDisk();
    disk.files.set('data/x.json', named('bytes'));
    const hash = primitives().sha256(named('bytes'));
    expect(recordAt(disk, 'data/x.json')).toEqual({ path: 'data/x.json', hash });
    expect(recordAt(disk, 'data/y.json')).toEqual(noRecord);
  });
});

describe('what an entry says of an ending', () => {
  it('a presign session that is done has its root, and one thrown away is discarded', () => {
    const end = { sid: named('sid'), quorum, batch: 4, ending: presigned, isDiscarded: false };
    const common = { kind: 'presign', sid: named('sid'), quorum, batch: 4, reason: '', culprits: [] };
    expect(presignEvent(end, record)).toEqual({ ...common, outcome: 'done', root: named('root'), record });
    expect(presignEvent({ ...end, isDiscarded: true }, record)).toMatchObject({ outcome: 'discarded' });
  });

  it('a session that failed has its reason and its culprits in order, and zeros else', () => {
    const end = { sid: undefined, quorum, batch: 4, ending: aborted, isDiscarded: true };
    expect(presignEvent(end, noRecord)).toMatchObject({
      ...{ sid: zeros, outcome: 'aborted', reason: 'share-wrong', culprits: [2, 3], root: zeros },
    });
  });

  it('a signature stands in its entry, and nothing where there is none', () => {
    expect(signEvent({ ...signing, ending: signed }, record)).toEqual({
      ...{ kind: 'sign', ...signing, outcome: 'done', reason: '', culprits: [], root: named('root'), record },
      signature: new Uint8Array(65).fill(4),
    });
    expect(signEvent({ ...signing, ending: aborted }, noRecord)).toMatchObject({
      ...{ outcome: 'aborted', reason: 'share-wrong', signature: new Uint8Array(0), root: zeros },
    });
  });

  it('a ceremony says why it failed, also where its session did not', () => {
    const end = { ceremony: named('definition'), what: 'keygen', sid: named('sid') } as const;
    const failed = { ...end, ending: aborted, failure: 'operator-abort' };
    expect(ceremonyEvent(failed, record)).toMatchObject({
      ...{ kind: 'ceremony', what: 'keygen', outcome: 'aborted', reason: 'operator-abort', record },
    });
    const without = { ...end, sid: undefined, ending: undefined, failure: 'rejected-by-peer' };
    expect(ceremonyEvent(without, noRecord)).toMatchObject({
      ...{ sid: zeros, outcome: 'aborted', reason: 'rejected-by-peer', culprits: [] },
    });
    const done = { ...end, ending: presigned, failure: undefined };
    expect(ceremonyEvent(done, record)).toMatchObject({ outcome: 'done', reason: '' });
  });

  it('a reason fits its entry, whatever it is', () => {
    const reason = reasonText(`${'é'.repeat(3)}${'x'.repeat(100)}`);
    expect(reason).toBe(`???${'x'.repeat(61)}`);
    const odd: Ending = { ...aborted, code: `\n${'y'.repeat(99)}` };
    const event = signEvent({ ...signing, ending: odd }, noRecord);
    expect(logOf([event]).map(encodeLogEntry)).toHaveLength(1);
  });
});
