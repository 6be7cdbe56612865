import { toHex } from '../../crypto/bytes.ts';
import type { Address } from '../../ethereum/address.ts';
import type { L1Reads } from '../../system/ports.ts';
import type { AccountSeen } from './mend.ts';
import { type L1Seen, type SeenReceipt, type Submitter, type SubmitterOptions, openOf } from './state.ts';

/** What a look is about. */
export interface LookAt {
  readonly state: Submitter;
  readonly settings: Pick<SubmitterOptions, 'accounts'> & {
    readonly inbox: Address;
    /** Blocks after which a transaction is final; left out: where L1 says so. */
    readonly confirmations?: bigint | undefined;
  };
  /** What the own driver made of a batch on L1; `undefined` where it has not come so far. */
  readonly derived: (index: bigint) => boolean | undefined;
}

/**
 * One look at L1, all of it from one endpoint. Nonces first: what uses one has its receipt in what is read
 * after it. @throws OperationError l1-unreachable and others
 */
export async function readL1(one: L1Reads, { state, settings, derived }: LookAt): Promise<L1Seen> {
  const { accounts, inbox } = settings;
  const names = [...new Set([accounts.calldata, accounts.blobs])];
  const nonces = await Promise.all(
    names.map(async (name) => {
      const [latest, pending] = [await one.nonce(name, 'latest'), await one.nonce(name, 'pending')];
      return [name, { latest, pending, balance: await one.balance(name) }] as const;
    }),
  );
  const fees = await one.fees();
  const receipts = await readReceipts(one, state, fees);
  const { number: head } = await one.head('latest');
  const finalized = await finalBlock(one, settings);
  const { lastIndex } = await one.inbox(inbox);
  const known = openOf(state).flatMap(({ index, mined }) => {
    const is = mined === undefined ? undefined : derived(index);
    return is === undefined ? [] : [[index, is] as const];
  });
  return { head, finalized, fees, lastIndex, accounts: new Map(nonces), receipts, derived: new Map(known) };
}

/** Of all that was signed and is not final. */
async function readReceipts(
  one: L1Reads,
  state: Submitter,
  { blobBaseFee }: L1Seen['fees'],
): Promise<L1Seen['receipts']> {
  const hashes = openOf(state).flatMap(({ rungs }) =>
    rungs.flatMap(({ signed }) => (signed === undefined ? [] : [signed.hash])),
  );
  const receipts = new Map<string, SeenReceipt>();
  for (const hash of hashes) {
    const receipt = await one.receipt(hash);
    if (receipt === undefined) continue;
    const { block, blockHash, status, gasUsed, gasPrice, blobGasUsed } = receipt;
    const cost = gasUsed * gasPrice + blobGasUsed * blobBaseFee;
    receipts.set(toHex(hash), { block, blockHash, isSuccess: status === 'success', cost });
  }
  return receipts;
}

/** Blocks up to this one cannot go away. */
async function finalBlock(
  one: L1Reads,
  { confirmations }: Pick<LookAt['settings'], 'confirmations'>,
): Promise<bigint> {
  if (confirmations === undefined) return (await one.head('finalized')).number;
  return (await one.head('latest')).number - confirmations;
}

/**
 * What has to be known of an account that is to go on. What waits is read after what is in blocks, and what
 * is final before what the inbox has: a batch in a block that was final by then stays.
 */
export async function readAccount(
  one: L1Reads,
  account: Address,
  settings: Pick<LookAt['settings'], 'inbox' | 'confirmations'>,
): Promise<AccountSeen> {
  const final = await finalBlock(one, settings);
  const [finalized, latest] = [await one.nonce(account, 'finalized'), await one.nonce(account, 'latest')];
  const pending = await one.nonce(account, 'pending');
  const { lastIndex } = await one.inbox(settings.inbox);
  const last = lastIndex === 0n ? undefined : await one.batchAt(settings.inbox, lastIndex);
  const isLastFinal = lastIndex === 0n || (last !== undefined && last.l1Block <= final);
  return { latest, pending, finalized, lastIndex, isLastFinal };
}
