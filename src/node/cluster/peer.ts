import type { PartyIndex } from '../../crypto/brand.ts';
import { compareBytes, equalBytes } from '../../crypto/bytes.ts';
import type { Clock } from '../../system/ports.ts';
import { judgeBoot } from './boots.ts';
import type { Door } from './door.ts';
import { Assembler, type Frame, decodeFrame, encodeFrame } from './frames.ts';
import type { Hello, LinkKeys, RosterEntry } from './handshake.ts';
import { SealedLink } from './link.ts';
import { Outbox } from './outbox.ts';
import type { LinkReason } from './reasons.ts';

/** How often a peer is asked whether it is there, in milliseconds. */
const PING_MS = 5_000;
/** Silence after which a link is given up, in milliseconds. */
const SILENCE_MS = 15_000;
/** A link that was alive this recently is not replaced by one that the other side should not have dialled. */
const FRESH_MS = 6_000;
/** Bytes handed to a connection ahead of the peer; the rest waits in the outbox. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** More messages than any process sends: numbers stay exact whatever a peer says that it has. */
const MAX_RECEIVED: number = 2 ** 40;
/** When the window is full, how long until the next look, in milliseconds. */
const WINDOW_LOOK_MS = 20;

/** What an operator sees of a peer. */
export interface PeerStatus {
  readonly index: PartyIndex;
  readonly name: string;
  /** `refused`: the last attempt ended in a refusal that an operator should read. */
  readonly state: 'connected' | 'connecting' | 'refused';
  /** Milliseconds since the epoch of the last frame; `undefined` if there was none. */
  readonly lastSeen: number | undefined;
  /** Attempts since the last link. */
  readonly tries: number;
  readonly reason: string | undefined;
  readonly rttMs: number | undefined;
  /** Bytes that wait for the peer. */
  readonly queuedBytes: number;
  /** What it said about itself when the last link was made. */
  readonly hello: Hello | undefined;
}

/** What a peer works with. */
export interface PeerDeps {
  readonly clock: Clock;
  readonly deliver: (channel: number, bytes: Uint8Array) => void;
  readonly changed: () => void;
}

/** A proven connection that is offered as the link. */
export interface Offer {
  readonly door: Door;
  readonly keys: LinkKeys;
  readonly hello: Hello;
  /** Who dialled: decides which of two connections stays. */
  readonly isDialledByUs: boolean;
}

interface Link extends Offer {
  readonly sealed: SealedLink;
  readonly assembler: Assembler;
  readonly cancelPings: () => void;
  isResumed: boolean;
  isLookPending: boolean;
  seenMs: number;
}

/** One other member: its messages, its link if there is one, and its state. */
export class Peer {
  #entry: RosterEntry;
  readonly #deps: PeerDeps;
  readonly #isLowerUs: boolean;
  readonly #outbox = new Outbox();
  #link: Link | undefined;
  #hello: Hello | undefined;
  /** Messages that arrived, and from which process: a new one numbers from 1 again. */
  #received = 0;
  #receivedFrom: Uint8Array | undefined;
  /** Whether a link has said how many of our messages the peer has. */
  #isNumbered = false;
  #lastSeen: number | undefined;
  #tries = 0;
  #refusal: LinkReason | undefined;
  #reason: string | undefined;
  #rttMs: number | undefined;
  #ping = { id: 0, sentMs: 0 };
  #isFenced = false;
  #isReadmitted = false;

  constructor(entry: RosterEntry, selfPublicKey: Uint8Array, deps: PeerDeps) {
    this.#entry = entry;
    this.#deps = deps;
    this.#isLowerUs = compareBytes(selfPublicKey, entry.identityPublicKey) < 0;
  }

  /** The member, as the roster has it. */
  get entry(): RosterEntry {
    return this.#entry;
  }
  /** Whether we are the side that dials at once. */
  get isDialledByUs(): boolean {
    return this.#isLowerUs;
  }
  /** Whether there is a link. */
  get isConnected(): boolean {
    return this.#link !== undefined;
  }
  /** Whether two processes with its identity were seen; no link is made until an operator readmits it. */
  get isFenced(): boolean {
    return this.#isFenced;
  }
  /** Whether nothing was attempted yet: the first attempt need not wait. */
  get isUntried(): boolean {
    return this.#tries === 0 && this.#hello === undefined;
  }
  /** Attempts since the last link. */
  get tries(): number {
    return this.#tries;
  }

