import { ascii, concat, u64 } from '../crypto/bytes.ts';
import { contractTags } from '../crypto/tags.ts';
import { keccak256 } from '../ethereum/address.ts';
import { contractDigest } from '../ethereum/contract-digest.ts';
import { predeploys } from '../ethereum/l2-genesis.ts';
import { type L2Header, type Withdrawal, encodeExtra, nextBaseFee } from './block.ts';
import type { Credit, L1Origin } from './l1-facts.ts';
import { blockLimits } from './rollup.ts';

/** What a block is told before it executes anything; the transactions come beside it. */
export interface BlockAttributes {
  /** Unix seconds. */
  readonly timestamp: bigint;
  readonly epoch: bigint;
  readonly view: bigint;
  readonly orderedUpTo: bigint;
  readonly origin: L1Origin;
  /** Of the origin, in its order; none unless this is the first block of that origin. */
  readonly credits: readonly Credit[];
  /** Raw; as `credits`. What cannot be executed at its place is left out. */
  readonly forced: readonly Uint8Array[];
}

/** What a block must know of the one before. */
export interface ParentBlock {
  /** 32 bytes */
  readonly hash: Uint8Array;
  readonly header: L2Header;
  /** Wei of burnt base fees, less than a gwei, that no block has credited yet; not those of this block. */
  readonly carry: bigint;
  /** The number that the next withdrawal gets. */
  readonly nextWithdrawal: bigint;
}

/** A block as far as it is fixed before its first transaction. */
export interface BlockPlan {
  readonly header: Omit<
    L2Header,
    'stateRoot' | 'transactionsRoot' | 'receiptsRoot' | 'withdrawalsRoot' | 'logsBloom' | 'gasUsed'
  >;
  /** Credits, and then what goes back to FeeVault. */
  readonly withdrawals: readonly Withdrawal[];
  /** Both as in `ParentBlock`, for the block after this one. */
  readonly carry: bigint;
  readonly nextWithdrawal: bigint;
}

const GWEI = 10n ** 9n;
const RANDAO = keccak256(ascii(contractTags.randao));

/** What a header says of L1, 32 bytes; Messenger checks messages against it. [Messages.sol, origin] */
export const originRoot = ({ number, hash, messageRoot }: Omit<L1Origin, 'timestamp'>): Uint8Array =>
  contractDigest(contractTags.l1Origin, number, hash, messageRoot);

/** Fixes all of a block that execution does not decide. [sequencer, 8.4] */
export function planBlock(parent: ParentBlock, attributes: BlockAttributes): BlockPlan {
  const { timestamp, epoch, view, orderedUpTo, origin, credits } = attributes;
  const number = parent.header.number + 1n;
  // What the block before burnt goes back to the vault of fees, in whole gwei, so that no METIS is lost.
  const burnt = parent.carry + parent.header.baseFeePerGas * parent.header.gasUsed;
  const payments = [
    ...credits.map(({ to, gwei }) => ({ address: to, gwei })),
    ...(burnt >= GWEI ? [{ address: predeploys.FeeVault, gwei: burnt / GWEI }] : []),
  ];
  return {
    header: {
      ...{ parentHash: parent.hash, number, timestamp, coinbase: predeploys.FeeVault },
      ...{ gasLimit: blockLimits.gas, baseFeePerGas: nextBaseFee(parent.header) },
      extraData: encodeExtra({ epoch, view, orderedUpTo, origin: origin.number }),
      prevRandao: keccak256(concat(RANDAO, origin.hash, u64(number))),
      parentBeaconBlockRoot: originRoot(origin),
    },
    withdrawals: payments.map((payment, i) => ({ index: parent.nextWithdrawal + BigInt(i), ...payment })),
    carry: burnt % GWEI,
    nextWithdrawal: parent.nextWithdrawal + BigInt(payments.length),
  };
}
