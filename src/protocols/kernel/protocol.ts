import type { PartyId, PartyIndex, SessionId } from '../../crypto/brand.ts';
import { type Codec, None, decode, encode } from '../../crypto/codec.ts';
import { Bug, InputError } from '../../crypto/errors.ts';
import type { Point, Rng } from '../../crypto/secp256k1.ts';
import { SEALING_BYTES, SIGNED_BYTES } from './envelope.ts';
import type { Evidence } from './evidence.ts';

/** Who sends a direct message to whom, in a round that has any. */
export type Pairs = (from: PartyIndex, to: PartyIndex) => boolean;

/** What one round carries: the same bytes to all, and secret bytes to each one. */
export interface Round<B, D> {
  readonly name: string;
  readonly broadcast: Codec<B>;
  readonly direct: Codec<D>;
  /** Without it, everybody sends one to everybody else. */
  readonly pairs?: Pairs;
  /**
   * Whether this broadcast promises never to open anything of the session: from there on a failure ends in
   * silence (`close`), never in an abort with openings. Without it, none does. [protocol, 5.7, 13.1 rule 0]
   */
  readonly isPromise?: (said: B) => boolean;
}

/** Who we are in a session, once its id is fixed. No clock: no protocol decides by time. */
export interface Party {
  readonly sid: SessionId;
  readonly self: PartyIndex;
  /** All participants, ascending, self included. */
  readonly parties: readonly PartyIndex[];
  readonly others: readonly PartyIndex[];
  /** Number of shares that sign; polynomials have degree `threshold − 1`. */
  readonly threshold: number;
  readonly pids: PartyMap<PartyId>;
  readonly rng: Rng;
  readonly keys: SessionKeys;
}

/** The Diffie-Hellman material of one session. `wipe` makes it useless; nothing of it is ever stored. */
export interface SessionKeys {
  /** Our ephemeral secret, 32 bytes. */
  readonly esk: Uint8Array;
  readonly epks: PartyMap<Point>;
  /** x(esk_i · epk_j), 32 bytes each. */
  readonly sharedX: PartyMap<Uint8Array>;
  readonly wipe: () => void;
}

/** One value a party, walked in ascending order of index. */
export type PartyMap<T> = ReadonlyMap<PartyIndex, T>;

/**
 * What a protocol asks of its driver: a round; to use the keys of a session; to make bytes durable before it
 * goes on.
 */
export type Effect =
  | { readonly kind: 'round'; readonly send: Sending }
  | { readonly kind: 'bind'; readonly party: Party }
  | { readonly kind: 'persist'; readonly what: 'pending-share' | 'prepared'; readonly bytes: Uint8Array };

/** The bytes that leave in one round. */
export interface Sending {
  readonly name: string;
  readonly broadcast: Uint8Array;
  /** `undefined` in a round without direct messages. */
  readonly directs: PartyMap<Uint8Array> | undefined;
  /** Without it, everybody sends a direct message to everybody else, where there are any. */
  readonly pairs?: Pairs | undefined;
  readonly isPromise: boolean;
}

/** What a protocol is resumed with: one complete round, in index order, or nothing after `bind`. */
export interface Reply {
  /** Everybody's broadcast, our own included. */
  readonly broadcasts: PartyMap<Uint8Array>;
  /** The direct messages to us. */
  readonly directs: PartyMap<Delivery>;
  /** v_r, the digest of all broadcasts up to this round, 32 bytes. [protocol, 5.2] */
  readonly view: Uint8Array;
  /** Signed bytes of one sender's broadcast of this round, for evidence. */
  readonly signed: (from: PartyIndex) => Uint8Array;
  /** Our own direct message of this round, for an opening. @throws Bug once the driver has forgotten it */
  readonly sent: (to: PartyIndex) => SentDirect;
}

/** What shows a direct message of our own to others, beside its plaintext. */
export interface SentDirect {
  /** Header and signature, 271 bytes. */
  readonly signed: Uint8Array;
  /** With which `ph` of the header opens, 32 bytes. */
  readonly salt: Uint8Array;
}

