import { equalBytes } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import { payloadHash } from './batch.ts';
import { type BatchCompressors, PLACE_BYTES } from './block-batch.ts';
import { blocksRoot } from './blocks-root.ts';
import { type DerivationState, originAt, withOrigin, withSafe } from './derivation-state.ts';
import {
  type IgnoreReason,
  type PlannedBlock,
  decodePayload,
  faultOfBody,
  faultOfHeader,
  isPrefixOf,
  planBlocks,
} from './derive-checks.ts';
import type { BuildRequest, BuildResult, ExecutedBlock } from './execution.ts';
import type { AppendedBatch, L1Facts } from './l1-facts.ts';
import { type L2Position, positionOf } from './l2-position.ts';
import type { Rollup } from './rollup.ts';

/** What derivation asks of its shell. */
export type DeriveEffect =
  /** The payload of a batch that is not in calldata, however long that takes: it is never skipped. */
  | { readonly kind: 'payload'; readonly l1Block: bigint; readonly batch: AppendedBatch }
  | { readonly kind: 'build'; readonly request: BuildRequest };

/** The answer to an effect of the same kind. */
export type DeriveReply =
  /** `undefined` for blobs that hold no payload. */
  | { readonly kind: 'payload'; readonly payload: Uint8Array | undefined }
  | { readonly kind: 'build'; readonly result: BuildResult };

/** What a block of L1 did to L2, in its order. */
export type DeriveStep =
  | { readonly kind: 'taken'; readonly batch: AppendedBatch; readonly blocks: readonly L2Position[] }
  | {
      readonly kind: 'ignored';
      readonly batch: AppendedBatch;
      readonly reason: IgnoreReason;
      /** Without what L1 forced in, the batch would be right: so its author left it out. */
      readonly leftOutForced: boolean;
    }
  /** A block that nobody but L1 made, because no sequencer did. */
  | { readonly kind: 'fallback'; readonly block: L2Position };

/** The state behind a block of L1, and how it came about. */
export interface Derived {
  readonly state: DerivationState;
  readonly steps: readonly DeriveStep[];
}

/** What derivation is fixed by besides L1. */
export interface DeriveRules {
  readonly rollup: Rollup;
  readonly compressors: BatchCompressors;
}

type Derivation<T> = Generator<DeriveEffect, T, DeriveReply>;

/**
 * L1 traversal: reads the next block of L1. The same blocks give the same L2 to everybody, whatever the
 * batches in them contain; what was begun can be thrown away and begun again. [sequencer, 8.6]
 */
export function* deriveL1Block(
  rules: DeriveRules,
  state: DerivationState,
  facts: L1Facts,
): Derivation<Derived> {
  assert(facts.number === state.l1.number + 1n, 'blocks of L1 are read without a gap');
  assert(equalBytes(facts.parentHash, state.l1.hash), 'blocks of L1 are read as one chain');
  const steps: DeriveStep[] = [];
  let next = state;
  for (const batch of facts.batches) {
    const step: DeriveStep = yield* judgeBatch(rules, next, facts, batch);
    steps.push(step);
    const safe = step.kind === 'taken' ? step.blocks.at(-1) : undefined;
    if (safe !== undefined) next = { ...withSafe(next, safe), lastTaken: facts.number };
  }
  next = withOrigin(next, facts);
  if (!isFallbackDue(rules, next)) return { state: next, steps };
  for (;;) {
    const safe = yield* fallbackBlock(rules, next);
    if (safe === undefined) return { state: next, steps };
    steps.push({ kind: 'fallback', block: safe });
    next = { ...withSafe(next, safe), lastFallback: facts.number };
  }
}

/** A batch on its way from the inbox to blocks. It is taken whole, or nothing of it. */
function* judgeBatch(
  rules: DeriveRules,
  state: DerivationState,
  l1: Pick<L1Facts, 'number' | 'timestamp'>,
  batch: AppendedBatch,
): Derivation<DeriveStep> {
  const ignored = (reason: IgnoreReason, leftOutForced = false): DeriveStep => ({
    ...{ kind: 'ignored', batch, reason, leftOutForced },
  });
  const { rollup, compressors } = rules;

  // inbox
  const early = faultOfHeader(state, batch);
  if (early !== undefined) return ignored(early);

  // data availability
  const payload = yield* fetchPayload(l1.number, batch);
  if (payload === undefined) return ignored('bad-blob');
  if (!isPrefixOf(batch, payload)) return ignored('bad-prefix');

  // decompress, decode
  const read = decodePayload(payload, compressors);
  if (typeof read === 'string') return ignored(read);
  const wrong = faultOfBody(state, batch, read.body, rollup);
  if (wrong !== undefined) return ignored(wrong);

  // attributes
  const planned = planBlocks(state, read.body.blocks, { rollup, l1Time: l1.timestamp });
  if (typeof planned === 'string') return ignored(planned);

  // execute, compare
  const blocks = yield* execute(state.safe, planned);
  const differs = compare(batch, blocks);
  if (differs !== undefined) return ignored(differs, yield* isWithoutForced(state, batch, planned));
  return { kind: 'taken', batch, blocks: blocks.map(({ block }) => positionOf(block, rollup)) };
}

