import type { PartyIndex } from '../../crypto/brand.ts';
import { bytesToBigint, wipe } from '../../crypto/bytes.ts';
import { type Codec, encode } from '../../crypto/codec.ts';
import { assert } from '../../crypto/errors.ts';
import { type Point, type Scalar, scalar, scalarToBytes } from '../../crypto/secp256k1.ts';
import {
  type Polynomial,
  evaluate,
  feldmanCommit,
  interpolateAtZero,
  randomPolynomial,
} from '../../crypto/shamir.ts';
import type { Complaint } from '../complaint.ts';
import { type EpochRecord, publicShareOf } from '../epoch.ts';
import {
  type Delivery,
  type Effect,
  type Party,
  type PartyMap,
  type Protocol,
  at,
  exchange,
  exchangeRaw,
  forParties,
  noDirects,
} from '../kernel/protocol.ts';
import type { ReshareTerms } from '../kernel/spec.ts';
import {
  type Ack,
  type Prepared,
  acknowledge,
  certHashOf,
  preparedCodec,
  preparedShareCodec,
} from './activation.ts';
import {
  type Removed,
  checkAcknowledgements,
  checkDealers,
  checkDealings,
  checkPlan,
  checkUsable,
  judgeVotes,
} from './blame.ts';
import * as checks from './checks.ts';
import { dealerSet, prepare } from './combine.ts';
import { type Promised, inspectDeal } from './complaint.ts';
import {
  Acknowledge,
  type Acknowledging,
  type Deal,
  type Dealing,
  type Voting,
  dealPairs,
  dealRound,
  voteRound,
} from './messages.ts';

/** What a reshare needs beside the party. */
export interface ReshareInputs {
  /** Epoch e from the registry; public key and public shares are taken from here only. */
  readonly record: EpochRecord;
  /** What changes, from the specification. */
  readonly terms: ReshareTerms;
  /** Ed25519 identity keys of all parties, 32 bytes each, from the specification. */
  readonly identityPks: PartyMap<Uint8Array>;
  /** Our share of epoch e and the chain code, where we deal. Read only; the caller wipes them. Secret. */
  readonly held: Held | undefined;
}

/** What a dealer brings. */
export interface Held {
  /** s_i, 32 bytes. */
  readonly share: Uint8Array;
  /** cc, 32 bytes. */
  readonly chainCode: Uint8Array;
}

/** Where a reshare stands when its rounds are over: ready to COMMIT, which no session does. */
export interface ReshareOutput {
  readonly prepared: Prepared;
  /** 32 bytes: what a COMMIT is about. */
  readonly certHash: Uint8Array;
  /** Of every new member, ascending, verified. */
  readonly acks: readonly Ack[];
  /** Of a new member: its share of epoch e+1. Secret: it is on disk already, and the caller wipes it. */
  readonly mine: (Held & { readonly index: PartyIndex }) | undefined;
  /** Dealers that were left out for what they did, ascending, with what proves it. */
  readonly removed: readonly Removed[];
}

/**
 * The members of an epoch share their shares anew to another committee, or to the same: the key stays, and
 * shares of the two epochs do not fit together. Each dealer shares its share itself, so everybody sees that
 * it is the right one, and who counts is decided after all have dealt. The old epoch stays in force whatever
 * happens here: what makes the new one is the certificate, outside the session. [protocol, 12; Desmedt,
 * Jajodia 1997; Herzberg, Jarecki, Krawczyk, Yung 1995]
 * @throws ProtocolAbort bad-committee | malformed | false-complaint | too-few-dealers | degenerate-sharing |
 * acknowledgement-mismatch | bad-proof
 */
export function* reshare(party: Party, inputs: ReshareInputs): Protocol<ReshareOutput> {
  const { sid, self } = party;
  const { record: old, terms, identityPks } = inputs;
  const share = new Uint8Array(32);
  const received: Uint8Array[] = [];
  let isKept = false;
  try {
    checkPlan(
      old,
      terms,
      [...identityPks].map(([index, identityPk]) => ({ index, identityPk })),
    );
    const Q = polynomialOf(party, inputs);

    // Round 1. Dealers share their shares: F_i to all, and to each new member its value of Q_i, in private.
    const round = dealRound(terms.threshold, dealPairs(terms));
    const first = yield* exchangeRaw(round, publicly(Q), dealsOf(party, inputs, Q));
    received.push(...plaintextsIn(first.reply.directs));
    const F = checkDealings(party, terms, first.broadcast, first.reply);

    // Round 2. New members say of each dealer that all is well, or show what is not. All judge alike.
    const found = terms.members.includes(self)
      ? inspectAll(party, inputs, { F, old }, { Q, directs: first.reply.directs })
      : undefined;
    const second = yield* exchange(voteRound(terms.dealers.length), voteOf(terms, found), noDirects);
    const facts = { sid, identityPks, epks: party.keys.epks, F, old };
    const cast = { facts, votes: second.broadcast };
    const removed = judgeVotes(party, terms, cast, [first.reply, second.reply]);
    const chosen = dealerSet(old, checkDealers(old, terms, removed));
    const prepared = prepare(old, { sid, terms, identityPks }, chosen, F);
    checkUsable(prepared.record.commitments, terms);
    assert(checks.keepsKey(old, prepared.record.commitments), 'public shares that fit make another key');

    // Round 3. A new member holds its share on disk, and proves that it does; so it can be relied on after a
    // crash. Everybody else writes down what was prepared, for the COMMIT that follows.
    const certHash = certHashOf(prepared);
    const mine = found && combineDeals(party, prepared, chosen, found.deals);
    if (mine !== undefined) share.set(scalarToBytes(mine.share));
    yield* persist(prepared, mine && { index: self, share, chainCode: mine.chainCode });
    const said = acknowledgementOf(party, prepared, certHash, mine?.share);
    const third = yield* exchange(Acknowledge, said, noDirects);
    const expected = { terms, prepared, certHash };
    const replies = [first.reply, second.reply, third.reply] as const;
    const acks = checkAcknowledgements(party, expected, third.broadcast, replies);

    isKept = true;
    const kept = mine && { index: self, share, chainCode: mine.chainCode.slice() };
    return { prepared, certHash, acks, mine: kept, removed };
  } finally {
    party.keys.wipe();
    wipe(...received);
    if (!isKept) wipe(share);
  }
}

