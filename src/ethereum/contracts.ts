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
import { sequencerSetAbi, sequencerSetBytecode, sequencerSetRuntime } from './contracts/sequencer-set.ts';
import { messagePasserAbi, messagePasserBytecode, messagePasserRuntime } from './contracts/message-passer.ts';
import { messengerAbi, messengerBytecode, messengerRuntime } from './contracts/messenger.ts';
import { feeVaultAbi, feeVaultBytecode, feeVaultRuntime } from './contracts/fee-vault.ts';
import { wmetisAbi, wmetisBytecode, wmetisRuntime } from './contracts/wmetis.ts';
import {
  l2TokenBridgeAbi,
  l2TokenBridgeBytecode,
  l2TokenBridgeRuntime,
} from './contracts/l2-token-bridge.ts';
import { bridgedTokenAbi, bridgedTokenBytecode, bridgedTokenRuntime } from './contracts/bridged-token.ts';
import { l2VaultAbi, l2VaultBytecode, l2VaultRuntime } from './contracts/l2-vault.ts';
import { l2QueueAbi, l2QueueBytecode, l2QueueRuntime } from './contracts/l2-queue.ts';
import { l2TransmitterAbi, l2TransmitterBytecode, l2TransmitterRuntime } from './contracts/l2-transmitter.ts';
import { l1TransmitterAbi, l1TransmitterBytecode, l1TransmitterRuntime } from './contracts/l1-transmitter.ts';
import { l1StrategyAbi, l1StrategyBytecode, l1StrategyRuntime } from './contracts/l1-strategy.ts';
import {
  sequencerVaultAbi,
  sequencerVaultBytecode,
  sequencerVaultRuntime,
} from './contracts/sequencer-vault.ts';

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

/** Every contract of L1, of the genesis of L2, and of liquid staking, as the compiler gave it. */
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
  readonly SequencerSet: ContractCode<typeof sequencerSetAbi>;
  readonly MessagePasser: ContractCode<typeof messagePasserAbi>;
  readonly Messenger: ContractCode<typeof messengerAbi>;
  readonly FeeVault: ContractCode<typeof feeVaultAbi>;
  readonly WMETIS: ContractCode<typeof wmetisAbi>;
  readonly L2TokenBridge: ContractCode<typeof l2TokenBridgeAbi>;
  readonly BridgedToken: ContractCode<typeof bridgedTokenAbi>;
  readonly L2Vault: ContractCode<typeof l2VaultAbi>;
  readonly L2Queue: ContractCode<typeof l2QueueAbi>;
  readonly L2Transmitter: ContractCode<typeof l2TransmitterAbi>;
  readonly L1Transmitter: ContractCode<typeof l1TransmitterAbi>;
  readonly L1Strategy: ContractCode<typeof l1StrategyAbi>;
  readonly SequencerVault: ContractCode<typeof sequencerVaultAbi>;
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
  SequencerSet: { abi: sequencerSetAbi, bytecode: sequencerSetBytecode, runtime: sequencerSetRuntime },
  MessagePasser: { abi: messagePasserAbi, bytecode: messagePasserBytecode, runtime: messagePasserRuntime },
  Messenger: { abi: messengerAbi, bytecode: messengerBytecode, runtime: messengerRuntime },
  FeeVault: { abi: feeVaultAbi, bytecode: feeVaultBytecode, runtime: feeVaultRuntime },
  WMETIS: { abi: wmetisAbi, bytecode: wmetisBytecode, runtime: wmetisRuntime },
  L2TokenBridge: { abi: l2TokenBridgeAbi, bytecode: l2TokenBridgeBytecode, runtime: l2TokenBridgeRuntime },
  BridgedToken: { abi: bridgedTokenAbi, bytecode: bridgedTokenBytecode, runtime: bridgedTokenRuntime },
  L2Vault: { abi: l2VaultAbi, bytecode: l2VaultBytecode, runtime: l2VaultRuntime },
  L2Queue: { abi: l2QueueAbi, bytecode: l2QueueBytecode, runtime: l2QueueRuntime },
  L2Transmitter: { abi: l2TransmitterAbi, bytecode: l2TransmitterBytecode, runtime: l2TransmitterRuntime },
  L1Transmitter: { abi: l1TransmitterAbi, bytecode: l1TransmitterBytecode, runtime: l1TransmitterRuntime },
  L1Strategy: { abi: l1StrategyAbi, bytecode: l1StrategyBytecode, runtime: l1StrategyRuntime },
  SequencerVault: {
    abi: sequencerVaultAbi,
    bytecode: sequencerVaultBytecode,
    runtime: sequencerVaultRuntime,
  },
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
