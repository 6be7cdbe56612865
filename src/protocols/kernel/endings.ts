import type { PartyIndex } from '../../crypto/brand.ts';
import { Bug, InputError, assert } from '../../crypto/errors.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { attempt, decode } from '../../crypto/codec.ts';
import { type Envelope, envelopeKinds, parseEnvelope, zero32 } from './envelope.ts';
import {
  MAX_ENVELOPES,
  type Evidence,
  type Verdict,
  decodeEvidence,
  encodeEvidence,
  opensSeed,
} from './evidence.ts';
import { type AbortNotice, abortCodec } from './notices.ts';
import { type Protocol, ProtocolAbort, type Reply } from './protocol.ts';
import { MAX_PARTIES } from './spec.ts';

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
  abort.grade === 'A' && abort.evidence !== undefined && layersOf(abort.evidence) <= MAX_LAYERS
    ? {
        code: abort.code,
        check: abort.check,
        accused: abort.culprits,
        evidence: encodeEvidence({
          ...abort.evidence,
          envelopes: withFirst(abort.evidence.envelopes, first),
        }),
      }
    : {
        code: abort.grade === 'D' ? 'stopped' : 'check-failed',
        check: '',
        accused: [],
        evidence: new Uint8Array(0),
      };

/** Round 0 behind the rest, where it is not there already: evidence may have been shown to us with it. */
export const withFirst = (
  envelopes: readonly Uint8Array[],
  first: readonly Uint8Array[],
): readonly Uint8Array[] => [
  ...envelopes,
  ...first.filter((bytes) => !envelopes.some((one) => equalBytes(one, bytes))),
];

/** The codes that our own program uses: a code of a peer names files and stands in logs. */
const CODE = /^[a-z][a-z0-9-]{0,31}$/;
/** Envelopes of evidence that an abort may carry: round 0 of all parties fits behind them. */
const MAX_SHOWN = MAX_ENVELOPES - MAX_PARTIES;

/**
 * An accusation, and an answer that it was false. The answer to a false answer is told to nobody: all hear
 * that one themselves. So no depth of nesting ever decides who is believed.
 */
const MAX_LAYERS = 1;
/** Nesting is not followed further than this. */
const MANY_LAYERS = 4;

/** How many accusations of accusing evidence stands upon. */
function layersOf(evidence: Evidence, above = 0): number {
  if (evidence.kind !== 'false-accusation' || above >= MANY_LAYERS) return above;
  const abort = evidence.envelopes
    .flatMap((bytes) => attempt(() => parseEnvelope(bytes)) ?? [])
    .find(({ header }) => header.kind === envelopeKinds.abort);
  const inner = abort && attempt(() => decodeEvidence(decode(abortCodec, abort.body).evidence));
  return inner === undefined ? above + 1 : layersOf(inner, above + 1);
}

/**
 * An abort, taken apart; `undefined` for one that no honest program writes.
 */
export function readNotice(
  body: Uint8Array,
): { readonly notice: AbortNotice; readonly evidence: Evidence | undefined } | undefined {
  const notice = attempt(() => decode(abortCodec, body));
  if (notice === undefined || !CODE.test(notice.code)) return undefined;
  if (notice.evidence.length === 0) return { notice, evidence: undefined };
  const evidence = attempt(() => decodeEvidence(notice.evidence));
  if (evidence === undefined || evidence.envelopes.length > MAX_SHOWN) return undefined;
  if (layersOf(evidence) > MAX_LAYERS) return undefined;
  return { notice, evidence };
}

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
  const read = readNotice(envelope.body);
  if (read === undefined) {
    const shown: Evidence = { kind: 'malformed', accused: by, check: 'abort', envelopes: [envelope.bytes] };
    return new ProtocolAbort('malformed', [by], { grade: 'A', check: 'abort', evidence: shown });
  }
  const { notice, evidence } = read;
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
