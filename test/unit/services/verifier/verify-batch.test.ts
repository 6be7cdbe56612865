import { describe, expect, it } from 'vitest';

import { type BlockExtra, type L2Header, decodeExtra, encodeExtra } from '../../../../src/chain/block.ts';
import type { VerifierQuestion } from '../../../../src/chain/batch-verifier.ts';
import { type OwnChain, verifyBatch } from '../../../../src/services/verifier/verify-batch.ts';
import { brotli } from '../../../../src/system/compression.ts';
import { blocksOf, chain, requestOf, rollupOf } from '../../chain/blocks-samples.ts';
import { l1Hash } from '../../chain/fake-executor.ts';

const compressors = { brotli, zlib: brotli };
const genesisEnd = { index: 0n, lastBlock: 0n, lastHash: chain[0]!.block.hash };
const end1 = { index: 1n, lastBlock: 3n, lastHash: chain[3]!.block.hash };
const own: OwnChain = {
  rollup: rollupOf(chain),
  block: async (number) => chain[Number(number)],
  lastOnL1: () => genesisEnd,
  agreed: () => [],
};
const question = (from = 1, to = 3, index = 1n): VerifierQuestion => {
  const { payload, blocksRoot, da } = requestOf(chain, [from, to], { batchIndex: index });
  return { index, payload, blocksRoot, da };
};
const reasonOf = async (asked: VerifierQuestion, change: Partial<OwnChain> = {}): Promise<string> => {
  const verdict = await verifyBatch(asked, { ...own, ...change }, compressors);
  return verdict.kind === 'refused' ? verdict.reason : 'ok';
};

describe('a verifier that is asked about a batch', () => {
  it('agrees to the blocks of its own chain, from where L1 ends', async () => {
    expect(await verifyBatch(question(), own, compressors)).toEqual({ kind: 'ok', end: end1 });
    expect(await reasonOf(question(4, 6, 2n), { lastOnL1: () => end1 })).toBe('ok');
  });

  it('lets a batch follow one that it agreed to before', async () => {
    expect(await reasonOf(question(4, 6, 2n))).toContain('was not asked for here');
    expect(await reasonOf(question(4, 6, 2n), { agreed: () => [end1] })).toBe('ok');
  });

  it('goes on from the one of two that the batch names, and no further ahead of L1 than four', async () => {
    const other = { ...end1, lastBlock: 2n, lastHash: chain[2]!.block.hash };
    for (const ends of [
      [other, end1],
      [end1, other],
    ])
      expect(await reasonOf(question(4, 6, 4n), { agreed: () => ends })).toBe('ok');
    expect(await reasonOf(question(4, 6, 5n), { agreed: () => [end1] })).toBe('L1 has batch 0 only');
  });

  it('refuses every transaction, time, origin or hash that is not its own', async () => {
    const theirs = requestOf(blocksOf(3, 'others'), [1, 3]);
    const { payload, blocksRoot, da } = theirs;
    expect(await reasonOf({ index: 1n, payload, blocksRoot, da })).toBe(
      'block 1: transaction 0 is another one',
    );
    const { block, ...rest } = chain[2]!;
    const later = { ...rest, block: { ...block, header: { ...block.header, timestamp: 1_700_000_003n } } };
    const changed = async (number: bigint) => (number === 2n ? later : chain[Number(number)]);
    expect(await reasonOf(question(), { block: changed })).toContain('block 2: time');
    const short = { ...rest, block: { ...block, transactions: [] } };
    const cut = async (number: bigint) => (number === 2n ? short : chain[Number(number)]);
    expect(await reasonOf(question(), { block: cut })).toBe('block 2: 2 transactions, not 0');
    const renamed = { ...rest, block: { ...block, hash: new Uint8Array(32) } };
    const named = async (number: bigint) => (number === 2n ? renamed : chain[Number(number)]);
    expect(await reasonOf(question(), { block: named })).toBe('the root of the blocks is another one');
  });

  const [parent] = chain.slice(3, 4);
  const withBlock = (number: bigint, header: Partial<L2Header>, hash?: Uint8Array): Partial<OwnChain> => ({
    lastOnL1: () => end1,
    block: async (n) => {
      const found = chain[Number(n)];
      if (n !== number || found === undefined) return found;
      const { block } = found;
      return {
        ...found,
        block: { ...block, hash: hash ?? block.hash, header: { ...block.header, ...header } },
      };
    },
  });
  const extraWith = (change: Partial<BlockExtra>, number = 5): Partial<L2Header> => ({
    extraData: encodeExtra({ ...decodeExtra(chain[number]!.block.header.extraData), ...change }),
  });
  it.each<[string, Partial<OwnChain>, string]>([
    ['the origin of a block', withBlock(5n, extraWith({ origin: 77n })), 'block 5: origin'],
    ['its epoch', withBlock(5n, extraWith({ epoch: 77n })), 'block 5: epoch or view'],
    ['its view', withBlock(5n, extraWith({ view: 77n })), 'block 5: epoch or view'],
    ['how far it covers the order', withBlock(5n, extraWith({ orderedUpTo: 77n })), 'block 5: the order'],
    ['the hash of the last one', withBlock(6n, {}, l1Hash(1n)), 'the hash of the last block'],
    ['the parent', withBlock(3n, {}, l1Hash(1n)), 'the own block 3 is another one'],
    [
      'the time of the parent',
      withBlock(3n, { timestamp: (parent?.block.header.timestamp ?? 0n) + 1n }),
      'time or origin of the parent',
    ],
    [
      'the origin of the parent',
      withBlock(3n, extraWith({ origin: 77n }, 3)),
      'time or origin of the parent',
    ],
    [
      'a parent that is not here',
      { block: async () => undefined, lastOnL1: () => end1 },
      'block 3 is not here',
    ],
  ])('compares with its own chain %s', async (_, change, expected) => {
    expect(await reasonOf(question(4, 6, 2n), change)).toContain(expected);
  });

  it.each([
    ['an index that L1 has', question(), { lastOnL1: () => end1 }, 'L1 has batch 1 already'],
    ['an index far ahead', question(1, 3, 5n), {}, 'L1 has batch 0 only'],
    ['a gap', question(2, 3), {}, 'it begins at block 2'],
    ['another root', { ...question(), blocksRoot: new Uint8Array(32) }, {}, 'the root of the blocks'],
    ['another index', { ...question(), index: 2n }, {}, 'the payload is of batch 1'],
    ['another place', { ...question(), da: 'blobs' as const }, {}, 'the payload is for place 0'],
    [
      'blocks ahead of it',
      question(),
      { block: async (n: bigint) => (n < 3n ? chain[Number(n)] : undefined) },
      'block 3 is not here yet',
    ],
    ['another L2', question(), { rollup: { ...own.rollup, l2ChainId: 1n } }, 'the payload is of chain'],
    [
      'another end of L1',
      question(),
      { lastOnL1: () => ({ ...genesisEnd, lastHash: end1.lastHash }) },
      'its parent is',
    ],
    ['bytes that are no batch', { ...question(), payload: new Uint8Array(9) }, {}, 'batch-malformed'],
  ] as const)('refuses %s', async (_, asked, change, expected) => {
    expect(await reasonOf(asked, change)).toContain(expected);
  });

  it('does not take a fault of its own for a no', async () => {
    const block = async () => Promise.reject(new TypeError('engine'));
    await expect(verifyBatch(question(), { ...own, block }, compressors)).rejects.toThrow('engine');
  });
});
