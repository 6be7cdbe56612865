import type { RequestTools } from '../chain/request-checks.ts';
import type { PartyIndex } from '../crypto/brand.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { assert } from '../crypto/errors.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import type { Seat } from '../protocols/ceremony/definition.ts';
import type { EpochRecord } from '../protocols/epoch.ts';
import type { Clock, Disk, Log, Network } from '../system/ports.ts';
import type { MemberStatus } from './api.ts';
import type { RosterEntry } from './cluster/handshake.ts';
import { Mesh } from './cluster/mesh.ts';
import type { PeerStatus } from './cluster/peer.ts';
import { encodeBlame } from './blame/messages.ts';
import { channels, signingMessageCodec } from './control.ts';
import type { Identity } from './identity.ts';
import type { KeyContext } from './key-context.ts';
import { KeyRuntime, type PresignLevels } from './key-runtime.ts';
import { DEFAULT_CADENCE, NodeLog } from './log/node-log.ts';
import type { HeadCadence } from './log/own-heads.ts';
import { Scribe } from './log/scribe.ts';
import type { L1View, Policy } from './policy/verdict.ts';
import type { Records } from './records.ts';
import { type HostPort, Sessions } from './sessions/sessions.ts';

/** What one membership works with. */
export interface MembershipDeps {
  readonly identity: Identity;
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly rng: Rng;
  readonly listenAddress: string;
  readonly bootId: Uint8Array;
  readonly bootCounter: bigint;
  readonly signHost: HostPort;
  readonly workerHost: HostPort;
  readonly policy: Policy;
  readonly tools: RequestTools;
  readonly l1View: () => L1View | undefined;
  readonly levels: PresignLevels;
  readonly roundTimeoutMs: number;
  readonly records: Records;
  readonly disk: Disk;
  /** Folder of signature logs in the data folder, and when heads of them are made. */
  readonly logFolder: string;
  readonly headCadence?: HeadCadence | undefined;
  /** How long a request waits for links: right after a start they are on their way. 5 s if left out. */
  readonly patienceMs?: number | undefined;
  /** What was signed before this node joined, or forgot it, is in the guard now. */
  readonly marksLearned?: (keyId: Uint8Array) => void;
}

const PATIENCE_MS = 5_000;
/** How long the link stays to who was away when it left, so that it hears of it. */
const HEAR_MS = 60_000;

/** Whose links these are. */
export interface Cluster {
  /** 32 bytes, the same in all epochs of the key. */
  readonly clusterHash: Uint8Array;
  /** The members at the start, this node among them. */
  readonly seats: readonly Seat[];
  /** Who was a member in an epoch before, and may not have heard that it has left. */
  readonly formers?: readonly Seat[];
}

/**
 * Links and sessions of one cluster, for as long as this process lives: ceremonies and epochs of its key come
 * and go, and members with them.
 */
export class Membership {
  readonly sessions: Sessions;
  /** The signature log of this node in this cluster. */
  readonly log: NodeLog;
  /** To what its links are bound, 32 bytes. */
  readonly clusterHash: Uint8Array;
  readonly #deps: MembershipDeps;
  readonly #mesh: Mesh;
  /** The index of this node, as long as these links stand. */
  readonly self: PartyIndex;
  /** Ascending by index. */
  #seats: readonly Seat[];
  #runtime: KeyRuntime | undefined;
  /** Of the epoch with which this node has left: it signs nothing, and tells how far it has signed. */
  #former: KeyRuntime | undefined;
  #ceremony: ((from: PartyIndex, bytes: Uint8Array) => void) | undefined;
  #signed: ((epochNo: number) => void) | undefined;
  #epochs: ((from: PartyIndex, bytes: Uint8Array) => void) | undefined;
  /** Writes what the key in service does into the log. */
  #scribe: Scribe | undefined;
  #bytesSent = 0;
  #isLeaving = false;
  /** Which process of each member the last link led to. */
  readonly #boots = new Map<PartyIndex, Uint8Array>();

