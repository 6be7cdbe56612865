import type { BlockAttributes } from '../../chain/attributes.ts';
import { type BlockExtra, decodeExtra } from '../../chain/block.ts';
import type { PendingOrigin } from '../../chain/derivation-state.ts';
import type { L1Origin } from '../../chain/l1-facts.ts';
import type { L2Position } from '../../chain/l2-position.ts';
import type { Rollup } from '../../chain/rollup.ts';
import type { SequencerSet } from '../../chain/sequencer-set.ts';
import { type SignedBlock, sealerOf } from '../../chain/signed-block.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';

/** What this node knows itself, and takes nobody's word for. */
export interface OwnView {
  readonly rollup: Pick<Rollup, 'l2ChainId' | 'slotMs' | 'maxDrift'>;
  readonly set: SequencerSet;
  /** The block that the signed one must stand on, and the L1 block that it refers to. */
  readonly parent: L2Position;
  readonly origin: L1Origin;
  /** The L1 block after that, if this node has seen it. */
  readonly next: PendingOrigin | undefined;
  /** Unix seconds. */
  readonly now: bigint;
}

/** What a signed block must come to when it is executed here. */
export type BlockJudgement =
  | {
      readonly kind: 'execute';
      readonly attributes: BlockAttributes;
      /** Those that L1 did not force in. */
      readonly transactions: readonly Uint8Array[];
    }
  /** Its origin is an L1 block that this node has not seen yet. */
  | { readonly kind: 'wait' };

/** Seconds that a block may be ahead of this node's clock. */
const AHEAD_SECONDS = 2n;

const refused = (what: string): InputError => new InputError('block-refused', 'block', `the block ${what}`);

/**
 * Judges a block by all that can be said before it is executed. Credits, forced transactions and the origin
 * come from this node's own view of L1; that the block holds the same shows when its hash comes out equal.
 * @throws InputError block-foreign | block-refused | block-malformed
 */
export function judgeBlock(signed: SignedBlock, own: OwnView): BlockJudgement {
  const { rollup, parent, next, now } = own;
  const { header, transactions } = signed.block;
  const number = parent.number + 1n;
  if (header.number !== number) throw refused(`has number ${header.number} and not ${number}`);
  if (!equalBytes(header.parentHash, parent.hash)) throw refused('stands on another one');
  const extra = decodeExtra(header.extraData);
  checkLeader(signed, own, extra);
  if (header.timestamp < parent.timestamp + (rollup.slotMs < 1_000 ? 0n : 1n))
    throw refused('goes back in time');
  if (header.timestamp > now + AHEAD_SECONDS) throw refused('is from the future');
  if (extra.orderedUpTo < parent.orderedUpTo) throw refused('covers less of the order');

  const steps = extra.origin - parent.origin;
  if (steps !== 0n && steps !== 1n) throw refused(`jumps from origin ${parent.origin} to ${extra.origin}`);
  if (steps === 1n && next === undefined) return { kind: 'wait' };
  const brought = steps === 1n ? next : undefined;
  const { origin, credits, forced } = brought ?? { origin: own.origin, credits: [], forced: [] };
  if (header.timestamp < origin.timestamp) throw refused('is older than its origin');
  const rest = transactions.slice(countForced(transactions, forced));
  const isLate = brought === undefined && header.timestamp > origin.timestamp + rollup.maxDrift;
  if (isLate && rest.length > 0) throw refused('lags behind L1 and is not empty');
  // Derivation would pass over every batch with it, and its index would be used up.
  const isOverdue = next !== undefined && header.timestamp > next.origin.timestamp + rollup.maxDrift;
  if (isLate && isOverdue) throw refused(`keeps origin ${origin.number}, whose successor is old as well`);
  const { epoch, view, orderedUpTo } = extra;
  return {
    kind: 'execute',
    transactions: rest,
    attributes: { timestamp: header.timestamp, epoch, view, orderedUpTo, origin, credits, forced },
  };
}

function checkLeader(signed: SignedBlock, { rollup, set, parent }: OwnView, extra: BlockExtra): void {
  const leader = set.leaderAt(signed.block.header.number);
  const sealer = sealerOf(rollup.l2ChainId, signed);
  if (leader?.signer !== sealer)
    throw new InputError(
      'block-foreign',
      'block',
      `${sealer} signed, and ${leader?.signer ?? 'nobody'} leads`,
    );
  // A leader begins a later view where it has to build a number again; none goes back to an earlier one.
  const isBefore = parent.epoch === extra.epoch && extra.view < parent.view;
  if (extra.epoch !== leader.epoch || extra.view < leader.view || isBefore)
    throw refused(`is of epoch ${extra.epoch}, view ${extra.view}`);
}

/** How many transactions from the first are those that L1 forces in, of which some may be left out. */
function countForced(transactions: readonly Uint8Array[], forced: readonly Uint8Array[]): number {
  let count = 0;
  for (const raw of forced) {
    const here = transactions[count];
    if (here !== undefined && equalBytes(here, raw)) count++;
  }
  return count;
}
