import { concat, equalBytes } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { primitives } from '../../crypto/primitives.ts';

/** Most hashes in a proof: a tree of 2^53 leaves has 53 levels, and a consistency proof one hash more. */
export const MAX_PROOF_HASHES = 54;

const LEAF: Uint8Array = Uint8Array.of(0);
const NODE: Uint8Array = Uint8Array.of(1);

/** SHA-256(0x00 ‖ entry): what stands for an entry in the tree, 32 bytes. [RFC 6962, 2.1] */
export const leafHash = (entry: Uint8Array): Uint8Array => primitives().sha256(concat(LEAF, entry));

/**
 * SHA-256(0x01 ‖ left ‖ right): 32 bytes. Another first byte than a leaf's, so neither is taken for the
 * other.
 */
const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  primitives().sha256(concat(NODE, left, right));

/** SHA-256 of nothing: the root of a tree without leaves. [RFC 6962, 2.1] */
export const emptyRoot = (): Uint8Array => primitives().sha256(new Uint8Array(0));

/** The largest power of two below `size`, for sizes from 2 up. Bit operators end at 32 bits, sizes do not. */
function splitOf(size: number): number {
  let k = 1;
  while (2 * k < size) k *= 2;
  return k;
}

/** A hash that must be there. */
function present<T>(hash: T | undefined): T {
  assert(hash !== undefined, 'a leaf outside its tree');
  return hash;
}

/** The root over the leaves from `from` to before `to`, of which there is at least one. */
type RootOver = (from: number, to: number) => Uint8Array;

function overHashes(leaves: readonly Uint8Array[]): RootOver {
  const over: RootOver = (from, to) => {
    if (to - from === 1) return present(leaves[from]);
    const middle = from + splitOf(to - from);
    return nodeHash(over(from, middle), over(middle, to));
  };
  return over;
}

/** The root over leaf hashes, 32 bytes. [RFC 6962, 2.1] */
export const rootOf = (leaves: readonly Uint8Array[]): Uint8Array =>
  leaves.length === 0 ? emptyRoot() : overHashes(leaves)(0, leaves.length);

/** PATH(m, D[n]): the neighbours from the leaf up. [RFC 9162, 2.1.3.1] */
function pathIn(over: RootOver, index: number, size: number): readonly Uint8Array[] {
  const path: Uint8Array[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    const isLeft = index < middle;
    path.push(isLeft ? over(middle, to) : over(from, middle));
    if (isLeft) to = middle;
    else from = middle;
  }
  return path.reverse();
}

/** PROOF(m, D[n]), written as a loop: a part that is whole in the first tree is known to who asks. */
function stepsIn(over: RootOver, first: number, second: number): readonly Uint8Array[] {
  if (first === 0 || first === second) return [];
  const steps: Uint8Array[] = [];
  let [from, to, isKnown] = [0, second, true];
  while (first !== to) {
    const middle = from + splitOf(to - from);
    if (first <= middle) {
      steps.push(over(middle, to));
      to = middle;
    } else {
      steps.push(over(from, middle));
      from = middle;
      isKnown = false;
    }
  }
  if (!isKnown) steps.push(over(from, to));
  return steps.reverse();
}

function checkProofRange(first: number, second: number, count: number): void {
  assert(first >= 0 && first <= second && second <= count, `no proof from ${first} to ${second} of ${count}`);
}

function checkLeaf(index: number, size: number, count: number): void {
  assert(index >= 0 && index < size && size <= count, `no leaf ${index} of ${size} among ${count}`);
}

/**
 * Shows that the leaf at `index` stands in the tree of all `leaves`: the neighbours on its way up, from
 * below.
 * [RFC 9162, 2.1.3.1] @throws Bug when there is no such leaf
 */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  checkLeaf(index, leaves.length, leaves.length);
  return pathIn(overHashes(leaves), index, leaves.length);
}

/**
 * Shows that the tree of the first `first` leaves is the beginning of the tree of all: what the one who has
 * the two roots needs besides. Empty where either is empty or both are the same. [RFC 9162, 2.1.4.1]
 * @throws Bug when there are fewer leaves
 */
export function consistencyProof(leaves: readonly Uint8Array[], first: number): readonly Uint8Array[] {
  checkProofRange(first, leaves.length, leaves.length);
  return stepsIn(overHashes(leaves), first, leaves.length);
}

/** What an inclusion proof claims. Sizes and indices are counts of leaves, below 2^53. */
export interface InclusionClaim {
  /** Hash of the leaf, 32 bytes. */
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  /** Root of the tree of `size` leaves, 32 bytes. */
  readonly root: Uint8Array;
}

const half = (n: number): number => Math.floor(n / 2);
const isOdd = (n: number): boolean => n % 2 === 1;

/** Whether the proof shows what is claimed. [RFC 9162, 2.1.3.2] */
export function verifyInclusion(claim: InclusionClaim, proof: readonly Uint8Array[]): boolean {
  const { leaf, index, size, root } = claim;
  if (!Number.isSafeInteger(index) || index < 0 || index >= size || !areHashes(proof)) return false;
  let [at, last, node] = [index, size - 1, leaf];
  for (const step of proof) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      node = nodeHash(step, node);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else node = nodeHash(node, step);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && equalBytes(node, root);
}

