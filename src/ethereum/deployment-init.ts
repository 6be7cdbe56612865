import { bytesToHex, encodeFunctionData } from 'viem/utils';

import { assertNever } from '../crypto/errors.ts';
import { type Address, parseAddress } from './address.ts';
import type { ContractProfile } from './contract-profiles.ts';
import { type ContractName, contracts } from './contracts.ts';

/** What a deployment is made of; the same settings give the same transactions, byte for byte. */
export interface DeploymentSettings {
  readonly profile: ContractProfile;
  readonly deployer: Address;
  /** The nonce of its first transaction; from it follow all addresses. */
  readonly firstNonce: bigint;
  readonly l2ChainId: bigint;
  /** METIS, where it exists; absent, a token is made and its supply given to the treasury. */
  readonly token?: Address | undefined;
  readonly treasury?: Address | undefined;
  /** May pause the pool, and nothing else. */
  readonly guardian?: Address | undefined;
  /** The root of L2 after block 0, 32 bytes. */
  readonly genesisRoot: Uint8Array;
  /** METIS wei that the genesis of L2 gives out; the deployer brings it. */
  readonly genesisAllocation: bigint;
  /** When rewards begin, Unix seconds. */
  readonly rewardsStart: bigint;
  /** Set 0, ascending by signer; power in whole METIS. */
  readonly members: readonly { readonly signer: Address; readonly power: bigint }[];
}

/** The contracts that stand behind proxies of their own. */
export type Proxied = Extract<
  ContractName,
  | 'ParamRegistry'
  | 'GrantsBudget'
  | 'KeyRegistry'
  | 'LockingPool'
  | 'LockingInfo'
  | 'RewardVault'
  | 'Slasher'
  | 'AllocationRegistry'
  | 'BatchInbox'
  | 'Outputs'
  | 'DisputeGame'
  | 'Bridge'
  | 'ForcedInbox'
>;

/** Where the contracts of a deployment are. */
interface Places {
  readonly at: (name: string) => Address;
  readonly token: Address;
}

/** The account that a field holds for which there is none. */
export const NOBODY: Address = parseAddress('0x0000000000000000000000000000000000000000');
/** What a METIS deposit names as its token on L2: the native currency. [Predeploys.sol] */
export const NATIVE: Address = parseAddress('0xdeaddeaddeaddeaddeaddeaddeaddeaddead0000');

/** The call with which a proxy initialises its contract, in the transaction that creates it. */
export function initializationOf(name: Proxied, settings: DeploymentSettings, places: Places): `0x${string}` {
  switch (name) {
    case 'KeyRegistry':
    case 'LockingPool':
    case 'LockingInfo':
    case 'RewardVault':
    case 'Slasher':
    case 'AllocationRegistry':
      return initializationOfStake(name, settings, places);
    case 'BatchInbox':
    case 'Outputs':
    case 'DisputeGame':
    case 'Bridge':
      return initializationOfChain(name, settings, places);
    case 'ParamRegistry':
    case 'GrantsBudget':
    case 'ForcedInbox':
      return initializationOfRest(name, settings, places);
    default:
      return assertNever(name);
  }
}

const functionName = 'initialize';

function initializationOfStake(
  name: 'KeyRegistry' | 'LockingPool' | 'LockingInfo' | 'RewardVault' | 'Slasher' | 'AllocationRegistry',
  settings: DeploymentSettings,
  places: Places,
): `0x${string}` {
  const { profile, l2ChainId, members } = settings;
  const { at, token } = places;
  const timelock = at('Timelock');
  switch (name) {
    case 'KeyRegistry': {
      const { noticeBlocks, setGraceBlocks } = profile.keys;
      const args = [timelock, at('LockingPool'), noticeBlocks, setGraceBlocks, members] as const;
      return encodeFunctionData({ abi: contracts.KeyRegistry.abi, functionName, args });
    }
    case 'LockingPool':
      return initializationOfPool(settings, places);
    case 'LockingInfo': {
      const { min, max } = profile.locks;
      const tokens = [token, NATIVE, l2ChainId] as const;
      const parts = [at('LockingPool'), at('Bridge'), ...tokens] as const;
      const args = [timelock, ...parts, min, max, at('RewardVault')] as const;
      return encodeFunctionData({ abi: contracts.LockingInfo.abi, functionName, args });
    }
    case 'RewardVault': {
      const args = [timelock, token, at('LockingInfo'), profile.rewards.granted] as const;
      return encodeFunctionData({ abi: contracts.RewardVault.abi, functionName, args });
    }
    case 'Slasher': {
      const args = [at('LockingPool'), l2ChainId] as const;
      return encodeFunctionData({ abi: contracts.Slasher.abi, functionName, args });
    }
    default: {
      const args = [timelock, at('LockingPool')] as const;
      return encodeFunctionData({ abi: contracts.AllocationRegistry.abi, functionName, args });
    }
  }
}

