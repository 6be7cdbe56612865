import { equalBytes } from '../crypto/bytes.ts';
import { OperationError, assert } from '../crypto/errors.ts';
import { keccak256 } from './address.ts';
import { rlpBytes } from './rlp-parts.ts';
import { type Branch, type Slot, type TrieNode } from './trie-node.ts';
import { decodeNode, encodeNode, hashIn, nibblesOf } from './trie-node.ts';

/** Where the nodes of tries are, by hash. A node is never overwritten: every old root is a whole trie. */
export interface TrieStore {
  /** 32 bytes to the bytes that have this hash. */
  readonly get: (hash: Uint8Array) => Uint8Array | undefined;
}

/** The root of a trie without entries. */
export const EMPTY_ROOT: Uint8Array = keccak256(rlpBytes(new Uint8Array(0)));

const HASH_BYTES = 32;
const sharedPrefix = (a: Uint8Array, b: Uint8Array): number => {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return at;
};

/**
 * A Merkle Patricia trie over keys of 32 bytes that are hashes already. Nothing changes it: `put` and
 * `delete` give another one, which shares all nodes that stay. Nodes are read when they are needed.
 * [Ethereum yellow paper, appendix D]
 * Every call: @throws OperationError trie-damaged
 */
export class Trie {
  readonly #store: TrieStore;
  readonly #top: Slot | undefined;

  private constructor(store: TrieStore, top: Slot | undefined) {
    this.#store = store;
    this.#top = top;
  }

  /** The trie of a root of 32 bytes. */
  static at(store: TrieStore, root: Uint8Array): Trie {
    return new Trie(store, equalBytes(root, EMPTY_ROOT) ? undefined : rlpBytes(root));
  }

  /** The value of a key, `undefined` where it has none. */
  get(key: Uint8Array): Uint8Array | undefined {
    const path = nibblesOf(key);
    let at = 0;
    let node = this.#top === undefined ? undefined : this.#read(this.#top);
    while (node !== undefined) {
      if (node.kind === 'branch') {
        node = this.#child(node, path[at++] ?? 0);
        continue;
      }
      const rest = path.subarray(at);
      if (sharedPrefix(node.path, rest) < node.path.length) return undefined;
      if (node.kind === 'leaf') return node.value;
      at += node.path.length;
      node = this.#below(node);
    }
    return undefined;
  }

