import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { equalBytes, toHex } from '../../src/crypto/bytes.ts';
import { encode } from '../../src/crypto/codec.ts';
import { identityPublicKey } from '../../src/crypto/ed25519.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { newUuid } from '../../src/node/sealed-file.ts';
import { SessionHost } from '../../src/node/sessions/host.ts';
import type { KeygenJob } from '../../src/node/sessions/messages.ts';
import { type Finished, type LoggedHooks, Sessions } from '../../src/node/sessions/sessions.ts';
import { inlineHost } from '../../src/node/sessions/worker-host.ts';
import { Wal, type WalEntry, walFolder } from '../../src/node/wal.ts';
import { parseEnvelope, protos } from '../../src/protocols/kernel/envelope.ts';
import { specCodec, specHash } from '../../src/protocols/kernel/spec.ts';
import type { Disk } from '../../src/system/ports.ts';
import { SimClock } from './clock.ts';
import { type Member, members, specFor } from './cluster.ts';
import { PowerLoss, SimDisk } from './disk.ts';
import { keptLog } from './log.ts';
import { Choices, seededRng } from './random.ts';

/** Where a process ends: at a call of its disk, or before or behind a message that it sends. */
export type Crash =
  | { readonly at: 'disk'; readonly call: number; readonly bytes?: number }
  | { readonly at: 'before-send' | 'after-send'; readonly message: number };

interface Link {
  readonly from: Process;
  readonly to: Process;
  /** What the receiver has not confirmed. It is in the memory of the sender's process. */
  readonly waiting: Uint8Array[];
}

/** One node of a key generation: what is on its disk stays, everything else ends with its process. */
export class Process {
  readonly member: Member;
  readonly disk: SimDisk;
  readonly clock: SimClock = new SimClock();
  sessions: Sessions | undefined;
  finished: Finished | undefined;
  boots = 0;
  /** Messages of all its processes. */
  sent = 0;
  crash: Crash | undefined;

  constructor(member: Member, seed: number) {
    this.member = member;
    this.disk = new SimDisk(seed);
  }
}

/** How the log of a node is changed before it is played. */
export type Forge = (entries: readonly WalEntry[]) => readonly WalEntry[];

/**
 * A key generation of processes that may end at any moment and are started again, over links that keep a
 * message until it has been worked on. All are started before the first message is delivered.
 */
export class LoggedCluster {
  readonly processes: readonly Process[];
  readonly #choices: Choices;
  readonly #links: readonly Link[];
  readonly #spec: Uint8Array;
  readonly #name: Uint8Array;
  readonly #forge: Forge;
  /** The one envelope of each slot; two would be two answers under one seed. */
  readonly #slots = new Map<string, Uint8Array>();
  readonly contradictions: string[] = [];

