import { type PartyIndex, type SessionId, partyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { encode } from '../../crypto/codec.ts';
import { assert } from '../../crypto/errors.ts';
import {
  type Envelope,
  type EnvelopeKind,
  type HeaderFields,
  envelopeKinds,
  isSignedBy,
  zero32,
} from './envelope.ts';
import { Channel } from './channel.ts';
import type { Evidence, Verdict } from './evidence.ts';
import { Dispute, equivocation } from './dispute.ts';
import { Inbox } from './inbox.ts';
import { Ledger } from './ledger.ts';
import { emptyReply, letGo, parsedOrDropped, publicPartOf, readAbort } from './endings.ts';
import { abortCodec, closeCodec, exhibitCodec, outcomes, viewOf } from './notices.ts';
import {
  type Effect,
  type Party,
  type PartyMap,
  ProtocolAbort,
  type Reply,
  type Sending,
  at,
  forParties,
} from './protocol.ts';
import { checkRound, sendersTo } from './round-checks.ts';
import type { Outgoing, SessionOptions, SessionState } from './session-state.ts';
import { identitiesOf, partiesOf, specHash } from './spec.ts';
import type { Transcript } from './transcript.ts';

/**
 * Drives one protocol for one party: envelopes in, envelopes out. No clock, no socket: a deadline is an event
 * of the shell, `abort('timed-out')`. What is not authentic is dropped and blames nobody. A failure that is a
 * peer's or nobody's ends the session as a value; anything else that is thrown is our bug, and not caught.
 */
export class Session<T> {
  readonly #options: SessionOptions<T>;
  readonly #name: Uint8Array;
  readonly #identities: PartyMap<Uint8Array>;
  readonly #parties: readonly PartyIndex[];
  readonly #others: readonly PartyIndex[];
  readonly #inbox = new Inbox();
  readonly #dispute: Dispute;
  readonly #channel: Channel;
  readonly #ledger = new Ledger();
  /** Who counts with another session id than we do. */
  readonly #strangers = new Set<PartyIndex>();
  #sid: SessionId | undefined;
  #round: number;
  #view: Uint8Array;
  #eids: PartyMap<Uint8Array>;
  #sending: Sending | undefined;
  #isPromised = false;
  #state: SessionState<T>;
  #out: Outgoing[] = [];

  constructor(options: SessionOptions<T>) {
    this.#options = options;
    this.#name = options.follows?.sid ?? specHash(options.spec);
    this.#identities = identitiesOf(options.spec);
    this.#parties = partiesOf(options.spec);
    this.#others = this.#parties.filter((j) => j !== options.self);
    assert(this.#others.length === this.#parties.length - 1, 'this node does not take part');
    this.#channel = new Channel(options.identitySeed, options.rng);
    this.#dispute = new Dispute({
      others: this.#others,
      isAuthentic: (j, envelope) => this.#isAuthentic(j, envelope),
      sidOfRound: (round) => this.#sidOfRound(round),
    });
    this.#sid = options.follows?.sid;
    this.#round = options.follows === undefined ? -1 : 0;
    this.#view = options.follows?.view ?? zero32;
    this.#eids = options.follows?.prev ?? forParties(this.#parties, () => zero32);
    this.#state = { kind: 'waiting', round: 0, name: 'start', awaiting: this.#others };
  }

  /** Where the session is. */
  get state(): SessionState<T> {
    return this.#state;
  }

  /** H("spec"; …), or the session id where there is no round 0: how links route what is ours. */
  get routingId(): Uint8Array {
    return this.#name;
  }

  /** How many take part, this node included. */
  get size(): number {
    return this.#parties.length;
  }

  /** The session id, once round 0 has fixed it. */
  get sid(): SessionId | undefined {
    return this.#sid;
  }

  /** The digest of everything broadcast so far, and the names of everybody's last broadcast. */
  get end(): { readonly view: Uint8Array; readonly eids: PartyMap<Uint8Array> } {
    return { view: this.#view, eids: this.#eids };
  }

  /** Begins: the messages of the first round. */
  start(): readonly Outgoing[] {
    return this.#collect(() => {
      this.#resume(emptyReply);
    });
  }

  /** Takes the bytes of one envelope. Whatever is not authentic and in place is dropped. */
  receive(bytes: Uint8Array): readonly Outgoing[] {
    return this.#collect(() => {
      const envelope = this.#authenticate(bytes);
      if (envelope !== undefined) this.#dispatch(envelope);
    });
  }

  /** The shell has made the bytes of `persisting` durable. */
  persisted(): readonly Outgoing[] {
    assert(this.#state.kind === 'persisting', 'nothing was to be persisted');
    return this.#collect(() => {
      this.#resume(emptyReply);
    });
  }

  /** Ends the session for a reason that blames nobody: a deadline, an operator, shutdown. */
  abort(code: string): readonly Outgoing[] {
    return this.#collect(() => {
      if (!this.#hasEnded) this.#fail(new ProtocolAbort(code, [], { grade: 'D', check: 'local' }));
    });
  }

  /** Everything public of this session, in canonical order. */
  transcript(): Transcript {
    return this.#ledger.transcript(this.#options.spec, this.#sid, this.#parties);
  }

  get #hasEnded(): boolean {
    return this.#state.kind === 'done' || this.#state.kind === 'aborted';
  }

  #collect(run: () => void): readonly Outgoing[] {
    run();
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** V1 to V3: well formed, signed by a participant, ours. `undefined` is dropped and blames nobody. */
  #authenticate(bytes: Uint8Array): Envelope | undefined {
    if (bytes.length > this.#options.maxBodyBytes) return undefined;
    const envelope = parsedOrDropped(bytes);
    if (envelope === undefined) return undefined;
    const { from, proto, epochId } = envelope.header;
    const { spec, self } = this.#options;
    const belongs = from !== self && proto === spec.proto && equalBytes(epochId, spec.epochId);
    return belongs && this.#isAuthentic(from, envelope) ? envelope : undefined;
  }

  #isAuthentic(from: PartyIndex, envelope: Pick<Envelope, 'eid' | 'signature'>): boolean {
    const identity = this.#identities.get(from);
    return identity !== undefined && isSignedBy(envelope, identity);
  }

  #dispatch(envelope: Envelope): void {
    const { kind, sid } = envelope.header;
    if (kind === envelopeKinds.close) {
      if (this.#sid !== undefined && equalBytes(sid, this.#sid)) this.#ledger.note(envelope);
      return;
    }
    // Whoever has finished still shows what it held, or those who doubt would never find out whom to doubt.
    if (kind === envelopeKinds.exhibit && equalBytes(sid, this.#name)) this.#hearExhibit(envelope);
    if (this.#hasEnded) return;
    if (kind === envelopeKinds.abort && equalBytes(sid, this.#name)) this.#hearAbort(envelope);
    else if (kind === envelopeKinds.broadcast || kind === envelopeKinds.direct) this.#accept(envelope);
  }

  #accept(envelope: Envelope): void {
    const { kind, round, to, from, sid, prev } = envelope.header;
    if (to !== (kind === envelopeKinds.direct ? this.#options.self : 0)) return;
    const expected = this.#sidOfRound(round);
    const hasSetup = this.#options.follows === undefined;
    if (expected === undefined) {
      this.#inbox.keep(envelope);
    } else if (equalBytes(sid, expected)) {
      const filing = this.#inbox.file(envelope, this.#round);
      if (filing.kind === 'conflict') this.#fail(equivocation(from, [filing.first, filing.second]));
      else this.#advance();
    } else if (hasSetup && round === 1 && this.#round === 1 && equalBytes(prev, at(this.#eids, from))) {
      // Its round 0 is ours, its session id is not: somebody sent two. A replay has another `prev`.
      this.#strangers.add(from);
      this.#openDispute(0);
    }
  }

  /** In round 0 the hash of the specification stands for the session id; `undefined` before it is known. */
  #sidOfRound(round: number): Uint8Array | undefined {
    return round === 0 ? this.#name : this.#sid;
  }

  #advance(): void {
    while (this.#state.kind === 'waiting' && this.#sending !== undefined && !this.#dispute.isOpen) {
      const awaiting = this.#awaiting(this.#sending);
      this.#state = { ...this.#state, awaiting };
      if (awaiting.length > 0) return;
      this.#finishRound(this.#sending);
    }
  }

  #awaiting(sending: Sending): readonly PartyIndex[] {
    const { broadcasts, directs } = this.#inbox.round(this.#round);
    const senders = sendersTo(this.#options.self, this.#others, sending);
    return this.#others.filter((j) => !broadcasts.has(j) || (senders.includes(j) && !directs.has(j)));
  }

  /** V7 to V11 on a complete round, then on with the protocol. */
  #finishRound(sending: Sending): void {
    const inbox = this.#inbox.round(this.#round);
    const found = checkRound({
      view: this.#view,
      eids: this.#eids,
      inbox,
      others: this.#others,
      self: this.#options.self,
      sending,
      before: (j) => this.#ledger.round(-2)?.get(j)?.bytes,
    });
    if (found.kind === 'view-mismatch') {
      this.#openDispute(this.#round - 1);
      return;
    }
    if (found.kind === 'fault') {
      this.#fail(found.abort);
      return;
    }
    const [round, number] = [this.#ledger.complete(inbox.broadcasts), this.#round];
    this.#eids = forParties(this.#parties, (j) => at(round, j).eid);
    const deliveries = forParties(sendersTo(this.#options.self, this.#others, sending), (j) =>
      this.#channel.open(at(inbox.directs, j), this.#options.self),
    );
    this.#inbox.drop(this.#round);
    if (this.#round > 0) this.#view = viewOf(this.#sid ?? this.#name, this.#round, this.#view, this.#eids);
    const broadcasts = forParties(this.#parties, (j) =>
      j === this.#options.self ? sending.broadcast : at(found.payloads, j),
    );
    this.#sending = undefined;
    this.#resume({
      broadcasts,
      directs: deliveries,
      view: this.#view,
      signed: (j) => at(round, j).bytes,
      sent: (j) => this.#channel.sent(number, j),
    });
  }

  /** Runs the protocol to its next wish. */
  #resume(reply: Reply): void {
    let next: IteratorResult<Effect, T>;
    try {
      next = this.#options.body.next(reply);
    } catch (error) {
      if (!(error instanceof ProtocolAbort)) throw error;
      this.#fail(error);
      return;
    }
    if (next.done === true) this.#finish(next.value);
    else if (next.value.kind === 'bind') this.#bind(next.value.party);
    else if (next.value.kind === 'persist') this.#state = { ...next.value, kind: 'persisting' };
    else this.#send(next.value.send);
  }

  #bind(party: Party): void {
    this.#sid = party.sid;
    this.#channel.bind(party);
    this.#view = viewOf(party.sid, 0, zero32, this.#eids);
    this.#resume(emptyReply);
    for (const envelope of this.#inbox.takeKept()) if (!this.#hasEnded) this.#accept(envelope);
  }

  #send(sending: Sending): void {
    this.#round++;
    this.#sending = sending;
    const { directs, broadcast } = this.#channel.seal(sending, (kind, to) => this.#fields(kind, to));
    for (const { header, bytes } of directs) this.#out.push({ to: partyIndex(header.to), bytes });
    this.#ledger.open(broadcast);
    this.#isPromised ||= sending.isPromise;
    if (this.#isPromised) this.#channel.forget(); // nothing can be opened from here on [protocol, 8.6]
    this.#state = { kind: 'waiting', round: this.#round, name: sending.name, awaiting: this.#others };
    this.#out.push({ to: 'all', bytes: broadcast.bytes });
    this.#advance();
  }

  #fields(kind: EnvelopeKind, to: number, sid: Uint8Array = this.#sid ?? this.#name): HeaderFields {
    const { spec, self } = this.#options;
    return {
      kind: envelopeKinds[kind],
      proto: spec.proto,
      suite: 1,
      sid,
      epochId: spec.epochId,
      round: Math.max(this.#round, 0),
      from: self,
      to,
      prev: at(this.#eids, self),
      view: this.#view,
      ph: zero32,
    };
  }

  #finish(output: T): void {
    const root = this.#root(outcomes.done, this.#options.outputHash(output));
    this.#state = { kind: 'done', output, root };
    this.#channel.forget();
    this.#close(root, outcomes.done);
  }

  #root(outcome: number, outputHash: Uint8Array): Uint8Array {
    return this.#ledger.root({ sid: this.#sid ?? this.#name, view: this.#view, outcome, outputHash });
  }

  #close(root: Uint8Array, outcome: number): void {
    this.#say('close', encode(closeCodec, { root, outcome }), this.#sid ?? this.#name);
  }

  /** Signs a notice to all; it is part of the public transcript. */
  #say(kind: EnvelopeKind, body: Uint8Array, sid: Uint8Array): void {
    const envelope = this.#channel.sign(this.#fields(kind, 0, sid), body);
    this.#ledger.note(envelope);
    this.#out.push({ to: 'all', bytes: envelope.bytes });
  }

  /** Ends the session with a failure, runs its `finally`, and tells the others what they may know. */
  #fail(abort: ProtocolAbort): void {
    if (this.#hasEnded) return;
    this.#state = { kind: 'aborted', abort };
    letGo(this.#options.body, abort);
    this.#channel.forget();
    if (this.#isPromised) this.#close(this.#root(outcomes.discarded, zero32), outcomes.discarded);
    else this.#say('abort', encode(abortCodec, publicPartOf(abort, this.#ledger.bytesOf(0))), this.#name);
  }

  /** A peer has stopped. What it accuses somebody of counts only as far as its evidence does. */
  #hearAbort(envelope: Envelope): void {
    this.#ledger.note(envelope);
    const { judge, spec } = this.#options;
    const { from } = envelope.header;
    const said = [...this.#ledger.broadcastsOf(from), ...this.#inbox.broadcastsOf(from)];
    const decide = (evidence: Evidence): Verdict => judge(evidence, spec, this.#ledger.bytesOf(0));
    const abort = readAbort(envelope, decide, said);
    // A liar that is being looked for must not escape by stopping first: what is shown so far still counts.
    if (abort.evidence === undefined && this.#dispute.isOpen) {
      this.#dispute.excuse(from);
      this.#settle();
    } else this.#fail(abort);
  }

  /** Somebody saw other broadcasts than we did: all show the signed headers they hold. [protocol, 5.6] */
  #openDispute(round: number): void {
    if (this.#dispute.isOpen) return;
    const slot = this.#options.follows === undefined ? round : round - 1;
    const held = this.#ledger.round(slot) ?? new Map<PartyIndex, Envelope>();
    const signed = this.#dispute.open(round, held);
    this.#say('exhibit', encode(exhibitCodec, { round, signed }), this.#name);
    this.#settle();
  }

  #hearExhibit(envelope: Envelope): void {
    this.#ledger.note(envelope);
    this.#dispute.hear(envelope);
    const disputed = this.#dispute.askedRound;
    if (disputed !== undefined && disputed < this.#round) this.#openDispute(disputed);
    this.#settle();
  }

  #settle(): void {
    const { broadcasts } = this.#inbox.round(this.#round);
    const isLast = this.#dispute.round === this.#round - 1; // our view is the digest of that round alone
    const verdict = this.#dispute.settle((j) => {
      const view = isLast ? broadcasts.get(j)?.header.view : undefined;
      const isStranger = this.#dispute.round === 0 && this.#strangers.has(j);
      return isStranger || (view !== undefined && !equalBytes(view, this.#view));
    });
    if (verdict !== undefined) this.#fail(verdict);
  }
}
