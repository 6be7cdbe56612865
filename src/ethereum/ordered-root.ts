import { compareBytes } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import { keccak256 } from './address.ts';
import { rlpBytes, rlpList, rlpNumber } from './rlp-parts.ts';
import { EMPTY_ROOT } from './trie.ts';
import { hexPrefix, nibblesOf } from './trie-node.ts';

interface Entry {
  /** Nibbles of the key. */
  readonly path: Uint8Array;
  readonly value: Uint8Array;
}

const HASH_BYTES = 32;
const NO_BYTES: Uint8Array = rlpBytes(new Uint8Array(0));

/**
 * The root of the trie from rlp(i) to the i-th value: transactionsRoot, receiptsRoot, withdrawalsRoot.
 * Built in one go, since nobody asks such a trie for anything else. [Ethereum yellow paper, 4.3.2]
 */
export function orderedRoot(values: readonly Uint8Array[]): Uint8Array {
  if (values.length === 0) return EMPTY_ROOT;
  const entries = values.map((value, i) => ({ path: nibblesOf(rlpNumber(BigInt(i))), value }));
  entries.sort((a, b) => compareBytes(a.path, b.path));
  return keccak256(nodeOf(entries, 0));
}

/** What stands for a node in the one above. */
const nameOf = (node: Uint8Array): Uint8Array =>
  node.length < HASH_BYTES ? node : rlpBytes(keccak256(node));

/** The node over entries that share their first `depth` nibbles. */
function nodeOf(entries: readonly Entry[], depth: number): Uint8Array {
  const [first, last] = [entries[0], entries.at(-1)];
  assert(first !== undefined && last !== undefined, 'a node is over one entry or more');
  if (entries.length === 1)
    return rlpList([rlpBytes(hexPrefix(first.path.subarray(depth), true)), rlpBytes(first.value)]);
  let fork = depth;
  // The keys are sorted: what the first and the last share, all share. None is the beginning of another.
  while (first.path[fork] === last.path[fork]) fork++;
  if (fork > depth) {
    const shared = rlpBytes(hexPrefix(first.path.subarray(depth, fork), false));
    return rlpList([shared, nameOf(nodeOf(entries, fork))]);
  }
  const parts = Array.from({ length: 16 }, (_, nibble) => {
    const below = entries.filter(({ path }) => path[depth] === nibble);
    return below.length === 0 ? NO_BYTES : nameOf(nodeOf(below, depth + 1));
  });
  return rlpList([...parts, NO_BYTES]);
}
