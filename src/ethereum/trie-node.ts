import { assert } from '../crypto/errors.ts';
import { bytesOf, isListPart, partsOf, rlpBytes, rlpList } from './rlp-parts.ts';

/** The end of a path: one value. */
export interface Leaf {
  readonly kind: 'leaf';
  /** Nibbles, one a byte, that no node above has said. */
  readonly path: Uint8Array;
  readonly value: Uint8Array;
  /** How the node above names this one: see `Slot`. `undefined` until it has been written. */
  ref: Uint8Array | undefined;
}

/** Nibbles that all keys below share, in front of a branch. */
export interface Extension {
  readonly kind: 'extension';
  readonly path: Uint8Array;
  child: Slot;
  ref: Uint8Array | undefined;
}

/** A fork: one child for each nibble. Keys of one length end in leaves, so that no branch has a value. */
export interface Branch {
  readonly kind: 'branch';
  /** 16 of them. */
  readonly children: (Slot | undefined)[];
  ref: Uint8Array | undefined;
}

/** A node of a trie that nobody changes once it is made; `ref` alone is filled in later. */
export type TrieNode = Leaf | Extension | Branch;

/**
 * A node, or its name where it has not been read yet: the part of the RLP of the node above that stands for
 * it, which is its hash, or the node itself where that has less than 32 bytes.
 */
export type Slot = TrieNode | Uint8Array;

const CHILDREN = 16;
const HASH_PART_BYTES = 33;
const NO_BYTES: Uint8Array = rlpBytes(new Uint8Array(0));

/** The nibbles of bytes, one a byte. */
export function nibblesOf(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(2 * bytes.length);
  let at = 0;
  for (const byte of bytes) {
    out[at++] = byte >> 4;
    out[at++] = byte & 15;
  }
  return out;
}

/** Nibbles behind a flag for their parity and for a leaf. [Ethereum yellow paper, appendix C] */
export function hexPrefix(path: Uint8Array, isLeaf: boolean): Uint8Array {
  const odd = path.length % 2;
  const out = new Uint8Array(1 + (path.length - odd) / 2);
  out[0] = ((isLeaf ? 2 : 0) + odd) * 16 + (odd === 1 ? (path[0] ?? 0) : 0);
  for (let from = odd, to = 1; from < path.length; from += 2, to++)
    out[to] = (path[from] ?? 0) * 16 + (path[from + 1] ?? 0);
  return out;
}

/** The nibbles behind the flag. */
const pathOf = (prefixed: Uint8Array): Uint8Array =>
  nibblesOf(prefixed).subarray(((prefixed[0] ?? 0) & 16) === 16 ? 1 : 2);

/** The RLP of a node; `nameOf` gives the part that stands for a child. */
export function encodeNode(node: TrieNode, nameOf: (child: Slot) => Uint8Array): Uint8Array {
  if (node.kind === 'leaf') return rlpList([rlpBytes(hexPrefix(node.path, true)), rlpBytes(node.value)]);
  if (node.kind === 'extension') return rlpList([rlpBytes(hexPrefix(node.path, false)), nameOf(node.child)]);
  const parts = node.children.map((child) => (child === undefined ? NO_BYTES : nameOf(child)));
  return rlpList([...parts, NO_BYTES]);
}

/** Reads what `encodeNode` writes; `ref` is the name under which the node was found. @throws Bug */
export function decodeNode(bytes: Uint8Array, ref: Uint8Array): TrieNode {
  const parts = partsOf(bytes);
  const [first, second] = parts;
  if (parts.length === CHILDREN + 1)
    return { kind: 'branch', children: parts.slice(0, CHILDREN).map(slotOf), ref };
  assert(parts.length === 2 && first !== undefined && second !== undefined, 'a node of no kind');
  const prefixed = bytesOf(first);
  const path = pathOf(prefixed);
  if (((prefixed[0] ?? 0) & 32) === 32) return { kind: 'leaf', path, value: bytesOf(second), ref };
  return { kind: 'extension', path, child: second, ref };
}

const slotOf = (part: Uint8Array): Uint8Array | undefined => (part.length === 1 ? undefined : part);

/** The hash in a name, or `undefined` where the name is the node itself. */
export const hashIn = (name: Uint8Array): Uint8Array | undefined =>
  !isListPart(name) && name.length === HASH_PART_BYTES ? bytesOf(name) : undefined;
