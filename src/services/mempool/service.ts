import { type L2Block, nextBaseFee } from '../../chain/block.ts';
import type { AccountState, Candidate, TxReceipt } from '../../chain/execution.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import { type Address, keccak256 } from '../../ethereum/address.ts';
import type { L2Tx } from '../../ethereum/l2-tx.ts';
import type { Clock, Disk, Executor, Log, PoolAnswer, TxPool } from '../../system/ports.ts';
import { type AdmissionRules, admissionRefusal, readForPool } from './admission.ts';
import { type CandidateLimits, candidatesOf } from './candidates.ts';
import type { PoolLimits, PoolState } from './draft.ts';
import { FULL_RECORD_BYTES, Journal } from './journal.ts';
import { type Arrival, type JournalEntry, type PoolEvent, type Verdict, emptyPool, step } from './machine.ts';
import type { AccountNumbers } from './queue.ts';
import { RecentAnswers } from './recent.ts';
import { type Refused, refused } from './refusals.ts';

/** How much the pool takes unless told otherwise. [sequencer, 8.2] */
export const poolLimits: PoolLimits = { ready: 4_096, queued: 1_024, bytes: 32 << 20, perAccount: 16 };

/** What one pool is told. */
export interface MempoolOptions extends AdmissionRules {
  /** Of the journal, in the data folder. */
  readonly path: string;
  readonly limits: PoolLimits;
  /** Requests that wait for the state or the disk; more are refused. 20,000 unless told otherwise. */
  readonly maxUnderWay?: number;
}

/** What a pool works with. */
export interface MempoolDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly state: Pick<Executor, 'account'>;
}

/** The block after which the next one comes. */
export type PoolHead = Pick<L2Block, 'hash' | 'header'>;

/** Milliseconds that the first of a group waits for others with which it shares an fsync. */
const GROUP_MS = 2;
/** A group of so many does not wait. */
const FULL_GROUP = 512;
const MAX_UNDER_WAY = 20_000;
/** Milliseconds for which nothing is taken of who sent what took too long, and of how many that is known. */
const BARRED_MS = 600_000;
const MOST_BARRED = 10_000;
/** keccak256 of no code. */
const NO_CODE = 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470';

/** An arrival on its way into the journal. */
interface Waiting extends Arrival {
  /** The block of which its account's numbers are. */
  readonly head: PoolHead;
  readonly settle: (outcome: Verdict | 'outdated') => void;
  readonly fail: (cause: unknown) => void;
}

/** The pool of one sequencer: what is accepted is on disk, and waits until a block takes it. [8.2] */
export class Mempool implements TxPool {
  readonly #options: MempoolOptions;
  readonly #deps: MempoolDeps;
  readonly #journal: Journal;
  readonly #recent = new RecentAnswers();
  readonly #underWay = new Map<string, Promise<PoolAnswer>>();
  /** Until when, by a clock that never goes back. */
  readonly #barred = new Map<Address, number>();
  #allowed: ReadonlySet<Address> | undefined;
  #head: PoolHead;
  #state: PoolState;
  #waiting: Waiting[] = [];
  #isFlushPlanned = false;
  /** Heads are taken one after another; while one is, nothing is let in. */
  #turning = Promise.resolve();
  #turns = 0;

  private constructor(options: MempoolOptions, deps: MempoolDeps, journal: Journal, head: PoolHead) {
    this.#options = options;
    this.#deps = deps;
    this.#journal = journal;
    this.#allowed = options.allowed;
    this.#head = head;
    this.#state = emptyPool(nextBaseFee(head.header));
  }

  /**
   * Opens a pool behind a head, with what its journal holds and the head leaves valid.
   * @throws InputError safety-state-damaged for a journal that is more than torn; what `Disk` and the state
   * throw
   */
  static async open(options: MempoolOptions, deps: MempoolDeps, head: PoolHead): Promise<Mempool> {
    const { journal, raws } = Journal.open(deps.disk, options.path, options.chainId);
    const pool = new Mempool(options, deps, journal, head);
    const txs = pool.#read(raws);
    const accounts = await pool.#numbersOf(head, new Set(txs.map(({ sender }) => sender)));
    pool.#apply({ kind: 'restored', txs, accounts });
    return pool;
  }

  readonly add = (raw: Uint8Array): Promise<PoolAnswer> => {
    const id = toHex(keccak256(raw));
    const known = this.#recent.get(id, this.#deps.clock.monotonicMs());
    if (known !== undefined) return Promise.resolve(known);
    const before = this.#underWay.get(id);
    if (before !== undefined) return before;
    const answer = this.#answer(id, raw).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, answer);
    return answer;
  };

