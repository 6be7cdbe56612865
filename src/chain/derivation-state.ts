import { type Codec, blob, fixed, list, struct, u32Codec, u64Codec } from '../crypto/codec.ts';
import { addressCodec } from '../ethereum/address.ts';
import type { Credit, L1Facts, L1Origin } from './l1-facts.ts';
import { type L2Position, genesisPosition } from './l2-position.ts';
import {
  MESSAGE_TREE_DEPTH,
  type MessageTree,
  appendMessages,
  emptyMessageTree,
  messageTreeRoot,
} from './message-tree.ts';
import type { Rollup } from './rollup.ts';

/** A block of L1, and what the first block of L2 that refers to it must do. */
export interface PendingOrigin {
  readonly origin: L1Origin;
  readonly credits: readonly Credit[];
  /** Raw. */
  readonly forced: readonly Uint8Array[];
}

/** All that derivation keeps from one block of L1 to the next. */
export interface DerivationState {
  /** The last block of L1 that was read. */
  readonly l1: { readonly number: bigint; readonly hash: Uint8Array };
  /** Messages to L2 up to that block. */
  readonly tree: MessageTree;
  /** The last block of L2 that L1 fixes. */
  readonly safe: L2Position;
  /** The origin of the safe head, and all blocks of L1 behind it that were read. */
  readonly origins: readonly PendingOrigin[];
  /** The L1 block of the last batch that was taken; at first that of the genesis. */
  readonly lastTaken: bigint;
  /** The L1 block that last made blocks of L2 alone; at first that of the genesis. */
  readonly lastFallback: bigint;
}

/** Before the first block of L1 behind the genesis. Nothing was sent to L2 before that. */
export const startOf = (rollup: Rollup): DerivationState => ({
  l1: { number: rollup.genesis.origin.number, hash: rollup.genesis.origin.hash },
  tree: emptyMessageTree,
  safe: genesisPosition(rollup),
  origins: [{ origin: rollup.genesis.origin, credits: [], forced: [] }],
  lastTaken: rollup.genesis.origin.number,
  lastFallback: rollup.genesis.origin.number,
});

/** The state with one more block of L1 that blocks of L2 may refer to. */
export function withOrigin(state: DerivationState, facts: L1Facts): DerivationState {
  const { number, hash, timestamp, credits, messages, forced } = facts;
  const tree = appendMessages(state.tree, messages);
  const origin = { number, hash, timestamp, messageRoot: messageTreeRoot(tree) };
  return { ...state, l1: { number, hash }, tree, origins: [...state.origins, { origin, credits, forced }] };
}

/** The state behind a derived block; origins that no block can refer to any more are gone. */
export const withSafe = (state: DerivationState, safe: L2Position): DerivationState => ({
  ...state,
  safe,
  origins: state.origins.filter(({ origin }) => origin.number >= safe.origin),
});

/** By number: the origin of the safe head or a later one. */
export const originAt = ({ origins }: DerivationState, number: bigint): PendingOrigin | undefined =>
  origins.find(({ origin }) => origin.number === number);

const MAX_ORIGINS = 65_535;
const MAX_CREDITS = 512;
const MAX_FORCED = 476;
const MAX_FORCED_BYTES = 32_768;

const hash = fixed(32);
const creditCodec: Codec<Credit> = struct<Credit>({ nonce: u64Codec, to: addressCodec, gwei: u64Codec });
const originCodec: Codec<L1Origin> = struct<L1Origin>({
  ...{ number: u64Codec, hash, timestamp: u64Codec, messageRoot: hash },
});

/** How a state is written to disk. */
export const derivationStateCodec: Codec<DerivationState> = struct<DerivationState>({
  l1: struct<DerivationState['l1']>({ number: u64Codec, hash }),
  tree: struct<MessageTree>({ count: u32Codec, branch: list(hash, MESSAGE_TREE_DEPTH) }),
  safe: struct<L2Position>({
    ...{ number: u64Codec, hash, timestamp: u64Codec, origin: u64Codec },
    ...{ epoch: u64Codec, view: u64Codec, orderedUpTo: u64Codec },
  }),
  origins: list(
    struct<PendingOrigin>({
      origin: originCodec,
      credits: list(creditCodec, MAX_CREDITS),
      forced: list(blob(MAX_FORCED_BYTES), MAX_FORCED),
    }),
    MAX_ORIGINS,
  ),
  lastTaken: u64Codec,
  lastFallback: u64Codec,
});
