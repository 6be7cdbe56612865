import { encodeBatch } from '../../src/chain/batch.ts';
import { type SubmitBatchRequest, encodeRequest } from '../../src/chain/duty.ts';
import { feesAt, gasLimitOf } from '../../src/chain/fees.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { InputError, OperationError } from '../../src/crypto/errors.ts';
import { parseAddress } from '../../src/ethereum/address.ts';
import { defaultGuardLimits } from '../../src/node/guard-rules.ts';
import type { NodeApi } from '../../src/node/api.ts';
import type { PresignLevels } from '../../src/node/key-runtime.ts';
import { brotli } from '../../src/system/compression.ts';
import { makeTransactions } from '../../scripts/lib/test-transactions.ts';
import { isPowerLoss } from '../crash/crash-point.ts';
import { type Extras, SimulatedHouse } from '../crash/simulated-house.ts';
import type { SimulatedNode } from '../crash/simulated-node.ts';
import { policy } from '../stories/house.ts';
import type { SimDisk } from './disk.ts';
import { Choices } from './random.ts';
import { type Fault, type FaultKind, begin, durationMs, faultKinds } from './storm-faults.ts';

/** What one storm is made of. */
export interface StormPlan {
  /** Requests that are signed, one after the other, or a ceremony that is held. */
  readonly what: 'signing' | 'keygen' | 'reshare';
  readonly requests: number;
  /** How often of a hundred a request, or a ceremony, meets a fault; it may meet another. */
  readonly percent: number;
}

/** Presignatures that one member makes ahead, so that most sessions are signatures. */
const AHEAD = { target: 64, lowWater: 4, ttlMs: 3_600_000 };
const NONE = { target: 0, lowWater: 0, ttlMs: 3_600_000 };
/** Nobody looks at L1 here: who was not asked for a while takes up again all the same. */
const GUARD = { ...defaultGuardLimits, maxGap: { nonce: 256n, batch: 256n, output: 256n, reward: 256n } };
/** How long a request has, and how long silence is waited for at the end, in milliseconds of the clock. */
const REQUEST_MS = 20_000;
const CALM_MS = 45_000;
const TRIES = 3;

const transactions = makeTransactions({ seed: 'storm', l2ChainId: 71_001n, accounts: 2, transactions: 1 });

/** A request to append a small batch. */
function requestFor(keyId: string, sender: string, epoch: string, index: bigint): SubmitBatchRequest {
  const about = { index, da: 'calldata', l2ChainId: 71_001n, compression: 'none', transactions } as const;
  const payload = encodeBatch(about, brotli);
  return {
    kind: 'submit-batch',
    keyId: fromHex(keyId) ?? new Uint8Array(0),
    keyEpoch: Number(epoch),
    sender: parseAddress(sender),
    ...{ l1ChainId: 31_337n, l2ChainId: 71_001n },
    inbox: policy.rules[0]?.inbox ?? parseAddress(sender),
    batchIndex: index,
    da: 'calldata',
    payload,
    nonce: index - 1n,
    gasLimit: gasLimitOf('calldata', payload.length),
    ...feesAt('calldata', { baseFee: 10n ** 9n, tip: 10n ** 9n, blobBaseFee: 1n }, 0),
    blobVersionedHashes: [],
  };
}

/** The signers of whom most presignatures are ready: whom a request may choose. */
const readiest = (node: NodeApi): readonly number[] | undefined =>
  [...node.status().presignatures].sort((a, b) => b.ready - a.ready).find(({ ready }) => ready > 4)?.signers;

/** A house in bad weather: a process whose disk refuses ends, and is started again, as a supervisor does. */
export class Storm extends SimulatedHouse {
  /** Faults that were there, one entry each. */
  readonly met: FaultKind[] = [];
  readonly #choices: Choices;
  #now: Fault[] = [];
  /** Processes whose disk has refused something, or will. */
  readonly #doubtful = new Map<SimulatedNode, number>();

  /** Who leads the requests; another one does when it fails. */
  readonly #leader: number;

