import { type PartyIndex, partyIndex } from '../../crypto/brand.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { attempt, encode } from '../../crypto/codec.ts';
import { type SignedDemand, answers, askedBy, demandHash, signDemand } from '../../protocols/demand.ts';
import {
  type Envelope,
  SIGNED_BYTES,
  envelopeKinds,
  parseEnvelope,
} from '../../protocols/kernel/envelope.ts';
import { type Spec, decodeSpec, specCodec, specHash } from '../../protocols/kernel/spec.ts';
import type { Clock, Log } from '../../system/ports.ts';
import type { KeyContext } from '../key-context.ts';
import type { PlainTranscript } from '../sessions/messages.ts';
import type { BlameMessage, DemandAnswer } from './messages.ts';

/** What demands work with. */
export interface DemandsDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Signs demands, 32 bytes. */
  readonly identitySeed: Uint8Array;
  readonly nameOf: (index: PartyIndex) => string;
  readonly send: (to: PartyIndex, message: BlameMessage) => void;
  readonly connected: () => readonly PartyIndex[];
  readonly unresponsive: (silence: Silence) => void;
}

/** A demand that was not answered in time. */
export interface Silence {
  readonly member: PartyIndex;
  /** H("spec"; …) of the session, 32 bytes. */
  readonly session: Uint8Array;
  readonly round: number;
  /** The name of the demand, 32 bytes. */
  readonly demand: Uint8Array;
}

/** How long an answer may take, in milliseconds; and how far another's clock may be from ours. */
const DEADLINE_MS = 30_000;
const MIN_DEADLINE_MS = DEADLINE_MS / 2;
const MAX_DEADLINE_MS = 10 * DEADLINE_MS;
/** Sessions that were proposed longer ago are not asked about: who was in them may have forgotten them. */
const RECENT_MS = 600_000;
/** Demands of one member that wait at a time, and sessions whose own messages are kept for an answer. */
const MAX_OPEN = 16;
const MAX_KEPT = 256;
/** Demands of one member that are waited for in such a time: each may become an entry of the log. */
export const MAX_NOTED = 64;
/** Questions that are remembered, so that none is asked, answered or recorded twice. */
const MAX_ASKED = 4_096;

interface Open {
  readonly demand: SignedDemand;
  readonly member: PartyIndex;
  readonly session: Uint8Array;
  readonly cancel: () => void;
}

/**
 * Who is silent is asked before everybody, once, with a deadline; all members record who does not answer.
 * Silence is never blame: the record says that a member was not there, and excludes nobody. [protocol, 13.3]
 */
export class Demands {
  readonly #key: KeyContext;
  readonly #deps: DemandsDeps;
  /** By session and member, until it is answered or its time is over. */
  readonly #open = new Map<string, Open>();
  /** What this node itself has said in sessions that are over, by the hash of their specification. */
  readonly #said = new Map<string, readonly Uint8Array[]>();
  /** Demands of this node that wait for the end of its own session. */
  readonly #owed = new Map<string, SignedDemand>();
  readonly #asked = new Set<string>();
  /** When demands of a member were taken, on the monotonic clock. */
  readonly #noted = new Map<PartyIndex, readonly number[]>();

  constructor(key: KeyContext, deps: DemandsDeps) {
    this.#key = key;
    this.#deps = deps;
  }

  /** A session is over: our own words are kept for who asks, those of who was awaited are asked for. */
  ended(spec: Spec, { broadcasts, notices }: PlainTranscript, awaited: readonly number[]): void {
    const all = [...broadcasts.flat(), ...notices].flatMap(
      (bytes) => attempt(() => parseEnvelope(bytes)) ?? [],
    );
    this.#keep(spec, all);
    for (const member of awaited.map((index) => partyIndex(index))) this.#ask(spec, member, all);
  }

