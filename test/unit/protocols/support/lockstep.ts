import type { PartyIndex, SessionId } from '../../../../src/crypto/brand.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import type { Rng } from '../../../../src/crypto/secp256k1.ts';
import { emptyReply } from '../../../../src/protocols/kernel/endings.ts';
import { Channel } from '../../../../src/protocols/kernel/channel.ts';
import {
  type Envelope,
  type HeaderFields,
  envelopeKinds,
  zero32,
} from '../../../../src/protocols/kernel/envelope.ts';
import { viewOf } from '../../../../src/protocols/kernel/notices.ts';
import {
  type Delivery,
  type Effect,
  type Party,
  type PartyMap,
  type Protocol,
  ProtocolAbort,
  type Reply,
  type Sending,
  forParties,
  mapParties,
} from '../../../../src/protocols/kernel/protocol.ts';
import { type Spec, specHash } from '../../../../src/protocols/kernel/spec.ts';

/** One party of a lockstep run. */
export interface Player<T> {
  readonly index: PartyIndex;
  readonly seed: Uint8Array;
  readonly rng: Rng;
  readonly body: Protocol<T>;
}

/** How a party ended: with a result, with a failure, by a bug, or still waiting for one that has stopped. */
export type Ending<T> =
  | { readonly kind: 'done'; readonly output: T }
  | { readonly kind: 'aborted'; readonly abort: ProtocolAbort }
  | { readonly kind: 'crashed'; readonly error: unknown }
  | { readonly kind: 'waiting' };

/** What a cheater knows when it chooses its messages: it speaks last in every round. */
export interface Moment {
  readonly round: number;
  readonly name: string;
  readonly from: PartyIndex;
  readonly party: Party | undefined;
  /** What the others send in this round, before any of it is signed. */
  readonly others: PartyMap<Sending>;
  /** What `from` has received in private in the round before. */
  readonly received: PartyMap<Delivery>;
  /** Direct envelopes so far, by `round from to`. */
  readonly directs: ReadonlyMap<string, Envelope>;
}
/** Changes what a party sends before it is signed: a cheater signs what it likes. */
export type Cheat = (sending: Sending, moment: Moment) => Sending;
/** Changes an envelope after it was signed. */
export type Bend = (envelope: Envelope, round: number) => Envelope;

/** A run, for the tests to look at. */
export interface Run<T> {
  readonly endings: ReadonlyMap<PartyIndex, Ending<T>>;
  /** Broadcast envelopes by round, as a transcript keeps them. */
  readonly rounds: readonly (readonly Uint8Array[])[];
  /** Direct envelopes by `round from to`. */
  readonly directs: ReadonlyMap<string, Envelope>;
  /** Copies of what each party asked to have on disk. */
  readonly persisted: ReadonlyMap<PartyIndex, Uint8Array>;
}

/** Runs all parties in one thread, round by round, with real envelopes and no network. */
export function runLockstep<T>(
  spec: Spec,
  players: readonly Player<T>[],
  cheat: Cheat = (sending) => sending,
  bend: Bend = (envelope) => envelope,
): Run<T> {
  return new Lockstep(spec, players, cheat, bend).run();
}

class Lockstep<T> {
  readonly #spec: Spec;
  readonly #players: readonly Player<T>[];
  readonly #cheat: Cheat;
  readonly #bend: Bend;
  readonly #channels: ReadonlyMap<PartyIndex, Channel>;
  readonly #bound = new Map<PartyIndex, Party>();
  readonly #endings = new Map<PartyIndex, Ending<T>>();
  readonly #persisted = new Map<PartyIndex, Uint8Array>();
  readonly #rounds: PartyMap<Envelope>[] = [];
  readonly #directs = new Map<string, Envelope>();
  #received: PartyMap<PartyMap<Delivery>> = new Map();
  #view: Uint8Array = zero32;

  constructor(spec: Spec, players: readonly Player<T>[], cheat: Cheat, bend: Bend) {
    this.#spec = spec;
    this.#players = players;
    this.#cheat = cheat;
    this.#bend = bend;
    this.#channels = new Map(players.map(({ index, seed, rng }) => [index, new Channel(seed, rng)]));
  }

  run(): Run<T> {
    let wishes = this.#resumeAll(() => undefined);
    while (wishes.size === this.#players.length) {
      const replies = this.#exchange(wishes);
      wishes = this.#resumeAll((j) => replies.get(j));
    }
    for (const { index, body } of this.#players)
      if (!this.#endings.has(index)) {
        this.#endings.set(index, { kind: 'waiting' });
        body.return(undefined as never);
      }
    return {
      endings: this.#endings,
      rounds: this.#rounds.map((round) => [...round.values()].map(({ bytes }) => bytes)),
      directs: this.#directs,
      persisted: this.#persisted,
    };
  }

  #resumeAll(reply: (j: PartyIndex) => Reply | undefined): Map<PartyIndex, Sending> {
    const wishes = new Map<PartyIndex, Sending>();
    for (const player of this.#players) {
      const wish = this.#resume(player, reply(player.index));
      if (wish !== undefined) wishes.set(player.index, wish);
    }
    return wishes;
  }

