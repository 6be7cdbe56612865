import { equalBytes, to0x, toHex } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import type { L1Reads } from '../../system/ports.ts';
import { type AccountSeen, failedOf } from './mend.ts';
import {
  type DerivedBatch,
  type L1Seen,
  type SeenReceipt,
  type Submitter,
  type SubmitterOptions,
  openOf,
} from './state.ts';

/** What a look is about. */
export interface LookAt {
  readonly state: Submitter;
  readonly settings: Pick<SubmitterOptions, 'accounts'> & {
    readonly inbox: Address;
    /** Blocks after which a transaction is final; left out: where L1 says so. */
    readonly confirmations?: bigint | undefined;
  };
  /** What the own driver made of a batch on L1; `undefined` where it has not come so far. */
  readonly derived: (index: bigint) => DerivedBatch | undefined;
}

/**
 * One look at L1, all of it from one endpoint. Nonces first: what uses one has its receipt in what is read
 * after it. @throws OperationError l1-moved | l1-lies | l1-unreachable and others
 */
export async function readL1(one: L1Reads, { state, settings, derived }: LookAt): Promise<L1Seen> {
  const { accounts, inbox } = settings;
  const names = [...new Set([accounts.calldata, accounts.blobs])];
  const nonces = await Promise.all(
    names.map(async (name) => {
      const final = settings.confirmations === undefined ? await one.nonce(name, 'finalized') : undefined;
      const [latest, pending] = [await one.nonce(name, 'latest'), await one.nonce(name, 'pending')];
      const finalized = final ?? latest;
      if (finalized > latest) throw moved(`${finalized} nonces of ${name} are final, and ${latest} are used`);
      return [name, { latest, pending, finalized, balance: await one.balance(name) }] as const;
    }),
  );
  const fees = await one.fees();
  const receipts = await readReceipts(one, state, fees);
  const { number: head } = await one.head('latest');
  const finalized = await finalBlock(one, settings, head);
  const { lastIndex } = await one.inbox(inbox);
  if (finalized > head) throw moved(`block ${finalized} is final, and the newest one is ${head}`);
  await checkReceipts(one, state, { receipts, head, lastIndex });
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
    if (!equalBytes(receipt.hash, hash))
      throw new OperationError(
        'l1-lies',
        'retry',
        `the receipt of ${to0x(hash)} is of ${to0x(receipt.hash)}`,
      );
    const { block, blockHash, status, gasUsed, gasPrice, blobGasUsed } = receipt;
    const cost = gasUsed * gasPrice + blobGasUsed * blobBaseFee;
    receipts.set(toHex(hash), { block, blockHash, isSuccess: status === 'success', cost });
  }
  return receipts;
}

const moved = (what: string): OperationError => new OperationError('l1-moved', 'retry', what);

/**
 * A receipt counts only where its block is on the chain that the endpoint shows at the end of the look, and a
 * batch that went through only where the inbox has it. @throws OperationError l1-moved
 */
async function checkReceipts(
  one: L1Reads,
  state: Submitter,
  { receipts, head, lastIndex }: Pick<L1Seen, 'receipts' | 'head' | 'lastIndex'>,
): Promise<void> {
  for (const { index, rungs } of openOf(state))
    for (const { signed } of rungs) {
      const receipt = signed && receipts.get(toHex(signed.hash));
      if (receipt === undefined) continue;
      const { block, blockHash, isSuccess } = receipt;
      const hash = block > head ? undefined : await one.hashAt(block);
      if (hash === undefined || !equalBytes(hash, blockHash))
        throw moved(`a receipt is of block ${block} ${to0x(blockHash)}, which is not there`);
      if (isSuccess && index > lastIndex)
        throw moved(`batch ${index} went through in block ${block}, and the inbox has ${lastIndex}`);
    }
}

/** Blocks up to this one cannot go away. */
const finalBlock = async (
  one: L1Reads,
  { confirmations }: Pick<LookAt['settings'], 'confirmations'>,
  head: bigint,
): Promise<bigint> =>
  confirmations === undefined ? (await one.head('finalized')).number : head - confirmations;

/**
 * What has to be known of an account that is to go on. What waits is read after what is in blocks, and what
 * is final before what the inbox has: a batch in a block that was final by then stays.
 */
export async function readAccount(
  one: L1Reads,
  account: Address,
  settings: Pick<LookAt['settings'], 'inbox' | 'confirmations'>,
): Promise<AccountSeen> {
  const final = await finalBlock(one, settings, (await one.head('latest')).number);
  const [finalized, latest] = [await one.nonce(account, 'finalized'), await one.nonce(account, 'latest')];
  const pending = await one.nonce(account, 'pending');
  const { lastIndex } = await one.inbox(settings.inbox);
  const last = lastIndex === 0n ? undefined : await one.batchAt(settings.inbox, lastIndex);
  const isLastFinal = lastIndex === 0n || (last !== undefined && last.l1Block <= final);
  return { latest, pending, finalized, lastIndex, isLastFinal };
}

/** What has to be known before what failed is sent again: the nonces that L1 has used for good. */
export async function readRetry(
  one: L1Reads,
  state: Submitter,
  settings: Pick<LookAt['settings'], 'inbox' | 'confirmations'>,
): Promise<{ readonly lastIndex: bigint; readonly finalized: ReadonlyMap<Address, bigint> }> {
  const at = settings.confirmations === undefined ? 'finalized' : 'latest';
  const names = [...new Set(failedOf(state).map(({ account }) => account))];
  const nonces = await Promise.all(names.map(async (name) => [name, await one.nonce(name, at)] as const));
  return { lastIndex: (await one.inbox(settings.inbox)).lastIndex, finalized: new Map(nonces) };
}