  readonly get = (hash: Uint8Array): L2Tx | undefined => this.#state.byId.get(toHex(hash))?.tx;

  readonly pendingNonce = async (account: Address): Promise<bigint> => {
    const queue = this.#state.queues.get(account);
    if (queue !== undefined) return queue.nonce + BigInt(queue.ready);
    return (await this.#deps.state.account(this.#head.hash, account))?.nonce ?? 0n;
  };

  readonly candidates = (limits: CandidateLimits): Iterable<Candidate> => candidatesOf(this.#state, limits);

  readonly size = (): ReturnType<TxPool['size']> => {
    const { ready, queued, bytes } = this.#state;
    return { ready, queued, bytes };
  };

  /** Serves these senders only from now on, or all again; what waits already stays. */
  allowOnly(senders: ReadonlySet<Address> | undefined): void {
    this.#allowed = senders;
  }

  /**
   * Follows the chain to a new head. `mined` are receipts of the blocks that are new, forced ones too;
   * `returned` the raw transactions of blocks that are no longer part of the chain, without those that L1
   * forces in again. @throws OperationError engine-failed; then the pool is as before
   */
  onHead(
    head: PoolHead,
    mined: readonly Pick<TxReceipt, 'hash' | 'from'>[],
    returned: readonly Uint8Array[],
  ): Promise<void> {
    this.#turns += 1;
    const turned = this.#turning.then(() => this.#turn(head, mined, returned));
    this.#turning = turned
      .catch(() => undefined)
      .finally(() => {
        this.#turns -= 1;
        this.#planFlush();
      });
    return turned;
  }

  /**
   * Takes out raw transactions that took longer than one may, and nothing of their senders for a while: such
   * a one pays nothing for the time that it took.
   */
  bar(raws: readonly Uint8Array[]): void {
    const ids = new Set(raws.map((raw) => toHex(keccak256(raw))));
    for (const id of ids) {
      const sender = this.#state.byId.get(id)?.tx.sender;
      if (sender !== undefined) this.#barred.set(sender, this.#deps.clock.monotonicMs() + BARRED_MS);
      const [oldest] = this.#barred.keys();
      if (this.#barred.size > MOST_BARRED && oldest !== undefined) this.#barred.delete(oldest);
    }
    this.#apply({ kind: 'useless', ids });
  }

  async #answer(id: string, raw: Uint8Array): Promise<PoolAnswer> {
    const tx = readForPool(raw, this.#options.chainId);
    // What bytes say of themselves stays so; all else may be otherwise in a moment, and is not remembered.
    if ('kind' in tx) return this.#remembered(id, tx);
    const verdict = await this.#verdictOn(tx, id);
    if (verdict.kind === 'refused') return verdict;
    const answer = { kind: 'accepted', hash: tx.hash } as const;
    this.#remembered(id, { ...answer, isKnown: true });
    return { ...answer, isKnown: verdict.kind === 'known' };
  }

  #remembered(id: string, answer: PoolAnswer): PoolAnswer {
    this.#recent.put(id, answer, this.#deps.clock.monotonicMs());
    return answer;
  }

  async #verdictOn(tx: L2Tx, id: string): Promise<Verdict> {
    if (this.#state.byId.has(id)) return { kind: 'known' };
    if ((this.#barred.get(tx.sender) ?? 0) > this.#deps.clock.monotonicMs())
      return refused('pool-too-slow', `execution timeout: a transaction of ${tx.sender} took too long`);
    if (this.#underWay.size >= (this.#options.maxUnderWay ?? MAX_UNDER_WAY))
      return refused('pool-full', 'txpool is full: too many requests');
    for (;;) {
      const head = this.#head;
      const rules = { ...this.#options, allowed: this.#allowed };
      const refusal = admissionRefusal(tx, rules, this.#state.baseFee);
      if (refusal !== undefined) return refusal;
      const found = await this.#deps.state.account(head.hash, tx.sender);
      if (found !== undefined && toHex(found.codeHash) !== NO_CODE)
        return refused('pool-sender-code', `sender not an eoa: address ${tx.sender}`);
      const outcome = await new Promise<Verdict | 'outdated'>((settle, fail) => {
        this.#waiting.push({ tx, account: numbers(found), head, settle, fail });
        this.#planFlush();
      });
      if (outcome !== 'outdated') return outcome;
    }
  }

  #planFlush(): void {
    if (this.#waiting.length === 0 || this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    this.#deps.clock.after(this.#waiting.length >= FULL_GROUP ? 0 : GROUP_MS, () => {
      this.#isFlushPlanned = false;
      // The end of a turn plans the next one.
      if (this.#turns > 0) return;
      this.#flush();
      this.#planFlush();
    });
  }

  /** Lets in what has gathered, or none of it where the disk refuses. */
  #flush(): void {
    const group = this.#takeGroup();
    const current = group.filter(({ head }) => head === this.#head);
    for (const { settle } of group.filter(({ head }) => head !== this.#head)) settle('outdated');
    try {
      const done = step(this.#state, { kind: 'arrived', group: current }, this.#options.limits);
      if (done.entries.length > 0) this.#journal.append(done.entries);
      // From here on it is promised: the journal has it.
      this.#take(done.next, done.entries);
      current.forEach(({ settle }, i) => settle(done.verdicts[i] ?? { kind: 'known' }));
    } catch (cause) {
      for (const { settle, fail } of current)
        if (isPassing(cause)) settle(diskRefusal(cause));
        else fail(cause);
    }
  }

  #takeGroup(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { tx } of this.#waiting) {
      if (bytes >= FULL_RECORD_BYTES || count === FULL_GROUP) break;
      bytes += tx.raw.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #turn(
    head: PoolHead,
    mined: readonly Pick<TxReceipt, 'hash' | 'from'>[],
    returned: readonly Uint8Array[],
  ): Promise<void> {
    const back = this.#read(returned);
    const isNext = returned.length === 0 && equalBytes(head.header.parentHash, this.#head.hash);
    const touched = new Set([...mined.map(({ from }) => from), ...back.map(({ sender }) => sender)]);
    // A balance falls by transactions of its account alone; but on another branch all may be otherwise.
    if (!isNext) for (const address of this.#state.queues.keys()) touched.add(address);
    const accounts = await this.#numbersOf(head, touched);
    this.#head = head;
    const hashes = new Set(mined.map(({ hash }) => toHex(hash)));
    this.#apply({ kind: 'head', baseFee: nextBaseFee(head.header), mined: hashes, accounts });
    if (back.length > 0) this.#apply({ kind: 'returned', txs: back, accounts });
    if (this.#journal.isStale(this.#state.bytes)) this.#rewriteJournal();
  }

  /** A step that is taken whatever the disk says: nobody was promised what it brings. */
  #apply(event: PoolEvent): void {
    const { next, entries } = step(this.#state, event, this.#options.limits);
    this.#take(next, entries);
    if (entries.length === 0) return;
    try {
      this.#journal.append(entries);
    } catch (cause) {
      if (!isPassing(cause)) throw cause;
      this.#deps.log.warn('pool-journal-behind', { code: cause.code, entries: entries.length });
    }
  }

  #take(next: PoolState, entries: readonly JournalEntry[]): void {
    this.#state = next;
    for (const entry of entries) if (entry.kind === 'left') this.#recent.forget(toHex(entry.hash));
  }

  #rewriteJournal(): void {
    try {
      const items = [...this.#state.byId.values()].sort((a, b) => a.arrival - b.arrival);
      this.#journal.rewrite(items.map(({ tx }) => tx));
    } catch (cause) {
      if (!isPassing(cause)) throw cause;
      this.#deps.log.warn('pool-journal-not-rewritten', { code: cause.code });
    }
  }

  #read(raws: readonly Uint8Array[]): readonly L2Tx[] {
    return raws.flatMap((raw) => {
      const tx = readForPool(raw, this.#options.chainId);
      return 'kind' in tx ? [] : [tx];
    });
  }

  async #numbersOf(
    { hash }: PoolHead,
    addresses: ReadonlySet<Address>,
  ): Promise<ReadonlyMap<Address, AccountNumbers>> {
    const read = async (address: Address): Promise<[Address, AccountNumbers]> => [
      address,
      numbers(await this.#deps.state.account(hash, address)),
    ];
    return new Map(await Promise.all([...addresses].map(read)));
  }
}

const numbers = (found: AccountState | undefined): AccountNumbers => ({
  nonce: found?.nonce ?? 0n,
  balance: found?.balance ?? 0n,
});

/** A fault of the disk after which it may work again. */
const isPassing = (cause: unknown): cause is OperationError =>
  cause instanceof OperationError && cause.level !== 'fatal';

const diskRefusal = (cause: OperationError): Refused =>
  refused('pool-disk', `txpool is full: the journal takes no more (${cause.code})`);
