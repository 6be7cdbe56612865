import type { PartyIndex } from '../../crypto/brand.ts';
import { bytesToBigint, equalBytes } from '../../crypto/bytes.ts';
import { type IdentityKey, identityPublicKey } from '../../crypto/ed25519.ts';
import { Bug, assert } from '../../crypto/errors.ts';
import type { Rng } from '../../crypto/secp256k1.ts';
import type { Clock, Connection, Log, Network } from '../../system/ports.ts';
import { Door } from './door.ts';
import { Formers } from './formers.ts';
import { MAX_MESSAGE_BYTES } from './frames.ts';
import {
  type Handshake,
  type HandshakeEnd,
  type HandshakeSelf,
  type Hello,
  type RosterEntry,
  initiate,
  respond,
} from './handshake.ts';
import { Pace } from './pace.ts';
import { Peer, type PeerStatus } from './peer.ts';
import type { LinkReason } from './reasons.ts';
import { Roster } from './roster.ts';

/** Who we are, and who the others are. */
export interface MeshOptions {
  /** Seed, 32 bytes, and public key, 32 bytes, of our Ed25519 identity. */
  readonly self: { readonly seed: IdentityKey; readonly identityPublicKey: Uint8Array };
  /** All members at the start, ourselves among them; `admit` and `dismiss` change it. */
  readonly roster: readonly RosterEntry[];
  /** Who has left before this start, and is let in when it comes: as after `release`. */
  readonly formers?: readonly RosterEntry[];
  /** 32 bytes that name the definition of the cluster: links exist only between members that agree on it. */
  readonly rosterHash: Uint8Array;
  /** `host:port` to listen on; may differ from the address in the roster. */
  readonly listenAddress: string;
  /** 16 fresh random bytes of this start. */
  readonly bootId: Uint8Array;
  /** How often this node has started: must rise with every start, or peers take it for a copy. */
  readonly bootCounter: bigint;
}

/** The ports, and what the node knows about itself and its peers. */
export interface MeshDeps {
  readonly network: Network;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  /** What is stated about ourselves at each new link. Left out: epoch 0, an empty guard. */
  readonly claims?: () => Pick<Hello, 'epoch' | 'guardSeq' | 'guardHead'>;
  /** Whether what a proven peer states fits our records. Left out: always. [security, 3.5 rule 3] */
  readonly acceptsHello?: (from: PartyIndex, hello: Hello) => boolean;
  /** A member that was released while it was away has come back. */
  readonly returned?: (index: PartyIndex) => void;
}

/** First and longest wait between attempts, in milliseconds. */
const BACK_OFF_MS = { first: 250, longest: 15_000 } as const;
/** How much later the side that should be called dials itself, in milliseconds. */
const SECOND_DIALLER_MS = 2_000;
/** Between two lines about strangers, for each reason: at first, and at most, in milliseconds; it doubles. */
const STRANGER_LOG_MS = { first: 10_000, longest: 3_600_000 } as const;

/**
 * One authenticated, bounded link to every other member. Messages to one peer arrive once and in order as
 * long as both processes live, through any number of links; those for a peer that is away wait, up to the
 * limit of `Outbox`, and a restarted peer gets what its former process has not confirmed.
 *
 * Who belongs to it changes while it runs: a committee that changes keeps the links that it has. A link needs
 * the consent of both ends, so it exists from the moment in which the second of them admits the other.
 */
export class Mesh {
  readonly #options: MeshOptions;
  readonly #deps: MeshDeps;
  readonly #pace: Pace;
  readonly #roster: Roster;
  /** Open doors, each with the peer that we called through it, if we did. */
  readonly #doors = new Map<Door, Peer | undefined>();
  readonly #waits = new Map<PartyIndex, () => void>();
  readonly #strangers = new Map<string, { nextMs: number; pauseMs: number; count: number }>();
  readonly #formers: Formers;
  #state: 'new' | 'running' | 'stopped' = 'new';
  #listener: { readonly address: string; readonly close: () => Promise<void> } | undefined;
  #messages: ((from: PartyIndex, channel: number, bytes: Uint8Array) => void) | undefined;
  readonly #changes: ((status: PeerStatus) => void)[] = [];

