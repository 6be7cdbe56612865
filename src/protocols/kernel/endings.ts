import type { PartyIndex } from '../../crypto/brand.ts';
import { Bug, InputError, assert } from '../../crypto/errors.ts';
import { decode } from '../../crypto/codec.ts';
import { type Envelope, parseEnvelope, zero32 } from './envelope.ts';
import { type Evidence, type Verdict, decodeEvidence, encodeEvidence, opensSeed } from './evidence.ts';
import { type AbortNotice, abortCodec } from './notices.ts';
import { type Protocol, ProtocolAbort, type Reply } from './protocol.ts';

/** What a protocol is resumed with where there is nothing to say. */
export const emptyReply: Reply = {
  broadcasts: new Map(),
  directs: new Map(),
  view: zero32,
  signed: () => zero32,
  sent: () => {
    throw new Bug('nothing was sent');
  },
};

/** An envelope, or `undefined` for bytes that are none: those are dropped and blame nobody (V1). */
export function parsedOrDropped(bytes: Uint8Array): Envelope | undefined {
  try {
    return parseEnvelope(bytes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return undefined;
  }
}

/** Runs the `finally` blocks of a protocol that will not go on. */
export function letGo(body: Protocol<unknown>, abort: ProtocolAbort): void {
  try {
    const { done } = body.throw(abort);
    assert(done === true, 'a protocol went on after its abort');
  } catch (error) {
    if (error !== abort) throw error;
  }
}

/**
 * What the others are told. Class A: everything, with the evidence, and with the first round, from which its
 * session id follows: a peer to whom the culprit has shown another first round, or none, could not judge the
 * evidence otherwise, and would take it for a lie of ours. All else in one form, so that neither the code nor
 * the length says which check failed. [protocol, 4.4]
 */
export const publicPartOf = (abort: ProtocolAbort, first: readonly Uint8Array[]): AbortNotice =>
  abort.grade === 'A' && abort.evidence !== undefined
    ? {
        code: abort.code,
        check: abort.check,
        accused: abort.culprits,
        evidence: encodeEvidence({
          ...abort.evidence,
          envelopes: [...abort.evidence.envelopes, ...first],
        }),
      }
    : {
        code: abort.grade === 'D' ? 'stopped' : 'check-failed',
        check: '',
        accused: [],
        evidence: new Uint8Array(0),
      };

/**
 * What a peer's abort means to us: its evidence is judged, and an accusation that it does not carry blames
 * its author. So does one that its author may not make any more: `said` are its broadcasts, as far as we hold
 * them, and one of them may rule out what the abort opens. [protocol, 13.1]
 */
export function readAbort(
  envelope: Envelope,
  judge: (evidence: Evidence) => Verdict,
  said: readonly Uint8Array[] = [],
): ProtocolAbort {
  const by = envelope.header.from;
  let notice: AbortNotice;
  let evidence: Evidence | undefined;
  try {
    notice = decode(abortCodec, envelope.body, 'abort');
    evidence = notice.evidence.length > 0 ? decodeEvidence(notice.evidence) : undefined;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const shown: Evidence = { kind: 'malformed', accused: by, check: 'abort', envelopes: [envelope.bytes] };
    return new ProtocolAbort('malformed', [by], { grade: 'A', check: 'abort', evidence: shown });
  }
  if (evidence === undefined) return new ProtocolAbort('peer-aborted', [], { grade: 'D', check: `by ${by}` });
  const forbidden = (opensSeed(evidence) ? said : [])
    .map((bytes) => contradictionOf(by, [envelope.bytes, bytes]))
    .find((found) => judge(found).guilty === 'accused');
  if (forbidden !== undefined)
    return new ProtocolAbort('equivocation', [by], { grade: 'A', check: 'abort', evidence: forbidden });
  if (judge(evidence).guilty === 'accused')
    return new ProtocolAbort(notice.code, [evidence.accused], {
      grade: 'A',
      check: evidence.check,
      evidence,
    });
  const lie: Evidence = {
    kind: 'false-accusation',
    accused: by,
    check: 'abort',
    envelopes: [envelope.bytes],
  };
  return new ProtocolAbort('false-complaint', [by], { grade: 'A', check: 'abort', evidence: lie });
}

/** An abort, and something else of the same author that it must not have said beside it. [protocol, 5.7] */
const contradictionOf = (accused: PartyIndex, envelopes: readonly Uint8Array[]): Evidence => ({
  kind: 'equivocation',
  accused,
  check: 'abort',
  envelopes,
});
