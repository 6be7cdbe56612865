import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { type Envelope, SIGNED_BYTES, envelopeKinds } from './envelope.ts';

/** What has been received and not yet used: the current round and the next, one envelope a slot. */
export interface RoundInbox {
  readonly broadcasts: Map<PartyIndex, Envelope>;
  readonly directs: Map<PartyIndex, Envelope>;
}

/** What became of an envelope. */
export type Filing =
  | { readonly kind: 'filed' | 'duplicate' | 'out-of-window' }
  | { readonly kind: 'conflict'; readonly first: Uint8Array; readonly second: Uint8Array };

/** Envelopes of round 1 kept for a sender until the session id is known: two, and two of a replay. */
const MAX_EARLY = 4;

/**
 * Slots of one session. Bounded: two rounds of whole envelopes, four more of each sender before the session
 * id is known, and 271 bytes for each slot ever filled.
 */
export class Inbox {
  /** Envelopes of round 1 that came before the session id was known. */
  #early: Envelope[] = [];
  readonly #rounds = new Map<number, RoundInbox>();
  readonly #slots = new Map<string, { readonly eid: Uint8Array; readonly signed: Uint8Array }>();

  /** Files an authentic envelope. A second, different, one for the same slot is equivocation (V4, V5). */
  file(envelope: Envelope, current: number): Filing {
    const { kind, round, from, to } = envelope.header;
    const slot = `${kind} ${round} ${from} ${to}`;
    const signed = envelope.bytes.slice(0, SIGNED_BYTES);
    const before = this.#slots.get(slot);
    if (before !== undefined) {
      if (equalBytes(before.eid, envelope.eid)) return { kind: 'duplicate' };
      return { kind: 'conflict', first: before.signed, second: signed };
    }
    if (round !== current && round !== current + 1) return { kind: 'out-of-window' };
    this.#slots.set(slot, { eid: envelope.eid, signed });
    const inbox = this.round(round);
    (kind === envelopeKinds.broadcast ? inbox.broadcasts : inbox.directs).set(from, envelope);
    return { kind: 'filed' };
  }

  /** What has come for a round. */
  round(round: number): RoundInbox {
    let inbox = this.#rounds.get(round);
    if (inbox === undefined) {
      inbox = { broadcasts: new Map(), directs: new Map() };
      this.#rounds.set(round, inbox);
    }
    return inbox;
  }

  /** Lets go of the bodies of a round that has been used. */
  drop(round: number): void {
    this.#rounds.delete(round);
  }

  /** Everything that a party has broadcast in rounds that are not complete, whole. */
  broadcastsOf(j: PartyIndex): readonly Uint8Array[] {
    return [...this.#rounds.values()].flatMap(({ broadcasts }) => broadcasts.get(j)?.bytes ?? []);
  }

  /** Round 1 may overtake the end of round 0. What follows another round 0 of its sender is a replay. */
  keep(envelope: Envelope): void {
    const { from, round, prev } = envelope.header;
    const hello = this.round(0).broadcasts.get(from);
    const kept = this.#early.filter(({ header }) => header.from === from);
    const isOld = hello !== undefined && !equalBytes(hello.eid, prev);
    if (round !== 1 || isOld || kept.some(({ eid }) => equalBytes(eid, envelope.eid))) return;
    if (kept.length < MAX_EARLY) this.#early.push(envelope);
  }

  /** What was kept, once: the session id is known now. */
  takeKept(): readonly Envelope[] {
    const kept = this.#early;
    this.#early = [];
    return kept;
  }
}