  constructor({ clusterHash, seats, formers = [] }: Cluster, deps: MembershipDeps) {
    this.clusterHash = clusterHash;
    this.#deps = deps;
    const { identity, network, clock, log, rng, listenAddress, bootId, bootCounter } = deps;
    this.#seats = ascending(seats);
    this.#mesh = new Mesh(
      {
        self: { seed: identity.lend((seed) => seed.slice()), identityPublicKey: identity.publicKey },
        roster: this.#seats.map((seat) => entryOf(seat)),
        formers: formers.map((seat) => entryOf(seat)),
        rosterHash: clusterHash,
        listenAddress,
        bootId,
        bootCounter,
      },
      {
        ...{ network, clock, rng, log },
        returned: (index) => void clock.after(HEAR_MS, () => this.release([index])),
      },
    );
    const own = seats.find((seat) => equalBytes(seat.identityPk, identity.publicKey));
    assert(own !== undefined, 'this node has a seat');
    this.self = own.index;
    this.sessions = new Sessions({
      clock,
      log,
      // What is for a member that has left is not missed by it, and nobody needs to hear of it.
      send: (to, bytes) => this.#send(to, channels.session, bytes) || !this.#mesh.has(to),
    });
    this.sessions.attach(deps.signHost);
    this.sessions.attach(deps.workerHost);
    this.log = new NodeLog({
      ...{ disk: deps.disk, clock, log, identity, cluster: clusterHash, folder: deps.logFolder },
      cadence: deps.headCadence ?? DEFAULT_CADENCE,
      links: {
        seats: () => this.#seats,
        send: (to, bytes) => void (this.#mesh.has(to) && this.#send(to, channels.log, bytes)),
      },
      keep: (name, make) => deps.records.ownEvidence(name, make),
    });
    this.#mesh.onMessage((from, channel, bytes) => {
      this.#receive(from, channel, bytes);
    });
  }

  /** Whether these are the links of a plan: of its cluster, and with the same seat for this node. */
  isOf({ clusterHash, seats }: Cluster): boolean {
    const own = seats.find((seat) => equalBytes(seat.identityPk, this.#deps.identity.publicKey));
    return own?.index === this.self && equalBytes(clusterHash, this.clusterHash);
  }

  /** Listens and connects. @throws OperationError port-in-use */
  async start(onPeerChange: (peer: PeerStatus) => void): Promise<void> {
    this.#mesh.onPeerChange((peer) => {
      this.#noteBoot(peer);
      onPeerChange(peer);
      if (peer.state !== 'connected') return;
      this.#runtime?.linksChanged(peer.index);
      this.log.linked(peer.index);
    });
    await this.#mesh.start();
    this.log.start();
  }

  /** Closes all links. */
  async stop(): Promise<void> {
    this.#runtime?.stop();
    this.sessions.stop();
    await this.#scribe?.settled();
    this.log.stop();
    await this.#mesh.stop();
  }

  /**
   * Adds members, or takes over what is new about them: consent of this node to links with them. Idempotent;
   * the links of the others stay. Two plans may give one index to two joiners: the later consent counts, and
   * who had the seat by the former is dismissed. A member of the epoch in service is not, nor is this node:
   * then the plan is of another epoch, which the pre-flight says, and the newcomer is passed over.
   */
  admit(seats: readonly Seat[]): void {
    this.#isLeaving = false;
    for (const seat of seats) {
      const rivals = this.#rivalsOf(seat).map(({ index }) => index);
      if (rivals.some((index) => index === this.self || this.#isInService(index))) continue;
      this.dismiss(rivals);
      this.#mesh.admit(entryOf(seat));
      this.#seats = ascending([...this.#seats.filter(({ index }) => index !== seat.index), seat]);
    }
  }

  /**
   * Ends the links to members that have left, or have not come in. Idempotent. This node itself is passed
   * over: whoever has left keeps its links until it is stopped.
   */
  dismiss(indices: readonly PartyIndex[]): void {
    for (const index of indices.filter((one) => one !== this.self)) {
      this.#mesh.dismiss(index);
      this.#seats = this.#seats.filter((seat) => seat.index !== index);
      this.#boots.delete(index);
    }
  }

  /** Ends the links to members that have left. Who was away is let in when it comes, to hear of it. */
  release(indices: readonly PartyIndex[]): void {
    for (const index of indices.filter((one) => one !== this.self)) this.#mesh.release(index);
    this.dismiss(indices);
  }

  /** Who belongs to it now, this node included, ascending by index. */
  get seats(): readonly Seat[] {
    return this.#seats;
  }

  /** Who hears the ceremony channel. */
  onCeremony(handler: (from: PartyIndex, bytes: Uint8Array) => void): void {
    this.#ceremony = handler;
  }

  /** Says something on the ceremony channel. */
  tellCeremony(bytes: Uint8Array): void {
    this.#mesh.broadcast(channels.ceremony, bytes);
  }

  /** Who hears the channel of epochs. */
  onEpochs(handler: (from: PartyIndex, bytes: Uint8Array) => void): void {
    this.#epochs = handler;
  }

  /** Who hears that shares of an epoch have made a signature. */
  onSigned(handler: (epochNo: number) => void): void {
    this.#signed = handler;
  }

  /** Says something about the certificate of an epoch, to everybody or to one that has asked. */
  tellEpoch(bytes: Uint8Array, to?: PartyIndex): void {
    if (to === undefined) this.#mesh.broadcast(channels.epochs, bytes);
    else if (this.#mesh.has(to)) this.#mesh.send(to, channels.epochs, bytes);
  }

  /** The key is not used any more; nothing is in its place. Who takes over may still ask for marks. */
  retire(): void {
    this.#scribe?.left();
    this.#runtime?.stop();
    this.#former = this.#runtime ?? this.#former;
    this.#runtime = undefined;
    this.#isLeaving = true;
    this.#deps.clock.after(HEAR_MS, () => {
      // Nobody takes the calls of who has left; what it takes part in since then needs its links.
      if (this.#isLeaving) this.release(this.#mesh.peers().map(({ index }) => index));
    });
  }

  /** The key in service, if there is one. */
  get runtime(): KeyRuntime | undefined {
    return this.#runtime;
  }

  /** Bytes sent to peers since the start. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Puts a key to use, in place of the one before, with which `leavers` were members for the last time. */
  serve(key: KeyContext, leavers: readonly PartyIndex[] = []): KeyRuntime {
    this.#runtime?.stop();
    const { identity, records, signHost, workerHost } = this.#deps;
    const scribe = new Scribe(key, { log: this.log, records, lines: this.#deps.log });
    this.#scribe = scribe;
    this.#runtime = new KeyRuntime(key, {
      ...this.#deps,
      identitySeed: identity.lend((seed) => seed.slice()),
      sessions: this.sessions,
      signHost,
      presignHost: workerHost,
      send: (to, message) => {
        this.#send(to, channels.signing, encode(signingMessageCodec, message));
      },
      connected: () => this.connected().filter((index) => this.#isMemberOf(key.record, index)),
      formers: () => this.connected().filter((index) => leavers.includes(index)),
      nameOf: (index) => this.nameOf(index),
      patienceMs: this.#deps.patienceMs ?? PATIENCE_MS,
      released: () => this.#deps.marksLearned?.(key.keyId),
      recordPresign: scribe.presign,
      recordSign: (record, presign) => {
        if (record.ending.kind === 'done') this.#signed?.(key.record.epochNo);
        scribe.sign(record, presign);
      },
      refused: scribe.refused,
      blamed: scribe.blamed,
      sendBlame: (to, message) => {
        this.#send(to, channels.blame, encodeBlame(message));
      },
      evidence: {
        keep: (shown, session) => {
          records.evidence(shown, session, key.record);
        },
        find: (exclusion) => records.findEvidence(exclusion),
      },
    });
    this.#runtime.refill();
    return this.#runtime;
  }

  /** Members with a link, this node included, ascending. */
  connected(): readonly PartyIndex[] {
    const others = this.#mesh.peers().filter(({ state }) => state === 'connected');
    return [this.self, ...others.map(({ index }) => index)].sort((a, b) => a - b);
  }

  /** The others, as the links see them. */
  peers(): readonly PeerStatus[] {
    return this.#mesh.peers();
  }

  /** Everybody, for people. */
  members(): readonly MemberStatus[] {
    const peers = new Map(this.#mesh.peers().map((peer) => [peer.index, peer]));
    return this.#seats.map(({ index, name }) => {
      const peer = peers.get(index);
      if (peer === undefined) return { index, name, isSelf: true, state: 'self' };
      const { state, reason, rttMs } = peer;
      return { index, name, isSelf: false, state, reason, rttMs };
    });
  }

  /** A member's name. */
  nameOf(index: PartyIndex): string {
    return this.#seats.find((seat) => seat.index === index)?.name ?? `party ${index}`;
  }

  /** Who has this seat's index, or its identity at another index. */
  #rivalsOf({ index, identityPk }: Seat): readonly Seat[] {
    return this.#seats.filter((one) => (one.index === index) !== equalBytes(one.identityPk, identityPk));
  }

  #isInService(index: PartyIndex): boolean {
    const record = this.#runtime?.key.record;
    return record !== undefined && this.#isMemberOf(record, index);
  }

  /** Whether a member of the cluster is one of this epoch: of those that join or leave, not all are. */
  #isMemberOf({ members }: EpochRecord, index: PartyIndex): boolean {
    const seat = this.#seats.find((one) => one.index === index);
    const member = members.find((one) => one.index === index);
    return seat !== undefined && member !== undefined && equalBytes(member.identityPk, seat.identityPk);
  }

  /** What nodes say about signing concerns the members of the epoch in service, and nobody else. */
  #receiveSigning(from: PartyIndex, bytes: Uint8Array): void {
    const runtime = this.#runtime;
    if (runtime === undefined) this.#former?.receiveFromOutside(from, bytes);
    else if (this.#isMemberOf(runtime.key.record, from)) runtime.receive(from, bytes);
    else runtime.receiveFromOutside(from, bytes);
  }

  /** Proof and silence concern the members of the epoch in service. */
  #receiveBlame(from: PartyIndex, bytes: Uint8Array): void {
    const runtime = this.#runtime;
    if (runtime !== undefined && this.#isMemberOf(runtime.key.record, from))
      runtime.blame.receive(from, bytes);
  }

  #noteBoot({ index, state, hello }: PeerStatus): void {
    if (state !== 'connected' || hello === undefined) return;
    const former = this.#boots.get(index);
    this.#boots.set(index, hello.bootId);
    if (former === undefined || equalBytes(former, hello.bootId)) return;
    this.sessions.restarted(index);
    this.#runtime?.peerRestarted(index);
  }

  #send(to: PartyIndex, channel: number, bytes: Uint8Array): boolean {
    this.#bytesSent += bytes.length;
    return this.#mesh.send(to, channel, bytes);
  }

  #receive(from: PartyIndex, channel: number, bytes: Uint8Array): void {
    if (channel === channels.session) this.sessions.receive(from, bytes);
    else if (channel === channels.signing) this.#receiveSigning(from, bytes);
    else if (channel === channels.ceremony) this.#ceremony?.(from, bytes);
    else if (channel === channels.epochs) this.#epochs?.(from, bytes);
    else if (channel === channels.log) this.log.receive(from, bytes);
    else if (channel === channels.blame) this.#receiveBlame(from, bytes);
    else this.#deps.log.debug('message of an unknown channel', { from, channel });
  }
}

const ascending = (seats: readonly Seat[]): readonly Seat[] => [...seats].sort((a, b) => a.index - b.index);

const entryOf = ({ index, identityPk, address, name }: Seat): RosterEntry => ({
  index,
  identityPublicKey: identityPk,
  address,
  name,
});
