import type { PayloadPlace } from '../../chain/block-batch.ts';
import type { Fees } from '../../chain/fees.ts';
import { assert, assertNever } from '../../crypto/errors.ts';
import { type Address, keccak256 } from '../../ethereum/address.ts';
import type { JournalRecord, TxName } from './records.ts';

/** One price at which a transaction was asked for, and its bytes once it is signed. */
export interface Rung {
  readonly fees: Fees;
  readonly signed?: { readonly raw: Uint8Array; readonly hash: Uint8Array };
}

/** Where a transaction is in a block. */
export interface MinedAt {
  /** 32 bytes each. */
  readonly hash: Uint8Array;
  readonly block: bigint;
  readonly blockHash: Uint8Array;
  readonly isSuccess: boolean;
}

/** What is known of one nonce. */
export interface LedgerTx extends TxName {
  /** The batch that it carries. */
  readonly index: bigint;
  readonly place: PayloadPlace;
  /** 32 bytes: what guards hold on to. */
  readonly content: Uint8Array;
  /** Lowest price first; none any more once it has ended. */
  readonly rungs: readonly Rung[];
  readonly mined?: MinedAt | undefined;
  /** `again`: it failed, and its batch is sent under another nonce. */
  readonly end?: 'final' | 'failed' | 'again';
}

/** An account that sends. */
export interface LedgerAccount {
  /** The nonce that no batch has yet. */
  readonly next: bigint;
  readonly isStopped: boolean;
}

/** A content that signers may hold, 32 bytes, and under which nonce. */
export interface GivenUp extends TxName {
  readonly content: Uint8Array;
}

/** All that the journal says. */
export interface Ledger {
  readonly accounts: ReadonlyMap<Address, LedgerAccount>;
  /** In the order in which their nonces were assigned, which is that of the batches. */
  readonly txs: readonly LedgerTx[];
  readonly isPaused: boolean;
  /** The last batch that L1 has from elsewhere, as far as an operator has said that it may. */
  readonly elsewhere: bigint;
  /** What was asked for in vain and given up, by its index: signers may hold that, and its nonce, for it. */
  readonly givenUp: ReadonlyMap<bigint, GivenUp>;
  /** What final transactions cost, for the runway. */
  readonly spent: readonly { readonly account: Address; readonly wei: bigint; readonly atMs: bigint }[];
}

/** Before the first record. */
export const emptyLedger: Ledger = {
  ...{ accounts: new Map(), txs: [], isPaused: false, elsewhere: 0n, givenUp: new Map(), spent: [] },
};

const SPENT_KEPT_MS = 7n * 86_400_000n;

/** The ledger after a record. Both a running submitter and one that starts again go this way only. */
export function post(ledger: Ledger, record: JournalRecord): Ledger {
  switch (record.kind) {
    case 'base':
    case 'cleared':
      return withAccount(ledger, record.account, { next: record.nonce, isStopped: false });
    case 'stopped':
      return withAccount(ledger, record.account, { ...accountOf(ledger, record), isStopped: true });
    case 'assigned': {
      const { account, nonce, index, place, content } = record;
      assert(accountOf(ledger, record).next === nonce, `nonce ${nonce} is not the next one`);
      const next = withAccount(ledger, account, { next: nonce + 1n, isStopped: false });
      return { ...next, txs: [...ledger.txs, { account, nonce, index, place, content, rungs: [] }] };
    }
    case 'requested': {
      const { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas } = record;
      const fees = { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas };
      return withTx(ledger, record, (tx) => ({ ...tx, rungs: [...tx.rungs, { fees }] }));
    }
    case 'signed': {
      const signed = { raw: record.raw, hash: keccak256(record.raw) };
      return withTx(ledger, record, (tx) => ({
        ...tx,
        rungs: tx.rungs.map((rung, i) => (i === tx.rungs.length - 1 ? { ...rung, signed } : rung)),
      }));
    }
    case 'mined': {
      const { hash, block, blockHash, success } = record;
      const mined = { hash, block, blockHash, isSuccess: success === 1 };
      return withTx(ledger, record, (tx) => ({ ...tx, mined }));
    }
    case 'unmined':
      return withTx(ledger, record, (tx) => ({ ...tx, mined: undefined }));
    case 'final': {
      const { account, cost: wei, atMs } = record;
      const spent = ledger.spent.filter((one) => one.atMs + SPENT_KEPT_MS > atMs);
      const next = withTx(ledger, record, (tx) => ({ ...tx, rungs: [], end: 'final' }));
      // Nothing is free on L1: without a cost it is the short form of one that stands among the others.
      const all = wei === 0n ? ledger.spent : [...spent, { account, wei, atMs }];
      return { ...next, txs: pruned(next.txs), spent: all };
    }
    case 'failed':
      return withTx(ledger, record, (tx) => ({ ...tx, end: 'failed' }));
    case 'again':
      return withTx(ledger, record, (tx) => ({ ...tx, end: 'again' }));
    case 'reopened':
      return withTx(ledger, record, ({ end: _, ...tx }) => ({ ...tx, mined: undefined }));
    case 'elsewhere':
      return { ...ledger, elsewhere: record.index };
    case 'spent': {
      const { account, wei, atMs } = record;
      return { ...ledger, spent: [...ledger.spent, { account, wei, atMs }] };
    }
    case 'held':
      return { ...ledger, givenUp: new Map(ledger.givenUp).set(record.index, givenUpOf(record)) };
    case 'paused':
      return { ...ledger, isPaused: record.on === 1 };
    case 'given-up':
      return withoutTx(ledger, record);
    default:
      return assertNever(record);
  }
}

