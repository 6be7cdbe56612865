import type { EVMResult, Log } from '@ethereumjs/evm';
import type { Address as EvmAddress } from '@ethereumjs/util';

import type { TxLog } from '../../chain/execution.ts';
import { fromHex, toHex } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { type Address, addressBytes, addressFromBytes } from '../../ethereum/address.ts';
import type { AccessListEntry } from '../../ethereum/l2-tx.ts';
import { NEW_ACCOUNT } from './account.ts';
import { evmAccount } from './evm-state.ts';
import { type Machine, type MachineBlock, evmAddress } from './machine.ts';

/** Something that an account asks the machine to do. Amounts in wei. */
export interface Message {
  readonly from: Address;
  readonly to: Address | undefined;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
  readonly gasLimit: bigint;
  /** Gas that is spent before the first instruction. */
  readonly intrinsicGas: bigint;
  /** What the sender pays for each unit. */
  readonly gasPrice: bigint;
}

/** What came of a message. */
export interface Outcome {
  readonly isSuccess: boolean;
  /** The name that the machine gives the fault. */
  readonly fault: string | undefined;
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  readonly created: Address | undefined;
  readonly logs: readonly TxLog[];
}

/** At most this part of the gas comes back for what was cleared. [EIP-3529] */
const REFUND_PART = 5n;

/**
 * Executes a transaction that is valid on the draft of the machine: charges the sender, runs, gives back what
 * was not used, pays the tip. [Ethereum yellow paper, 6; EIP-1559]
 */
export async function applyTransaction(
  machine: Machine,
  block: MachineBlock,
  message: Message,
): Promise<Outcome> {
  const { journal } = machine.evm;
  const { gasLimit, gasPrice } = message;
  const from = evmAddress(addressBytes(message.from));
  await journal.checkpoint();
  const sender = (await machine.state.getAccount(from)) ?? evmAccount(NEW_ACCOUNT);
  sender.balance -= gasLimit * gasPrice;
  sender.nonce += 1n;
  await journal.putAccount(from, sender);
  const result = await run(machine, block, message, { from, isNonceUp: true });
  const gasUsed = gasUsedBy(result, message.intrinsicGas);
  await pay(machine, from, (gasLimit - gasUsed) * gasPrice);
  const tip = gasPrice - (block.header.baseFeePerGas ?? 0n);
  await pay(machine, block.header.coinbase, gasUsed * tip);
  await destroy(machine, result);
  await journal.cleanup();
  machine.state.originalStorageCache.clear();
  await machine.state.commit();
  return outcomeOf(result, gasUsed);
}

/** Executes a message that nobody pays for, and that leaves nothing behind. */
export async function applyCall(machine: Machine, block: MachineBlock, message: Message): Promise<Outcome> {
  const { journal } = machine.evm;
  const from = evmAddress(addressBytes(message.from));
  await journal.checkpoint();
  const result = await run(machine, block, message, { from, isNonceUp: false });
  await journal.revert();
  machine.state.originalStorageCache.clear();
  return outcomeOf(result, gasUsedBy(result, message.intrinsicGas));
}

async function run(
  machine: Machine,
  block: MachineBlock,
  message: Message,
  { from, isNonceUp }: { readonly from: EvmAddress; readonly isNonceUp: boolean },
): Promise<EVMResult> {
  const { to, value, data, gasLimit, intrinsicGas, gasPrice } = message;
  warm(machine, block, message);
  return machine.evm.runCall({
    ...{ block, gasPrice, caller: from, gasLimit: gasLimit - intrinsicGas, value, data },
    ...(to !== undefined && { to: evmAddress(addressBytes(to)) }),
    skipNonceIncrement: isNonceUp,
  });
}

/** What a transaction may touch at the lower price from its beginning. [EIP-2929, 2930, 3651] */
function warm({ evm }: Machine, block: MachineBlock, { from, to, accessList }: Message): void {
  const { journal } = evm;
  for (const address of evm.precompiles.keys()) journal.addAlwaysWarmAddress(address);
  journal.addAlwaysWarmAddress(toHex(block.header.coinbase.bytes));
  for (const address of to === undefined ? [from] : [from, to])
    journal.addAlwaysWarmAddress(address.slice(2).toLowerCase());
  for (const { address, storageKeys } of accessList) {
    const name = address.slice(2).toLowerCase();
    journal.addAlwaysWarmAddress(name);
    for (const key of storageKeys) journal.addAlwaysWarmSlot(name, toHex(key));
  }
}

function gasUsedBy({ execResult }: EVMResult, intrinsicGas: bigint): bigint {
  const spent = execResult.executionGasUsed + intrinsicGas;
  const [refund, most] = [execResult.gasRefund ?? 0n, spent / REFUND_PART];
  return spent - (refund < most ? refund : most);
}

async function pay(machine: Machine, to: EvmAddress, wei: bigint): Promise<void> {
  const account = (await machine.state.getAccount(to)) ?? evmAccount(NEW_ACCOUNT);
  account.balance += wei;
  // Also nothing touches: an account that is empty afterwards goes. [EIP-161]
  await machine.evm.journal.putAccount(to, account);
}

/** Contracts that destroyed themselves go if this transaction made them. [EIP-6780] */
async function destroy(machine: Machine, { execResult }: EVMResult): Promise<void> {
  for (const [name] of execResult.selfdestruct ?? [])
    if (execResult.createdAddresses?.has(name) === true) {
      const bytes = fromHex(name);
      assert(bytes !== undefined, 'the machine names accounts in hex');
      await machine.evm.journal.deleteAccount(evmAddress(bytes));
    }
}

const logOf = ([address, topics, data]: Log): TxLog => ({
  ...{ address: addressFromBytes(address), topics, data },
});

function outcomeOf({ execResult, createdAddress }: EVMResult, gasUsed: bigint): Outcome {
  const { exceptionError, returnValue, logs } = execResult;
  return {
    isSuccess: exceptionError === undefined,
    fault: exceptionError?.error,
    ...{ output: returnValue, gasUsed },
    created: createdAddress === undefined ? undefined : addressFromBytes(createdAddress.bytes),
    logs: exceptionError === undefined ? (logs ?? []).map(logOf) : [],
  };
}
