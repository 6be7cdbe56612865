import type { BlockAttributes } from '../../chain/attributes.ts';
import type { PendingOrigin } from '../../chain/derivation-state.ts';
import type { L1Origin } from '../../chain/l1-facts.ts';
import type { L2Position } from '../../chain/l2-position.ts';
import type { Rollup } from '../../chain/rollup.ts';
import type { Leader } from '../../chain/sequencer-set.ts';

/** What the builder knows when a slot comes. */
export interface BuilderView {
  readonly rollup: Pick<Rollup, 'slotMs' | 'maxDrift'>;
  /** The unsafe head. */
  readonly parent: Pick<L2Position, 'number' | 'timestamp' | 'orderedUpTo'>;
  /** The L1 block that it refers to. */
  readonly origin: L1Origin;
  /** The L1 block after the parent's origin, once it is confirmed; `gone` where L1 dropped that origin. */
  readonly next: PendingOrigin | 'gone' | undefined;
  /** Unix seconds of the newest L1 block that this node has read. */
  readonly l1Time: bigint;
  /** Who may build the next block. */
  readonly leader: Leader | undefined;
  /** This node's account. */
  readonly self: Leader['signer'];
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** How many transactions wait. */
  readonly waiting: number;
  /** When the parent was built, by this node's clock; empty blocks wait for `idleMs` after it. */
  readonly builtAtMs: number;
  readonly idleMs: number;
  /** Blocks since the last one that L1 holds safely, and how many there may be. */
  readonly unsafeBlocks: number;
  readonly maxUnsafeBlocks: number;
}

/** Why no block is built in a slot. */
export type IdleReason =
  | 'not-the-leader'
  | 'nothing-to-do'
  | 'clock-behind'
  | 'clock-ahead-of-l1'
  | 'too-far-ahead-of-l1'
  | 'waits-for-l1'
  | 'origin-gone';

/** What to do in a slot: build a block, with transactions of the pool or without, or nothing. */
export type SlotDecision =
  | { readonly kind: 'build'; readonly attributes: BlockAttributes; readonly takesPool: boolean }
  | { readonly kind: 'idle'; readonly reason: IdleReason };

/** Seconds that a block may be ahead of the clock of the one who builds it. */
const AHEAD_SECONDS = 1n;

const idle = (reason: IdleReason): SlotDecision => ({ kind: 'idle', reason });

/** Decides on one slot. The rules are those by which others judge the block. [sequencer, 8.3] */
export function decideSlot(view: BuilderView): SlotDecision {
  const { rollup, parent, next, leader, nowMs } = view;
  if (leader?.signer !== view.self) return idle('not-the-leader');
  if (next === 'gone') return idle('origin-gone');
  if (view.unsafeBlocks >= view.maxUnsafeBlocks) return idle('too-far-ahead-of-l1');
  const now = BigInt(Math.floor(nowMs / 1000));
  const least = parent.timestamp + (rollup.slotMs < 1_000 ? 0n : 1n);
  const timestamp = now > least ? now : least;
  if (timestamp > now + AHEAD_SECONDS) return idle('clock-behind');

  // An origin may be taken as soon as it is confirmed, and must not be left behind for longer than the drift.
  const advances = next !== undefined && timestamp >= next.origin.timestamp;
  const origin = advances ? next.origin : view.origin;
  const isLate = timestamp > origin.timestamp + rollup.maxDrift;
  // Others know L1 blocks that this node has not seen: a block that should have taken one would be refused.
  if (isLate && !advances) return idle('waits-for-l1');
  // No batch brings to L1 a block that is so far ahead of it, and time never goes back: after a clock that
  // jumped, such a block would be the last one for as long.
  if (timestamp > view.l1Time + rollup.maxDrift) return idle('clock-ahead-of-l1');
  // A chain that catches up with L1 takes one origin a block, and nothing else until it is close again.
  const takesPool = !isLate;
  const hasWork = advances || (takesPool && view.waiting > 0);
  if (!hasWork && nowMs - view.builtAtMs < view.idleMs) return idle('nothing-to-do');
  return {
    kind: 'build',
    takesPool,
    attributes: {
      ...{ timestamp, origin, epoch: leader.epoch, view: leader.view },
      orderedUpTo: parent.orderedUpTo,
      credits: advances ? next.credits : [],
      forced: advances ? next.forced : [],
    },
  };
}
