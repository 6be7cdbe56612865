import { setTimeout as pause } from 'node:timers/promises';

import { to0x } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import { encodeInboxDeployment, encodeRegisterSubmitter } from '../ethereum/abi.ts';
import { type Address, parseAddress } from '../ethereum/address.ts';
import type { JsonRpc } from './json-rpc.ts';

/** Milliseconds between two looks for a receipt, and how often one looks. */
const POLL_MS = 10;
const LOOKS = 3_000;

/** What the steps below ask of a development L1: its unlocked accounts and its cheat codes. */
export interface DevL1 {
  readonly rpc: JsonRpc;
}

/** The first of the unlocked, funded accounts of a development chain. Production has no such thing. */
export async function devAccount({ rpc }: DevL1): Promise<Address> {
  const accounts = await rpc('eth_accounts');
  const first: unknown = Array.isArray(accounts) ? accounts[0] : undefined;
  if (typeof first !== 'string')
    throw new OperationError(
      'l1-rejected',
      'fatal',
      'this chain has no unlocked account: is it a development chain?',
    );
  return parseAddress(first.toLowerCase(), 'account');
}

/**
 * Deploys an inbox of which the development account is the owner. @throws OperationError l1-rejected |
 * l1-reverted
 */
export async function deployInbox(l1: DevL1, l2ChainId: bigint): Promise<Address> {
  const owner = await devAccount(l1);
  const { contractAddress } = await sendAs(l1, {
    from: owner,
    data: to0x(encodeInboxDeployment(l2ChainId, owner)),
  });
  if (typeof contractAddress !== 'string')
    throw new OperationError('l1-rejected', 'fatal', 'the deployment has no address');
  return parseAddress(contractAddress.toLowerCase(), 'contractAddress');
}

/**
 * Makes an account the only one that may append. @throws OperationError l1-reverted when there is one already
 */
export async function registerSubmitter(l1: DevL1, inbox: Address, submitter: Address): Promise<void> {
  const from = await devAccount(l1);
  await sendAs(l1, { from, to: inbox, data: to0x(encodeRegisterSubmitter(submitter)) });
}

/** Sets the balance of an account, in wei. */
export async function fund({ rpc }: DevL1, account: Address, wei: bigint): Promise<void> {
  await rpc('anvil_setBalance', [account, `0x${wei.toString(16)}`]);
}

interface Sent {
  readonly from: Address;
  readonly to?: Address;
  readonly data: string;
}

async function sendAs(l1: DevL1, sent: Sent): Promise<Readonly<Record<string, unknown>>> {
  const hash = await l1.rpc('eth_sendTransaction', [sent]);
  // Anvil answers before the block is there, also when it mines at once.
  for (let look = 0; look < LOOKS; look++) {
    const receipt = await l1.rpc('eth_getTransactionReceipt', [hash]);
    if (typeof receipt === 'object' && receipt !== null) return succeeded({ ...receipt }, String(hash));
    await pause(POLL_MS);
  }
  throw new OperationError('receipt-timeout', 'fatal', `${String(hash)} is in no block`);
}

function succeeded(
  receipt: Readonly<Record<string, unknown>>,
  hash: string,
): Readonly<Record<string, unknown>> {
  if (receipt['status'] === '0x1') return receipt;
  throw new OperationError('l1-reverted', 'fatal', `${hash} reverted`);
}
