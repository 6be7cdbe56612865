import type { RequestTools } from '../../src/chain/request-checks.ts';
import { ascii, toHex } from '../../src/crypto/bytes.ts';
import { bootCounter, hedgedRng } from '../../src/crypto/hedged-rng.ts';
import { Secret } from '../../src/crypto/secret.ts';
import type { Rng } from '../../src/crypto/secp256k1.ts';
import { type GuardLimits, defaultGuardLimits } from '../../src/node/guard-rules.ts';
import { createIdentity, loadIdentity } from '../../src/node/identity.ts';
import type { PresignLevels } from '../../src/node/key-runtime.ts';
import { ManifestStore } from '../../src/node/manifest.ts';
import { type MasterKey, newUuid } from '../../src/node/sealed-file.ts';
import { SignerNode } from '../../src/node/node.ts';
import { SessionHost } from '../../src/node/sessions/host.ts';
import type { HostCommand, HostEvent } from '../../src/node/sessions/messages.ts';
import type { WorkerGoodbye, WorkerHello } from '../../src/node/sessions/worker-host.ts';
import { brotli } from '../../src/system/compression.ts';
import { openDisk } from '../../src/system/disk.ts';
import type { Clock, Connection, Network, Workers } from '../../src/system/ports.ts';
import type { SimClock } from '../sim/clock.ts';
import { PowerLoss, type SimDisk } from '../sim/disk.ts';
import { type LogLine, keptLog } from '../sim/log.ts';
import type { SimNetwork } from '../sim/network.ts';
import { seededRng } from '../sim/random.ts';
import { policy } from '../stories/house.ts';
import { type CrashPlan, CrashPoint, isPowerLoss } from './crash-point.ts';

/** A message of a session. */
export type Sent = Extract<HostEvent, { readonly kind: 'send' }>;
/** What all nodes of one run share. */
export interface World {
  readonly clock: SimClock;
  readonly network: SimNetwork;
  readonly seed: number;
  /** A process has ended; its disk is what the loss of power left. */
  readonly died: (node: SimulatedNode) => void;
  /** A message that a session gave to its node to send. */
  readonly sent: (node: SimulatedNode, event: Sent) => void;
  /** Something was thrown that a node must not throw. */
  readonly stray: (node: SimulatedNode, error: unknown) => void;
  /** Presignatures that a node makes ahead; none, if left out. */
  readonly levels?: (index: number) => PresignLevels;
  /** The ordinary ones, if left out. */
  readonly guardLimits?: GuardLimits;
  /** What a node says instead of a message of its session: for one that cheats. */
  readonly bend?: (node: SimulatedNode, event: Sent) => readonly Sent[];
}

/** The chains of the simulated cluster. */
export const chains = { name: 'story', l1ChainId: 31337n, l2ChainId: 71001n } as const;
/** How long a process that is to end with its next message waits for one, in milliseconds. */
const SILENCE_MS = 40;
/** How long frames of a process that has ended are still on their way, in milliseconds. */
const FLIGHT_MS = 20;

const tools: RequestTools = { compressor: brotli, versionedHashes: () => Promise.resolve([]) };

/** One process: what it was given works only while it lives. */
interface Life {
  isOver: boolean;
  /** Its last frame is on its way. */
  hasSpoken: boolean;
  readonly point: CrashPoint;
}

/** One whole signer on a simulated machine: its disk stays, everything else ends with its process. */
export class SimulatedNode {
  readonly index: number;
  readonly address: string;
  readonly disk: SimDisk;
  readonly world: World;
  readonly lines: LogLine[] = [];
  /** How the processes to come end, one after the other. */
  plans: CrashPlan[] = [];
  boots = 0;
  #node: SignerNode | undefined;
  #life: Life | undefined;
  #publicKey: Uint8Array | undefined;

  constructor(index: number, disk: SimDisk, world: World) {
    this.index = index;
    this.address = `node-${index}:7610`;
    this.disk = disk;
    this.world = world;
  }

  /** Identity and manifest of a node that has never run. */
  settle(): void {
    const disk = this.disk.open();
    const about = { folder: 'keys', advertise: this.address, createdAt: 'now' };
    const identity = createIdentity(disk, this.master, about, seededRng(7_000 + this.index));
    this.#publicKey = identity.publicKey;
    ManifestStore.create(disk);
  }