/** What a consistency proof claims: the first tree is the beginning of the second. */
export interface ConsistencyClaim {
  readonly first: { readonly size: number; readonly root: Uint8Array };
  readonly second: { readonly size: number; readonly root: Uint8Array };
}

/** Whether the proof shows what is claimed. Every tree begins with the empty one. [RFC 9162, 2.1.4.2] */
export function verifyConsistency(claim: ConsistencyClaim, proof: readonly Uint8Array[]): boolean {
  const { first, second } = claim;
  if (!Number.isSafeInteger(first.size) || first.size < 0 || first.size > second.size) return false;
  if (first.size === second.size) return proof.length === 0 && equalBytes(first.root, second.root);
  if (first.size === 0) return proof.length === 0 && equalBytes(first.root, emptyRoot());
  if (!areHashes(proof)) return false;
  let [at, last] = [first.size - 1, second.size - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  const [start, ...steps] = at === 0 ? [first.root, ...proof] : proof;
  if (start === undefined) return false;
  let [older, newer] = [start, start];
  for (const step of steps) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      [older, newer] = [nodeHash(step, older), nodeHash(step, newer)];
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else newer = nodeHash(newer, step);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && equalBytes(older, first.root) && equalBytes(newer, second.root);
}

const areHashes = (proof: readonly Uint8Array[]): boolean =>
  proof.length <= MAX_PROOF_HASHES && proof.every((step) => step.length === 32);

/**
 * The right edge of a tree: the roots of its whole parts, largest first. Enough to append and to know the
 * root, in 32 bytes for each bit of the size; an auditor of any log needs no more.
 */
export class MerkleFrontier {
  readonly #parts: { readonly hash: Uint8Array; readonly size: number }[] = [];
  #size = 0;

  /** How many leaves there are. */
  get size(): number {
    return this.#size;
  }

  /** Appends the hash of a leaf, 32 bytes. */
  append(leaf: Uint8Array): void {
    let part = { hash: leaf, size: 1 };
    for (let left = this.#parts.at(-1); left?.size === part.size; left = this.#parts.at(-1)) {
      this.#parts.pop();
      part = { hash: nodeHash(left.hash, part.hash), size: 2 * part.size };
    }
    this.#parts.push(part);
    this.#size += 1;
  }

  /** The root over all leaves, 32 bytes. */
  root(): Uint8Array {
    const hashes = this.#parts.map(({ hash }) => hash);
    return hashes.length === 0 ? emptyRoot() : hashes.reduceRight((right, left) => nodeHash(left, right));
  }
}

const HASH_BYTES = 32;
const FIRST_ROOM = 64;

/** Hashes one behind the other in one buffer: an array of small arrays takes several times the memory. */
class Level {
  #bytes = new Uint8Array(HASH_BYTES * FIRST_ROOM);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  push(hash: Uint8Array): void {
    const at = HASH_BYTES * this.#count;
    if (at === this.#bytes.length) {
      const bytes = new Uint8Array(2 * at);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    this.#bytes.set(hash, at);
    this.#count += 1;
  }

  at(index: number): Uint8Array {
    assert(index < this.#count, 'a hash outside its level');
    return this.#bytes.slice(HASH_BYTES * index, HASH_BYTES * (index + 1));
  }
}

/**
 * A tree that its owner keeps to prove things by: it holds every whole part, 64 bytes a leaf, so that a proof
 * costs a few hashes however long the log is.
 */
export class MerkleTree {
  /** Roots of the whole parts of 2^height leaves, in order. */
  readonly #levels: Level[] = [];

  /** How many leaves there are. */
  get size(): number {
    return this.#levels[0]?.count ?? 0;
  }

  /** Appends the hash of a leaf, 32 bytes. */
  append(leaf: Uint8Array): void {
    let hash = leaf;
    for (let height = 0; ; height++) {
      const level = (this.#levels[height] ??= new Level());
      level.push(hash);
      if (isOdd(level.count)) return;
      hash = nodeHash(level.at(level.count - 2), hash);
    }
  }

  /** Hash of one leaf, 32 bytes. @throws Bug when there is no such leaf */
  leaf(index: number): Uint8Array {
    checkLeaf(index, this.size, this.size);
    return this.#over(index, index + 1);
  }

  /** The root over the first `size` leaves, 32 bytes. @throws Bug when there are fewer */
  root(size: number = this.size): Uint8Array {
    checkProofRange(0, size, this.size);
    return size === 0 ? emptyRoot() : this.#over(0, size);
  }

  /** As `inclusionProof`, in the tree of the first `size` leaves. @throws Bug when there is no such leaf */
  inclusionProof(index: number, size: number = this.size): readonly Uint8Array[] {
    checkLeaf(index, size, this.size);
    return pathIn(this.#over, index, size);
  }

  /**
   * As `consistencyProof`, from the first `first` leaves to the first `second`. @throws Bug when there are
   * fewer
   */
  consistencyProof(first: number, second: number = this.size): readonly Uint8Array[] {
    checkProofRange(first, second, this.size);
    return stepsIn(this.#over, first, second);
  }

  readonly #over: RootOver = (from, to) => {
    const size = to - from;
    const height = Math.log2(size);
    if (Number.isInteger(height) && from % size === 0) return present(this.#levels[height]).at(from / size);
    const middle = from + splitOf(size);
    return nodeHash(this.#over(from, middle), this.#over(middle, to));
  };
}
