import { concat } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import { keccak256 } from '../ethereum/address.ts';

/** Levels of the tree, and siblings of a leaf. [MessageTree.sol] */
export const MESSAGE_TREE_DEPTH = 32;
/** The last place stays empty, as in the contract. */
const CAPACITY = 2 ** 32 - 1;
const ZERO = new Uint8Array(32);

/** The tree of all messages of one direction, as far as the next leaf and the root need it. */
export interface MessageTree {
  readonly count: number;
  /**
   * 32 bytes each: at each height the last complete subtree on the left. Heights that `count` has no bit for
   * hold what was there last, or nothing.
   */
  readonly branch: readonly Uint8Array[];
}

/** The tree before the first message. */
export const emptyMessageTree: MessageTree = { count: 0, branch: [] };

const hashOf = (left: Uint8Array, right: Uint8Array): Uint8Array => keccak256(concat(left, right));

/** Roots of subtrees without leaves, by height. */
const EMPTY: readonly Uint8Array[] = Array.from({ length: MESSAGE_TREE_DEPTH }).reduce<Uint8Array[]>(
  (roots) => {
    const last = roots.at(-1) ?? ZERO;
    return [...roots, hashOf(last, last)];
  },
  [ZERO],
);
const emptyAt = (height: number): Uint8Array => EMPTY[height] ?? ZERO;

/** Puts a leaf, 32 bytes, into the next place. [MessageTree.sol, append] */
export function appendMessage(tree: MessageTree, leaf: Uint8Array): MessageTree {
  assert(leaf.length === 32, 'a leaf has 32 bytes');
  assert(tree.count < CAPACITY, 'the tree of messages is full');
  let [node, height] = [leaf, 0];
  // The subtrees that this leaf completes are folded into it; the first incomplete one keeps the result.
  for (let size = tree.count + 1; size % 2 === 0; size /= 2)
    node = hashOf(tree.branch[height++] ?? ZERO, node);
  const branch = Array.from({ length: Math.max(tree.branch.length, height + 1) }, (_, h) =>
    h === height ? node : (tree.branch[h] ?? ZERO),
  );
  return { count: tree.count + 1, branch };
}

/** Appends several. */
export const appendMessages = (tree: MessageTree, leaves: readonly Uint8Array[]): MessageTree =>
  leaves.reduce(appendMessage, tree);

/** The root over all leaves so far and zeros in the places behind them, 32 bytes. [MessageTree.sol, root] */
export function messageTreeRoot({ count, branch }: MessageTree): Uint8Array {
  let node: Uint8Array = ZERO;
  let size = count;
  for (let height = 0; height < MESSAGE_TREE_DEPTH; height++) {
    node = size % 2 === 1 ? hashOf(branch[height] ?? ZERO, node) : hashOf(node, emptyAt(height));
    size = Math.floor(size / 2);
  }
  return node;
}

/** The 32 siblings of a leaf, lowest first, in the tree that has just these leaves. */
export function messagePath(leaves: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  assert(index >= 0 && index < leaves.length, `there is no message ${index} of ${leaves.length}`);
  let row = leaves;
  return Array.from({ length: MESSAGE_TREE_DEPTH }, (_, height) => {
    const sibling = row[Math.floor(index / 2 ** height) ^ 1] ?? emptyAt(height);
    row = Array.from({ length: Math.ceil(row.length / 2) }, (__, i) =>
      hashOf(row[2 * i] ?? emptyAt(height), row[2 * i + 1] ?? emptyAt(height)),
    );
    return sibling;
  });
}

/** The root that a leaf at a place has with these siblings. [MessageTree.sol, rootOf] */
export function rootOfMessage(leaf: Uint8Array, index: number, path: readonly Uint8Array[]): Uint8Array {
  if (index < 0 || index >= CAPACITY || path.length !== MESSAGE_TREE_DEPTH) return ZERO;
  return path.reduce(
    (node, sibling, height) =>
      Math.floor(index / 2 ** height) % 2 === 1 ? hashOf(sibling, node) : hashOf(node, sibling),
    leaf,
  );
}