  constructor(options: MeshOptions, deps: MeshDeps) {
    const { self, roster } = options;
    assert(
      equalBytes(identityPublicKey(self.seed), self.identityPublicKey),
      'the identity key is not its seed’s',
    );
    assert(
      options.rosterHash.length === 32 && options.bootId.length === 16,
      'a hash or boot id of a wrong length',
    );
    const own = roster.find((entry) => equalBytes(entry.identityPublicKey, self.identityPublicKey));
    assert(own !== undefined, 'this node is not in its roster');
    this.#roster = new Roster(own, (entry) => this.#peerOf(entry));
    this.#options = options;
    this.#deps = deps;
    this.#pace = new Pace(deps.clock);
    this.#formers = new Formers(options.formers ?? []);
    for (const entry of roster) this.admit(entry);
  }

  /** Where links are accepted, once started. */
  get address(): string | undefined {
    return this.#listener?.address;
  }

  /** Listens and begins to dial. @throws OperationError port-in-use | not-loopback */
  async start(): Promise<void> {
    assert(this.#state === 'new', 'a mesh is started once');
    this.#state = 'running';
    this.#listener = await this.#deps.network.listen(this.#options.listenAddress, (connection) =>
      this.#pace.add(() => this.#accepted(connection)),
    );
    for (const peer of this.#roster.peers) this.#dialLater(peer);
  }

  /** Closes all links and stops listening. Queued messages are dropped. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    for (const cancel of this.#waits.values()) cancel();
    this.#waits.clear();
    for (const peer of this.#roster.peers) peer.disconnect('stopped');
    for (const door of this.#doors.keys()) door.close('stopped');
    this.#doors.clear();
    await this.#listener?.close();
  }

  /**
   * Sends a message, at once or when there is a link. The bytes must not change afterwards.
   * Returns false, and takes nothing, when too much waits for that peer, and, without a line in the log, for
   * one that was dismissed: a session may still end that it had a part in.
   */
  send(to: PartyIndex, channel: number, bytes: Uint8Array): boolean {
    assert(
      bytes.length <= MAX_MESSAGE_BYTES,
      `a message of ${bytes.length} bytes, at most ${MAX_MESSAGE_BYTES}`,
    );
    assert(Number.isInteger(channel) && channel >= 0 && channel < 256, `${channel} is no channel`);
    const peer = this.#roster.at(to);
    if (peer === undefined && this.#roster.isDismissed(to)) return false;
    if (peer === undefined) throw new Bug(`party ${to} is no other member of the roster`);
    const isTaken = peer.send(channel, bytes);
    if (!isTaken)
      this.#deps.log.warn('message refused', { peer: peer.entry.name, index: to, reason: 'queue-full' });
    return isTaken;
  }

  /** Sends a message to all others. Returns those for whom too much waits. */
  broadcast(channel: number, bytes: Uint8Array): readonly PartyIndex[] {
    return this.#roster.peers.map(({ entry }) => entry.index).filter((to) => !this.send(to, channel, bytes));
  }

  /** Sets who gets the messages. `bytes` are the handler's own. */
  onMessage(handler: (from: PartyIndex, channel: number, bytes: Uint8Array) => void): void {
    this.#messages = handler;
  }

  /** Calls back whenever something about a peer has changed that a person would want to know. */
  onPeerChange(handler: (status: PeerStatus) => void): void {
    this.#changes.push(handler);
  }

  /** All other members, by index. */
  peers(): readonly PeerStatus[] {
    return this.#roster.peers.map((peer) => peer.status());
  }

  /** Whether this is another member now: links to it are made, and kept. */
  has(index: PartyIndex): boolean {
    return this.#roster.at(index) !== undefined;
  }

  /**
   * Adds a member, or takes over the new name and address of one; a link that stands stays. Idempotent. An
   * index that another identity holds must be dismissed first.
   */
  admit(entry: RosterEntry): void {
    this.#formers.forget(entry);
    const peer = this.#roster.admit(entry);
    if (peer === undefined) return;
    this.#cancelWait(peer);
    this.#dialLater(peer);
  }

  /**
   * Removes a member: its link ends, nothing is kept for it, and whoever comes with its identity is a
   * stranger. Idempotent. Admitted once more, it may get again what it had not confirmed.
   */
  dismiss(index: PartyIndex): void {
    const peer = this.#roster.dismiss(index);
    if (peer === undefined) return;
    this.#cancelWait(peer);
    peer.disconnect('dismissed');
    for (const [door, called] of this.#doors) {
      if (called === peer) door.close('dismissed');
      if (door.isClosed) this.#doors.delete(door);
    }
    this.#deps.log.info('peer dismissed', { peer: peer.entry.name, index });
  }

  /**
   * Removes a member that has left. One that is away has perhaps not heard of it: it is dialled no more, and
   * let in once when it comes; then `returned` is called, and it is to be released again.
   */
  release(index: PartyIndex): void {
    const peer = this.#roster.at(index);
    if (peer === undefined || this.#state === 'stopped') return;
    const { isConnected } = peer;
    this.dismiss(index);
    if (!isConnected) this.#formers.add(peer.entry);
  }

  /**
   * Admits a peer again that was fenced as `duplicate-identity`: an operator has found and stopped the copy.
   */
  readmit(index: PartyIndex): void {
    const peer = this.#roster.at(index);
    if (peer === undefined) throw new Bug(`party ${index} is no other member of the roster`);
    peer.readmit();
    this.#dialLater(peer);
  }

  #peerOf(entry: RosterEntry): Peer {
    const peer: Peer = new Peer(entry, this.#options.self.identityPublicKey, {
      clock: this.#deps.clock,
      deliver: (channel, bytes) => this.#messages?.(entry.index, channel, bytes),
      changed: () => {
        for (const handler of this.#changes) handler(peer.status());
      },
    });
    return peer;
  }

  #handshakeSelf(): HandshakeSelf {
    const { self, rosterHash, bootCounter, bootId } = this.#options;
    const claims = this.#deps.claims?.() ?? { epoch: 0, guardSeq: 0n, guardHead: new Uint8Array(32) };
    const roster = (): readonly RosterEntry[] => [...this.#roster.entries(), ...this.#formers.entries];
    return { ...self, roster, rosterHash, hello: { bootCounter, bootId, ...claims } };
  }

  /**
   * Plans the next attempt. Both sides may dial; the one with the higher identity key waits for the other
   * first.
   */
  #dialLater(peer: Peer): void {
    const { index } = peer.entry;
    if (this.#waits.has(index) || !this.#isWanted(peer)) return;
    const backOffMs = peer.isUntried ? 0 : Math.min(BACK_OFF_MS.longest, BACK_OFF_MS.first * 2 ** peer.tries);
    const extraMs = peer.isDialledByUs ? 0 : SECOND_DIALLER_MS;
    const jitter = 0.5 + Number(bytesToBigint(this.#deps.rng(4))) / 2 ** 33;
    const cancel = this.#deps.clock.after(Math.round((backOffMs + extraMs) * jitter), () => {
      this.#waits.delete(index);
      this.#dial(peer);
    });
    this.#waits.set(index, cancel);
  }

  /** Whether a link to this peer is missing. */
  #isWanted(peer: Peer): boolean {
    return this.#state === 'running' && this.#roster.holds(peer) && !peer.isConnected && !peer.isFenced;
  }

  #cancelWait({ entry: { index } }: Peer): void {
    this.#waits.get(index)?.();
    this.#waits.delete(index);
  }

