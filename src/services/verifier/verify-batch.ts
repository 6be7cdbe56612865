import type { BatchBody, BlockContent } from '../../chain/batch-body.ts';
import type { VerifierQuestion } from '../../chain/batch-verifier.ts';
import {
  type BatchCompressors,
  type BlockBatch,
  PLACE_BYTES,
  readBlockBatch,
} from '../../chain/block-batch.ts';
import { decodeExtra } from '../../chain/block.ts';
import { blocksRoot } from '../../chain/blocks-root.ts';
import type { ExecutedBlock } from '../../chain/execution.ts';
import { positionOf } from '../../chain/l2-position.ts';
import type { Rollup } from '../../chain/rollup.ts';
import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';

/** Where a batch ends. */
export interface BatchEnd {
  /** 0 for the genesis, which no batch holds. */
  readonly index: bigint;
  readonly lastBlock: bigint;
  /** 32 bytes */
  readonly lastHash: Uint8Array;
}

/** What a verifier knows for itself. */
export interface OwnChain {
  readonly rollup: Rollup;
  /** A block of the own canonical chain, executed here. */
  readonly block: (number: bigint) => Promise<ExecutedBlock | undefined>;
  /** The last batch on L1 that the own driver has read; the genesis where there is none. */
  readonly lastOnL1: () => BatchEnd;
  /** Ends of a batch that this verifier agreed to and that L1 does not have yet. */
  readonly agreed: (index: bigint) => readonly BatchEnd[];
}

/** A yes with the end of the batch, for the next question; or why not. */
export type OwnVerdict =
  { readonly kind: 'ok'; readonly end: BatchEnd } | { readonly kind: 'refused'; readonly reason: string };

/** Batches that L1 may not have yet, this one counted. [sequencer, 9.3] */
const MAX_UNFINAL = 4n;

/**
 * Whether a batch holds exactly the blocks of the own chain, and stands where L1, or a batch that was
 * agreed to before, ends. Nothing that the question says is believed. [sequencer, 7.4]
 */
export async function verifyBatch(
  question: VerifierQuestion,
  chain: OwnChain,
  compressors: BatchCompressors,
): Promise<OwnVerdict> {
  try {
    const batch = readBlockBatch(question.payload, compressors);
    const stated = statedProblem(question, batch, chain.rollup) ?? placeProblem(batch, chain);
    if (stated !== undefined) return refused(stated);
    return await compareBlocks(question, batch, chain);
  } catch (error) {
    if (error instanceof InputError) return refused(`${error.code}: ${error.message}`);
    throw error;
  }
}

const refused = (reason: string): OwnVerdict => ({ kind: 'refused', reason });

function statedProblem(
  { index, da }: VerifierQuestion,
  batch: BlockBatch,
  { l2ChainId }: Rollup,
): string | undefined {
  if (batch.index !== index) return `the payload is of batch ${batch.index}`;
  if (batch.da !== PLACE_BYTES[da]) return `the payload is for place ${batch.da}`;
  if (batch.body.l2ChainId !== l2ChainId) return `the payload is of chain ${batch.body.l2ChainId}`;
  return undefined;
}

/** Contiguous with what L1 has, or with what was agreed to and is on its way. */
function placeProblem({ index, firstBlock, body }: BlockBatch, chain: OwnChain): string | undefined {
  const last = chain.lastOnL1();
  if (index <= last.index) return `L1 has batch ${last.index} already`;
  if (index > last.index + MAX_UNFINAL) return `L1 has batch ${last.index} only`;
  const ends = index === last.index + 1n ? [last] : chain.agreed(index - 1n);
  const before = ends.find(({ lastHash }) => equalBytes(lastHash, body.parentHash)) ?? ends.at(-1);
  if (before === undefined) return `batch ${index - 1n} is not on L1, and was not asked for here`;
  if (firstBlock !== before.lastBlock + 1n)
    return `it begins at block ${firstBlock}, and the one before ends at ${before.lastBlock}`;
  if (!equalBytes(body.parentHash, before.lastHash))
    return `its parent is ${to0x(body.parentHash)}, and the one before ends at ${to0x(before.lastHash)}`;
  return undefined;
}

async function compareBlocks(
  question: VerifierQuestion,
  { index, firstBlock, body }: BlockBatch,
  { rollup, block: blockAt }: OwnChain,
): Promise<OwnVerdict> {
  const parent = await blockAt(firstBlock - 1n);
  if (parent === undefined) return refused(`block ${firstBlock - 1n} is not here yet`);
  const base = positionOf(parent.block, rollup);
  if (!equalBytes(base.hash, body.parentHash)) return refused(`the own block ${base.number} is another one`);
  if (base.timestamp !== body.baseTimestamp || base.origin !== body.baseOrigin)
    return refused('time or origin of the parent are other ones');
  let { orderedUpTo } = base;
  const hashes: Uint8Array[] = [];
  for (const [i, content] of body.blocks.entries()) {
    const number = firstBlock + BigInt(i);
    const own = await blockAt(number);
    if (own === undefined) return refused(`block ${number} is not here yet`);
    const problem = blockProblem(content, own, orderedUpTo);
    if (problem !== undefined) return refused(`block ${number}: ${problem}`);
    ({ orderedUpTo } = decodeExtra(own.block.header.extraData));
    hashes.push(own.block.hash);
  }
  return endOf(question, body, { index, lastBlock: firstBlock + BigInt(hashes.length) - 1n, hashes });
}

/** What a batch says of a block, and the own one does not. */
function blockProblem(
  said: BlockContent<Uint8Array>,
  { block, forcedCount }: ExecutedBlock,
  orderedBefore: bigint,
): string | undefined {
  const { header, transactions } = block;
  const extra = decodeExtra(header.extraData);
  if (said.timestamp !== header.timestamp) return `time ${said.timestamp} is not ${header.timestamp}`;
  if (said.origin !== extra.origin) return `origin ${said.origin} is not ${extra.origin}`;
  if (said.epoch !== extra.epoch || said.view !== extra.view) return 'epoch or view is another one';
  if (said.ordered !== extra.orderedUpTo - orderedBefore) return 'the order is covered elsewhere';
  const own = transactions.slice(forcedCount);
  if (said.transactions.length !== own.length)
    return `${said.transactions.length} transactions, not ${own.length}`;
  const at = said.transactions.findIndex((raw, i) => !equalBytes(raw, own[i] ?? NOTHING));
  return at < 0 ? undefined : `transaction ${at} is another one`;
}

const NOTHING = new Uint8Array(0);

function endOf(
  question: VerifierQuestion,
  body: BatchBody<Uint8Array>,
  { index, lastBlock, hashes }: { index: bigint; lastBlock: bigint; hashes: readonly Uint8Array[] },
): OwnVerdict {
  const lastHash = hashes.at(-1) ?? NOTHING;
  if (!equalBytes(body.lastHash, lastHash)) return refused('the hash of the last block is another one');
  if (!equalBytes(question.blocksRoot, blocksRoot(hashes)))
    return refused('the root of the blocks is another one');
  return { kind: 'ok', end: { index, lastBlock, lastHash } };
}
