import { equalBytes, fromHex } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import {
  allocationRegistryAbi,
  allocationRegistryBytecode,
  allocationRegistryRuntime,
} from './contracts/allocation-registry.ts';
import { batchInboxAbi, batchInboxBytecode, batchInboxRuntime } from './contracts/batch-inbox.ts';
import { bridgeAbi, bridgeBytecode, bridgeRuntime } from './contracts/bridge.ts';
import { disputeGameAbi, disputeGameBytecode, disputeGameRuntime } from './contracts/dispute-game.ts';
import { forcedInboxAbi, forcedInboxBytecode, forcedInboxRuntime } from './contracts/forced-inbox.ts';
import { governorAbi, governorBytecode, governorRuntime } from './contracts/governor.ts';
import { grantsBudgetAbi, grantsBudgetBytecode, grantsBudgetRuntime } from './contracts/grants-budget.ts';
import { keyRegistryAbi, keyRegistryBytecode, keyRegistryRuntime } from './contracts/key-registry.ts';
import { lockingInfoAbi, lockingInfoBytecode, lockingInfoRuntime } from './contracts/locking-info.ts';
import { lockingPoolAbi, lockingPoolBytecode, lockingPoolRuntime } from './contracts/locking-pool.ts';
import { metisTokenAbi, metisTokenBytecode, metisTokenRuntime } from './contracts/metis-token.ts';
import { outputsAbi, outputsBytecode, outputsRuntime } from './contracts/outputs.ts';
import { paramRegistryAbi, paramRegistryBytecode, paramRegistryRuntime } from './contracts/param-registry.ts';
import { proxyAdminAbi, proxyAdminBytecode, proxyAdminRuntime } from './contracts/proxy-admin.ts';
import {
  quorumReexecutionAbi,
  quorumReexecutionBytecode,
  quorumReexecutionRuntime,
} from './contracts/quorum-reexecution.ts';
import { rewardVaultAbi, rewardVaultBytecode, rewardVaultRuntime } from './contracts/reward-vault.ts';
import { slasherAbi, slasherBytecode, slasherRuntime } from './contracts/slasher.ts';
import { stubValidityAbi, stubValidityBytecode, stubValidityRuntime } from './contracts/stub-validity.ts';
import { timelockAbi, timelockBytecode, timelockRuntime } from './contracts/timelock.ts';
import {
  transparentUpgradeableProxyAbi,
  transparentUpgradeableProxyBytecode,
  transparentUpgradeableProxyRuntime,
} from './contracts/transparent-upgradeable-proxy.ts';

/** The code of one contract. */
interface ContractCode<Abi> {
  readonly abi: Abi;
  /** Hex; the constructor's arguments follow it. */
  readonly bytecode: `0x${string}`;
  /** Which bytes of it are the code on chain, and where in that immutables stand: from, length. */
  readonly runtime: {
    readonly from: number;
    readonly to: number;
    readonly immutables: readonly (readonly [number, number])[];
  };
}