  /** A copy for people and programs. */
  status(): PeerStatus {
    const { index, name } = this.entry;
    const state =
      this.#link !== undefined ? 'connected' : this.#refusal === undefined ? 'connecting' : 'refused';
    return {
      ...{ index, name, state, lastSeen: this.#lastSeen, tries: this.#tries, rttMs: this.#rttMs },
      reason: state === 'connected' ? undefined : (this.#refusal ?? this.#reason),
      queuedBytes: this.#outbox.queuedBytes,
      hello: this.#hello,
    };
  }

  /** Queues a message; false if too much waits already. */
  send(channel: number, bytes: Uint8Array): boolean {
    const isTaken = this.#outbox.push(channel, bytes);
    this.#pump();
    return isTaken;
  }

  /** Takes over a new name or address. Attempts at another address are counted from zero. */
  move(entry: RosterEntry): void {
    if (entry.address !== this.#entry.address) this.#tries = 0;
    this.#entry = entry;
  }

  /** Notes an attempt. */
  noteTry(): void {
    this.#tries += 1;
  }

  /** Notes why an attempt failed. A refusal stays to be read until there is a link. */
  noteFailure(reason: string): void {
    if (this.#reason === reason) return;
    this.#reason = reason;
    this.#deps.changed();
  }

  /** Notes that a proven member was refused, and why. Returns whether that is news. */
  noteRefusal(reason: LinkReason): boolean {
    const isNews = this.#refusal !== reason;
    this.#refusal = reason;
    if (isNews) this.#deps.changed();
    return isNews;
  }

  /** Lets a fenced peer in again, whatever its boot counter says: an operator has looked. */
  readmit(): void {
    this.#isFenced = false;
    this.#isReadmitted = true;
    this.#refusal = undefined;
    this.#deps.changed();
  }

  /**
   * Takes a proven connection as the link, or refuses it. Exactly one stays, and both ends choose the same.
   */
  offer(offer: Offer): LinkReason | undefined {
    if (this.#isFenced) return 'duplicate-identity';
    const boot = this.#isReadmitted ? 'later' : judgeBoot(this.#hello, offer.hello);
    this.#isReadmitted = false;
    if (boot === 'duplicate') {
      this.#isFenced = true;
      this.#drop('duplicate-identity');
      return 'duplicate-identity';
    }
    if (boot === 'same' && this.#isBetter(offer)) return 'replaced';
    this.#drop('replaced');
    this.#attach(offer);
    return undefined;
  }

  /** Works on one frame of the link; a frame that cannot be is the end of it. */
  receive(door: Door, sealed: Uint8Array): LinkReason | undefined {
    const link = this.#link;
    if (link?.door !== door) return undefined;
    const plain = link.sealed.open(sealed);
    const frame = plain === undefined ? undefined : decodeFrame(plain);
    if (frame === undefined || !this.#handle(link, frame)) {
      this.disconnect('bad-frame');
      return 'bad-frame';
    }
    link.seenMs = this.#deps.clock.monotonicMs();
    this.#lastSeen = this.#deps.clock.nowMs();
    return undefined;
  }

  /** The connection of the link is gone. Returns whether it was the link. */
  lost(door: Door, reason: string): boolean {
    if (this.#link?.door !== door) return false;
    this.#forget(reason);
    return true;
  }

  /** Ends the link. */
  disconnect(reason: LinkReason): void {
    if (this.#link === undefined) return;
    this.#drop(reason);
    this.#deps.changed();
  }

  /** Whether the link that stands is better than the one offered. */
  #isBetter(offer: Offer): boolean {
    const link = this.#link;
    if (link === undefined || offer.isDialledByUs === this.#isLowerUs) return false;
    const isOrdinary = link.isDialledByUs === this.#isLowerUs;
    return isOrdinary && this.#deps.clock.monotonicMs() - link.seenMs < FRESH_MS;
  }

  #attach(offer: Offer): void {
    const { clock } = this.#deps;
    let cancelled = false;
    let cancel = (): void => undefined;
    const pings = (): void => {
      if (cancelled) return;
      cancel = clock.after(PING_MS, pings);
      this.#askOrGiveUp();
    };
    cancel = clock.after(PING_MS, pings);
    const cancelPings = (): void => {
      cancelled = true;
      cancel();
    };
    this.#link = {
      ...offer,
      ...{ sealed: new SealedLink(offer.keys), assembler: new Assembler(), cancelPings },
      ...{ isResumed: false, isLookPending: false, seenMs: clock.monotonicMs() },
    };
    this.#hello = offer.hello;
    this.#tries = 0;
    this.#refusal = undefined;
    this.#reason = undefined;
    this.#lastSeen = clock.nowMs();
    const isOther = this.#receivedFrom === undefined || !equalBytes(this.#receivedFrom, offer.hello.bootId);
    if (isOther) this.#received = 0;
    this.#receivedFrom = offer.hello.bootId;
    // Said until something has arrived: the link that says it first may break before the peer has heard it.
    this.#sendFrame({ kind: 'resume', isNew: this.#received === 0, received: this.#received });
    this.#sendPing();
    this.#deps.changed();
  }

  #handle(link: Link, frame: Frame): boolean {
    switch (frame.kind) {
      case 'resume':
        return this.#resume(link, frame);
      case 'ack': {
        const isPossible = link.isResumed && this.#outbox.confirm(frame.received);
        this.#pump();
        return isPossible;
      }
      case 'ping':
        this.#sendFrame({ kind: 'pong', id: frame.id });
        return true;
      case 'pong':
        if (frame.id === this.#ping.id) this.#rttMs = this.#deps.clock.monotonicMs() - this.#ping.sentMs;
        return true;
      case 'start':
      case 'part':
        return this.#accept(link, frame);
    }
  }

  #resume(link: Link, { isNew, received }: Frame & { kind: 'resume' }): boolean {
    if (link.isResumed || received > MAX_RECEIVED) return false;
    // It may have numbers from before we dismissed it, while ours began anew: those behind its last are free.
    if (isNew || !this.#isNumbered) this.#outbox.renumber(isNew ? 0 : received);
    this.#isNumbered = true;
    if (!this.#outbox.resume(received)) return false;
    link.isResumed = true;
    this.#pump();
    return true;
  }

  #accept(link: Link, frame: Frame & { kind: 'start' | 'part' }): boolean {
    const message = link.assembler.accept(frame);
    if (message === 'bad') return false;
    if (message === 'more') return true;
    // The numbers are the sender's and come in order: anything else would lose or double a message.
    if (message.seq !== this.#received + 1) return false;
    this.#deps.deliver(message.channel, message.bytes);
    // Confirmed when it has been worked on, logged where it is logged: the peer keeps no copy after this.
    this.#received = message.seq;
    this.#sendFrame({ kind: 'ack', received: this.#received });
    return true;
  }

  /** Sends what the window takes. */
  #pump(): void {
    const link = this.#link;
    if (link?.isResumed !== true) return;
    while (this.#outbox.hasMore && link.door.connection.bufferedBytes() < WINDOW_BYTES) {
      const frame = this.#outbox.next();
      if (frame === undefined || !this.#sendFrame(frame)) return;
    }
    if (!this.#outbox.hasMore || link.isLookPending) return;
    link.isLookPending = true;
    this.#deps.clock.after(WINDOW_LOOK_MS, () => {
      link.isLookPending = false;
      if (this.#link === link) this.#pump();
    });
  }

  #sendFrame(frame: Frame): boolean {
    const link = this.#link;
    return link?.door.connection.send(link.sealed.seal(encodeFrame(frame))) ?? false;
  }

  #sendPing(): void {
    this.#ping = { id: (this.#ping.id + 1) % 2 ** 32, sentMs: this.#deps.clock.monotonicMs() };
    this.#sendFrame({ kind: 'ping', id: this.#ping.id });
  }

  #askOrGiveUp(): void {
    const link = this.#link;
    if (link === undefined) return;
    if (this.#deps.clock.monotonicMs() - link.seenMs < SILENCE_MS) return this.#sendPing();
    // A closed door tells nobody, so the connection is closed instead: its end comes back as an event.
    link.door.connection.close('no-answer');
  }

  #drop(reason: LinkReason): void {
    this.#link?.door.close(reason);
    this.#forget(reason);
  }

  #forget(reason: string): void {
    const link = this.#link;
    if (link === undefined) return;
    link.cancelPings();
    link.sealed.destroy();
    this.#link = undefined;
    this.#reason = reason;
    this.#deps.changed();
  }
}
