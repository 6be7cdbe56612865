import { setTimeout as pause } from 'node:timers/promises';

import { ascii, to0x } from '../crypto/bytes.ts';
import { OperationError, assert } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import { Secret } from '../crypto/secret.ts';
import { tags } from '../crypto/tags.ts';
import { type Address, parseAddress } from '../ethereum/address.ts';
import { contractProfiles } from '../ethereum/contract-profiles.ts';
import type { DeploymentSettings } from '../ethereum/deployment-init.ts';
import { type DeploymentPlan, planDeployment } from '../ethereum/deployment-plan.ts';
import { accountOfKey, signDigest } from '../ethereum/deployment-tx.ts';
import {
  type FirstKey,
  certificateOf,
  encodeScheduleFirstKey,
  firstKeyDigest,
} from '../ethereum/first-key.ts';
import { type KeyPromise, popDigest } from '../ethereum/key-pop.ts';
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

/** The contracts of a development chain on which batches land. */
export interface DevContracts {
  readonly inbox: Address;
  readonly registry: Address;
  /** Where any contract of the deployment is. @throws Bug for a name that none has */
  readonly at: (name: string) => Address;
  /** What it was made of. */
  readonly settings: DeploymentSettings;
  /** The transaction with which it began: 0x and hex. */
  readonly firstHash: string;
}

/** The only member of set 0 of a development chain. Its key is worth nothing: it stands here. */
const insecureMemberKey = (): Secret =>
  new Secret('member key', taggedHash(tags.test, ascii('dev-l1/member')));
/** METIS of power that it has; it alone is the set. */
const MEMBER_POWER = 20_000n;
/** The inbox asks who sends, and for no certificate. */
const profile = { ...contractProfiles.test, inbox: { ...contractProfiles.test.inbox, authMode: 0 } } as const;

/** The genesis of the L2 for which a development chain is set up. */
export interface DevGenesis {
  /** METIS that it gives out. */
  readonly wei: bigint;
  /** Its output root, 32 bytes, by where the contracts of L1 will be. */
  readonly rootOf: (at: DevContracts['at']) => Uint8Array;
}

/**
 * Deploys all contracts of L1 from the development account, an inbox among them that takes batches from the
 * accounts that `nameKeys` names. For tests: whoever reads this file can certify anything on such a chain.
 * @throws OperationError l1-rejected | l1-reverted | receipt-timeout
 */
export async function deployContracts(
  l1: DevL1,
  l2ChainId: bigint,
  genesis: DevGenesis = { wei: 0n, rootOf: () => new Uint8Array(32).fill(1) },
): Promise<DevContracts> {
  const deployer = await devAccount(l1);
  const { timestamp } = await newestBlock(l1);
  const settings = {
    ...{ profile, deployer, l2ChainId, treasury: deployer },
    firstNonce: quantity(await l1.rpc('eth_getTransactionCount', [deployer, 'pending'])),
    ...{ genesisRoot: new Uint8Array(32).fill(1), genesisAllocation: genesis.wei },
    rewardsStart: timestamp + profile.pool.rateDelay,
    members: [{ signer: accountOfKey(insecureMemberKey()), power: MEMBER_POWER }] as const,
  };
  // Where contracts will be does not depend on the root of the genesis, which names them.
  const genesisRoot = genesis.rootOf(placeIn(planDeployment(settings)));
  const plan = planDeployment({ ...settings, genesisRoot });
  const hashes: string[] = [];
  for (const { to, nonce, data } of plan.steps) {
    const sent = { from: deployer, nonce: hexOf(nonce), data: to0x(data), ...(to && { to }) };
    hashes.push(String((await sendAs(l1, sent))['transactionHash']));
  }
  const at = placeIn(plan);
  return {
    ...{ inbox: at('BatchInbox'), registry: at('KeyRegistry'), at },
    ...{ settings: { ...settings, genesisRoot }, firstHash: hashes[0] ?? '' },
  };
}

const placeIn =
  ({ code }: DeploymentPlan) =>
  (name: string): Address => {
    const place = code.find((candidate) => candidate.name === name);
    assert(place !== undefined, `${name} is deployed`);
    return place.at;
  };

/** How an account shows that it can sign: `r ‖ s ‖ v`, 65 bytes, over the digest of what it promises. */
export type AccountSigner = (digest: Uint8Array, promise: KeyPromise) => Promise<Uint8Array>;

/** L1 blocks from the newest one to the first of a key: the transactions that name it must fit between. */
const KEY_AHEAD_BLOCKS = 8n;

/**
 * Makes an account the one that sends batches, and blobs, from the block on that is the newest when this
 * ends. @throws OperationError l1-reverted when there is such an account already, or its proof is none
 */
export async function nameKeys(
  l1: DevL1,
  { registry }: Pick<DevContracts, 'registry'>,
  { account, sign }: { readonly account: Address; readonly sign: AccountSigner },
): Promise<void> {
  const from = await devAccount(l1);
  const l1ChainId = quantity(await l1.rpc('eth_chainId'));
  const activationBlock = (await newestBlock(l1)).number + KEY_AHEAD_BLOCKS;
  for (const purpose of ['batch', 'blob'] as const) {
    const key: FirstKey = { l1ChainId, registry, purpose, account, activationBlock };
    const data = encodeScheduleFirstKey(key, await sign(popDigest(key), key), await certify(key));
    await sendAs(l1, { from, to: registry, data: to0x(data) });
  }
  const missing = activationBlock - (await newestBlock(l1)).number;
  if (missing > 0n) await l1.rpc('anvil_mine', [hexOf(missing)]);
}

const certify = (key: FirstKey): Promise<Uint8Array> => certifyBySet0(firstKeyDigest(key, 0n));

/** What set 0 of a development chain signs for: anything, 32 bytes. For tests, like its key. */
export async function certifyBySet0(digest: Uint8Array): Promise<Uint8Array> {
  const secret = insecureMemberKey();
  const signature = await signDigest(digest, secret);
  const member = { signer: accountOfKey(secret), power: MEMBER_POWER };
  return certificateOf([member], digest, [{ path: 'member', signature }]);
}

const hexOf = (value: bigint): string => `0x${value.toString(16)}`;

async function newestBlock({ rpc }: DevL1): Promise<{ readonly number: bigint; readonly timestamp: bigint }> {
  const found = await rpc('eth_getBlockByNumber', ['latest', false]);
  const block: Readonly<Record<string, unknown>> = typeof found === 'object' ? { ...found } : {};
  return { number: quantity(block['number']), timestamp: quantity(block['timestamp']) };
}

function quantity(value: unknown): bigint {
  if (typeof value === 'string' && /^0x[0-9a-f]+$/.test(value)) return BigInt(value);
  throw new OperationError('l1-rejected', 'fatal', `the chain gave ${String(value)} where a number stands`);
}

/** Sets the balance of an account, in wei. */
export async function fund({ rpc }: DevL1, account: Address, wei: bigint): Promise<void> {
  await rpc('anvil_setBalance', [account, hexOf(wei)]);
}

/** A transaction of an unlocked account. */
export interface Sent {
  readonly from: Address;
  readonly to?: Address;
  readonly nonce?: string;
  readonly data: string;
}

/** Sends one and waits until it is in a block. @throws OperationError l1-reverted | receipt-timeout */
export async function sendAs(l1: DevL1, sent: Sent): Promise<Readonly<Record<string, unknown>>> {
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
