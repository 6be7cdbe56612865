import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fromHex, toHex, u32 } from '../../../../src/crypto/bytes.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { primitives } from '../../../../src/crypto/primitives.ts';
import {
  MAX_PROOF_HASHES,
  MerkleFrontier,
  MerkleTree,
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../../../../src/chain/log/merkle.ts';

/** The inputs and roots of the reference tests of certificate transparency (RFC 6962). */
const published: readonly (readonly [leaf: string, root: string])[] = [
  ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  ['00', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  ['10', 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  ['2021', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
  ['3031', '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
  ['40414243', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
  ['5051525354555657', 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  ['606162636465666768696a6b6c6d6e6f', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
];
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);
const publishedLeaves = published.map(([leaf]) => leafHash(bytes(leaf)));

/** Index, size and proof of the reference tests. */
const publishedPaths: readonly (readonly [index: number, size: number, proof: readonly string[]])[] = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];
const publishedSteps: readonly (readonly [first: number, second: number, proof: readonly string[]])[] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];

const leavesOf = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, i) => leafHash(u32(i)));

/** The definition of the standard, written down once more without any of the code under test. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const { sha256 } = primitives();
  const [only] = leaves;
  if (only === undefined) return sha256(new Uint8Array(0));
  if (leaves.length === 1) return only;
  const middle = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  return sha256(Uint8Array.of(1, ...naiveRoot(leaves.slice(0, middle)), ...naiveRoot(leaves.slice(middle))));
}
function treeOf(leaves: readonly Uint8Array[]): MerkleTree {
  const tree = new MerkleTree();
  for (const leaf of leaves) tree.append(leaf);
  return tree;
}
const sizes = fc.integer({ min: 1, max: 130 });

describe('the published vectors', () => {
  it('the empty tree has the root of nothing', () => {
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    expect(toHex(emptyRoot())).toBe(empty);
    expect(toHex(rootOf([]))).toBe(empty);
    expect(toHex(new MerkleFrontier().root())).toBe(empty);
    expect(toHex(new MerkleTree().root())).toBe(empty);
  });

  it('every size of the reference tree has its root, by all three ways to it', () => {
    const [frontier, tree] = [new MerkleFrontier(), new MerkleTree()];
    published.forEach(([, root], i) => {
      frontier.append(publishedLeaves[i] ?? new Uint8Array(0));
      tree.append(publishedLeaves[i] ?? new Uint8Array(0));
      expect(toHex(rootOf(publishedLeaves.slice(0, i + 1)))).toBe(root);
      expect(toHex(frontier.root())).toBe(root);
      expect(toHex(tree.root())).toBe(root);
    });
    expect(frontier.size).toBe(8);
    expect(tree.size).toBe(8);
  });

  it.each(publishedPaths)('the leaf %i of %i has the published path', (index, size, proof) => {
    const leaves = publishedLeaves.slice(0, size);
    expect(inclusionProof(leaves, index).map(toHex)).toEqual(proof);
    expect(treeOf(publishedLeaves).inclusionProof(index, size).map(toHex)).toEqual(proof);
  });

  it.each(publishedSteps)('from %i to %i leads the published proof', (first, second, proof) => {
    expect(consistencyProof(publishedLeaves.slice(0, second), first).map(toHex)).toEqual(proof);
    expect(treeOf(publishedLeaves).consistencyProof(first, second).map(toHex)).toEqual(proof);
  });
});

describe('roots', () => {
  it('are those of the definition at every size', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const leaves = leavesOf(size);
        const frontier = new MerkleFrontier();
        for (const leaf of leaves) frontier.append(leaf);
        const expected = toHex(naiveRoot(leaves));
        expect(toHex(rootOf(leaves))).toBe(expected);
        expect(toHex(frontier.root())).toBe(expected);
        expect(toHex(treeOf(leavesOf(size + 3)).root(size))).toBe(expected);
      }),
    );
  });

  it('a leaf is found by its place', () => {
    expect(treeOf(leavesOf(70)).leaf(69)).toEqual(leavesOf(70)[69]);
  });

  it('what is not there is our own mistake', () => {
    const tree = treeOf(leavesOf(3));
    expect(() => tree.root(4)).toThrow(Bug);
    expect(() => tree.leaf(3)).toThrow(Bug);
    expect(() => tree.inclusionProof(3)).toThrow(Bug);
    expect(() => tree.inclusionProof(-1)).toThrow(Bug);
    expect(() => tree.consistencyProof(2, 4)).toThrow(Bug);
    expect(() => tree.consistencyProof(3, 2)).toThrow(Bug);
    expect(() => inclusionProof(leavesOf(3), 3)).toThrow(Bug);
    expect(() => consistencyProof(leavesOf(3), 4)).toThrow(Bug);
  });
});

const flipped = (hash: Uint8Array): Uint8Array => hash.map((byte, i) => (i === 31 ? byte ^ 1 : byte));

describe('a proof of inclusion', () => {
  it('holds for every leaf of every size, the same from leaves and from a tree', () => {
    for (let size = 1; size <= 40; size++) {
      const leaves = leavesOf(size);
      const [tree, root] = [treeOf(leavesOf(size + 5)), rootOf(leaves)];
      leaves.forEach((leaf, index) => {
        const proof = inclusionProof(leaves, index);
        expect(tree.inclusionProof(index, size)).toEqual(proof);
        expect(verifyInclusion({ leaf, index, size, root }, proof)).toBe(true);
      });
    }
  });

  it('holds for no other leaf, place, size or root, and with no hash changed, missing or added', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, pick) => {
        const leaves = leavesOf(size);
        const index = pick % size;
        const claim = { leaf: leafHash(u32(index)), index, size, root: rootOf(leaves) };
        const proof = inclusionProof(leaves, index);
        const fails = (change: Partial<typeof claim>, other = proof): void => {
          expect(verifyInclusion({ ...claim, ...change }, other)).toBe(false);
        };
        fails({ leaf: flipped(claim.leaf) });
        fails({ root: flipped(claim.root) });
        if (size > 1) fails({ index: (index + 1) % size });
        fails({ size: 2 * size + 1 });
        fails({ size: index });
        fails({ index: -1 });
        fails({ index: index + 0.5 });
        fails({}, [...proof, claim.root]);
        if (proof.length > 0) fails({}, proof.slice(1));
        proof.forEach((hash, i) => {
          fails({}, proof.with(i, flipped(hash)));
        });
      }),
    );
  });

  it('is not read where it is longer than any, or its hashes are none', () => {
    const claim = { leaf: leafHash(u32(0)), index: 0, size: 2, root: rootOf(leavesOf(2)) };
    const [step] = inclusionProof(leavesOf(2), 0);
    expect(verifyInclusion(claim, [step ?? claim.leaf])).toBe(true);
    expect(verifyInclusion(claim, [(step ?? claim.leaf).subarray(1)])).toBe(false);
    expect(verifyInclusion(claim, new Array<Uint8Array>(MAX_PROOF_HASHES + 1).fill(claim.leaf))).toBe(false);
  });

  it('an inner node is not taken for a leaf', () => {
    const leaves = leavesOf(4);
    const root = rootOf(leaves);
    const inner = rootOf(leaves.slice(0, 2));
    const proof = [rootOf(leaves.slice(2))];
    // Two inner nodes do make the root; the place that such a proof could be about is in a tree of two
    // leaves.
    expect(verifyInclusion({ leaf: inner, index: 0, size: 4, root }, proof)).toBe(false);
    expect(leafHash(u32(7))).not.toEqual(primitives().sha256(u32(7)));
  });
});

describe('a proof of consistency', () => {
  it('holds between all sizes, the same from leaves and from a tree', () => {
    const tree = treeOf(leavesOf(40));
    for (let second = 0; second <= 33; second++)
      for (let first = 0; first <= second; first++) {
        const leaves = leavesOf(second);
        const proof = consistencyProof(leaves, first);
        expect(tree.consistencyProof(first, second)).toEqual(proof);
        const claim = {
          first: { size: first, root: rootOf(leaves.slice(0, first)) },
          second: { size: second, root: rootOf(leaves) },
        };
        expect(verifyConsistency(claim, proof)).toBe(true);
      }
  });

  it('holds for no other root or size, and with no hash changed, missing or added', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, pick) => {
        const leaves = leavesOf(size);
        const from = pick % (size + 1);
        const first = { size: from, root: rootOf(leaves.slice(0, from)) };
        const second = { size, root: rootOf(leaves) };
        const proof = consistencyProof(leaves, from);
        const fails = (a: typeof first, b: typeof second, other = proof): void => {
          expect(verifyConsistency({ first: a, second: b }, other)).toBe(false);
        };
        fails({ ...first, root: flipped(first.root) }, second);
        // The empty tree begins every tree: nothing about the second is claimed by it.
        if (from > 0) fails(first, { ...second, root: flipped(second.root) });
        fails({ size: size + 1, root: first.root }, second);
        fails({ size: -1, root: first.root }, second);
        fails({ size: 0.5, root: first.root }, second);
        fails(first, second, [...proof, second.root]);
        if (proof.length > 0) fails(first, second, proof.slice(1));
        proof.forEach((hash, i) => {
          fails(first, second, proof.with(i, flipped(hash)));
          fails(first, second, proof.with(i, hash.subarray(1)));
        });
      }),
    );
  });

  it('a history that was changed has none', () => {
    const honest = leavesOf(20);
    const changed = honest.with(3, leafHash(u32(999)));
    const claim = {
      first: { size: 12, root: rootOf(honest.slice(0, 12)) },
      second: { size: 20, root: rootOf(changed) },
    };
    expect(verifyConsistency(claim, consistencyProof(changed, 12))).toBe(false);
    expect(verifyConsistency(claim, consistencyProof(honest, 12))).toBe(false);
  });

  it('is not read where it is longer than any', () => {
    const root = rootOf(leavesOf(3));
    const long = new Array<Uint8Array>(MAX_PROOF_HASHES + 1).fill(root);
    const claim = { first: { size: 2, root }, second: { size: 2 ** 52, root } };
    expect(verifyConsistency(claim, long)).toBe(false);
    expect(verifyConsistency(claim, [])).toBe(false);
  });
});
