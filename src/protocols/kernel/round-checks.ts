import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import { equivocation } from './dispute.ts';
import { type Envelope, SIGNED_BYTES, directsCodec, zero32 } from './envelope.ts';
import type { Evidence } from './evidence.ts';
import type { RoundInbox } from './inbox.ts';
import { type PartyMap, ProtocolAbort, type Sending, at } from './protocol.ts';

/** A complete round and what we know of the one before. */
export interface RoundContext {
  readonly self: PartyIndex;
  readonly others: readonly PartyIndex[];
  readonly inbox: RoundInbox;
  /** Our own part: whether the round has direct messages, and who sends one to whom. */
  readonly sending: Pick<Sending, 'directs' | 'pairs'>;
  /** Our digest of the round before, and the names of its broadcasts. */
  readonly view: Uint8Array;
  readonly eids: PartyMap<Uint8Array>;
  /** A sender's broadcast of the round before, where this session has it. */
  readonly before: (j: PartyIndex) => Uint8Array | undefined;
}

/** Who of `others` owes `self` a direct message in this round. */
export const sendersTo = (
  self: PartyIndex,
  others: readonly PartyIndex[],
  { directs, pairs }: RoundContext['sending'],
): readonly PartyIndex[] =>
  directs === undefined ? [] : others.filter((j) => pairs === undefined || pairs(j, self));

/** What the checks found. */
export type RoundFinding =
  | { readonly kind: 'in-order'; readonly payloads: PartyMap<Uint8Array> }
  | { readonly kind: 'view-mismatch' }
  | { readonly kind: 'fault'; readonly abort: ProtocolAbort };

/** Stops a sender that uses fields which have no meaning in its kind of envelope, or in round 0. [V1] */
export const hasPlainHeader = ({ header }: Pick<Envelope, 'header'>): boolean =>
  header.suite === 1 && equalBytes(header.ph, zero32) && (header.round > 0 || isFirst(header));

/** Nothing precedes round 0. */
const isFirst = ({ prev, view }: Envelope['header']): boolean =>
  equalBytes(prev, zero32) && equalBytes(view, zero32);

/** Stops a sender whose messages do not follow one another: a fork of its own history. [V7] */
export const followsItself = ({ header }: Envelope, j: PartyIndex, eids: PartyMap<Uint8Array>): boolean =>
  equalBytes(header.prev, at(eids, j));

/** Stops a split view: everybody must have heard the same round before. [V8] */
export const sawWhatWeSaw = ({ header }: Envelope, view: Uint8Array): boolean =>
  equalBytes(header.view, view);

/** Stops a sender that shows others another direct message than the one it sent to us. [V9] */
export const namesDirect = (listed: Uint8Array | undefined, direct: Envelope): boolean =>
  listed !== undefined && equalBytes(listed, direct.eid);

/**
 * V1 and V7 to V9 on a complete round. V1 is about one header alone; then the views, because a split view
 * explains all the rest, and where there is a view there is a round before it to dispute.
 */
export function checkRound(context: RoundContext): RoundFinding {
  const { others, inbox, view, eids } = context;
  for (const j of others) {
    const broadcast = at(inbox.broadcasts, j);
    if (!hasPlainHeader(broadcast)) return malformed(j, 'V1', broadcast);
  }
  if (others.some((j) => !sawWhatWeSaw(at(inbox.broadcasts, j), view))) return { kind: 'view-mismatch' };
  const payloads = new Map<PartyIndex, Uint8Array>([[context.self, new Uint8Array(0)]]);
  for (const j of others) {
    const broadcast = at(inbox.broadcasts, j);
    if (!followsItself(broadcast, j, eids)) return brokenChain(context, j, broadcast);
    const found = context.sending.directs ? payloadBehindDirects(context, j) : broadcast.body;
    if (!(found instanceof Uint8Array)) return found;
    payloads.set(j, found);
  }
  return { kind: 'in-order', payloads };
}

function payloadBehindDirects(context: RoundContext, j: PartyIndex): Uint8Array | RoundFinding {
  const { self, others, sending } = context;
  const broadcast = at(context.inbox.broadcasts, j);
  const addressees = [self, ...others]
    .filter((k) => k !== j && (sending.pairs === undefined || sending.pairs(j, k)))
    .sort((a, b) => a - b);
  const length = 4 + 34 * addressees.length;
  let entries;
  try {
    entries = decode(directsCodec, broadcast.body.subarray(0, length), 'directs');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return malformed(j, 'V9', broadcast);
  }
  if (entries.length !== addressees.length || entries.some(({ to }, i) => to !== addressees[i]))
    return malformed(j, 'V9', broadcast);
  const payload = broadcast.body.subarray(length);
  if (!addressees.includes(self)) return payload;
  const direct = at(context.inbox.directs, j);
  const contradicts =
    direct.header.suite !== 1 ||
    !sawWhatWeSaw(direct, context.view) ||
    !followsItself(direct, j, context.eids);
  const listed = entries.find(({ to }) => to === self)?.eid;
  if (contradicts || !namesDirect(listed, direct))
    return { kind: 'fault', abort: equivocation(j, [broadcast.bytes, signedPart(direct)], 'V9') };
  return payload;
}

const signedPart = ({ bytes }: Envelope): Uint8Array => bytes.slice(0, SIGNED_BYTES);

function malformed(j: PartyIndex, check: string, broadcast: Envelope): RoundFinding {
  const evidence: Evidence = { kind: 'malformed', accused: j, check, envelopes: [broadcast.bytes] };
  return { kind: 'fault', abort: new ProtocolAbort('malformed', [j], { grade: 'A', check, evidence }) };
}

function brokenChain(context: RoundContext, j: PartyIndex, broadcast: Envelope): RoundFinding {
  const before = context.before(j);
  const evidence: Evidence | undefined = before && {
    kind: 'public-check',
    accused: j,
    check: 'V7',
    envelopes: [before.slice(0, SIGNED_BYTES), signedPart(broadcast)],
  };
  // What another session said before is not shown here: where there is nothing to show, only we know.
  const grade = evidence === undefined ? 'B' : 'A';
  return { kind: 'fault', abort: new ProtocolAbort('malformed', [j], { grade, check: 'V7', evidence }) };
}
