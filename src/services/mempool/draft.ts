import { assert } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import { Heap } from './heap.ts';
import { type AccountQueue, type Pooled, queueOf, worthOf } from './queue.ts';

/** How much the pool takes. */
export interface PoolLimits {
  readonly ready: number;
  readonly queued: number;
  /** Raw bytes of all transactions. */
  readonly bytes: number;
  readonly perAccount: number;
}

/** Everything that waits. Never changed: a step makes another. */
export interface PoolState {
  readonly queues: ReadonlyMap<Address, AccountQueue>;
  readonly byId: ReadonlyMap<string, Pooled>;
  readonly ready: number;
  readonly queued: number;
  readonly bytes: number;
  /** How many have arrived so far. */
  readonly arrivals: number;
  /** Of the next block, in wei per gas. */
  readonly baseFee: bigint;
}

/** The last of an account's transactions, ready or queued: who leaves first when there are too many. */
interface Tail {
  readonly queue: AccountQueue;
  readonly item: Pooled;
  readonly worth: bigint;
}

/** Which transactions leave first: those worth least, and of equal ones the last to come. */
const leavesBefore = (a: Tail, b: Tail): boolean =>
  a.worth === b.worth ? a.item.arrival > b.item.arrival : a.worth < b.worth;

const parts = {
  ready: ({ items, ready }: AccountQueue): readonly Pooled[] => items.slice(0, ready),
  queued: ({ items, ready }: AccountQueue): readonly Pooled[] => items.slice(ready),
} as const;
type Part = keyof typeof parts;

/** A pool state under change: what was changed since a mark can be taken back. */
export class Draft {
  readonly #queues: Map<Address, AccountQueue>;
  readonly #byId: Map<string, Pooled>;
  #ready: number;
  #queued: number;
  #bytes: number;
  arrivals: number;
  readonly #baseFee: bigint;
  readonly #changes: { readonly address: Address; readonly before: AccountQueue | undefined }[] = [];
  /** Made when first asked for. What is no longer the queue of its account is passed over. */
  readonly #tails: Partial<Record<Part, Heap<Tail>>> = {};

  constructor(state: PoolState, baseFee: bigint = state.baseFee) {
    this.#queues = new Map(state.queues);
    this.#byId = new Map(state.byId);
    this.#ready = state.ready;
    this.#queued = state.queued;
    this.#bytes = state.bytes;
    this.arrivals = state.arrivals;
    this.#baseFee = baseFee;
  }

  /** The state that this has become; the draft is not used any more. */
  done(): PoolState {
    return {
      ...{ queues: this.#queues, byId: this.#byId, arrivals: this.arrivals, baseFee: this.#baseFee },
      ...{ ready: this.#ready, queued: this.#queued, bytes: this.#bytes },
    };
  }

  queue(address: Address): AccountQueue | undefined {
    return this.#queues.get(address);
  }

  item(id: string): Pooled | undefined {
    return this.#byId.get(id);
  }

  /** Replaces what waits of an account. */
  put(queue: AccountQueue): void {
    this.#changes.push({ address: queue.address, before: this.#queues.get(queue.address) });
    this.#set(queue.address, queue);
  }

  /** A point to which `rollBack` returns. */
  mark(): number {
    return this.#changes.length;
  }

  rollBack(mark: number): void {
    for (const { address, before } of this.#changes.splice(mark).reverse()) this.#set(address, before);
  }

  /** Takes out what is too much, and says what that was: never one with a ready one behind it. */
  shrink(limits: PoolLimits): readonly Pooled[] {
    const gone: Pooled[] = [];
    const evict = (part: Part): void => {
      const { queue, item } = this.#leastTail(part);
      this.put(
        queueOf(
          queue.address,
          queue,
          queue.items.filter((one) => one !== item),
        ),
      );
      gone.push(item);
    };
    while (this.#ready > limits.ready) evict('ready');
    while (this.#queued > limits.queued) evict('queued');
    while (this.#bytes > limits.bytes) evict(this.#queued > 0 ? 'queued' : 'ready');
    return gone;
  }

  #set(address: Address, queue: AccountQueue | undefined): void {
    const before = this.#queues.get(address);
    this.#count(before, -1);
    for (const { id } of before?.items ?? []) this.#byId.delete(id);
    if (queue === undefined || queue.items.length === 0) {
      this.#queues.delete(address);
      return;
    }
    this.#queues.set(address, queue);
    this.#count(queue, 1);
    for (const item of queue.items) this.#byId.set(item.id, item);
    for (const part of ['ready', 'queued'] as const) {
      const tail = this.#tails[part] && this.#tailOf(queue, part);
      if (tail !== undefined) this.#tails[part]?.push(tail);
    }
  }

  #count(queue: AccountQueue | undefined, sign: 1 | -1): void {
    if (queue === undefined) return;
    this.#ready += sign * queue.ready;
    this.#queued += sign * (queue.items.length - queue.ready);
    for (const { tx } of queue.items) this.#bytes += sign * tx.raw.length;
  }

  #leastTail(part: Part): Tail {
    const all = (): readonly Tail[] =>
      [...this.#queues.values()].flatMap((queue) => this.#tailOf(queue, part) ?? []);
    const tails = (this.#tails[part] ??= new Heap(all(), leavesBefore));
    for (;;) {
      const tail = tails.first;
      assert(tail !== undefined, `nothing is ${part}, and yet too much`);
      if (this.#queues.get(tail.queue.address) === tail.queue) return tail;
      tails.pop();
    }
  }

  #tailOf(queue: AccountQueue, part: Part): Tail | undefined {
    const item = parts[part](queue).at(-1);
    // A queued one waits behind the ready ones, too.
    const worth = worthOf(part === 'ready' ? parts.ready(queue) : queue.items, this.#baseFee);
    return item === undefined || worth === undefined ? undefined : { queue, item, worth };
  }
}