/** A direct message as it came: opened, or not openable with what the sender committed to. */
export type Delivery =
  | {
      readonly kind: 'opened';
      readonly plaintext: Uint8Array;
      readonly salt: Uint8Array;
      readonly signed: Uint8Array;
    }
  | {
      readonly kind: 'undecryptable';
      readonly envelope: Uint8Array;
      /** Opens what we share with the sender. @throws Bug once the driver has forgotten its keys */
      readonly reveal: () => RevealedKey;
    };

/** D_ij of a pair and its proof, encoded, as evidence of form b carries them. [protocol, 5.4] */
export interface RevealedKey {
  readonly shared: Uint8Array;
  readonly proof: Uint8Array;
}

/** Run by one party: yields what it needs, is resumed with it, returns `T`. */
export type Protocol<T> = Generator<Effect, T, Reply>;

/** A round as a protocol sees it. */
export interface Heard<B, D> {
  /** Of every party, our own included. */
  readonly broadcast: PartyMap<B>;
  /** Of the others, to us. */
  readonly direct: PartyMap<D>;
  readonly view: Uint8Array;
  readonly reply: Reply;
}

/**
 * A: provable to anyone, evidence attached. B: known to the victim only. C: certain failure, culprit unknown.
 * D: benign or local, never blame. [protocol, 1.6]
 */
export type Grade = 'A' | 'B' | 'C' | 'D';

/** A peer's fault, or a failure that is nobody's; expected, and ends a session as a value. */
export class ProtocolAbort extends Error {
  override readonly name = 'ProtocolAbort';
  readonly code: string;
  readonly culprits: readonly PartyIndex[];
  readonly grade: Grade;
  /** Name of the check that failed, as the specification numbers it. */
  readonly check: string;
  readonly evidence: Evidence | undefined;
  constructor(
    code: string,
    culprits: readonly PartyIndex[],
    detail: { readonly grade: Grade; readonly check: string; readonly evidence?: Evidence | undefined },
  ) {
    super(`${code} (${detail.check})${culprits.length > 0 ? `, by party ${culprits.join(', ')}` : ''}`);
    this.code = code;
    this.culprits = culprits;
    this.grade = detail.grade;
    this.check = detail.check;
    this.evidence = detail.evidence;
  }
}

/** No direct message in this round. */
export const noDirects: undefined = undefined;

/**
 * Sends one round and waits for it whole; direct messages are left as they came. In a round with direct
 * messages who sends none gives an empty map.
 */
export function* exchangeRaw<B, D>(
  round: Round<B, D>,
  broadcast: NoInfer<B>,
  directs: PartyMap<NoInfer<D>> | undefined,
): Protocol<{ readonly broadcast: PartyMap<B>; readonly view: Uint8Array; readonly reply: Reply }> {
  const reply = yield {
    kind: 'round',
    send: {
      name: round.name,
      broadcast: encode(round.broadcast, broadcast),
      directs: directs && mapParties(directs, (_, value) => encode(round.direct, value)),
      ...(round.pairs && { pairs: round.pairs }),
      isPromise: round.isPromise?.(broadcast) ?? false,
    },
  };
  const decoded = mapParties(reply.broadcasts, (j, bytes) =>
    decodeFrom(round.broadcast, bytes, j, { signed: () => reply.signed(j), round: round.name }),
  );
  return { broadcast: decoded, view: reply.view, reply };
}

/**
 * Sends one round and waits for it whole. @throws ProtocolAbort malformed, naming whose bytes do not decode
 */
export function* exchange<B, D>(
  round: Round<B, D>,
  broadcast: NoInfer<B>,
  directs: PartyMap<NoInfer<D>> | undefined,
): Protocol<Heard<B, D>> {
  const heard = yield* exchangeRaw(round, broadcast, directs);
  const direct = mapParties(heard.reply.directs, (j, delivery) => decodeDirect(round, delivery, j));
  return { ...heard, direct };
}

/**
 * A broadcast, then an empty round that carries everybody's digest of it: honest parties then hold the same
 * bytes, or have stopped. The driver compares the digests.
 */
export function* echoBroadcast<B>(round: Round<B, None>, mine: NoInfer<B>): Protocol<PartyMap<B>> {
  const { broadcast } = yield* exchange(round, mine, noDirects);
  yield* exchange({ name: `${round.name}/echo`, broadcast: None, direct: None }, {}, noDirects);
  return broadcast;
}