  get name(): string {
    return `node-${this.index}`;
  }

  /** Ed25519 key, 32 bytes. */
  get publicKey(): Uint8Array {
    this.#publicKey ??= loadIdentity(this.disk.open(), this.master, 'keys').publicKey;
    return this.#publicKey;
  }

  /** The secret under which its files are sealed. */
  get master(): MasterKey {
    const rng = seededRng(8_000 + this.index);
    return { uuid: newUuid(rng), secret: new Secret('master', rng(32).slice()) };
  }

  /** The running process. */
  get node(): SignerNode | undefined {
    return this.#node;
  }

  /** What the running process has made durable. */
  get trace(): CrashPoint['trace'] {
    return this.#life?.point.trace ?? [];
  }

  /** Starts a process; it may end while it starts. */
  boot(): void {
    this.boots += 1;
    const plan = this.plans.shift();
    const life: Life = {
      ...{ isOver: false, hasSpoken: false },
      point: new CrashPoint(plan, {
        die: (leavesFrames) => this.#die(life, leavesFrames),
        persisted: () =>
          void this.world.clock.after(SILENCE_MS, () => this.#enter(life, () => life.point.silence())),
      }),
    };
    this.#life = life;
    this.#enter(life, () => {
      this.disk.open();
      const port = life.point.disk(openDisk({ folder: '/data' }, life.point.calls(this.#callsOf(life))));
      const identity = loadIdentity(port, this.master, 'keys');
      const rng = seededRng(this.world.seed * 1_000 + this.index * 50 + this.boots);
      const log = keptLog(this.lines, { node: this.index, boot: this.boots });
      const node = new SignerNode(
        {
          ...{ identity, name: this.name, network: chains, policy },
          guardLimits: this.world.guardLimits ?? defaultGuardLimits,
          folders: { keys: 'keys', ceremonies: 'ceremonies', records: 'data', wal: 'wal' },
          levels: this.world.levels?.(this.index) ?? { target: 0, lowWater: 0, ttlMs: 3_600_000 },
          ...{ listenAddress: this.address, roundTimeoutMs: 5_000, patienceMs: 2_000 },
          ...{ version: 'test', primitives: 'native', nodeSecret: seededRng(9_000 + this.index)(32) },
        },
        {
          ...{ disk: port, manifest: ManifestStore.open(port), master: this.master, log, tools },
          network: this.#networkOf(life),
          clock: this.#clockOf(life),
          workers: this.#workersOf(life, rng),
          fresh: rng,
          l1View: () => undefined,
        },
      );
      this.#node = node;
      node.start().catch((error: unknown) => this.#fell(life, error));
    });
  }

  /** Ends the process as a loss of power does. */
  kill(): void {
    const life = this.#life;
    if (life === undefined || life.isOver) return;
    try {
      this.#die(life, false);
    } catch (error) {
      if (!isPowerLoss(error)) throw error;
    }
  }

  /** No process of it ends any more. */
  disarm(): void {
    this.plans = [];
    this.#life?.point.disarm();
  }

  /** An operator’s command, if there is a process to hear it. */
  command<T>(action: (node: SignerNode) => T): T | undefined {
    const [life, node] = [this.#life, this.#node];
    if (life === undefined || life.isOver || node === undefined) return undefined;
    try {
      return action(node);
    } catch (error) {
      if (!isPowerLoss(error)) throw error;
      return undefined;
    }
  }

  #die(life: Life, leavesFrames: boolean): never {
    if (!life.isOver) {
      life.isOver = true;
      life.hasSpoken = leavesFrames;
      this.#node = undefined;
      this.disk.powerLoss();
      const { clock, network } = this.world;
      if (leavesFrames) clock.after(FLIGHT_MS, () => network.crash(this.name));
      else network.crash(this.name);
      this.world.died(this);
    }
    throw new PowerLoss('the process has ended');
  }

  /** Whatever calls into the process passes here. */
  #enter(life: Life, step: () => void): void {
    if (life.isOver) return;
    try {
      step();
    } catch (error) {
      this.#fell(life, error);
    }
  }

  #fell(life: Life, error: unknown): void {
    if (life.isOver) return;
    this.world.stray(this, error);
  }

  #callsOf(life: Life) {
    const { calls } = this.disk;
    const alive = <A extends unknown[], R>(call: (...args: A) => R) => {
      return (...args: A): R => {
        if (life.isOver) throw new PowerLoss('the process has ended');
        return call(...args);
      };
    };
    return {
      ...calls,
      ...{ open: alive(calls.open), stat: alive(calls.stat), read: alive(calls.read) },
      ...{ write: alive(calls.write), sync: alive(calls.sync), truncate: alive(calls.truncate) },
      ...{ rename: alive(calls.rename), link: alive(calls.link), unlink: alive(calls.unlink) },
      ...{ makeFolder: alive(calls.makeFolder), look: alive(calls.look), names: alive(calls.names) },
    };
  }

