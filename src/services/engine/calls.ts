import { type L2Block, nextBaseFee } from '../../chain/block.ts';
import type { AccountOverride, CallRequest, CallResult } from '../../chain/execution.ts';
import { blockLimits } from '../../chain/rollup.ts';
import { fromHex } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { type Address, addressFromBytes, parseAddress } from '../../ethereum/address.ts';
import { type AccessListEntry, intrinsicGas } from '../../ethereum/l2-tx.ts';
import { NEW_ACCOUNT } from './account.ts';
import { type Draft, withoutZeros } from './draft.ts';
import { accountKey, keyOf } from './key.ts';
import type { Ancestors, Environment, Machine } from './machine.ts';
import { applyCall } from './message.ts';
import type { StateView } from './state.ts';

const NOBODY: Address = parseAddress(`0x${'00'.repeat(20)}`);
const NOTHING = new Uint8Array(0);

/** Where a call is made: the state at the end of a block, that block, and those before it. */
export interface CallSite {
  readonly state: StateView;
  readonly tip: Pick<L2Block, 'header' | 'hash'>;
  readonly ancestors: Ancestors;
}

/** Runs a call on the state at the end of a block as if it stood in the next one, and forgets it. */
export async function runCall(machine: Machine, site: CallSite, call: CallRequest): Promise<CallResult> {
  const { from = NOBODY, to, value = 0n, data = NOTHING, gas = blockLimits.gas, gasPrice = 0n } = call;
  const { accessList = [], accounts = [], tellsAccess = false } = call;
  const intrinsic = intrinsicGas({ to, data, accessList });
  if (gas < intrinsic) return refusal('intrinsic gas too low');
  const draft = machine.state.begin(site.state);
  for (const change of accounts) override(draft, change);
  const balance = draft.account(accountKey(from))?.balance ?? 0n;
  if (balance < value + gas * gasPrice) return refusal('insufficient funds');
  const block = machine.enter(environmentOf(site, call), site.ancestors);
  const { journal } = machine.evm;
  if (tellsAccess) journal.startReportingAccessList();
  const message = { from, to, value, data, accessList, gasLimit: gas, intrinsicGas: intrinsic, gasPrice };
  const { isSuccess, output, gasUsed, fault, created } = await applyCall(machine, block, message);
  const touched = tellsAccess ? touchedIn(journal.accessList ?? new Map(), created) : undefined;
  delete journal.accessList;
  return { isSuccess, output, gasUsed, fault, ...(touched !== undefined && { touched }) };
}

const refusal = (fault: string): CallResult => ({ isSuccess: false, output: NOTHING, gasUsed: 0n, fault });

/** The next block, but for what the call wants otherwise. */
function environmentOf(
  { tip: { header, hash } }: CallSite,
  { gasPrice = 0n, block }: CallRequest,
): Environment {
  return {
    ...header,
    parentHash: hash,
    number: block?.number ?? header.number + 1n,
    timestamp: block?.timestamp ?? header.timestamp + 1n,
    gasLimit: block?.gasLimit ?? header.gasLimit,
    coinbase: block?.coinbase ?? header.coinbase,
    prevRandao: block?.prevRandao ?? header.prevRandao,
    // A call that names no price pays none, and is not held to one. [geth, eth_call]
    baseFeePerGas: block?.baseFeePerGas ?? (gasPrice === 0n ? 0n : nextBaseFee(header)),
  };
}

function override(draft: Draft, { account, nonce, balance, code, slots, isWhole }: AccountOverride): void {
  const key = accountKey(account);
  const known = draft.account(key) ?? NEW_ACCOUNT;
  const codeHash = code === undefined ? known.codeHash : draft.addCode(code);
  const changed = { nonce: nonce ?? known.nonce, balance: balance ?? known.balance, codeHash };
  draft.setAccount(key, { ...changed, storageRoot: known.storageRoot });
  if (isWhole) draft.clear(key);
  for (const [slot, value] of slots) draft.setSlot(key, keyOf(slot), withoutZeros(value));
}

/** What the journal of the machine has noted, in hex; a contract that was only made just now is not news. */
function touchedIn(
  noted: ReadonlyMap<string, ReadonlySet<string>>,
  created: Address | undefined,
): readonly AccessListEntry[] {
  const bytes = (hex: string): Uint8Array => {
    const read = fromHex(hex);
    assert(read !== undefined, 'the machine names accounts and slots in hex');
    return read;
  };
  return [...noted]
    .map(([address, keys]) => ({
      ...{ address: addressFromBytes(bytes(address)), storageKeys: [...keys].map(bytes) },
    }))
    .filter(({ address, storageKeys }) => address !== created || storageKeys.length > 0);
}
