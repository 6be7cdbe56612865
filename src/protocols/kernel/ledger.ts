import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { compareBytes } from '../../crypto/bytes.ts';
import { type Envelope, envelopeKinds } from './envelope.ts';
import { sessionRoot } from './notices.ts';
import type { Spec } from './spec.ts';
import type { Transcript } from './transcript.ts';

/** Everything public that one session has sent or accepted; it is here before it has an effect. */
export class Ledger {
  readonly #rounds: Map<PartyIndex, Envelope>[] = [];
  readonly #notices: Envelope[] = [];

  /** Opens a round with our own broadcast. */
  open(mine: Envelope): void {
    this.#rounds.push(new Map([[mine.header.from, mine]]));
  }

  /** Adds the others' broadcasts to the current round; returns the round with everybody's. */
  complete(broadcasts: ReadonlyMap<PartyIndex, Envelope>): ReadonlyMap<PartyIndex, Envelope> {
    const round = this.#rounds.at(-1) ?? new Map<PartyIndex, Envelope>();
    for (const [j, envelope] of broadcasts) round.set(j, envelope);
    return round;
  }

  /** The broadcasts of the n-th round of this session, 0 being its first; `at(-1)` is the current one. */
  round(n: number): ReadonlyMap<PartyIndex, Envelope> | undefined {
    return this.#rounds.at(n);
  }

  /** The signed broadcasts of the n-th round of this session, whole; none before it has begun. */
  bytesOf(n: number): readonly Uint8Array[] {
    return [...(this.#rounds[n]?.values() ?? [])].map(({ bytes }) => bytes);
  }

  /** Everything that a party has broadcast in the rounds that are complete, whole. */
  broadcastsOf(j: PartyIndex): readonly Uint8Array[] {
    return this.#rounds.flatMap((round) => round.get(j)?.bytes ?? []);
  }

  /** Keeps an abort, exhibit or close: one of each kind and sender. */
  note(envelope: Envelope): void {
    const { kind, from } = envelope.header;
    if (!this.#notices.some(({ header }) => header.kind === kind && header.from === from))
      this.#notices.push(envelope);
  }

  /** The session root of an ending. [protocol, 14.2] */
  root(end: {
    readonly sid: Uint8Array;
    readonly view: Uint8Array;
    readonly outcome: number;
    readonly outputHash: Uint8Array;
  }): Uint8Array {
    const aborts = this.#notices.filter(({ header }) => header.kind === envelopeKinds.abort);
    return sessionRoot({ ...end, aborts: aborts.map(({ eid }) => eid).sort(compareBytes) });
  }

  /** Everything, in canonical order. */
  transcript(spec: Spec, sid: SessionId | undefined, parties: readonly PartyIndex[]): Transcript {
    return {
      spec,
      sid,
      broadcasts: this.#rounds.map((round) => parties.flatMap((j) => round.get(j)?.bytes ?? [])),
      notices: this.#notices.map(({ bytes }) => bytes),
    };
  }
}