/**
 * Applies a check to every party and aborts naming those that fail it; all are evaluated before the branch.
 */
export function blameUnless(
  failure: { readonly code: string; readonly check: string; readonly grade: Grade },
  parties: readonly PartyIndex[],
  holds: (j: PartyIndex) => boolean,
  evidence?: (culprits: readonly PartyIndex[]) => Evidence | undefined,
): void {
  const culprits = parties.filter((j) => !holds(j));
  if (culprits.length > 0)
    throw new ProtocolAbort(failure.code, culprits, { ...failure, evidence: evidence?.(culprits) });
}

/** The value of a party that must be there. @throws Bug otherwise: the driver delivers rounds complete */
export function at<T>(map: PartyMap<T>, j: PartyIndex): T {
  const value = map.get(j);
  if (value === undefined) throw new Bug(`nothing of party ${j}`);
  return value;
}

/** The same map with other values, in the same order. */
export function mapParties<A, B>(map: PartyMap<A>, change: (j: PartyIndex, value: A) => B): PartyMap<B> {
  return new Map([...map].map(([j, value]) => [j, change(j, value)]));
}

/** A value for each party, in the given order. */
export const forParties = <T>(parties: readonly PartyIndex[], make: (j: PartyIndex) => T): PartyMap<T> =>
  new Map(parties.map((j) => [j, make(j)]));

/** Decodes a peer's bytes. @throws ProtocolAbort malformed with the signed envelope as evidence (E1) */
function decodeFrom<T>(
  codec: Codec<T>,
  bytes: Uint8Array,
  j: PartyIndex,
  source: { readonly signed: () => Uint8Array; readonly round: string },
): T {
  try {
    return decode(codec, bytes, source.round);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const evidence: Evidence = { kind: 'malformed', accused: j, check: 'V11', envelopes: [source.signed()] };
    throw new ProtocolAbort('malformed', [j], { grade: 'A', check: 'V11', evidence });
  }
}

/**
 * Decodes a direct message. @throws ProtocolAbort malformed with what convinces others as evidence: the
 * opening of a message that does not decode (E1, form a), the key of one that does not open (E4, form b)
 */
function decodeDirect<D>(
  round: Pick<Round<never, D>, 'name' | 'direct'>,
  delivery: Delivery,
  j: PartyIndex,
): D {
  const length = round.direct.maxBytes;
  if (delivery.kind === 'undecryptable') throw malformedDirect('V10', j, unopenable(j, delivery, length));
  try {
    return decode(round.direct, delivery.plaintext, `${round.name}/direct`);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // Where it is too long, its header alone shows that: what is shown must not be as long as it likes.
    const isTooLong = delivery.plaintext.length > length;
    const shown = isTooLong ? { ...delivery, plaintext: new Uint8Array(0) } : delivery;
    throw malformedDirect('V11', j, openingEvidence('V11', j, shown));
  }
}

const malformedDirect = (check: string, j: PartyIndex, evidence: Evidence): ProtocolAbort =>
  new ProtocolAbort('malformed', [j], { grade: 'A', check, evidence });

/** Form b: the whole message, or only its header where that shows a wrong length. [protocol, 5.4] */
function unopenable(
  accused: PartyIndex,
  { envelope, reveal }: Extract<Delivery, { kind: 'undecryptable' }>,
  length: number,
): Evidence {
  const isTooLong = envelope.length > SIGNED_BYTES + SEALING_BYTES + length;
  const shown = isTooLong ? envelope.slice(0, SIGNED_BYTES) : envelope;
  return { kind: 'undecryptable', accused, check: 'V10', envelopes: [shown], ...reveal() };
}

/**
 * Evidence that shows one received direct message: signed header, salt and plaintext. [protocol, 5.4 form a]
 */
export const openingEvidence = (
  check: string,
  accused: PartyIndex,
  { signed, salt, plaintext }: Extract<Delivery, { kind: 'opened' }>,
): Evidence => ({ kind: 'opening', accused, check, envelopes: [signed], salt, plaintext });
