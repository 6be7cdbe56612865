import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import type { BlockAttributes } from './attributes.ts';
import type { BatchBody, BlockContent } from './batch-body.ts';
import {
  BODY_COMPRESSION_BYTES,
  type BatchCompressors,
  BATCH_PREFIX_BYTES,
  type BlockBatch,
  PLACE_BYTES,
  nameOfByte,
  readBlockBatch,
  readPrefix,
} from './block-batch.ts';
import { type DerivationState, originAt } from './derivation-state.ts';
import type { AppendedBatch } from './l1-facts.ts';
import type { L2Position } from './l2-position.ts';
import { type Rollup, blockLimits } from './rollup.ts';

/** Why derivation passes over a batch. All who read the same L1 give the same one. [sequencer, 8.6] */
export type IgnoreReason =
  | 'unknown-da'
  | 'unknown-compression'
  | 'bad-prefix'
  | 'bad-encoding'
  | 'too-large'
  | 'wrong-first-block'
  | 'wrong-parent'
  | 'bad-origin'
  | 'bad-timestamp'
  | 'tx-not-executable'
  | 'hash-mismatch'
  | 'root-mismatch'
  | 'bad-blob';

/** What its header alone says against a batch: then nobody need fetch its payload. */
export function faultOfHeader({ safe }: DerivationState, batch: AppendedBatch): IgnoreReason | undefined {
  if (nameOfByte(PLACE_BYTES, batch.da) === undefined) return 'unknown-da';
  if (nameOfByte(BODY_COMPRESSION_BYTES, batch.compression) === undefined) return 'unknown-compression';
  if (batch.firstBlock !== safe.number + 1n) return 'wrong-first-block';
  return equalBytes(batch.parentHash, safe.hash) ? undefined : 'wrong-parent';
}

/** The first bytes of a payload say what the header of its batch says. */
export function isPrefixOf(batch: AppendedBatch, payload: Uint8Array): boolean {
  if (payload.length !== batch.payloadSize || payload.length < BATCH_PREFIX_BYTES) return false;
  const { da, compression, index, firstBlock, count } = readPrefix(payload);
  const isSame = da === batch.da && compression === batch.compression && index === batch.index;
  return isSame && firstBlock === batch.firstBlock && BigInt(count) === batch.lastBlock - firstBlock + 1n;
}

/** A batch that can be read; or why none can. */
export function decodePayload(
  payload: Uint8Array,
  compressors: BatchCompressors,
): BlockBatch | 'bad-encoding' | 'too-large' {
  try {
    return readBlockBatch(payload, compressors);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.code === 'batch-too-large' ? 'too-large' : 'bad-encoding';
  }
}

/** What its body says against a batch, before its blocks are looked at. */
export function faultOfBody(
  { safe }: DerivationState,
  { parentHash, lastHash, lastOrigin }: AppendedBatch,
  body: BatchBody<Uint8Array>,
  rollup: Rollup,
): IgnoreReason | undefined {
  if (body.l2ChainId !== rollup.l2ChainId) return 'bad-encoding';
  if (!equalBytes(body.parentHash, parentHash) || !equalBytes(body.lastHash, lastHash)) return 'bad-prefix';
  if (body.baseTimestamp !== safe.timestamp || body.baseOrigin !== safe.origin) return 'wrong-parent';
  return body.blocks.at(-1)?.origin === lastOrigin ? undefined : 'bad-origin';
}

/** A block that derivation is to execute. */
export interface PlannedBlock {
  readonly attributes: BlockAttributes;
  readonly transactions: readonly Uint8Array[];
}

/**
 * The blocks of a body with what L1 adds to them; or why they cannot be. `l1Time` is that of the block of L1
 * with the batch, in Unix seconds: to name a time far beyond it would stop the clock of L2 for good.
 */
export function planBlocks(
  state: DerivationState,
  blocks: readonly BlockContent<Uint8Array>[],
  { rollup, l1Time }: { readonly rollup: Rollup; readonly l1Time: bigint },
): readonly PlannedBlock[] | IgnoreReason {
  const planned: PlannedBlock[] = [];
  if (blocks.some(({ timestamp }) => timestamp > l1Time + rollup.maxDrift)) return 'bad-timestamp';
  let parent: Parent = state.safe;
  for (const block of blocks) {
    const next = planOne(state, parent, block, rollup);
    if (typeof next === 'string') return next;
    planned.push(next);
    const { timestamp, orderedUpTo, origin } = next.attributes;
    parent = { number: parent.number + 1n, timestamp, origin: origin.number, orderedUpTo };
  }
  return planned;
}

type Parent = Pick<L2Position, 'number' | 'timestamp' | 'origin' | 'orderedUpTo'>;

function planOne(
  state: DerivationState,
  parent: Parent,
  block: BlockContent<Uint8Array>,
  rollup: Rollup,
): PlannedBlock | IgnoreReason {
  const { timestamp, epoch, view, transactions } = block;
  const orderedUpTo = parent.orderedUpTo + block.ordered;
  // Fields of the header have these widths: a larger number would be cut to another one.
  if (orderedUpTo >> 64n !== 0n || view >> 32n !== 0n) return 'bad-encoding';
  const found = originAt(state, block.origin);
  if (found === undefined) return 'bad-origin';
  const wrong = faultOfTime(state, parent, block, rollup) ?? faultOfSize(parent, transactions, rollup);
  if (wrong !== undefined) return wrong;
  const isFirst = block.origin !== parent.origin;
  const { origin, credits, forced } = found;
  const fromL1 = isFirst ? { credits, forced } : { credits: [], forced: [] };
  return { attributes: { timestamp, epoch, view, orderedUpTo, origin, ...fromL1 }, transactions };
}

/**
 * Time goes on, is not before that of the origin, and not far behind it: beyond `maxDrift` a block that keeps
 * its origin is empty, and as soon as the next origin is as old it may not keep it. [sequencer, 8.3, 5]
 */
function faultOfTime(
  state: DerivationState,
  parent: Parent,
  { timestamp, origin, transactions }: BlockContent<Uint8Array>,
  { slotMs, maxDrift }: Rollup,
): IgnoreReason | undefined {
  const isLater = slotMs < 1_000 ? timestamp >= parent.timestamp : timestamp > parent.timestamp;
  const own = originAt(state, origin)?.origin.timestamp ?? 0n;
  if (!isLater || timestamp < own) return 'bad-timestamp';
  if (origin !== parent.origin || timestamp <= own + maxDrift) return undefined;
  const next = originAt(state, origin + 1n)?.origin.timestamp;
  const isOverdue = next !== undefined && timestamp > next + maxDrift;
  return transactions.length > 0 || isOverdue ? 'bad-origin' : undefined;
}

/** The codec has counted the transactions of a block already. */
function faultOfSize(
  { number }: Parent,
  transactions: readonly Uint8Array[],
  { phase2Height }: Rollup,
): 'too-large' | undefined {
  const bytes = transactions.reduce((sum, raw) => sum + raw.length, 0);
  const most = number + 1n < phase2Height ? 1 : blockLimits.transactions;
  return bytes > blockLimits.bytes || transactions.length > most ? 'too-large' : undefined;
}
