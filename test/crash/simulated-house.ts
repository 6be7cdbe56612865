import { type ChangeWish, changeOf } from '../../src/apps/change-proposal.ts';
import { writeDefinition } from '../../src/chain/definition-file.ts';
import type { Lock } from '../../src/chain/lock.ts';
import { partyIndex } from '../../src/crypto/brand.ts';
import { equalBytes } from '../../src/crypto/bytes.ts';
import { InputError, OperationError } from '../../src/crypto/errors.ts';
import { policyHash } from '../../src/node/policy/policy.ts';
import type { Definition } from '../../src/protocols/ceremony/definition.ts';
import { parseEnvelope } from '../../src/protocols/kernel/envelope.ts';
import { SimClock } from '../sim/clock.ts';
import { SimDisk } from '../sim/disk.ts';
import { SimNetwork } from '../sim/network.ts';
import { policy } from '../stories/house.ts';
import { isPowerLoss } from './crash-point.ts';
import { readLockOnce } from './read-lock.ts';
import { type Sent, SimulatedNode, type World, chains } from './simulated-node.ts';

/** What is to change, in the words of the command line. */
export type Change = Partial<Pick<ChangeWish, 'kind' | 'remove' | 'lost' | 'required'>> & {
  readonly add?: readonly number[];
};

/** How long a round may take in these runs, in milliseconds. */
export const ROUND_MS = 4_000;
const DAY_MS = 86_400_000;

/** What may differ from the ordinary in a world. */
export type Extras = Pick<World, 'levels' | 'guardLimits' | 'bend'>;

/** Lets everything that is ready happen, promises included. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * Whole signers on simulated machines: clock, network and disks, all in this thread, and all from one seed.
 * Who ends is started again after `restartMs`.
 */
export class SimulatedHouse {
  readonly clock: SimClock = new SimClock();
  readonly network: SimNetwork;
  readonly nodes: readonly SimulatedNode[];
  /** What must not happen, as it happened. */
  readonly faults: string[] = [];
  /** What operators were refused. */
  readonly refusals: string[] = [];
  /** Looked at whenever a process has ended. */
  onDeath: (node: SimulatedNode) => void = () => undefined;
  restartMs = 100;
  deaths = 0;
  lastStartMs = 0;
  readonly #slots = new Map<string, Uint8Array>();

  constructor(seed: number, disks: readonly SimDisk[], ages: number, more: Extras = {}) {
    this.clock.wallOffsetMs += ages * DAY_MS;
    this.network = new SimNetwork(this.clock, seed);
    this.network.keepsWire = false;
    const world = {
      ...{ clock: this.clock, network: this.network, seed },
      died: (node: SimulatedNode): void => this.#died(node),
      sent: (node: SimulatedNode, event: Sent): void => this.#note(node, event),
      stray: (node: SimulatedNode, error: unknown): void => this.stray(error, node.name),
      ...more,
    };
    this.nodes = disks.map((disk, i) => new SimulatedNode(i + 1, disk, world));
  }

  /** The node with this index. */
  at(index: number): SimulatedNode {
    const found = this.nodes[index - 1];
    if (found === undefined) throw new RangeError(`no node ${index}`);
    return found;
  }