  #dial(peer: Peer): void {
    if (!this.#isWanted(peer)) return;
    peer.noteTry();
    const failed = (error: unknown): void => {
      if (!this.#roster.holds(peer)) return;
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'peer-unreachable';
      peer.noteFailure(reason);
      this.#deps.log.debug('peer unreachable', { peer: peer.entry.name, reason, tries: peer.tries });
      this.#dialLater(peer);
    };
    this.#deps.network.connect(`ws://${peer.entry.address}`).then(
      (connection) => this.#pace.add(() => this.#dialled(peer, connection)),
      (error: unknown) => this.#pace.add(() => failed(error)),
    );
  }

  #dialled(peer: Peer, connection: Connection): void {
    // A link may have come from the other side in the meantime.
    if (this.#state !== 'running' || peer.isConnected) return connection.close('replaced');
    if (!this.#roster.holds(peer)) return connection.close('dismissed');
    this.#open(connection, initiate(this.#handshakeSelf(), peer.entry, this.#deps.rng), peer);
  }

  #accepted(connection: Connection): void {
    if (this.#state !== 'running') return connection.close('stopped');
    this.#open(connection, respond(this.#handshakeSelf(), this.#deps.rng), undefined);
  }

  #open(connection: Connection, handshake: Handshake, called: Peer | undefined): void {
    for (const door of this.#doors.keys()) if (door.isClosed) this.#doors.delete(door);
    let peer: Peer | undefined;
    const door: Door = new Door(
      connection,
      handshake,
      {
        onEnd: (end) => {
          if (end.kind === 'done') {
            this.#letBackIn(end.peer.index);
            peer = this.#roster.at(end.peer.index);
          }
          this.#ended(door, end, called);
        },
        onFrame: (frame) => {
          const reason = peer?.receive(door, frame);
          if (reason !== undefined) this.#lost(door, peer, reason);
        },
        onClose: (reason) => {
          if (peer?.lost(door, reason) === true) this.#lost(door, peer, reason);
          else this.#doors.delete(door);
        },
      },
      { clock: this.#deps.clock, pace: this.#pace },
    );
    this.#doors.set(door, called);
  }

  #letBackIn(index: PartyIndex): void {
    const former = this.#formers.take(index);
    if (former === undefined) return;
    this.#roster.admit(former);
    this.#deps.returned?.(index);
  }

  #ended(door: Door, end: HandshakeEnd, called: Peer | undefined): void {
    if (end.kind === 'refused') {
      this.#doors.delete(door);
      return this.#refused(door, end, called);
    }
    const peer = this.#roster.at(end.peer.index);
    if (peer === undefined) throw new Bug(`a handshake ended with party ${end.peer.index}, who is no peer`);
    const isFitting = this.#deps.acceptsHello?.(end.peer.index, end.hello) ?? true;
    const offer = { door, keys: end.keys, hello: end.hello, isDialledByUs: called !== undefined };
    const reason = isFitting ? peer.offer(offer) : 'hello-refused';
    if (reason === undefined) {
      this.#cancelWait(peer);
      return this.#deps.log.info('peer connected', { peer: peer.entry.name, index: peer.entry.index });
    }
    door.close(reason);
    this.#doors.delete(door);
    if (reason !== 'replaced') this.#refusedMember(peer, reason);
    this.#dialLater(peer);
  }