/** Ended transactions are shown for a while, and then nobody asks for them. */
const ENDED_KEPT = 32;
const pruned = (txs: readonly LedgerTx[]): readonly LedgerTx[] => {
  const drop = txs.filter(({ end }) => end !== undefined).slice(0, -ENDED_KEPT);
  return drop.length === 0 ? txs : txs.filter((tx) => !drop.includes(tx));
};

const accountOf = ({ accounts }: Ledger, { account }: TxName): LedgerAccount =>
  accounts.get(account) ?? { next: 0n, isStopped: false };

const withAccount = (ledger: Ledger, account: Address, value: LedgerAccount): Ledger => ({
  ...ledger,
  accounts: new Map(ledger.accounts).set(account, value),
});

function withTx(ledger: Ledger, { account, nonce }: TxName, change: (tx: LedgerTx) => LedgerTx): Ledger {
  const at = ledger.txs.findLastIndex((tx) => tx.account === account && tx.nonce === nonce);
  assert(at >= 0, `nonce ${nonce} of ${account} is not in the journal`);
  return { ...ledger, txs: ledger.txs.map((tx, i) => (i === at ? change(tx) : tx)) };
}

const givenUpOf = ({ account, nonce, content }: GivenUp): GivenUp => ({ account, nonce, content });

/** The newest transaction is gone, and its nonce is the next one again: nothing was signed for it. */
function withoutTx(ledger: Ledger, name: TxName): Ledger {
  const tx = ledger.txs.at(-1);
  assert(tx?.account === name.account && tx.nonce === name.nonce, 'only the newest is given up');
  assert(isUnsigned(tx), `nonce ${tx.nonce} is signed`);
  const { next, isStopped } = accountOf(ledger, tx);
  const freed = withAccount(ledger, tx.account, {
    next: next === tx.nonce + 1n ? tx.nonce : next,
    isStopped,
  });
  const givenUp = new Map(ledger.givenUp).set(tx.index, givenUpOf(tx));
  return { ...freed, txs: ledger.txs.slice(0, -1), givenUp };
}

/** Transactions that can still be taken back, or that have not been mined. */
export const openTxs = ({ txs }: Ledger): readonly LedgerTx[] => txs.filter(({ end }) => end === undefined);

/** The signed rung with the highest price. */
export const topSigned = ({ rungs }: LedgerTx): Rung['signed'] =>
  rungs.findLast(({ signed }) => signed !== undefined)?.signed;

/** Nobody has signed it at any price, as far as the journal goes. */
export const isUnsigned = (tx: LedgerTx): boolean =>
  tx.end === undefined && tx.mined === undefined && topSigned(tx) === undefined;

/** The last rung, where it is asked for and not signed. */
export const unsigned = ({ rungs }: LedgerTx): Rung | undefined => {
  const last = rungs.at(-1);
  return last?.signed === undefined ? last : undefined;
};