  /** Notes what was thrown; the end of a process is no fault. */
  stray(error: unknown, whose = 'a node'): void {
    if (!isPowerLoss(error))
      this.faults.push(
        `${whose}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
  }

  /** Lets time pass until something holds; returns whether it does within the limit. */
  async run(limitMs: number, holds: () => boolean = () => false): Promise<boolean> {
    const untilMs = this.clock.monotonicMs() + limitMs;
    await turn();
    for (let event = 0; ; event++) {
      if (event % 8 === 0 && holds()) return true;
      if (!this.clock.step(untilMs)) break;
      await turn();
    }
    return holds();
  }

  /** Starts all of them, and waits until they are linked. */
  async start(indices: readonly number[] = this.nodes.map(({ index }) => index)): Promise<void> {
    for (const index of indices) this.at(index).boot();
    await this.run(1_000);
  }

  /** All members consent, whoever is not there when it has come back, and the first executes. */
  async hold(definition: Uint8Array, members: readonly number[], limitMs = 20_000): Promise<string> {
    let id = '';
    const waiting = new Set(members);
    const consent = (index: number): void => {
      const node = this.at(index);
      const view = node.command((one) => one.join(definition));
      if (view === undefined) return;
      ({ id } = view);
      waiting.delete(index);
      node.command((one) => void one.accept(view.id).catch((error: unknown) => this.#refused(error)));
    };
    await this.run(limitMs, () => {
      for (const index of waiting) this.#asked(() => consent(index));
      return waiting.size === 0;
    });
    await this.run(2_000, () => this.stateOf(1, id) === 'accepted');
    this.#asked(() => this.at(1).command((one) => one.execute(id, { whenReady: true })));
    return id;
  }

  /** A definition of a key generation. */
  plan(members: readonly number[], required: number): Uint8Array {
    const now = BigInt(this.clock.nowMs());
    const definition: Definition = {
      ...{ name: 'crash', ceremony: 'keygen', sequence: now, network: chains, purpose: 'batch', required },
      committee: members.map((index) => ({
        index: partyIndex(index),
        name: `node-${index}`,
        identityPk: this.at(index).publicKey,
        address: this.at(index).address,
      })),
      proposer: partyIndex(1),
      timing: {
        createdAtMs: now,
        acceptByMs: now + 60_000n,
        executeByMs: now + 120_000n,
        roundTimeoutMs: ROUND_MS,
      },
      policyHash: policyHash(policy),
    };
    return writeDefinition({ definition, signatures: [] });
  }

  /** A definition of an epoch change, from the newest lock of the first node. */
  changePlan({ add = [], ...wish }: Change): Uint8Array {
    const previous = newestOf(locksOn(this.at(1).disk));
    if (previous === undefined) throw new RangeError('no lock to start from');
    const definition = changeOf({
      ...{ kind: 'reshare', name: 'crash', previous, self: this.at(1).publicKey },
      ...{ remove: [], replace: [], lost: [] },
      ...wish,
      add: add.map((index) => ({
        identityPk: this.at(index).publicKey,
        host: `node-${index}`,
        port: 7610,
      })),
      policyHash: policyHash(policy),
      nowMs: this.clock.nowMs(),
      acceptWithinMs: 60_000,
      executeWithinMs: 120_000,
      roundTimeoutMs: ROUND_MS,
    });
    return writeDefinition({ definition, signatures: [], previous });
  }

  /** Where a ceremony is on a node, by its own account. */
  stateOf(index: number, id: string): string | undefined {
    return this.at(index).command((node) => node.ceremonies().find((view) => view.id === id)?.state);
  }

  /**
   * The epoch that a node serves; `left` for who has left, `none` without a key, `down` without a process.
   */
  epochOf(index: number): string {
    const status = this.at(index).command((node) => node.status());
    if (status === undefined) return 'down';
    return status.state === 'left' ? 'left' : (status.key?.epoch ?? 'none');
  }

  /** Whether all processes run that were ever started. */
  get isUp(): boolean {
    return this.nodes.every(({ boots, node }) => boots === 0 || node !== undefined);
  }

  /** Ends a ceremony on a node, as its operator does. */
  abort(index: number, id: string): void {
    this.#asked(() => this.at(index).command((node) => node.abort(id)));
  }

  /** Everything that the logs say, for a failing case. */
  story(): string {
    const lines = this.nodes.flatMap(({ index, lines }) =>
      lines.map(({ level, event, fields }) => `${index} ${level} ${event} ${JSON.stringify(fields)}`),
    );
    return lines.join('\n');
  }

  #asked(command: () => void): void {
    try {
      command();
    } catch (error) {
      this.#refused(error);
    }
  }

  /** What an operator is refused is no fault of a node. */
  #refused(error: unknown): void {
    if (error instanceof InputError || error instanceof OperationError) this.refusals.push(error.message);
    else this.stray(error);
  }

  #died(node: SimulatedNode): void {
    this.deaths += 1;
    try {
      this.onDeath(node);
    } catch (error) {
      this.stray(error, 'a look at the disks');
    }
    this.clock.after(this.restartMs, () => {
      this.lastStartMs = this.clock.monotonicMs();
      node.boot();
    });
  }

  /** One envelope in each slot of a session: two would be two answers under one seed. [INV8] */
  #note({ name }: SimulatedNode, { id, bytes }: Sent): void {
    const { kind, round, from, to } = parseEnvelope(bytes).header;
    const slot = `${name} ${id} ${kind} ${round} ${from} ${to}`;
    const before = this.#slots.get(slot);
    if (before === undefined) this.#slots.set(slot, bytes);
    else if (!equalBytes(before, bytes)) this.faults.push(`INV8: two messages for ${slot}`);
  }
}

/** All locks on a disk. */
export function locksOn(disk: SimDisk): readonly Lock[] {
  const port = disk.fork(1).open();
  return port.list('ceremonies').flatMap((name) => {
    const bytes = port.read(`ceremonies/${name}/lock.json`);
    return bytes === undefined ? [] : [readLockOnce(bytes, name)];
  });
}

/** The lock with the highest epoch. */
export const newestOf = (locks: readonly Lock[]): Lock | undefined =>
  [...locks].sort((a, b) => b.record.epochNo - a.record.epochNo)[0];

/** Machines on which identities are settled and nothing else. */
export function freshDisks(count: number): readonly SimDisk[] {
  const house = new SimulatedHouse(
    1,
    Array.from({ length: count }, (_, i) => new SimDisk(100 + i)),
    0,
  );
  for (const node of house.nodes) node.settle();
  return house.nodes.map(({ disk }) => disk);
}

/**
 * A cluster, of four of whom three sign if nothing else is said, and one more machine without a key: the
 * disks, once quiet.
 */
export async function foundedDisks(
  members: readonly number[] = [1, 2, 3, 4],
  required = 3,
): Promise<readonly SimDisk[]> {
  const house = new SimulatedHouse(1, freshDisks(members.length + 1), 0);
  await house.start();
  const id = await house.hold(house.plan(members, required), members);
  const isThere = await house.run(60_000, () =>
    members.every((index) => house.stateOf(index, id) === 'complete'),
  );
  if (!isThere || house.faults.length > 0)
    throw new RangeError(`no key: ${house.faults.join('\n')}\n${house.story()}`);
  house.restartMs = 1e9;
  for (const node of house.nodes) node.kill();
  return house.nodes.map(({ disk }) => disk);
}
