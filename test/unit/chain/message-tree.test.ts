import { describe, expect, it } from 'vitest';

import {
  appendMessage,
  appendMessages,
  emptyMessageTree,
  messagePath,
  messageTreeRoot,
  rootOfMessage,
} from '../../../src/chain/message-tree.ts';
import { concat, toHex, u64 } from '../../../src/crypto/bytes.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';

const leaves = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, i) => keccak256(concat(new Uint8Array(24), u64(i))));
const treeOf = (count: number): ReturnType<typeof appendMessages> =>
  appendMessages(emptyMessageTree, leaves(count));

describe('the tree of messages', () => {
  it('has the roots of the contract, from empty to seventeen leaves', () => {
    const roots = Array.from({ length: 18 }, (_, count) => messageTreeRoot(treeOf(count)));
    // The same digest stands in contracts/test/lib/MessageTree.t.sol.
    const digest = toHex(keccak256(concat(...roots)));
    expect(digest).toBe('f09d09ca8bf96bdbd4b291afd8e35c30e99ca0e2f4f4ce7d75dde43049b366d0');
  });

  it('proves every leaf at its place, and nowhere else', () => {
    for (const count of [1, 2, 3, 8, 13]) {
      const root = messageTreeRoot(treeOf(count));
      leaves(count).forEach((leaf, index) => {
        const path = messagePath(leaves(count), index);
        expect(path).toHaveLength(32);
        expect(rootOfMessage(leaf, index, path)).toEqual(root);
        expect(rootOfMessage(leaf, index + 1, path)).not.toEqual(root);
        expect(rootOfMessage(root, index, path)).not.toEqual(root);
      });
    }
  });

  it('proves no leaf beyond its capacity, nor by a path of another length', () => {
    const [leaf = new Uint8Array(32)] = leaves(1);
    const path = messagePath(leaves(1), 0);
    const zero = new Uint8Array(32);
    expect(rootOfMessage(leaf, 2 ** 32, path)).toEqual(zero);
    expect(rootOfMessage(leaf, 2 ** 32 - 1, path)).toEqual(zero);
    expect(rootOfMessage(leaf, -1, path)).toEqual(zero);
    expect(rootOfMessage(leaf, 0, path.slice(1))).toEqual(zero);
  });

  it('leaves a tree that it was given as it is, and refuses a leaf that is none, or one too many', () => {
    const before = treeOf(3);
    const root = messageTreeRoot(before);
    appendMessage(before, new Uint8Array(32).fill(7));
    expect(messageTreeRoot(before)).toEqual(root);
    expect(() => appendMessage(before, new Uint8Array(31))).toThrow('32 bytes');
    expect(() => appendMessage({ ...before, count: 2 ** 32 - 1 }, root)).toThrow('full');
    expect(() => messagePath(leaves(2), 2)).toThrow('no message 2 of 2');
  });
});
