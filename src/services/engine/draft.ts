import type { AccountState } from '../../chain/execution.ts';
import { assert } from '../../crypto/errors.ts';
import { keccak256 } from '../../ethereum/address.ts';
import { type Key, keyOf } from './key.ts';
import type { Changes, StateView } from './state.ts';

const NOTHING = new Uint8Array(0);

/** A word as slots keep it. */
export function withoutZeros(word: Uint8Array): Uint8Array {
  let zeros = 0;
  while (word[zeros] === 0) zeros++;
  return zeros === 0 ? word : word.subarray(zeros);
}

/** A state and what is being changed on it. Every change can be taken back, to the last mark that is open. */
export class Draft implements Changes {
  readonly accounts: Map<Key, AccountState | undefined> = new Map();
  readonly slots: Map<Key, Map<Key, Uint8Array>> = new Map();
  readonly cleared: Set<Key> = new Set();
  /** New code by its hash. */
  readonly codes: Map<Key, Uint8Array> = new Map();
  readonly base: StateView;
  /** What takes back each change, in their order, and how many there were at each open mark. */
  readonly #undo: (() => void)[] = [];
  readonly #marks: number[] = [];

  constructor(base: StateView) {
    this.base = base;
  }

  account(key: Key): AccountState | undefined {
    return this.accounts.has(key) ? this.accounts.get(key) : this.base.account(key);
  }

  setAccount(key: Key, account: AccountState | undefined): void {
    this.#set(this.accounts, key, account);
  }

  /** Without leading zeros. */
  slot(account: Key, slot: Key): Uint8Array {
    const written = this.slots.get(account)?.get(slot);
    if (written !== undefined) return written;
    return this.cleared.has(account) ? NOTHING : this.base.slot(account, slot);
  }

  /** `value` without leading zeros. */
  setSlot(account: Key, slot: Key, value: Uint8Array): void {
    let slots = this.slots.get(account);
    if (slots === undefined) this.#set(this.slots, account, (slots = new Map<Key, Uint8Array>()));
    this.#set(slots, slot, value);
  }

  /** Takes all slots of an account. */
  clear(account: Key): void {
    const slots = this.slots.get(account);
    if (slots !== undefined) {
      this.slots.delete(account);
      this.#undo.push(() => void this.slots.set(account, slots));
    }
    if (this.cleared.has(account)) return;
    this.cleared.add(account);
    this.#undo.push(() => void this.cleared.delete(account));
  }

  /** The code of a hash. */
  code(hash: Uint8Array): Uint8Array {
    return this.codes.get(keyOf(hash)) ?? this.base.code(hash);
  }

  /** Keeps code, and says its hash. It goes when changes are taken back: nothing refers to it then. */
  addCode(code: Uint8Array): Uint8Array {
    const hash = keccak256(code);
    this.#set(this.codes, keyOf(hash), code);
    return hash;
  }

  /** Opens a mark. */
  mark(): void {
    this.#marks.push(this.#undo.length);
  }

  /** Closes the last mark and keeps what came after it. */
  keep(): void {
    assert(this.#marks.pop() !== undefined, 'a mark was open');
  }

  /** Closes the last mark and takes back what came after it. */
  takeBack(): void {
    const length = this.#marks.pop();
    assert(length !== undefined, 'a mark was open');
    while (this.#undo.length > length) this.#undo.pop()?.();
  }

  /** How many marks are open. */
  get depth(): number {
    return this.#marks.length;
  }

  #set<V>(map: Map<Key, V | undefined>, key: Key, value: V): void {
    const before = map.get(key);
    this.#undo.push(map.has(key) ? () => void map.set(key, before) : () => void map.delete(key));
    map.set(key, value);
  }
}