  /** The same trie with another value, of one byte or more, for a key of 32 bytes. */
  put(key: Uint8Array, value: Uint8Array): Trie {
    assert(key.length === HASH_BYTES && value.length > 0, 'a trie has values behind keys of 32 bytes');
    const path = nibblesOf(key);
    if (this.#top === undefined) return new Trie(this.#store, leaf(path, value));
    return new Trie(this.#store, this.#put(this.#read(this.#top), path, value));
  }

  /** The same trie without a key. */
  delete(key: Uint8Array): Trie {
    if (this.#top === undefined) return this;
    const top = this.#read(this.#top);
    const next = this.#delete(top, nibblesOf(key));
    return next === top ? this : new Trie(this.#store, next);
  }

  /** The root, 32 bytes. `write` receives every node that no earlier call gave, and that the store lacks. */
  commit(write: (hash: Uint8Array, bytes: Uint8Array) => void): Uint8Array {
    if (this.#top === undefined) return EMPTY_ROOT;
    const name = this.#nameOf(this.#top, write);
    const hash = hashIn(name);
    if (hash !== undefined) return hash;
    // The top has a hash however short it is.
    const short = keccak256(name);
    write(short, name);
    return short;
  }

  /** The nodes from the top towards a key, which prove its value, or that it has none. [EIP-1186] */
  prove(key: Uint8Array): readonly Uint8Array[] {
    const path = nibblesOf(key);
    const proof: Uint8Array[] = [];
    let at = 0;
    let node = this.#top === undefined ? undefined : this.#read(this.#top);
    while (node !== undefined) {
      const bytes = encodeNode(node, (child) => this.#nameOf(child, () => undefined));
      // A short node stands in the one above.
      if (proof.length === 0 || bytes.length >= HASH_BYTES) proof.push(bytes);
      if (node.kind === 'leaf') break;
      if (node.kind === 'branch') {
        node = this.#child(node, path[at++] ?? 0);
        continue;
      }
      if (sharedPrefix(node.path, path.subarray(at)) < node.path.length) break;
      at += node.path.length;
      node = this.#below(node);
    }
    return proof;
  }

  #put(node: TrieNode, path: Uint8Array, value: Uint8Array): TrieNode {
    if (node.kind === 'branch') {
      const nibble = path[0] ?? 0;
      const child = this.#child(node, nibble);
      const rest = path.subarray(1);
      return withChild(node, nibble, child === undefined ? leaf(rest, value) : this.#put(child, rest, value));
    }
    const fork = sharedPrefix(node.path, path);
    if (fork === node.path.length) {
      if (node.kind === 'leaf') return leaf(path, value);
      return extension(node.path, this.#put(this.#below(node), path.subarray(fork), value));
    }
    // The two paths part inside this node: a branch comes between.
    const children: (Slot | undefined)[] = Array.from({ length: 16 }, () => undefined);
    const tail = node.path.subarray(fork + 1);
    children[node.path[fork] ?? 0] =
      node.kind === 'leaf' ? leaf(tail, node.value) : extension(tail, this.#below(node));
    children[path[fork] ?? 0] = leaf(path.subarray(fork + 1), value);
    return extension(path.subarray(0, fork), { kind: 'branch', children, ref: undefined });
  }

  /** Gives back `node` itself where it does not hold the path. */
  #delete(node: TrieNode, path: Uint8Array): TrieNode | undefined {
    if (node.kind === 'leaf') return equalBytes(node.path, path) ? undefined : node;
    if (node.kind === 'extension') {
      if (sharedPrefix(node.path, path) < node.path.length) return node;
      const child = this.#below(node);
      const next = this.#delete(child, path.subarray(node.path.length));
      assert(next !== undefined, 'below an extension is a branch');
      return next === child ? node : joined(node.path, next);
    }
    const nibble = path[0] ?? 0;
    const child = this.#child(node, nibble);
    if (child === undefined) return node;
    const next = this.#delete(child, path.subarray(1));
    if (next === child) return node;
    return next === undefined ? this.#collapsed(node, nibble) : withChild(node, nibble, next);
  }

  /** A branch that loses a child; where one is left, that one takes the place of the branch. */
  #collapsed(branch: Branch, lost: number): TrieNode {
    const left = branch.children.flatMap((child, i) => (child === undefined || i === lost ? [] : [i]));
    const [only] = left;
    assert(only !== undefined, 'a branch has two children or more');
    if (left.length > 1) return withChild(branch, lost, undefined);
    const child = this.#child(branch, only);
    assert(child !== undefined, 'the child that is left is there');
    return joined(Uint8Array.of(only), child);
  }

  #child(branch: Branch, nibble: number): TrieNode | undefined {
    const slot = branch.children[nibble];
    if (slot === undefined) return undefined;
    // What was read stays read: the node is the same, only nearer.
    return (branch.children[nibble] = this.#read(slot));
  }

  #below(node: Extract<TrieNode, { kind: 'extension' }>): TrieNode {
    return (node.child = this.#read(node.child));
  }

  #read(slot: Slot): TrieNode {
    if (!(slot instanceof Uint8Array)) return slot;
    const hash = hashIn(slot);
    if (hash === undefined) return decodeNode(slot, slot);
    const bytes = this.#store.get(hash);
    if (bytes === undefined || !equalBytes(keccak256(bytes), hash))
      throw new OperationError(
        'trie-damaged',
        'fatal',
        'a node of the state is missing, or is not what its hash says',
      );
    return decodeNode(bytes, slot);
  }

  #nameOf(slot: Slot, write: (hash: Uint8Array, bytes: Uint8Array) => void): Uint8Array {
    if (slot instanceof Uint8Array) return slot;
    if (slot.ref !== undefined) return slot.ref;
    const bytes = encodeNode(slot, (child) => this.#nameOf(child, write));
    if (bytes.length < HASH_BYTES) return (slot.ref = bytes);
    const hash = keccak256(bytes);
    write(hash, bytes);
    return (slot.ref = rlpBytes(hash));
  }
}

const leaf = (path: Uint8Array, value: Uint8Array): TrieNode => ({
  ...{ kind: 'leaf', path, value, ref: undefined },
});

/** An extension, or the child alone where there is nothing to extend. */
function extension(path: Uint8Array, child: TrieNode): TrieNode {
  return path.length === 0 ? child : { kind: 'extension', path, child, ref: undefined };
}

/** A node with more nibbles in front: two paths in a row are one. */
function joined(path: Uint8Array, node: TrieNode): TrieNode {
  if (node.kind === 'branch') return extension(path, node);
  const whole = new Uint8Array(path.length + node.path.length);
  whole.set(path);
  whole.set(node.path, path.length);
  return node.kind === 'leaf' ? leaf(whole, node.value) : { ...node, path: whole, ref: undefined };
}

function withChild(branch: Branch, nibble: number, child: TrieNode | undefined): TrieNode {
  const children = branch.children.slice();
  children[nibble] = child;
  return { kind: 'branch', children, ref: undefined };
}
