import { type L2Block, blockHash, encodeExtra } from '../../../src/chain/block.ts';
import { encodeBlockBatch, type PayloadPlace } from '../../../src/chain/block-batch.ts';
import { blocksRoot } from '../../../src/chain/blocks-root.ts';
import type { SubmitBlocksRequest } from '../../../src/chain/duty-submit-blocks.ts';
import type { ExecutedBlock } from '../../../src/chain/execution.ts';
import { positionOf } from '../../../src/chain/l2-position.ts';
import type { Rollup } from '../../../src/chain/rollup.ts';
import { concat } from '../../../src/crypto/bytes.ts';
import { addressFromBytes, keccak256 } from '../../../src/ethereum/address.ts';
import { brotli } from '../../../src/system/compression.ts';
import { makeTransactions } from '../../../scripts/lib/test-transactions.ts';
import { blobHash, calldataRequest } from './samples.ts';

const zero = new Uint8Array(32);
const coinbase = addressFromBytes(new Uint8Array(20).fill(1));

const executed = (
  parent: L2Block | undefined,
  number: bigint,
  raws: readonly Uint8Array[],
): ExecutedBlock => {
  const header = {
    ...{ parentHash: parent?.hash ?? zero, number, timestamp: 1_700_000_000n + number, coinbase },
    ...{ gasLimit: 30_000_000n, gasUsed: 21_000n, baseFeePerGas: 7n, prevRandao: zero },
    extraData:
      number === 0n
        ? new Uint8Array(0)
        : encodeExtra({ epoch: 1n, view: 0n, orderedUpTo: number, origin: 100n + number / 2n }),
    ...{ parentBeaconBlockRoot: zero, stateRoot: zero, receiptsRoot: zero },
    ...{ transactionsRoot: keccak256(concat(...raws)) },
    ...{ withdrawalsRoot: zero, logsBloom: new Uint8Array(256) },
  };
  const block = { hash: blockHash(header), header, transactions: raws, withdrawals: [] };
  return { block, receipts: [], forcedCount: 0, carry: 0n, nextWithdrawal: 0n };
};

/** A chain of blocks that nobody has executed, each with two transactions; the genesis first. */
export function blocksOf(count: number, seed = 'blocks'): readonly ExecutedBlock[] {
  const { l2ChainId } = calldataRequest;
  const raws = makeTransactions({ seed, l2ChainId, accounts: 2, transactions: 2 * count });
  const chain = [executed(undefined, 0n, [])];
  for (let i = 0; i < count; i++)
    chain.push(executed(chain[i]?.block, BigInt(i + 1), raws.slice(2 * i, 2 * i + 2)));
  return chain;
}

/** The rollup of such a chain. */
export function rollupOf([genesis]: readonly ExecutedBlock[]): Rollup {
  const { l1ChainId, l2ChainId, inbox } = calldataRequest;
  const { hash, header } = genesis!.block;
  const origin = { number: 100n, hash: zero, timestamp: 1_699_999_000n, messageRoot: zero };
  return {
    ...{ l1ChainId, l2ChainId, inbox, bridge: inbox, forcedInbox: inbox, outputs: inbox },
    genesis: { hash, stateRoot: header.stateRoot, timestamp: header.timestamp, origin },
    ...{ slotMs: 1_000, maxDrift: 600n, sequencingWindow: 100n, phase2Height: 0n },
  };
}

/** The request for blocks from–to of a chain, both counted. */
export function requestOf(
  chain: readonly ExecutedBlock[],
  [from, to]: readonly [number, number],
  change: Partial<SubmitBlocksRequest> = {},
): SubmitBlocksRequest {
  const da: PayloadPlace = change.da ?? 'calldata';
  const batchIndex = change.batchIndex ?? 1n;
  const blocks = chain.slice(from, to + 1);
  const parent = positionOf(chain[from - 1]!.block, rollupOf(chain));
  const { payload: _, kind: __, da: ___, ...common } = calldataRequest;
  const content = { index: batchIndex, da, l2ChainId: common.l2ChainId, parent, blocks };
  const hashes = blocks.map(({ block }) => block.hash);
  const isBlobs = da === 'blobs';
  return {
    ...common,
    ...{ kind: 'submit-blocks', batchIndex, da, payload: encodeBlockBatch(content, brotli) },
    ...{ parentHash: parent.hash, lastHash: hashes.at(-1)!, blocksRoot: blocksRoot(hashes) },
    lastOrigin: positionOf(blocks.at(-1)!.block, rollupOf(chain)).origin,
    dacCertificate: da === 'committee' ? new Uint8Array(1 + 3 * 65 + 8).fill(7) : new Uint8Array(0),
    maxFeePerBlobGas: isBlobs ? 9n : 0n,
    blobVersionedHashes: isBlobs ? [blobHash] : [],
    ...change,
  };
}

export const chain: readonly ExecutedBlock[] = blocksOf(6);
/** A good request for a batch of three blocks, in each place. */
export const blocksRequest: SubmitBlocksRequest = requestOf(chain, [1, 3]);
export const blobBlocksRequest: SubmitBlocksRequest = requestOf(chain, [1, 3], { da: 'blobs' });
export const committeeRequest: SubmitBlocksRequest = requestOf(chain, [1, 3], { da: 'committee' });