/** Q_i, whose constant is our share of the old epoch. `undefined` where we do not deal. @throws Bug */
function polynomialOf({ self, rng }: Party, { record, terms, held }: ReshareInputs): Polynomial | undefined {
  assert((held !== undefined) === terms.dealers.includes(self), 'exactly the dealers bring a share');
  if (held === undefined) return undefined;
  const s = scalar(bytesToBigint(held.share));
  assert(held.share.length === 32 && held.chainCode.length === 32, 'a share of another length');
  assert(checks.isNewShare(publicShareOf(record, self), s), 'the share is not of this epoch');
  assert(checks.isChainCodeOf(record, held), 'the chain code is not of this key');
  return randomPolynomial(terms.threshold - 1, rng, s);
}

const publicly = (Q: Polynomial | undefined): Dealing =>
  Q === undefined ? { kind: 'nothing' } : { kind: 'dealt', F: feldmanCommit(Q) };

/** Our direct messages of R1: one to each new member but ourselves, or none. */
function dealsOf({ self }: Party, { terms, held }: ReshareInputs, Q: Polynomial | undefined): PartyMap<Deal> {
  if (Q === undefined || held === undefined) return new Map();
  const to = terms.members.filter((j) => j !== self);
  return forParties(to, (j) => ({ share: evaluate(Q, j), chainCode: held.chainCode }));
}

const plaintextsIn = (directs: PartyMap<Delivery>): readonly Uint8Array[] =>
  [...directs.values()].flatMap((one) => (one.kind === 'opened' ? [one.plaintext] : []));

/** What all dealers gave us: deals that fit, and complaints about the others. */
interface Inspection {
  readonly deals: PartyMap<Deal>;
  readonly complaints: PartyMap<Complaint>;
}

/** H5 and H6 on every direct message to us. Our own deal, where we deal to ourselves, needs no message. */
function inspectAll(
  party: Party,
  { terms, held }: ReshareInputs,
  promised: Promised,
  { Q, directs }: { readonly Q: Polynomial | undefined; readonly directs: PartyMap<Delivery> },
): Inspection {
  const deals = new Map<PartyIndex, Deal>();
  const complaints = new Map<PartyIndex, Complaint>();
  for (const i of terms.dealers) {
    if (i === party.self) {
      if (Q && held) deals.set(i, { share: evaluate(Q, i), chainCode: held.chainCode });
      continue;
    }
    const found = inspectDeal(party, i, promised, at(directs, i));
    if (found.kind === 'deal') deals.set(i, found.deal);
    else complaints.set(i, found.complaint);
  }
  return { deals, complaints };
}

const voteOf = ({ dealers }: ReshareTerms, found: Inspection | undefined): Voting =>
  found === undefined
    ? { kind: 'nothing' }
    : { kind: 'vote', opinions: dealers.map((i) => found.complaints.get(i) ?? { kind: 'ok' }) };

/**
 * s'_j = Σ_{i ∈ D*} L_i(D*)·Q_i(j), and the chain code, which all dealers of D* gave alike. [protocol, 12.1]
 * @throws Bug when it is not the share that the broadcasts promise
 */
function combineDeals(
  { self }: Party,
  { record }: Prepared,
  chosen: readonly PartyIndex[],
  deals: PartyMap<Deal>,
): { readonly share: Scalar; readonly chainCode: Uint8Array } {
  const [first] = chosen;
  assert(first !== undefined, 'a new epoch that nobody dealt');
  const share = interpolateAtZero(forParties(chosen, (i) => at(deals, i).share));
  const S: Point = publicShareOf(record, self);
  assert(checks.isNewShare(S, share), 'deals that pass their check make a share that does not');
  return { share, chainCode: at(deals, first).chainCode };
}

const acknowledgementOf = (
  { self, rng }: Party,
  prepared: Prepared,
  certHash: Uint8Array,
  share: Scalar | undefined,
): Acknowledging =>
  share === undefined
    ? { kind: 'nothing' }
    : { kind: 'acknowledged', certHash, proof: acknowledge(prepared, self, share, rng).proof };

/** Resumed when it is durable. The encoding of a share is wiped then. */
function* persist(
  prepared: Prepared,
  mine: (Held & { readonly index: PartyIndex }) | undefined,
): Protocol<void> {
  if (mine === undefined) {
    yield durable('prepared', preparedCodec, prepared);
    return;
  }
  const pending = durable('pending-share', preparedShareCodec, { prepared, ...mine });
  try {
    yield pending;
  } finally {
    wipe(pending.bytes);
  }
}

type Persist = Extract<Effect, { kind: 'persist' }>;

const durable = <T>(what: Persist['what'], codec: Codec<T>, value: NoInfer<T>): Persist => ({
  kind: 'persist',
  what,
  bytes: encode(codec, value),
});
