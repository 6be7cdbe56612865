import { describe, expect, it } from 'vitest';

import { blockPath, blocksRoot, isUnderRoot } from '../../../src/chain/blocks-root.ts';
import { concat, toHex, u64 } from '../../../src/crypto/bytes.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';

const hashes = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, i) => keccak256(concat(new Uint8Array(24), u64(i))));

describe('the root over the blocks of a batch', () => {
  it('is that of the contract, for every shape up to nine blocks', () => {
    const roots = Array.from({ length: 9 }, (_, i) => blocksRoot(hashes(i + 1)));
    // The same digest stands in contracts/test/lib/BlocksRoot.t.sol.
    const digest = toHex(keccak256(concat(...roots)));
    expect(digest).toBe('b3b63ca7f8a837aaa9140d923f9b472c43fd30ac887f9eed6cca1d2e38adbebb');
  });

  it('proves every block at its place, and at no other', () => {
    for (let count = 1; count <= 9; count++) {
      const all = hashes(count);
      const root = blocksRoot(all);
      all.forEach((hash, position) => {
        const path = blockPath(all, position);
        expect(isUnderRoot(root, { count, position, hash, path })).toBe(true);
        for (let other = 0; other < count; other++)
          expect(isUnderRoot(root, { count, position: other, hash, path })).toBe(other === position);
      });
    }
  });

  it('proves nothing with a path that is cut, goes on, or belongs to another count or block', () => {
    const all = hashes(5);
    const [root, hash = root, other = root] = [blocksRoot(all), ...all];
    const path = blockPath(all, 0);
    const good = { count: 5, position: 0, hash, path };
    expect(isUnderRoot(root, good)).toBe(true);
    expect(isUnderRoot(root, { ...good, path: path.slice(1) })).toBe(false);
    expect(isUnderRoot(root, { ...good, path: path.slice(0, -1) })).toBe(false);
    expect(isUnderRoot(root, { ...good, path: [...path, root] })).toBe(false);
    expect(isUnderRoot(root, { ...good, hash: other })).toBe(false);
    expect(isUnderRoot(root, { ...good, count: 4 })).toBe(false);
    expect(isUnderRoot(root, { ...good, position: 5 })).toBe(false);
    expect(isUnderRoot(root, { ...good, position: -1 })).toBe(false);
    expect(isUnderRoot(root, { ...good, count: 0 })).toBe(false);
  });

  it('has no place outside, and no root of nothing', () => {
    expect(() => blockPath(hashes(2), 2)).toThrow('there is no block 2 of 2');
    expect(() => blocksRoot([])).toThrow('a batch has a block');
  });
});
