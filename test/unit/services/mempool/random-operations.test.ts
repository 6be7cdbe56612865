import { describe, expect, it } from 'vitest';

import { toHex } from '../../../../src/crypto/bytes.ts';
import { assert } from '../../../../src/crypto/errors.ts';
import { type Address, keccak256 } from '../../../../src/ethereum/address.ts';
import type { L2Tx } from '../../../../src/ethereum/l2-tx.ts';
import {
  type JournalEntry,
  type PoolEvent,
  emptyPool,
  step,
} from '../../../../src/services/mempool/machine.ts';
import type { AccountNumbers } from '../../../../src/services/mempool/queue.ts';
import { Choices } from '../../../sim/random.ts';
import { checkCandidates, checkPool, portrait } from './invariants.ts';
import { accountAt, tx } from './samples.ts';

// Small enough that every limit is met all the time.
const limits = { ready: 14, queued: 6, bytes: 2_600, perAccount: 5 };
const ACCOUNTS = 8;
const OPERATIONS = 100_000;

/** A chain and a pool that follows it, with a journal in memory. */
class World {
  readonly choices: Choices;
  state = emptyPool(50n);
  readonly blocks: { readonly mined: readonly L2Tx[] }[] = [];
  readonly accounts = new Map<Address, AccountNumbers>();
  /** What the journal says: raw bytes that came and did not leave. */
  journal = new Map<string, L2Tx>();
  /** Every transaction, by its very bytes. */
  readonly made = new WeakMap<Uint8Array, L2Tx>();
  tally = { accepted: 0, refused: 0, known: 0, mined: 0, returned: 0 };

  constructor(seed: number) {
    this.choices = new Choices(seed);
    for (let k = 0; k < ACCOUNTS; k++) this.accounts.set(accountAt(k), { nonce: 0n, balance: 30_000_000n });
  }

  operate(): void {
    const dice = this.choices.below(100);
    if (dice < 82) this.arrive();
    else if (dice < 94) this.mine();
    else if (dice < 97) this.reorganise();
    else if (dice < 99) this.useless();
    else this.restart();
  }

  arrive(): void {
    const length = this.choices.happens(0.2) ? 3 : 1;
    const group = Array.from({ length }, () => this.#arrival());
    const before = this.state;
    const { verdicts } = this.step({ kind: 'arrived', group });
    for (const { kind } of verdicts) this.tally[kind] += 1;
    if (verdicts.every(({ kind }) => kind !== 'accepted'))
      assert(portrait(this.state) === portrait(before), 'a refusal changed the pool');
  }

  #arrival(): { readonly tx: L2Tx; readonly account: AccountNumbers } {
    const { choices } = this;
    const [again] = this.state.byId.values();
    if (again !== undefined && choices.happens(0.05))
      return { tx: again.tx, account: this.#numbers(again.tx.sender) };
    const from = choices.below(ACCOUNTS);
    const account = this.#numbers(accountAt(from));
    const nonce = Math.max(0, Number(account.nonce) + choices.below(7) - 1);
    const tip = choices.below(30);
    const plan = { from, nonce, tip, cap: tip + 40 + choices.below(40), size: 40 + choices.below(200) };
    const one = tx({ ...plan, value: choices.below(4) * 1_000_000, salt: choices.below(3) });
    this.made.set(one.raw, one);
    return { tx: one, account };
  }

  /** A block of what the pool offers; sometimes a nonce is used by a transaction that it does not know. */
  mine(): void {
    const limit = { count: 4, gas: 1_000_000n, bytes: 700, baseFee: this.state.baseFee };
    checkCandidates(this.state, limit);
    const ready = [...this.state.queues.values()].flatMap(({ items, ready: count }) => items.slice(0, count));
    const first = ready.filter(({ tx: one }) => one.nonce === this.#numbers(one.sender).nonce);
    const mined = first.filter(() => this.choices.happens(0.4)).map(({ tx: one }) => one);
    const [other] = mined;
    if (other !== undefined && this.choices.happens(0.2)) {
      const foreign = tx({ nonce: Number(other.nonce), from: this.#indexOf(other.sender), salt: 9 });
      this.made.set(foreign.raw, foreign);
      mined[0] = foreign;
    }
    this.blocks.push({ mined });
    this.tally.mined += mined.length;
    this.#follow(mined, 1n, []);
  }

  reorganise(): void {
    const gone = this.blocks.splice(-(1 + this.choices.below(3)));
    const returned = gone.flatMap(({ mined }) => mined);
    this.tally.returned += returned.length;
    this.#follow(returned, -1n, returned);
  }

  #follow(touched: readonly L2Tx[], sign: 1n | -1n, returned: readonly L2Tx[]): void {
    for (const { sender, maxFeePerGas, gasLimit, value } of touched) {
      const { nonce, balance } = this.#numbers(sender);
      const cost = (maxFeePerGas * gasLimit) / 2n + value;
      this.accounts.set(sender, { nonce: nonce + sign, balance: balance - sign * cost });
    }
    for (const [address, { nonce }] of this.accounts)
      if (this.choices.happens(0.05))
        this.accounts.set(address, { nonce, balance: BigInt(this.choices.below(30_000_000)) });
    const baseFee = BigInt(30 + this.choices.below(50));
    const mined = new Set(returned.length > 0 ? [] : touched.map(({ hash }) => toHex(hash)));
    this.step({ kind: 'head', baseFee, mined, accounts: this.accounts });
    if (returned.length > 0) this.step({ kind: 'returned', txs: returned, accounts: this.accounts });
  }

  useless(): void {
    const [id] = this.state.byId.keys();
    if (id !== undefined) this.step({ kind: 'useless', ids: new Set([id]) });
  }

  /** What the journal gives back is what was there. */
  restart(): void {
    const before = portrait(this.state);
    const txs = [...this.journal.values()];
    const empty = emptyPool(this.state.baseFee);
    const { next, entries } = step(empty, { kind: 'restored', txs, accounts: this.accounts }, limits);
    assert(portrait(next) === before, 'another pool came out of the journal');
    assert(entries.length === 0, 'the journal held more than the pool');
    checkPool(next, limits);
    this.state = next;
    if (!this.choices.happens(0.2)) return;
    // As when it is written anew.
    const items = [...next.byId.values()].sort((a, b) => a.arrival - b.arrival);
    this.journal = new Map(items.map(({ id, tx: one }) => [id, one]));
  }

  step(event: PoolEvent): ReturnType<typeof step> {
    const done = step(this.state, event, limits);
    this.state = done.next;
    for (const entry of done.entries) this.#write(entry);
    checkPool(this.state, limits);
    return done;
  }

  #write(entry: JournalEntry): void {
    const one = entry.kind === 'added' ? this.made.get(entry.raw) : undefined;
    const id = toHex(entry.kind === 'added' ? keccak256(entry.raw) : entry.hash);
    this.journal.delete(id);
    if (one !== undefined) this.journal.set(id, one);
  }

  #numbers(address: Address): AccountNumbers {
    return this.accounts.get(address) ?? { nonce: 0n, balance: 0n };
  }

  #indexOf(address: Address): number {
    return [...this.accounts.keys()].indexOf(address);
  }
}

describe('100,000 random operations', () => {
  it('leave a pool that is bounded, without gaps, counted exactly, and that its journal gives back', () => {
    const world = new World(6);
    for (let n = 0; n < OPERATIONS; n++) world.operate();
    const { accepted, refused, known, mined, returned } = world.tally;
    for (const count of [accepted, refused, known, mined, returned]) expect(count).toBeGreaterThan(1_000);
  });
});