  /** Somebody demands. What asks nobody of this epoch, or asks again, is passed over. */
  hear(from: PartyIndex, demand: SignedDemand): void {
    const spec = decodeSpec(demand.spec);
    const asked = askedBy(demand);
    const now = BigInt(this.#deps.clock.nowMs());
    const leftMs = demand.deadlineMs - now;
    const isTimely =
      leftMs >= BigInt(MIN_DEADLINE_MS) && leftMs <= BigInt(MAX_DEADLINE_MS) && this.#isRecent(spec);
    const { keyId, epochId } = this.#key;
    const isOurs = equalBytes(spec.keyId, keyId) && equalBytes(spec.epochId, epochId);
    if (asked === undefined || demand.by !== from || !isTimely || !isOurs || !this.#isOfMembers(spec)) {
      this.#deps.log.warn('demand refused', { peer: this.#deps.nameOf(from), reason: 'no-such-demand' });
      return;
    }
    if (asked.member === this.#key.self) this.#owe(demand, specHash(spec));
    else this.#await(demand, asked.member, specHash(spec));
  }

  /** Somebody shows what was asked for. */
  answered({ demand, envelope }: DemandAnswer): void {
    for (const [name, open] of this.#open)
      if (equalBytes(demandHash(open.demand), demand) && answers(open.demand, envelope)) {
        open.cancel();
        this.#open.delete(name);
        this.#deps.log.info('demand answered', { peer: this.#deps.nameOf(open.member) });
      }
  }

  /** Nothing is waited for any more. */
  stop(): void {
    for (const { cancel } of this.#open.values()) cancel();
    this.#open.clear();
  }

  #keep(spec: Spec, all: readonly Envelope[]): void {
    const own = all.filter(({ header }) => header.from === this.#key.self).map(({ bytes }) => bytes);
    this.#said.set(toHex(specHash(spec)), own);
    const [oldest] = this.#said.keys();
    if (this.#said.size > MAX_KEPT && oldest !== undefined) this.#said.delete(oldest);
    this.#answer(specHash(spec));
  }

  /** Nobody is asked for a session that it has not joined by a message that we hold. */
  #ask(spec: Spec, member: PartyIndex, all: readonly Envelope[]): void {
    const sent = all.filter(
      ({ header }) => header.kind === envelopeKinds.broadcast && header.from === member,
    );
    const hello = sent.find(({ header: { round } }) => round === 0);
    const session = specHash(spec);
    if (hello === undefined || this.#asked.has(nameOf(session, member))) return;
    const demand = signDemand(
      {
        spec: encode(specCodec, spec),
        joined: hello.bytes.slice(0, SIGNED_BYTES),
        round: 1 + Math.max(...sent.map(({ header: { round } }) => round)),
        by: this.#key.self,
        deadlineMs: BigInt(this.#deps.clock.nowMs() + DEADLINE_MS),
      },
      this.#deps.identitySeed,
    );
    this.#tellAll({ kind: 'demand', ...demand });
    this.#await(demand, member, session);
  }

  #await(demand: SignedDemand, member: PartyIndex, session: Uint8Array): void {
    const name = nameOf(session, member);
    const ofAsker = [...this.#open.values()].filter((one) => one.demand.by === demand.by);
    if (ofAsker.length >= MAX_OPEN || this.#isSpent(demand.by) || !this.#isNew(demand, session)) return;
    const { clock, log, unresponsive } = this.#deps;
    this.#noted.set(demand.by, [...(this.#noted.get(demand.by) ?? []), clock.monotonicMs()]);
    const cancel = clock.after(Math.max(0, Number(demand.deadlineMs) - clock.nowMs()), () => {
      this.#open.delete(name);
      log.warn('member unresponsive', { peer: this.#deps.nameOf(member), round: demand.round });
      unresponsive({ member, session, round: demand.round, demand: demandHash(demand) });
    });
    this.#open.set(name, { demand, member, session, cancel });
  }

  /** Two who demand of each other, in sessions that they make up, would fill everybody's log. */
  #isSpent(by: PartyIndex): boolean {
    const since = this.#deps.clock.monotonicMs() - RECENT_MS;
    const recent = (this.#noted.get(by) ?? []).filter((atMs) => atMs > since);
    this.#noted.set(by, recent);
    return recent.length >= MAX_NOTED;
  }

  /** Whether a session was proposed lately; what its specification says of that is signed by who is in it. */
  #isRecent({ notAfterMs }: Spec): boolean {
    const awayMs = Math.abs(Number(notAfterMs) - this.#deps.clock.nowMs());
    return awayMs <= RECENT_MS;
  }

  /** Identities come from the record: in a session of others anybody can join in anybody's name. */
  #isOfMembers({ participants }: Spec): boolean {
    const { members } = this.#key.record;
    return participants.every(({ index, identityPk }) =>
      members.some((member) => member.index === index && equalBytes(member.identityPk, identityPk)),
    );
  }

  /** Our own session may end a moment later than that of who asks: then it is answered. */
  #owe(demand: SignedDemand, session: Uint8Array): void {
    if (!this.#isNew(demand, session)) return;
    this.#owed.set(toHex(session), demand);
    const [oldest] = this.#owed.keys();
    if (this.#owed.size > MAX_OPEN && oldest !== undefined) this.#owed.delete(oldest);
    this.#answer(session);
  }

  /** Shows everybody what this node has said. Who was started anew has forgotten it, and stays silent. */
  #answer(session: Uint8Array): void {
    const name = toHex(session);
    const demand = this.#owed.get(name);
    const envelope = demand && this.#said.get(name)?.find((bytes) => answers(demand, bytes));
    if (demand === undefined || envelope === undefined) return;
    this.#owed.delete(name);
    this.#tellAll({ kind: 'answer', demand: demandHash(demand), envelope });
  }

  /** One question a session and member, whoever asks it. */
  #isNew(demand: SignedDemand, session: Uint8Array): boolean {
    const name = nameOf(session, askedBy(demand)?.member ?? demand.by);
    if (this.#asked.has(name)) return false;
    this.#asked.add(name);
    const [oldest] = this.#asked;
    if (this.#asked.size > MAX_ASKED && oldest !== undefined) this.#asked.delete(oldest);
    return true;
  }

  #tellAll(message: BlameMessage): void {
    for (const peer of this.#deps.connected()) if (peer !== this.#key.self) this.#deps.send(peer, message);
  }
}

const nameOf = (session: Uint8Array, member: PartyIndex): string => `${toHex(session)} ${member}`;
