import { expect, it } from 'vitest';

import { blocksRoot, isUnderRoot } from '../../../src/chain/blocks-root.ts';
import { nowhere, placementOf } from '../../../src/chain/placement.ts';

const batch = { index: 3n, firstBlock: 40n, lastBlock: 46n };
const hashes = Array.from({ length: 7 }, (_, i) => new Uint8Array(32).fill(i + 1));

it('a block is shown at its place in its batch', () => {
  for (let i = 0; i < 7; i++) {
    const { batchIndex, position, path } = placementOf(40n + BigInt(i), batch, hashes);
    expect([batchIndex, position]).toEqual([3n, BigInt(i)]);
    const place = { count: 7, position: i, hash: hashes[i]!, path };
    expect(isUnderRoot(blocksRoot(hashes), place)).toBe(true);
  }
});

it('wants the hash of every block of the batch, and stands nowhere without one', () => {
  expect(() => placementOf(40n, batch, hashes.slice(1))).toThrow('a hash for each block');
  expect(nowhere).toEqual({ batchIndex: 0n, position: 0n, path: [] });
});
