import type { PayloadPlace } from '../../chain/block-batch.ts';
import { to0x } from '../../crypto/bytes.ts';
import type { Address } from '../../ethereum/address.ts';
import { type LedgerTx, topSigned, unsigned } from './ledger.ts';
import { runwayDays } from './plan.ts';
import { type Alarm, type Submitter, openOf } from './state.ts';

/** How far a batch has come. */
export type BatchPhase = 'sealed' | 'requested' | 'signed' | 'sent' | 'mined' | 'final' | 'failed';

/** One batch, as people see it. */
export interface BatchStatus {
  readonly index: bigint;
  readonly phase: BatchPhase;
  readonly da: PayloadPlace;
  readonly nonce?: bigint;
  /** Prices that were asked for. */
  readonly rungs: number;
  /** 0x and hex: the newest one that is signed, or the one that was mined. */
  readonly txHash?: string;
  readonly block?: bigint;
}

/** A submitter, as people and the batcher see it. */
export interface SubmitterStatus {
  readonly isPaused: boolean;
  /** Batches that are not final, those without a nonce too. */
  readonly open: number;
  readonly batches: readonly BatchStatus[];
  readonly accounts: readonly {
    readonly account: Address;
    readonly nextNonce: bigint;
    readonly isStopped: boolean;
    readonly balance: bigint | undefined;
    /** At the pace of the last week. */
    readonly runwayDays: bigint | undefined;
  }[];
  readonly alarms: ReadonlyMap<Alarm, string>;
}

/** The status of a state. */
export function statusOf(
  state: Submitter,
  { balances, nowMs }: { readonly balances: ReadonlyMap<Address, bigint>; readonly nowMs: number },
): SubmitterStatus {
  const { ledger, alarms } = state;
  const newest = ledger.txs.at(-1)?.index ?? 0n;
  // What L1 has from elsewhere never gets a nonce here: it would count as open for ever.
  const last = newest > ledger.elsewhere ? newest : ledger.elsewhere;
  const waiting = [...state.batches.values()]
    .filter(({ index }) => index > last)
    .sort((a, b) => (a.index < b.index ? -1 : 1));
  return {
    isPaused: ledger.isPaused,
    open: openOf(state).length + waiting.length,
    batches: [
      ...ledger.txs.map((tx) => batchStatus(state, tx)),
      ...waiting.map(({ index, da }) => ({ index, da, phase: 'sealed' as const, rungs: 0 })),
    ],
    accounts: [...ledger.accounts].map(([account, { next, isStopped }]) => {
      const balance = balances.get(account);
      const days = balance === undefined ? undefined : runwayDays(ledger.spent, { account, balance, nowMs });
      return { account, nextNonce: next, isStopped, balance, runwayDays: days };
    }),
    alarms,
  };
}

function batchStatus(state: Submitter, tx: LedgerTx): BatchStatus {
  const { index, place: da, nonce, rungs, mined } = tx;
  const hash = mined?.hash ?? topSigned(tx)?.hash;
  return {
    ...{ index, da, nonce, rungs: rungs.length, phase: phaseOf(state, tx) },
    ...(hash === undefined ? {} : { txHash: to0x(hash) }),
    ...(mined === undefined ? {} : { block: mined.block }),
  };
}

function phaseOf({ sent }: Submitter, tx: LedgerTx): BatchPhase {
  if (tx.end !== undefined) return tx.end === 'final' ? 'final' : 'failed';
  if (tx.mined !== undefined) return 'mined';
  const top = topSigned(tx);
  if (top === undefined || (unsigned(tx) !== undefined && tx.rungs.length === 1)) return 'requested';
  return sent.has(to0x(top.hash).slice(2)) ? 'sent' : 'signed';
}
