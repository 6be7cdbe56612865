import type { AccountState, StateProof } from '../../chain/execution.ts';
import { keccak256 } from '../../ethereum/address.ts';
import { bytesOf, rlpBytes } from '../../ethereum/rlp-parts.ts';
import { EMPTY_ROOT, Trie, type TrieStore } from '../../ethereum/trie.ts';
import { decodeAccount, encodeAccount } from './account.ts';
import { type Key, keyBytes } from './key.ts';

/** Where nodes of tries and code are. */
export interface StateStore extends TrieStore {
  /** The code of a hash, both of any length and of 32 bytes. */
  readonly code: (hash: Uint8Array) => Uint8Array;
}

/** What can be read of a state. */
export interface StateView {
  /** `undefined` for an account that is empty. */
  readonly account: (key: Key) => AccountState | undefined;
  /** The value of a slot without its leading zeros. */
  readonly slot: (account: Key, slot: Key) => Uint8Array;
  /** The code of a hash. */
  readonly code: (hash: Uint8Array) => Uint8Array;
}

/** What a block, or a call, has changed. */
export interface Changes {
  /** `undefined` for accounts that are gone. */
  readonly accounts: ReadonlyMap<Key, AccountState | undefined>;
  /** Values without their leading zeros; empty for slots that are gone. */
  readonly slots: ReadonlyMap<Key, ReadonlyMap<Key, Uint8Array>>;
  /** Accounts that lost all slots before they got those in `slots`. */
  readonly cleared: ReadonlySet<Key>;
}

/** Something that goes to disk with a block: a node of a trie, by its hash. */
export type WriteNode = (hash: Uint8Array, bytes: Uint8Array) => void;

const NOTHING = new Uint8Array(0);
/** Accounts and slots that are remembered before all are forgotten: about 200 bytes each. */
const MOST_KEPT = 400_000;

/** What has been read of a state already: the same whatever was read. */
class Memory {
  readonly accounts = new Map<Key, AccountState | undefined>();
  readonly slots = new Map<Key, Map<Key, Uint8Array>>();
  readonly tries = new Map<Key, Trie>();
  size = 0;
}

/** The state at the end of a block. It never changes; what is executed on it makes the next one. */
export class State implements StateView {
  /** 32 bytes */
  readonly root: Uint8Array;
  readonly #store: StateStore;
  #trie: Trie;
  #memory: Memory;

  private constructor(store: StateStore, root: Uint8Array, trie: Trie, memory: Memory) {
    [this.#store, this.root, this.#trie, this.#memory] = [store, root, trie, memory];
  }

  /** The state of a root; nothing is read before it is asked for. */
  static at(store: StateStore, root: Uint8Array): State {
    return new State(store, root, Trie.at(store, root), new Memory());
  }

  /** `undefined` for an account that is empty. [EIP-161] */
  account(key: Key): AccountState | undefined {
    const { accounts } = this.#memory;
    if (accounts.has(key)) return accounts.get(key);
    const bytes = this.#trie.get(keccak256(keyBytes(key)));
    const account = bytes === undefined ? undefined : decodeAccount(bytes);
    accounts.set(key, account);
    this.#memory.size++;
    return account;
  }

  /** The value of a slot without its leading zeros. */
  slot(account: Key, slot: Key): Uint8Array {
    const slots = this.#slotsOf(account);
    const known = slots.get(slot);
    if (known !== undefined) return known;
    const part = this.storage(account).get(keccak256(keyBytes(slot)));
    const value = part === undefined ? NOTHING : bytesOf(part);
    slots.set(slot, value);
    this.#memory.size++;
    return value;
  }

  code(hash: Uint8Array): Uint8Array {
    return this.#store.code(hash);
  }

  /** The trie under the storage root of an account. */
  storage(account: Key): Trie {
    const { tries } = this.#memory;
    const known = tries.get(account);
    if (known !== undefined) return known;
    const trie = Trie.at(this.#store, this.account(account)?.storageRoot ?? EMPTY_ROOT);
    tries.set(account, trie);
    return trie;
  }

  /** Proofs of an account, and of slots of it: the nodes from the root. [EIP-1186] */
  prove(account: Key, slots: readonly Key[]): StateProof {
    const storage = this.storage(account);
    return {
      account: this.#trie.prove(keccak256(keyBytes(account))),
      slots: slots.map((slot) => storage.prove(keccak256(keyBytes(slot)))),
    };
  }

  /** The state after changes; `write` receives every node that the store lacks. */
  after(changes: Changes, write: WriteNode): State {
    let trie = this.#trie;
    const accounts = new Map<Key, AccountState | undefined>();
    const tries = new Map<Key, Trie>();
    for (const key of new Set([...changes.accounts.keys(), ...changes.slots.keys(), ...changes.cleared])) {
      const known = changes.accounts.has(key) ? changes.accounts.get(key) : this.account(key);
      const at = keccak256(keyBytes(key));
      accounts.set(key, known);
      if (known === undefined) {
        trie = trie.delete(at);
        tries.set(key, Trie.at(this.#store, EMPTY_ROOT));
        continue;
      }
      // Storage first: its root is part of the account.
      const storage = this.#storageAfter(key, changes);
      const storageRoot = storage?.commit(write) ?? this.account(key)?.storageRoot ?? EMPTY_ROOT;
      if (storage !== undefined) tries.set(key, storage);
      const account = { ...known, storageRoot };
      accounts.set(key, account);
      trie = trie.put(at, encodeAccount(account));
    }
    const root = trie.commit(write);
    const next = new State(this.#store, root, trie, new Memory());
    next.#settled = { ...changes, accounts, tries };
    return next;
  }

  #settled: (Changes & { readonly tries: ReadonlyMap<Key, Trie> }) | undefined;

  /** Takes over what `parent` remembers, which then forgets it: for a block that is kept. */
  inherit(parent: State): void {
    const settled = this.#settled;
    this.#settled = undefined;
    if (settled === undefined) return;
    if (parent.#memory.size > MOST_KEPT) {
      // The nodes that were read stay with the tries: those begin anew, too.
      parent.#memory = new Memory();
      this.#trie = Trie.at(this.#store, this.root);
      return;
    }
    const memory = (this.#memory = parent.#memory);
    parent.#memory = new Memory();
    for (const [key, account] of settled.accounts) memory.accounts.set(key, account);
    for (const key of settled.cleared) memory.slots.delete(key);
    for (const [key, account] of settled.accounts) if (account === undefined) memory.slots.delete(key);
    for (const [key, trie] of settled.tries) memory.tries.set(key, trie);
    for (const [key, slots] of settled.slots) {
      if (settled.accounts.get(key) === undefined) continue;
      const known = this.#slotsOf(key);
      for (const [slot, value] of slots) known.set(slot, value);
      memory.size += slots.size;
    }
    memory.size += settled.accounts.size;
  }

  #slotsOf(account: Key): Map<Key, Uint8Array> {
    const { slots } = this.#memory;
    const known = slots.get(account);
    if (known !== undefined) return known;
    const fresh = new Map<Key, Uint8Array>();
    slots.set(account, fresh);
    return fresh;
  }

  #storageAfter(account: Key, { slots, cleared }: Changes): Trie | undefined {
    const written = slots.get(account);
    if (written === undefined && !cleared.has(account)) return undefined;
    let trie = cleared.has(account) ? Trie.at(this.#store, EMPTY_ROOT) : this.storage(account);
    for (const [slot, value] of written ?? []) {
      const at = keccak256(keyBytes(slot));
      trie = value.length === 0 ? trie.delete(at) : trie.put(at, rlpBytes(value));
    }
    return trie;
  }
}
