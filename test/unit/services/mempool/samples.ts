import { u32 } from '../../../../src/crypto/bytes.ts';
import { type Address, addressFromBytes, keccak256 } from '../../../../src/ethereum/address.ts';
import type { L2Tx } from '../../../../src/ethereum/l2-tx.ts';
import type { PoolLimits, PoolState } from '../../../../src/services/mempool/draft.ts';
import { emptyPool, step } from '../../../../src/services/mempool/machine.ts';
import type { AccountNumbers } from '../../../../src/services/mempool/queue.ts';

/** Account number k. */
export function accountAt(k: number): Address {
  const known = accounts[k] ?? addressFromBytes(new Uint8Array(20).fill(k + 1));
  accounts[k] = known;
  return known;
}
const accounts: Address[] = [];

/** What is not said is small and fits. `salt` tells two apart that are otherwise the same. */
export interface TxPlan {
  readonly from?: number;
  readonly nonce?: number;
  readonly cap?: number;
  readonly tip?: number;
  readonly gas?: number;
  readonly value?: number;
  readonly size?: number;
  readonly salt?: number;
}

/** A transaction as the reader gives it, but that nobody has signed: the machine does not ask who did. */
export function tx({ from = 0, nonce = 0, cap = 100, tip = 10, ...rest }: TxPlan): L2Tx {
  const { gas = 21_000, value = 0, size = 100, salt = 0 } = rest;
  const raw = new Uint8Array(size);
  [from, nonce, cap, tip, gas, value, salt].forEach((part, i) => raw.set(u32(part), 4 * i));
  return {
    ...{ type: 2, chainId: 1n, nonce: BigInt(nonce), to: accountAt(0), value: BigInt(value) },
    ...{ gasLimit: BigInt(gas), maxFeePerGas: BigInt(cap), maxPriorityFeePerGas: BigInt(tip) },
    ...{ data: new Uint8Array(0), accessList: [], signature: { r: 1n, s: 1n, yParity: 0 } },
    ...{ sender: accountAt(from), hash: keccak256(raw), raw },
  };
}

/** An account that can pay for anything. */
export const rich: AccountNumbers = { nonce: 0n, balance: 1n << 100n };
/** Limits that nothing in a small test meets. */
export const wide: PoolLimits = { ready: 100, queued: 100, bytes: 1_000_000, perAccount: 16 };

/** A pool with these in it, all accepted. */
export function poolOf(plans: readonly TxPlan[], limits: PoolLimits = wide, baseFee = 50n): PoolState {
  const group = plans.map((plan) => ({ tx: tx(plan), account: rich }));
  const { next, verdicts } = step(emptyPool(baseFee), { kind: 'arrived', group }, limits);
  const wrong = verdicts.find(({ kind }) => kind !== 'accepted');
  if (wrong !== undefined) throw new Error(JSON.stringify(wrong));
  return next;
}

/** What is in a pool, account by account: nonces that are ready | nonces behind a gap. */
export const content = (state: PoolState): readonly string[] =>
  [...state.queues.values()]
    .map(({ address, items, ready }) => {
      const nonces = items.map((item) => item.tx.nonce);
      const of = Number(`0x${address.slice(2, 4)}`) - 1;
      return `${of}: ${nonces.slice(0, ready).join()}|${nonces.slice(ready).join()}`;
    })
    .sort();