  constructor(seed: number, disks: readonly SimDisk[], more: Extras = {}) {
    const leader = 1 + (seed % disks.length);
    const levels = (index: number): PresignLevels => (index === leader ? AHEAD : NONE);
    const forks = disks.map((disk, i) => disk.fork(seed * 8 + i));
    super(seed, forks, 1, { levels, guardLimits: GUARD, ...more });
    this.#leader = leader;
    this.#choices = new Choices(seed);
  }

  /** Whatever a node did not catch. What its disk was made to do ends its process, and is no mistake. */
  override stray(error: unknown, whose?: string): void {
    const named = this.nodes.find(({ name }) => name === whose);
    const doubtful = [...this.#doubtful].filter(([node, boots]) => node.boots <= boots + 1);
    const suspects = named === undefined ? doubtful.map(([node]) => node) : [named];
    const isOfDisk =
      error instanceof OperationError && doubtful.some(([node]) => named === undefined || node === named);
    if (!isPowerLoss(error) && !isOfDisk) super.stray(error, whose);
    for (const node of suspects) node.kill();
  }

  /** Perhaps a fault, for a while, beginning in a moment. */
  trouble(percent: number): void {
    if (this.#choices.below(100) >= percent) return;
    const kind = faultKinds[this.#choices.below(faultKinds.length)];
    if (kind === undefined) return;
    this.clock.after(this.#choices.below(60), () => {
      const fault = begin(kind, this, this.#choices);
      this.met.push(kind);
      this.#now.push(fault);
      if (fault.node !== undefined) this.#doubtful.set(fault.node, fault.node.boots);
      this.clock.after(durationMs(this.#choices), () => this.#over(fault));
    });
  }

  /** No fault is there any more, and whoever ended is back. */
  async calm(): Promise<void> {
    for (const fault of this.#now) this.#over(fault);
    await this.run(20_000, () => this.isUp);
    await this.run(CALM_MS);
  }

  /** Signs one batch after the other, led by one member; what fails is tried again by the next. */
  async sign({ requests, percent }: StormPlan): Promise<void> {
    for (let index = 1; index <= requests; index++)
      for (let tries = 0; tries < TRIES; tries++) {
        this.trouble(percent);
        const by = 1 + ((this.#leader - 1 + tries) % this.nodes.length);
        if (await this.#signOne(by, BigInt(index))) break;
      }
  }

  async #signOne(by: number, index: bigint): Promise<boolean> {
    const outcome: { state: 'asked' | 'signed' | 'failed' } = { state: 'asked' };
    const asked = this.at(by).command((node) => {
      const { key } = node.status();
      if (key === undefined) return undefined;
      const request = requestFor(key.keyId, key.address, key.epoch, index);
      return node.sign(encodeRequest(request), { deadlineMs: REQUEST_MS, signers: readiest(node) });
    });
    const boots = this.at(by).boots;
    asked?.then(
      () => (outcome.state = 'signed'),
      (error: unknown) => {
        outcome.state = 'failed';
        const isOrdinary = error instanceof InputError || error instanceof OperationError;
        if (!isOrdinary || error.code === 'fsync-failed') this.stray(error, this.at(by).name);
      },
    );
    if (asked === undefined) await this.run(1_000);
    else await this.run(REQUEST_MS + 1_000, () => outcome.state !== 'asked' || this.at(by).boots !== boots);
    return outcome.state === 'signed';
  }

  /** Holds a ceremony among the first members; whether it comes to anything is not asked. */
  async ceremony({ what, percent }: StormPlan): Promise<void> {
    const all = [1, 2, 3];
    this.trouble(percent);
    this.trouble(percent);
    const plan = what === 'keygen' ? this.plan(all, 2) : this.changePlan({ kind: 'refresh' });
    const id = await this.hold(plan, all);
    this.trouble(percent);
    await this.run(30_000, () => all.every((index) => this.stateOf(index, id) === 'complete'));
  }

  #over(fault: Fault): void {
    this.#now = this.#now.filter((one) => one !== fault);
    fault.end();
  }
}
