import { type PayloadPlace, encodeBlockBatch } from '../../../src/chain/block-batch.ts';
import { blockBatchHeader } from '../../../src/chain/block-batch-header.ts';
import { blocksRoot } from '../../../src/chain/blocks-root.ts';
import { type DerivationState, originAt } from '../../../src/chain/derivation-state.ts';
import {
  type DeriveReply,
  type DeriveRules,
  type Derived,
  deriveL1Block,
} from '../../../src/chain/derive.ts';
import type { ExecutedBlock } from '../../../src/chain/execution.ts';
import type { AppendedBatch, L1Facts } from '../../../src/chain/l1-facts.ts';
import { type L2Position, positionOf } from '../../../src/chain/l2-position.ts';
import type { Rollup } from '../../../src/chain/rollup.ts';
import { assert } from '../../../src/crypto/errors.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import { batchCompressors } from '../../../src/system/compression.ts';
import { makeTransactions } from '../../../scripts/lib/test-transactions.ts';
import { type FakeExecutor, l1Hash, rollup } from './fake-executor.ts';

/** Signed transactions of the chain of these tests. */
export const pool: readonly Uint8Array[] = makeTransactions({
  ...{ seed: 'derive', l2ChainId: rollup.l2ChainId, accounts: 4, transactions: 24 },
});

/** A block as a sequencer wants it: behind the one before, `advance` to the next origin first. */
export interface BlockWish {
  readonly timestamp?: bigint;
  readonly advance?: boolean;
  readonly ordered?: bigint;
  readonly transactions?: readonly Uint8Array[];
  /** Leave out what L1 forces in. */
  readonly cheat?: boolean;
}

/** Blocks behind the safe head, as an honest sequencer makes them unless its wishes are others. */
export function makeBlocks(
  executor: FakeExecutor,
  state: DerivationState,
  wishes: readonly BlockWish[],
): readonly ExecutedBlock[] {
  const blocks: ExecutedBlock[] = [];
  let parent: L2Position = state.safe;
  for (const { timestamp, advance = false, ordered = 0n, transactions = [], cheat = false } of wishes) {
    const found = originAt(state, parent.origin + (advance ? 1n : 0n));
    assert(found !== undefined, 'the origin is known');
    const { origin, credits, forced } = found;
    const later = parent.timestamp + 1n > origin.timestamp ? parent.timestamp + 1n : origin.timestamp;
    const result = executor.buildNow({
      parent: parent.hash,
      attributes: {
        ...{ timestamp: timestamp ?? later, epoch: 3n, view: 1n, orderedUpTo: parent.orderedUpTo + ordered },
        ...{ origin, credits: advance ? credits : [], forced: advance && !cheat ? forced : [] },
      },
      transactions: transactions.map((raw) => ({ raw })),
      mode: 'exact',
    });
    assert(result.kind === 'built', 'an honest block can be built');
    blocks.push(result.executed);
    parent = positionOf(result.executed.block, rollup);
  }
  return blocks;
}

/** How a batch is packed; plain, so that every byte of it means something. */
interface BatchWish {
  readonly index?: bigint;
  readonly da?: PayloadPlace;
  readonly isPlain?: boolean;
}

const sender = parseAddress('0x00000000000000000000000000000000000000ba');

/** The batch of some blocks behind the safe head, as the inbox takes it. */
export function makeBatch(
  state: Pick<DerivationState, 'safe'>,
  blocks: readonly ExecutedBlock[],
  { index = 1n, da = 'calldata', isPlain = true }: BatchWish = {},
): AppendedBatch {
  const payload = encodeBlockBatch(
    { index, da, l2ChainId: rollup.l2ChainId, parent: state.safe, blocks },
    isPlain ? { ...batchCompressors.brotli, compress: pad } : batchCompressors.brotli,
  );
  const blobVersionedHashes = da === 'blobs' ? [l1Hash(index)] : [];
  const root = blocksRoot(blocks.map(({ block }) => block.hash));
  const header = blockBatchHeader({ payload, blocksRoot: root, blobVersionedHashes }, batchCompressors);
  const { setId, ...said } = header;
  assert(setId === 0n, 'nobody has certified it');
  return { ...said, l1Hash: l1Hash(index, 9), sender, data: payload, blobHashes: blobVersionedHashes };
}

/** Longer than what it is given, so that the body stays as it is. */
const pad = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.length + 1);

/** The block of L1 behind a state, with what is said in it. */
export const factsBehind = (
  { l1 }: Pick<DerivationState, 'l1'>,
  said: Partial<L1Facts> = {},
  fork = 0,
): L1Facts => ({
  ...{ number: l1.number + 1n, hash: l1Hash(l1.number + 1n, fork), parentHash: l1.hash },
  ...{ timestamp: 900n + 12n * (l1.number - 99n), credits: [], messages: [], forced: [] },
  ...{ batches: [], reposts: [], outputs: [] },
  ...said,
});

interface DeriveWish {
  readonly rules?: DeriveRules;
  readonly payload?: (batch: AppendedBatch) => Uint8Array | undefined;
}

const dataOf = ({ data }: AppendedBatch): Uint8Array => data;

/** Derives a block of L1 with an executor; payloads that are not in calldata come from `payloads`. */
export function deriveNow(
  executor: FakeExecutor,
  state: DerivationState,
  facts: L1Facts,
  { rules = rulesWith({}), payload = dataOf }: DeriveWish = {},
): Derived {
  const run = deriveL1Block(rules, state, facts);
  let step = run.next();
  while (step.done !== true) {
    const effect = step.value;
    const reply: DeriveReply =
      effect.kind === 'build'
        ? { kind: 'build', result: executor.buildNow(effect.request) }
        : { kind: 'payload', payload: payload(effect.batch) };
    step = run.next(reply);
  }
  return step.value;
}

/** The rules of the chain of these tests, but for some. */
export const rulesWith = (change: Partial<Rollup>): DeriveRules => ({
  ...{ rollup: { ...rollup, ...change }, compressors: batchCompressors },
});
