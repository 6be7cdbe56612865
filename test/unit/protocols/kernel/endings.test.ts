import { describe, expect, test } from 'vitest';

import { encode } from '../../../../src/crypto/codec.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import {
  emptyReply,
  letGo,
  parsedOrDropped,
  publicPartOf,
  readAbort,
} from '../../../../src/protocols/kernel/endings.ts';
import { type Envelope, sealEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import {
  type Evidence,
  type Verdict,
  decodeEvidence,
  encodeEvidence,
} from '../../../../src/protocols/kernel/evidence.ts';
import { type AbortNotice, abortCodec } from '../../../../src/protocols/kernel/notices.ts';
import { type Protocol, ProtocolAbort } from '../../../../src/protocols/kernel/protocol.ts';
import { broadcastOf, fieldsOf, party, seedOf } from '../support/envelopes.ts';

const evidence: Evidence = {
  kind: 'malformed',
  accused: party(3),
  check: 'V11',
  envelopes: [broadcastOf(3, 1).bytes],
};
const proven = new ProtocolAbort('malformed', [party(3)], { grade: 'A', check: 'V11', evidence });
const nothing = new Uint8Array(0);
const nothing32 = new Uint8Array(32);
const says = (body: Uint8Array): Envelope => sealEnvelope(fieldsOf(2, 1, 'abort'), body, seedOf(2));
const abortBy2 = (notice: AbortNotice): Envelope => says(encode(abortCodec, notice));
const guilty = (): Verdict => ({ guilty: 'accused', because: 'so it is' });
const innocent = (): Verdict => ({ guilty: 'accuser', because: 'so it is not' });
const accusing = abortBy2(publicPartOf(proven, []));

test('bytes that are no envelope are dropped, others parsed', () => {
  const { bytes, eid } = broadcastOf(2, 1);
  expect(parsedOrDropped(bytes)?.eid).toEqual(eid);
  expect(parsedOrDropped(bytes.subarray(1))).toBeUndefined();
});

describe('a protocol that is let go', () => {
  function* body(onEnd: () => void): Protocol<string> {
    try {
      yield { kind: 'persist', what: 'pending-share', bytes: nothing };
    } finally {
      onEnd();
    }
    return 'done';
  }
  function* deaf(): Protocol<string> {
    try {
      yield { kind: 'persist', what: 'pending-share', bytes: nothing };
    } catch {
      yield { kind: 'persist', what: 'pending-share', bytes: nothing };
    }
    return 'done';
  }

  test('runs its finally blocks', () => {
    let wiped = 0;
    const running = body(() => void wiped++);
    running.next(emptyReply);
    letGo(running, proven);
    expect(wiped).toBe(1);
    expect(running.next(emptyReply).done).toBe(true);
  });

  test('lets a mistake of its own through', () => {
    const running = body(() => {
      throw new Bug('ours');
    });
    running.next(emptyReply);
    expect(() => letGo(running, proven)).toThrow('ours');
  });

  test('must not go on', () => {
    const running = deaf();
    running.next(emptyReply);
    expect(() => letGo(running, proven)).toThrow(Bug);
  });
});

describe('what the others are told', () => {
  test('of a proven fault is everything, with the first round behind the evidence', () => {
    const first = [broadcastOf(1, 0).bytes, broadcastOf(3, 0).bytes];
    const told = publicPartOf(proven, first);
    expect(told).toMatchObject({ code: 'malformed', check: 'V11', accused: [3] });
    expect(decodeEvidence(told.evidence)).toEqual({
      ...evidence,
      envelopes: [...evidence.envelopes, ...first],
    });
  });

  test('of what only the victim knows is the same whatever the check, and whoever is suspected', () => {
    const one = new ProtocolAbort('share-mismatch', [party(3)], { grade: 'B', check: 'K5' });
    const other = new ProtocolAbort('view-mismatch', [], { grade: 'C', check: 'V8' });
    expect(publicPartOf(one, [nothing])).toEqual(publicPartOf(other, []));
    expect(publicPartOf(one, [])).toEqual({
      ...{ code: 'check-failed', check: '', accused: [], evidence: nothing },
    });
  });

  test('of a local end is that it stopped', () => {
    const local = new ProtocolAbort('timed-out', [], { grade: 'D', check: 'local' });
    expect(publicPartOf(local, [])).toMatchObject({ code: 'stopped', accused: [] });
  });
});

describe('the abort of a peer', () => {
  test('with evidence that holds names the accused', () => {
    expect(readAbort(accusing, guilty)).toMatchObject({
      ...{ code: 'malformed', culprits: [3], grade: 'A', check: 'V11' },
      evidence,
    });
  });

  test('is judged by its evidence, whomever its notice accuses', () => {
    const notice = { ...publicPartOf(proven, []), accused: [party(1)] };
    expect(readAbort(abortBy2(notice), guilty).culprits).toEqual([3]);
  });

  test('with evidence that does not hold names its author', () => {
    expect(readAbort(accusing, innocent)).toMatchObject({
      ...{ code: 'false-complaint', culprits: [2], grade: 'A' },
      evidence: { kind: 'false-accusation', accused: 2, envelopes: [accusing.bytes] },
    });
  });

  test('without evidence blames nobody', () => {
    const notice = { code: 'malformed', check: 'V1', accused: [party(3)], evidence: nothing };
    expect(readAbort(abortBy2(notice), guilty)).toMatchObject({
      ...{ code: 'peer-aborted', culprits: [], grade: 'D', evidence: undefined },
    });
  });

  test('that does not decode, or whose evidence does not, blames its author', () => {
    const cut = { ...publicPartOf(proven, []), evidence: encodeEvidence(evidence).subarray(1) };
    for (const envelope of [says(Uint8Array.of(1)), abortBy2(cut)])
      expect(readAbort(envelope, guilty)).toMatchObject({
        ...{ code: 'malformed', culprits: [2], grade: 'A', check: 'abort' },
        evidence: { kind: 'malformed', accused: 2, envelopes: [envelope.bytes] },
      });
  });

  test('that opens a seed is held against what its author has said, where that is forbidden', () => {
    const shown = { salt: nothing32, plaintext: nothing };
    const seeds: Evidence = {
      ...{ kind: 'extension-opening', accused: party(3), check: 'P6', envelopes: [] },
      ...{ seed: nothing32, salt: nothing32, answer: shown },
    };
    const opening = abortBy2({
      code: 'ot-check',
      check: 'P6',
      accused: [party(3)],
      evidence: encodeEvidence(seeds),
    });
    const said = [broadcastOf(2, 2).bytes, broadcastOf(2, 3).bytes];
    // A judge that convicts of an abort beside the second broadcast only.
    const judge = ({ kind, envelopes }: Evidence) =>
      kind === 'equivocation' && envelopes[1] === said[0] ? innocent() : guilty();
    expect(readAbort(opening, judge, said)).toMatchObject({
      ...{ code: 'equivocation', culprits: [2], grade: 'A' },
      evidence: { kind: 'equivocation', accused: 2, envelopes: [opening.bytes, said[1]] },
    });
    expect(readAbort(opening, judge, said.slice(0, 1)).culprits).toEqual([3]);
    expect(readAbort(accusing, judge, said).culprits).toEqual([3]);
  });
});

describe('an abort that no honest program writes names its author', () => {
  const noticeWith = (change: Partial<AbortNotice>): AbortNotice => ({
    ...publicPartOf(proven, []),
    ...change,
  });
  const accusationOf = (abort: Envelope): Uint8Array =>
    encodeEvidence({ kind: 'false-accusation', accused: party(2), check: 'abort', envelopes: [abort.bytes] });
  const once = abortBy2(noticeWith({ code: 'false-complaint', evidence: accusationOf(accusing) }));
  const many = Array.from({ length: 449 }, () => Uint8Array.of(1));

  test.each([
    ['a code that is a path', noticeWith({ code: '../../manifest' })],
    [
      'more evidence than can be told on',
      noticeWith({ evidence: encodeEvidence({ ...evidence, envelopes: many }) }),
    ],
    ['an answer to an answer', noticeWith({ code: 'false-complaint', evidence: accusationOf(once) })],
  ])('with %s', (_, notice) => {
    expect(readAbort(abortBy2(notice), guilty)).toMatchObject({
      code: 'malformed',
      culprits: [2],
      grade: 'A',
    });
  });

  test('and an answer to an accusation is one that it writes', () => {
    expect(readAbort(once, guilty)).toMatchObject({ code: 'false-complaint' });
  });

  test('and what would be an answer to an answer is told without its evidence', () => {
    const deep = decodeEvidence(accusationOf(once));
    const abort = new ProtocolAbort('false-complaint', [party(2)], {
      grade: 'A',
      check: 'abort',
      evidence: deep,
    });
    expect(publicPartOf(abort, [])).toMatchObject({ code: 'check-failed', evidence: nothing });
  });

  test('and round 0 is not shown twice', () => {
    const [first = nothing] = evidence.envelopes;
    expect(decodeEvidence(publicPartOf(proven, [first]).evidence).envelopes).toEqual([first]);
  });
});