function initializationOfPool(settings: DeploymentSettings, { at }: Places): `0x${string}` {
  const { profile, guardian = NOBODY, rewardsStart } = settings;
  const { pool, outputs } = profile;
  const config = {
    ...{ timelock: at('Timelock'), guardian, escrow: at('LockingInfo'), keyRegistry: at('KeyRegistry') },
    ...{ slasher: at('Slasher'), mpcAddress: NOBODY, exitDelayPeriod: pool.exitDelay },
    ...{ challengeWindow: outputs.challengeWindow, evidenceAge: pool.evidenceAge, maxPause: pool.maxPause },
    ownerSignerUpdateDelay: pool.ownerSignerUpdateDelay,
    signerUpdateThrottle: pool.signerUpdateThrottle,
    ...{ rewardPerBlock: pool.rewardPerBlock, slashBps: pool.slashBps, reporterBps: pool.reporterBps },
    // A key shows that it signs where no whitelist knows its owner.
    ...{ ['whitelistEnabled']: pool.isWhitelisted, requireProof: !pool.isWhitelisted },
    rates: [
      { start: rewardsStart, bps: pool.rateBps },
      { start: rewardsStart + pool.rateDuration, bps: 0 },
    ],
  };
  return encodeFunctionData({ abi: contracts.LockingPool.abi, functionName, args: [config] });
}

function initializationOfChain(
  name: 'BatchInbox' | 'Outputs' | 'DisputeGame' | 'Bridge',
  { profile, l2ChainId, genesisRoot, genesisAllocation }: DeploymentSettings,
  { at, token }: Places,
): `0x${string}` {
  const timelock = at('Timelock');
  const [inbox, registry, outputs] = [at('BatchInbox'), at('KeyRegistry'), at('Outputs')];
  switch (name) {
    case 'BatchInbox': {
      const { permissionlessAfterBlocks: blocks, dacRetention, authMode } = profile.inbox;
      const args = [timelock, registry, l2ChainId, blocks, dacRetention, authMode] as const;
      return encodeFunctionData({ abi: contracts.BatchInbox.abi, functionName, args });
    }
    case 'Outputs': {
      const { challengeWindow, bond } = profile.outputs;
      const root = bytesToHex(genesisRoot);
      const parts = [inbox, registry, at('DisputeGame'), l2ChainId] as const;
      const args = [timelock, token, ...parts, challengeWindow, bond, root] as const;
      return encodeFunctionData({ abi: contracts.Outputs.abi, functionName, args });
    }
    case 'DisputeGame': {
      const stub = profile.game.hasStubVerifier ? [at('StubValidity')] : [];
      const verifiers = [at('QuorumReexecution'), ...stub];
      const args = [timelock, outputs, inbox, profile.game.moveTimeout, verifiers] as const;
      return encodeFunctionData({ abi: contracts.DisputeGame.abi, functionName, args });
    }
    default: {
      const config = { timelock, metis: token, outputs, l2ChainId, genesisAllocation };
      return encodeFunctionData({ abi: contracts.Bridge.abi, functionName, args: [config] });
    }
  }
}

function initializationOfRest(
  name: 'ParamRegistry' | 'GrantsBudget' | 'ForcedInbox',
  { profile }: DeploymentSettings,
  { at, token }: Places,
): `0x${string}` {
  const timelock = at('Timelock');
  if (name === 'ParamRegistry')
    return encodeFunctionData({ abi: contracts.ParamRegistry.abi, functionName, args: [timelock] });
  if (name === 'ForcedInbox')
    return encodeFunctionData({
      abi: contracts.ForcedInbox.abi,
      functionName,
      args: [timelock, profile.forcedFeePerGas],
    });
  const { lstCap, totalCap, reserved } = profile.grants;
  const args = [timelock, token, lstCap, totalCap, reserved] as const;
  return encodeFunctionData({ abi: contracts.GrantsBudget.abi, functionName, args });
}