function* fetchPayload(l1Block: bigint, batch: AppendedBatch): Derivation<Uint8Array | undefined> {
  if (batch.da === PLACE_BYTES.calldata) return batch.data;
  const reply = yield { kind: 'payload', l1Block, batch };
  assert(reply.kind === 'payload', 'a payload was asked for');
  if (batch.da === PLACE_BYTES.committee)
    assert(
      reply.payload !== undefined && equalBytes(payloadHash(reply.payload), batch.payloadHash),
      'the payload has the hash that the committee signed',
    );
  return reply.payload;
}

/** The blocks up to the first that cannot be executed as it stands. */
function* execute(
  parent: Pick<L2Position, 'hash'>,
  planned: readonly PlannedBlock[],
): Derivation<readonly ExecutedBlock[]> {
  const blocks: ExecutedBlock[] = [];
  for (const { attributes, transactions } of planned) {
    const result = yield* build({
      parent: blocks.at(-1)?.block.hash ?? parent.hash,
      attributes,
      transactions: transactions.map((raw) => ({ raw })),
      mode: 'exact',
    });
    if (result.kind !== 'built') return blocks;
    blocks.push(result.executed);
  }
  return blocks;
}

function* build(request: BuildRequest): Derivation<BuildResult> {
  const reply = yield { kind: 'build', request };
  assert(reply.kind === 'build', 'a block was asked for');
  return reply.result;
}

/** What execution says against a batch. */
function compare(batch: AppendedBatch, blocks: readonly ExecutedBlock[]): IgnoreReason | undefined {
  const last = blocks.at(-1)?.block;
  const isWhole = BigInt(blocks.length) === batch.lastBlock - batch.firstBlock + 1n;
  if (!isWhole || last === undefined) return 'tx-not-executable';
  if (!equalBytes(last.hash, batch.lastHash)) return 'hash-mismatch';
  const root = blocksRoot(blocks.map(({ block }) => block.hash));
  return equalBytes(root, batch.blocksRoot) ? undefined : 'root-mismatch';
}

/** Whether a batch that came out wrong is what it says it is as soon as nothing is forced in. */
function* isWithoutForced(
  state: DerivationState,
  batch: AppendedBatch,
  planned: readonly PlannedBlock[],
): Derivation<boolean> {
  if (planned.every(({ attributes }) => attributes.forced.length === 0)) return false;
  const without = planned.map(({ attributes, transactions }) => ({
    attributes: { ...attributes, forced: [] },
    transactions,
  }));
  return compare(batch, yield* execute(state.safe, without)) === undefined;
}

/** The part of a window that L1 leaves between two times at which it makes blocks alone. */
const GRACE_SHARE = 8n;

/**
 * Whether L1 makes blocks alone now: no batch was taken for a window, or the next origin is two windows old;
 * and where it has made some before, a sequencer that builds on them has had a grace to get a batch in. Time
 * of L2 binds a sequencer to origins only as far as it lets time pass: without the second clause one that
 * posts a block now and then, a second after the last, would keep out for good what L1 forces in.
 * [sequencer, 8.6, 7; ADR 0022]
 */
function isFallbackDue({ rollup: { sequencingWindow } }: DeriveRules, state: DerivationState): boolean {
  const grace = (sequencingWindow + GRACE_SHARE - 1n) / GRACE_SHARE;
  const { l1, safe, lastTaken, lastFallback } = state;
  const isSilent = l1.number >= lastTaken + sequencingWindow;
  const isBehind = l1.number >= safe.origin + 1n + 2n * sequencingWindow;
  return (isSilent || isBehind) && l1.number >= lastFallback + grace;
}

/**
 * Each origin that is a window old becomes a block with nothing but what L1 demands of it; the next such
 * block, if there is one.
 */
function* fallbackBlock({ rollup }: DeriveRules, state: DerivationState): Derivation<L2Position | undefined> {
  const next = originAt(state, state.safe.origin + 1n);
  if (next === undefined || next.origin.number > state.l1.number - rollup.sequencingWindow) return undefined;
  const { timestamp, hash: parent, epoch, view, orderedUpTo } = state.safe;
  const time = timestamp + 1n > next.origin.timestamp ? timestamp + 1n : next.origin.timestamp;
  const attributes = { timestamp: time, epoch, view, orderedUpTo, ...next };
  const result = yield* build({ parent, attributes, transactions: [], mode: 'exact' });
  assert(result.kind === 'built', 'a block without transactions of users can always be built');
  return positionOf(result.executed.block, rollup);
}