  #resume({ index, body }: Player<T>, reply: Reply | undefined): Sending | undefined {
    try {
      let next: IteratorResult<Effect, T> = body.next(reply ?? nothing);
      while (next.done !== true) {
        const effect = next.value;
        if (effect.kind === 'round') return effect.send;
        if (effect.kind === 'bind') this.#bind(index, effect.party);
        else if (effect.kind === 'persist') this.#persisted.set(index, effect.bytes.slice());
        next = body.next(nothing);
      }
      this.#endings.set(index, { kind: 'done', output: next.value });
    } catch (error) {
      const isAbort = error instanceof ProtocolAbort;
      this.#endings.set(index, isAbort ? { kind: 'aborted', abort: error } : { kind: 'crashed', error });
    }
    return undefined;
  }

  #bind(index: PartyIndex, party: Party): void {
    this.#bound.set(index, party);
    this.#channels.get(index)?.bind(party);
    const eids = mapParties(this.#rounds[0] ?? new Map<PartyIndex, Envelope>(), (_, { eid }) => eid);
    this.#view = viewOf(party.sid, 0, zero32, eids);
  }

  #exchange(wishes: ReadonlyMap<PartyIndex, Sending>): ReadonlyMap<PartyIndex, Reply> {
    const round = this.#rounds.length;
    const sendings = mapParties(wishes, (from, sending) => {
      const others = new Map([...wishes].filter(([j]) => j !== from));
      const received = this.#received.get(from) ?? new Map<PartyIndex, Delivery>();
      return this.#cheat(sending, {
        round,
        name: sending.name,
        from,
        party: this.#bound.get(from),
        others,
        received,
        directs: this.#directs,
      });
    });
    const broadcasts = new Map<PartyIndex, Envelope>();
    for (const [from, sending] of sendings) {
      const sealed = this.#channel(from).seal(sending, (kind, to) => this.#fields(kind, [from, to], round));
      broadcasts.set(from, this.#bend(sealed.broadcast, round));
      for (const direct of sealed.directs)
        this.#directs.set(`${round} ${from} ${direct.header.to}`, this.#bend(direct, round));
    }
    this.#rounds.push(broadcasts);
    const sid = this.#sid;
    if (sid !== undefined)
      this.#view = viewOf(
        sid,
        round,
        this.#view,
        mapParties(broadcasts, (_, { eid }) => eid),
      );
    const replies = mapParties(sendings, (j) => this.#reply(j, round, sendings, broadcasts));
    this.#received = mapParties(replies, (_, { directs }) => directs);
    return replies;
  }

  #reply(j: PartyIndex, round: number, sendings: PartyMap<Sending>, broadcasts: PartyMap<Envelope>): Reply {
    const pairs = sendings.get(j)?.pairs ?? (() => true);
    const others = [...sendings]
      .filter(([k, { directs }]) => k !== j && directs !== undefined && pairs(k, j))
      .map(([k]) => k);
    return {
      broadcasts: mapParties(sendings, (_, sending) => sending.broadcast),
      directs: forParties(others, (k) => {
        const direct = this.#directs.get(`${round} ${k} ${j}`);
        if (direct === undefined) throw new Bug(`no direct message from ${k} to ${j}`);
        return this.#channel(j).open(direct, j);
      }),
      view: this.#view,
      signed: (k) => broadcasts.get(k)?.bytes ?? zero32,
      sent: (k) => this.#channel(j).sent(round, k),
    };
  }

  #channel(j: PartyIndex): Channel {
    const channel = this.#channels.get(j);
    if (channel === undefined) throw new Bug(`no party ${j}`);
    return channel;
  }

  get #sid(): SessionId | undefined {
    return [...this.#bound.values()][0]?.sid;
  }

  #fields(
    kind: 'broadcast' | 'direct',
    [from, to]: readonly [PartyIndex, number],
    round: number,
  ): HeaderFields {
    return {
      kind: envelopeKinds[kind],
      proto: this.#spec.proto,
      suite: 1,
      sid: this.#sid ?? specHash(this.#spec),
      epochId: this.#spec.epochId,
      round,
      from,
      to,
      prev: this.#rounds.at(-1)?.get(from)?.eid ?? zero32,
      view: round === 0 ? zero32 : this.#view,
      ph: zero32,
    };
  }
}

const nothing: Reply = emptyReply;
