import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import { type Envelope, SIGNED_BYTES, envelopeKinds, parseSigned } from './envelope.ts';
import type { Evidence } from './evidence.ts';
import { exhibitCodec } from './notices.ts';
import { ProtocolAbort } from './protocol.ts';

/** The signed headers that one node holds of the disputed round. */
type Exhibit = ReadonlyMap<PartyIndex, { readonly eid: Uint8Array; readonly signed: Uint8Array }>;

/** What a dispute asks of its session. */
export interface DisputeContext {
  readonly others: readonly PartyIndex[];
  readonly isAuthentic: (j: PartyIndex, envelope: Pick<Envelope, 'eid' | 'signature'>) => boolean;
  /**
   * The session id that envelopes of this round carry: without it an old message could pose as a second one.
   */
  readonly sidOfRound: (round: number) => Uint8Array | undefined;
}

/** Finds out, from what everybody shows, who sent two broadcasts for one slot. [protocol, 5.6] */
export class Dispute {
  readonly #context: DisputeContext;
  readonly #exhibits = new Map<PartyIndex, { readonly round: number; readonly exhibit: Exhibit }>();
  /** Who has stopped and shows no more. */
  readonly #gone = new Set<PartyIndex>();
  #mine: { readonly round: number; readonly exhibit: Exhibit } | undefined;

  constructor(context: DisputeContext) {
    this.#context = context;
  }

  /** Whether we have shown our headers: the session goes no further then. */
  get isOpen(): boolean {
    return this.#mine !== undefined;
  }

  /** The round whose headers we have shown. */
  get round(): number | undefined {
    return this.#mine?.round;
  }

  /** The earliest round that somebody else disputes. */
  get askedRound(): number | undefined {
    const rounds = [...this.#exhibits.values()].map(({ round }) => round);
    return rounds.length === 0 ? undefined : Math.min(...rounds);
  }

  /** Opens it with the envelopes that we hold; returns what to show. */
  open(round: number, held: ReadonlyMap<PartyIndex, Envelope>): readonly Uint8Array[] {
    const ascending = [...held].sort(([a], [b]) => a - b);
    const exhibit = new Map(
      ascending.map(([j, { eid, bytes }]) => [j, { eid, signed: bytes.slice(0, SIGNED_BYTES) }]),
    );
    this.#mine = { round, exhibit };
    return ascending.map(([, { bytes }]) => bytes.slice(0, SIGNED_BYTES));
  }

  /** Takes somebody's exhibit; entries that prove nothing are passed over. */
  hear(envelope: Envelope): void {
    const { from } = envelope.header;
    if (this.#exhibits.has(from)) return;
    try {
      const { round, signed } = decode(exhibitCodec, envelope.body, 'exhibit');
      this.#exhibits.set(from, {
        round,
        exhibit: new Map(signed.flatMap((bytes) => this.#entry(round, bytes))),
      });
    } catch (error) {
      if (!(error instanceof InputError)) throw error; // an exhibit that does not decode shows nothing
    }
  }

  /** Somebody has stopped: its exhibit is no longer awaited. */
  excuse(j: PartyIndex): void {
    this.#gone.add(j);
  }

  #entry(round: number, signed: Uint8Array): [PartyIndex, { eid: Uint8Array; signed: Uint8Array }][] {
    const { header, eid, signature } = parseSigned(signed);
    const sid = this.#context.sidOfRound(round);
    const belongs =
      header.kind === envelopeKinds.broadcast &&
      header.round === round &&
      sid !== undefined &&
      equalBytes(header.sid, sid);
    return belongs && this.#context.isAuthentic(header.from, { eid, signature })
      ? [[header.from, { eid, signed }]]
      : [];
  }

  /**
   * The end of the dispute, once there is one: who sent two, or, when all sets agree, whose signed digest of
   * the set is not the digest of that set. Who has stopped without showing its set is not named: its set may
   * be another one, by the fault of the very party that is looked for.
   */
  settle(isUnexplained: (j: PartyIndex) => boolean): ProtocolAbort | undefined {
    const mine = this.#mine;
    if (mine === undefined) return undefined;
    for (const { round, exhibit } of this.#exhibits.values()) {
      if (round !== mine.round) continue;
      for (const [j, shown] of exhibit) {
        const held = mine.exhibit.get(j);
        if (held !== undefined && !equalBytes(held.eid, shown.eid))
          return equivocation(j, [held.signed, shown.signed]);
      }
    }
    if (!this.#context.others.every((j) => this.#exhibits.has(j) || this.#gone.has(j))) return undefined;
    const culprits = this.#context.others.filter(
      (j) => this.#exhibits.get(j)?.round === mine.round && isUnexplained(j),
    );
    return new ProtocolAbort('view-mismatch', culprits, {
      grade: culprits.length > 0 ? 'B' : 'C',
      check: 'V8',
    });
  }
}

/** Two signed envelopes that contradict each other: class A by themselves. [protocol, 13.3 E2] */
export function equivocation(j: PartyIndex, envelopes: readonly Uint8Array[], check = 'V4'): ProtocolAbort {
  const evidence: Evidence = { kind: 'equivocation', accused: j, check, envelopes };
  return new ProtocolAbort('equivocation', [j], { grade: 'A', check, evidence });
}