  #refused(door: Door, end: HandshakeEnd & { kind: 'refused' }, called: Peer | undefined): void {
    const proven = end.peer === undefined ? undefined : this.#roster.at(end.peer.index);
    if (proven !== undefined) this.#refusedMember(proven, end.reason);
    else if (called === undefined) this.#strangerRefused(end.reason, door.connection.remote);
    else {
      called.noteFailure(end.reason);
      const { name, address } = called.entry;
      this.#deps.log.debug('handshake failed', {
        peer: name,
        address,
        reason: end.reason,
        tries: called.tries,
      });
    }
    if (called !== undefined) this.#dialLater(called);
  }

  /**
   * The identity is proven, so the operator is told by name. Once: attempts go on, and would fill the log.
   */
  #refusedMember(peer: Peer, reason: LinkReason): void {
    const { name, index } = peer.entry;
    const level = peer.noteRefusal(reason) ? 'warn' : 'debug';
    this.#deps.log[level]('peer refused', { peer: name, index, reason });
  }

  /** Nobody is named: whoever can reach the port can cause this line. */
  #strangerRefused(reason: LinkReason, remote: string): void {
    const nowMs = this.#deps.clock.monotonicMs();
    const seen = this.#strangers.get(reason) ?? { nextMs: nowMs, pauseMs: STRANGER_LOG_MS.first, count: 0 };
    seen.count += 1;
    this.#strangers.set(reason, seen);
    if (nowMs < seen.nextMs) return;
    this.#deps.log.warn('connection refused', { reason, remote, count: seen.count });
    const pauseMs = Math.min(2 * seen.pauseMs, STRANGER_LOG_MS.longest);
    this.#strangers.set(reason, { nextMs: nowMs + seen.pauseMs, pauseMs, count: 0 });
  }

  #lost(door: Door, peer: Peer | undefined, reason: string): void {
    this.#doors.delete(door);
    if (peer === undefined) return;
    this.#deps.log.info('peer lost', { peer: peer.entry.name, index: peer.entry.index, reason });
    this.#dialLater(peer);
  }
}
