import { describe, expect, it } from 'vitest';

import { PLACE_BYTES, encodeBlockBatch } from '../../../src/chain/block-batch.ts';
import { blockBatchHeader } from '../../../src/chain/block-batch-header.ts';
import { startOf } from '../../../src/chain/derivation-state.ts';
import { concat } from '../../../src/crypto/bytes.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';
import { batchCompressors, brotli } from '../../../src/system/compression.ts';
import { deriveNow, factsBehind, makeBlocks } from './derive-world.ts';
import { FakeExecutor, l1Hash, rollup } from './fake-executor.ts';

const executor = new FakeExecutor();
const begin = startOf(rollup);
const state = deriveNow(executor, begin, factsBehind(begin)).state;
const blocks = makeBlocks(executor, state, [{}, { advance: true }]);
const payloadFor = (da: 'calldata' | 'blobs' | 'committee'): Uint8Array =>
  encodeBlockBatch({ index: 7n, da, l2ChainId: rollup.l2ChainId, parent: state.safe, blocks }, brotli);
const root = l1Hash(9n);

describe('the header of a batch of blocks', () => {
  it('says what the payload says, and the root that it is given', () => {
    const payload = payloadFor('calldata');
    const source = { payload, blocksRoot: root, blobVersionedHashes: [] };
    expect(blockBatchHeader(source, batchCompressors)).toEqual({
      ...{ index: 7n, firstBlock: 1n, lastBlock: 2n, parentHash: rollup.genesis.hash },
      ...{ lastHash: blocks[1]?.block.hash, blocksRoot: root, lastOrigin: 101n, da: 0, setId: 0n },
      ...{ compression: payload[1], payloadSize: payload.length, payloadHash: keccak256(payload) },
    });
  });

  it('names blobs by their hashes, and a committee by the hash of what it keeps', () => {
    const blobs = {
      payload: payloadFor('blobs'),
      blocksRoot: root,
      blobVersionedHashes: [l1Hash(1n), l1Hash(2n)],
    };
    expect(blockBatchHeader(blobs, batchCompressors)).toMatchObject({
      ...{ da: PLACE_BYTES.blobs, payloadHash: keccak256(concat(l1Hash(1n), l1Hash(2n))) },
    });
    const kept = { payload: payloadFor('committee'), blocksRoot: root, blobVersionedHashes: [] };
    expect(blockBatchHeader(kept, batchCompressors)).toMatchObject({
      ...{ da: PLACE_BYTES.committee, payloadHash: keccak256(kept.payload) },
    });
    const without = { ...blobs, blobVersionedHashes: [] };
    expect(() => blockBatchHeader(without, batchCompressors)).toThrow('blobs, and only they');
    expect(() => blockBatchHeader({ ...kept, blobVersionedHashes: [root] }, batchCompressors)).toThrow(
      'only they',
    );
  });
});
