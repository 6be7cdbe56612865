import type { RequestTools } from '../chain/request-checks.ts';
import type { PartyIndex } from '../crypto/brand.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { assert } from '../crypto/errors.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import { type Definition, definitionHash } from '../protocols/ceremony/definition.ts';
import type { Clock, Log, Network } from '../system/ports.ts';
import type { MemberStatus } from './api.ts';
import { Mesh } from './cluster/mesh.ts';
import type { PeerStatus } from './cluster/peer.ts';
import { channels, signingMessageCodec } from './control.ts';
import type { Identity } from './identity.ts';
import type { KeyContext } from './key-context.ts';
import { KeyRuntime, type PresignLevels } from './key-runtime.ts';
import type { L1View, Policy } from './policy/verdict.ts';
import type { Records } from './records.ts';
import { type HostPort, Sessions } from './sessions/sessions.ts';
import { supervise } from './supervise.ts';

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
  /** How long a request waits for links: right after a start they are on their way. 5 s if left out. */
  readonly patienceMs?: number | undefined;
}

const PATIENCE_MS = 5_000;

/** Links and sessions among the members that one definition names; the same before and after its ceremony. */
export class Membership {
  readonly sessions: Sessions;
  readonly #definition: Definition;
  readonly #deps: MembershipDeps;
  readonly #mesh: Mesh;
  readonly #self: PartyIndex;
  readonly #excluded = new Set<PartyIndex>();
  #runtime: KeyRuntime | undefined;
  #ceremony: ((from: PartyIndex, bytes: Uint8Array) => void) | undefined;
  #bytesSent = 0;
  /** Which process of each member the last link led to. */
  readonly #boots = new Map<PartyIndex, Uint8Array>();

  constructor(definition: Definition, deps: MembershipDeps) {
    this.#definition = definition;
    this.#deps = deps;
    const { identity, network, clock, log, rng, listenAddress, bootId, bootCounter } = deps;
    const roster = definition.committee.map(({ index, identityPk, address, name }) => ({
      index,
      identityPublicKey: identityPk,
      address,
      name,
    }));
    this.#mesh = new Mesh(
      {
        self: { seed: identity.lend((seed) => seed.slice()), identityPublicKey: identity.publicKey },
        roster,
        rosterHash: definitionHash(definition),
        listenAddress,
        bootId,
        bootCounter,
      },
      { network, clock, rng, log },
    );
    const own = definition.committee.find((seat) => String(seat.identityPk) === String(identity.publicKey));
    assert(own !== undefined, 'this node has a seat');
    this.#self = own.index;
    this.sessions = new Sessions({
      clock,
      log,
      send: (to, bytes) => this.#send(to, channels.session, bytes),
    });
    this.sessions.attach(deps.signHost);
    this.sessions.attach(deps.workerHost);
    this.#mesh.onMessage((from, channel, bytes) => {
      this.#receive(from, channel, bytes);
    });
  }

  /** Listens and connects. @throws OperationError port-in-use */
  async start(onPeerChange: (peer: PeerStatus) => void): Promise<void> {
    this.#mesh.onPeerChange((peer) => {
      this.#noteBoot(peer);
      onPeerChange(peer);
      if (peer.state === 'connected') this.#runtime?.linksChanged();
    });
    await this.#mesh.start();
  }

  /** Closes all links. */
  async stop(): Promise<void> {
    this.#runtime?.stop();
    this.sessions.stop();
    await this.#mesh.stop();
  }

  /** Who hears the ceremony channel. */
  onCeremony(handler: (from: PartyIndex, bytes: Uint8Array) => void): void {
    this.#ceremony = handler;
  }

  /** Says something on the ceremony channel. */
  tellCeremony(bytes: Uint8Array): void {
    this.#mesh.broadcast(channels.ceremony, bytes);
  }

  /** The key in service, if there is one. */
  get runtime(): KeyRuntime | undefined {
    return this.#runtime;
  }

  /** Bytes sent to peers since the start. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Puts a key to use, in place of the one before. */
  serve(key: KeyContext): KeyRuntime {
    this.#runtime?.stop();
    const { identity, records, signHost, workerHost } = this.#deps;
    this.#runtime = new KeyRuntime(key, {
      ...this.#deps,
      identitySeed: identity.lend((seed) => seed.slice()),
      sessions: this.sessions,
      signHost,
      presignHost: workerHost,
      send: (to, message) => {
        this.#send(to, channels.signing, encode(signingMessageCodec, message));
      },
      connected: () => this.connected(),
      nameOf: (index) => this.nameOf(index),
      excluded: this.#excluded,
      patienceMs: this.#deps.patienceMs ?? PATIENCE_MS,
      recordPresign: (sid, transcript, ending) => {
        records.presign(sid, transcript, ending);
      },
      recordSign: (record, presign) => {
        supervise(records.sign(record, presign), ({ code, message }) => {
          this.#deps.log.error('record not written', { reason: code, detail: message });
        });
      },
      recordFailure: (session, ending) => {
        records.evidence(session, ending);
      },
    });
    this.#runtime.refill();
    return this.#runtime;
  }

  /** Members with a link, this node included, ascending. */
  connected(): readonly PartyIndex[] {
    const others = this.#mesh.peers().filter(({ state }) => state === 'connected');
    return [this.#self, ...others.map(({ index }) => index)].sort((a, b) => a - b);
  }

  /** The others, as the links see them. */
  peers(): readonly PeerStatus[] {
    return this.#mesh.peers();
  }

  /** Everybody, for people. */
  members(): readonly MemberStatus[] {
    const peers = new Map(this.#mesh.peers().map((peer) => [peer.index, peer]));
    return this.#definition.committee.map(({ index, name }) => {
      const peer = peers.get(index);
      if (peer === undefined) return { index, name, isSelf: true, state: 'self' };
      const { state, reason, rttMs } = peer;
      return { index, name, isSelf: false, state, reason, rttMs };
    });
  }

  /** A member's name. */
  nameOf(index: PartyIndex): string {
    return this.#definition.committee.find((seat) => seat.index === index)?.name ?? `party ${index}`;
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
    else if (channel === channels.signing) this.#runtime?.receive(from, bytes);
    else if (channel === channels.ceremony) this.#ceremony?.(from, bytes);
    else this.#deps.log.debug('message of an unknown channel', { from, channel });
  }
}