/** Every contract of L1, as the compiler gave it. */
export const contracts: {
  readonly MetisToken: ContractCode<typeof metisTokenAbi>;
  readonly Governor: ContractCode<typeof governorAbi>;
  readonly Timelock: ContractCode<typeof timelockAbi>;
  readonly ParamRegistry: ContractCode<typeof paramRegistryAbi>;
  readonly GrantsBudget: ContractCode<typeof grantsBudgetAbi>;
  readonly AllocationRegistry: ContractCode<typeof allocationRegistryAbi>;
  readonly KeyRegistry: ContractCode<typeof keyRegistryAbi>;
  readonly LockingPool: ContractCode<typeof lockingPoolAbi>;
  readonly LockingInfo: ContractCode<typeof lockingInfoAbi>;
  readonly RewardVault: ContractCode<typeof rewardVaultAbi>;
  readonly Slasher: ContractCode<typeof slasherAbi>;
  readonly BatchInbox: ContractCode<typeof batchInboxAbi>;
  readonly Outputs: ContractCode<typeof outputsAbi>;
  readonly DisputeGame: ContractCode<typeof disputeGameAbi>;
  readonly QuorumReexecution: ContractCode<typeof quorumReexecutionAbi>;
  readonly StubValidity: ContractCode<typeof stubValidityAbi>;
  readonly Bridge: ContractCode<typeof bridgeAbi>;
  readonly ForcedInbox: ContractCode<typeof forcedInboxAbi>;
  readonly TransparentUpgradeableProxy: ContractCode<typeof transparentUpgradeableProxyAbi>;
  readonly ProxyAdmin: ContractCode<typeof proxyAdminAbi>;
} = {
  MetisToken: { abi: metisTokenAbi, bytecode: metisTokenBytecode, runtime: metisTokenRuntime },
  Governor: { abi: governorAbi, bytecode: governorBytecode, runtime: governorRuntime },
  Timelock: { abi: timelockAbi, bytecode: timelockBytecode, runtime: timelockRuntime },
  ParamRegistry: { abi: paramRegistryAbi, bytecode: paramRegistryBytecode, runtime: paramRegistryRuntime },
  GrantsBudget: { abi: grantsBudgetAbi, bytecode: grantsBudgetBytecode, runtime: grantsBudgetRuntime },
  AllocationRegistry: {
    abi: allocationRegistryAbi,
    bytecode: allocationRegistryBytecode,
    runtime: allocationRegistryRuntime,
  },
  KeyRegistry: { abi: keyRegistryAbi, bytecode: keyRegistryBytecode, runtime: keyRegistryRuntime },
  LockingPool: { abi: lockingPoolAbi, bytecode: lockingPoolBytecode, runtime: lockingPoolRuntime },
  LockingInfo: { abi: lockingInfoAbi, bytecode: lockingInfoBytecode, runtime: lockingInfoRuntime },
  RewardVault: { abi: rewardVaultAbi, bytecode: rewardVaultBytecode, runtime: rewardVaultRuntime },
  Slasher: { abi: slasherAbi, bytecode: slasherBytecode, runtime: slasherRuntime },
  BatchInbox: { abi: batchInboxAbi, bytecode: batchInboxBytecode, runtime: batchInboxRuntime },
  Outputs: { abi: outputsAbi, bytecode: outputsBytecode, runtime: outputsRuntime },
  DisputeGame: { abi: disputeGameAbi, bytecode: disputeGameBytecode, runtime: disputeGameRuntime },
  QuorumReexecution: {
    abi: quorumReexecutionAbi,
    bytecode: quorumReexecutionBytecode,
    runtime: quorumReexecutionRuntime,
  },
  StubValidity: { abi: stubValidityAbi, bytecode: stubValidityBytecode, runtime: stubValidityRuntime },
  Bridge: { abi: bridgeAbi, bytecode: bridgeBytecode, runtime: bridgeRuntime },
  ForcedInbox: { abi: forcedInboxAbi, bytecode: forcedInboxBytecode, runtime: forcedInboxRuntime },
  TransparentUpgradeableProxy: {
    abi: transparentUpgradeableProxyAbi,
    bytecode: transparentUpgradeableProxyBytecode,
    runtime: transparentUpgradeableProxyRuntime,
  },
  ProxyAdmin: { abi: proxyAdminAbi, bytecode: proxyAdminBytecode, runtime: proxyAdminRuntime },
};

/** The name of one of them. */
export type ContractName = keyof typeof contracts;

/** Creation code, 0x and hex, as bytes. */
export function creationOf(name: ContractName): Uint8Array {
  const bytes = fromHex(contracts[name].bytecode);
  assert(bytes !== undefined, `the compiler writes the code of ${name} in hex`);
  return bytes;
}

/**
 * Whether bytes found on chain are the code of a contract; the values of immutables may be any, for they are
 * arguments and not code.
 */
export function isRuntimeOf(name: ContractName, found: Uint8Array): boolean {
  const { from, to, immutables } = contracts[name].runtime;
  const masked = found.slice();
  for (const [start, length] of immutables) masked.fill(0, start, start + length);
  return equalBytes(masked, creationOf(name).subarray(from, to));
}