  #clockOf(life: Life): Clock {
    const { clock } = this.world;
    return {
      ...{ nowMs: clock.nowMs, monotonicMs: clock.monotonicMs },
      after: (durationMs, event) => clock.after(durationMs, () => this.#enter(life, event)),
    };
  }

  #networkOf(life: Life): Network {
    const network = this.world.network.host(this.name);
    const guarded = (connection: Connection): Connection => ({
      ...connection,
      get remote() {
        return connection.remote;
      },
      send: (frame) => {
        if (life.isOver) throw new PowerLoss('the process has ended');
        const behind = life.point.sending();
        const isTaken = connection.send(frame);
        behind();
        return isTaken;
      },
      close: (reason) => connection.close(reason),
      onFrame: (handler) => connection.onFrame((frame) => this.#enter(life, () => handler(frame))),
      onClose: (handler) => connection.onClose((reason) => this.#enter(life, () => handler(reason))),
      admitted: () => connection.admitted(),
      bufferedBytes: () => connection.bufferedBytes(),
    });
    return {
      listen: (address, accept) =>
        network.listen(address, (connection) => this.#enter(life, () => accept(guarded(connection)))),
      connect: async (url) => guarded(await network.connect(url)),
    };
  }

  /** Sessions as in a worker thread, but in this one, at the pace of the simulated clock. */
  #workersOf(life: Life, fresh: Rng): Workers {
    return {
      start: () => {
        let host: SessionHost | undefined;
        let hear: (message: unknown) => void = () => undefined;
        let bye: (reason: string) => void = () => undefined;
        const later = (step: () => void): void =>
          void this.world.clock.after(0, () => this.#enter(life, step));
        const emit = (event: HostEvent): void => {
          const { bend } = this.world;
          if (bend !== undefined && event.kind === 'send')
            for (const bent of bend(this, event)) tell(structuredClone(bent));
          else tell(structuredClone(event));
        };
        const tell = (copy: HostEvent): void => {
          later(() => {
            try {
              hear(copy);
            } finally {
              // What was thought and never said binds nobody.
              if (copy.kind === 'send' && (!life.isOver || life.hasSpoken)) this.world.sent(this, copy);
            }
          });
        };
        return {
          post: (message) => {
            const command = structuredClone(message) as WorkerGoodbye | WorkerHello | HostCommand;
            if (command.kind === 'hello') {
              const { nodeSecret, bootId } = command;
              const counter = bootCounter();
              const rngFor = (label: string, sid: Uint8Array): Rng =>
                hedgedRng({ nodeSecret, bootId, counter, fresh, label, sid });
              host = new SessionHost({ emit, rngFor });
            } else if (command.kind === 'goodbye') later(() => bye('goodbye'));
            else later(() => host?.handle(command));
          },
          onMessage: (handler) => {
            hear = handler;
          },
          onExit: (handler) => {
            bye = handler;
          },
          terminate: () => Promise.resolve(),
        };
      },
    };
  }
}

/** A number for a text, for seeds. */
export const seedFor = (text: string): number =>
  [...ascii(text)].reduce((hash, byte) => Math.imul(hash ^ byte, 0x0100_0193) >>> 0, 0x811c_9dc5) >>> 4;

/** Hex of a routing id. */
export const hex: (bytes: Uint8Array) => string = toHex;