  constructor(
    n: number,
    { seed, threshold, forge }: { readonly seed: number; readonly threshold: number; readonly forge?: Forge },
  ) {
    const all = members(n);
    const spec = specFor(all, { proto: protos.keygen, threshold });
    this.#spec = encode(specCodec, spec);
    this.#name = specHash(spec);
    this.#choices = new Choices(seed);
    this.#forge = forge ?? ((entries) => entries);
    this.processes = all.map((member, i) => new Process(member, seed * 100 + i));
    this.#links = this.processes.flatMap((from) =>
      this.processes.filter((to) => to !== from).map((to) => ({ from, to, waiting: [] })),
    );
  }

  /** Runs until nothing moves. */
  async run(): Promise<void> {
    for (const process of this.processes) this.boot(process);
    do {
      for (let link = this.#next(); link !== undefined; link = this.#next()) this.#deliver(link);
      // Promises tell of ends, and of crashes while a process starts.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    } while (this.#next() !== undefined);
  }

  /** Starts a process, as often as it ends while it starts. */
  boot(process: Process): void {
    process.boots += 1;
    const { disk, crash, boots } = process;
    try {
      const port = disk.open();
      if (crash?.at === 'disk' && boots === 1)
        disk.fault({ kind: 'power-loss', atCall: crash.call, ...(crash.bytes && { bytes: crash.bytes }) });
      this.#start(process, port);
    } catch (error) {
      this.#end(process, error);
    }
  }

  /** Ends a process as a loss of power does, and starts it again. */
  kill(process: Process): void {
    process.disk.powerLoss();
    this.#end(process, new PowerLoss('of all'));
  }

  #end(process: Process, error: unknown): void {
    if (!(error instanceof PowerLoss)) throw error;
    process.disk.powerLoss();
    process.sessions = undefined;
    for (const { from, waiting } of this.#links) if (from === process) waiting.length = 0;
    this.boot(process);
    for (const other of this.processes) {
      try {
        other.sessions?.restarted(process.member.index);
      } catch (cause) {
        this.#end(other, cause);
      }
    }
  }

  #start(process: Process, port: Disk): void {
    const { member, clock, boots } = process;
    const sessions = new Sessions({
      ...{ clock, log: keptLog() },
      send: (to, bytes) => this.#send(process, to, bytes),
    });
    process.sessions = sessions;
    const rng = seededRng(1_000 * member.index + boots);
    const host = inlineHost((emit) => new SessionHost({ emit, rngFor: () => rng }));
    sessions.attach(host);
    const master = { uuid: newUuid(seededRng(1)), secret: new Secret('master', seededRng(2)(32)) };
    const deps = { disk: port, master, rng, identityPk: identityPublicKey(member.seed) };
    const found = Wal.open(deps, walFolder('wal', this.#name));
    const seed = found?.header.seed.use((bytes) => bytes.slice()) ?? rng(32).slice();
    const header = {
      kind: 'keygen',
      self: member.index,
      spec: this.#spec,
      seed: new Secret('s', seed),
    } as const;
    const wal = found?.wal ?? Wal.create(deps, 'wal', header);
    const hooks: LoggedHooks = {
      others: this.processes.map((one) => one.member.index).filter((j) => j !== member.index),
      roundTimeoutMs: 10_000,
      persist: (bytes) => {
        keepOnce(port, bytes);
      },
      wal,
    };
    const job: KeygenJob = {
      ...{ kind: 'keygen', spec: this.#spec, self: member.index },
      ...{ identitySeed: member.seed.slice(), seed: seed.slice() },
    };
    const entries = found === undefined ? undefined : this.#forge(found.entries);
    const finished =
      entries === undefined
        ? sessions.start(this.#name, job, host, hooks)
        : sessions.resume(this.#name, job, host, { ...hooks, entries });
    finished.then(
      (end) => {
        if (process.sessions === sessions) process.finished = end;
      },
      (error: unknown) => {
        // What is thrown while it starts ends this process; it is in the promise because `start` is async.
        if (process.sessions === sessions) this.#end(process, error);
      },
    );
  }

  #send(process: Process, to: PartyIndex, bytes: Uint8Array): boolean {
    const { crash } = process;
    process.sent += 1;
    const isNow = crash !== undefined && crash.at !== 'disk' && crash.message === process.sent;
    if (isNow) process.disk.kill();
    if (isNow && crash.at === 'before-send') throw new PowerLoss('before a message');
    const link = this.#links.find(({ from, to: { member } }) => from === process && member.index === to);
    link?.waiting.push(bytes);
    this.#note(bytes.subarray(32));
    if (isNow) throw new PowerLoss('behind a message');
    return true;
  }

  #note(bytes: Uint8Array): void {
    const { kind, round, from, to } = parseEnvelope(bytes).header;
    const slot = `${kind} ${round} ${from} ${to}`;
    const before = this.#slots.get(slot);
    if (before === undefined) this.#slots.set(slot, bytes);
    else if (!equalBytes(before, bytes)) this.contradictions.push(slot);
  }

  #next(): Link | undefined {
    const ready = this.#links.filter(({ waiting, to }) => waiting.length > 0 && to.sessions !== undefined);
    return ready[this.#choices.below(ready.length)];
  }

  #deliver({ from, to, waiting }: Link): void {
    const [bytes] = waiting;
    if (bytes === undefined) return;
    try {
      to.sessions?.receive(from.member.index, bytes);
      waiting.shift(); // confirmed
    } catch (error) {
      this.#end(to, error);
    }
  }
}

/** A share that is on disk already is the same one. */
function keepOnce(disk: Disk, bytes: Uint8Array): void {
  const before = disk.read('pending');
  if (before === undefined) disk.create('pending', bytes);
  else if (!equalBytes(before, bytes)) throw new RangeError('another share than before');
}

/** Hex of the epoch record that a process ended with, or how else it ended. */
export function outcomeOf({ finished }: Process): string {
  if (finished === undefined) return 'waits';
  const { ending } = finished;
  if (ending.kind === 'aborted') return ending.code;
  return ending.result.kind === 'keygen' ? toHex(ending.result.record) : ending.result.kind;
}

/** The share that a process holds: in its result and on its disk. */
export function sharesOf({ finished, disk }: Process): readonly [string, string] {
  const ending = finished?.ending;
  const result = ending?.kind === 'done' && ending.result.kind === 'keygen' ? ending.result : undefined;
  return [toHex(result?.share ?? new Uint8Array(0)), toHex(disk.open().read('pending') ?? new Uint8Array(0))];
}

/** The n-th process of a cluster, from 1. */
export function processAt({ processes }: LoggedCluster, n: number): Process {
  const found = processes.find(({ member }) => member.index === partyIndex(n));
  if (found === undefined) throw new RangeError(`no process ${n}`);
  return found;
}
