import { bytesToHex, encodeDeployData, getContractAddress, hexToBytes } from 'viem/utils';

import { listOf } from '../crypto/hash.ts';
import { type Address, addressFromBytes, keccak256, parseAddress } from './address.ts';
import type { ContractProfile } from './contract-profiles.ts';
import { type ContractName, contracts } from './contracts.ts';
import type { DeploymentCheck } from './deployment-checks.ts';
import type { DeploymentStep } from './deployment-plan.ts';
import { type ValueRow, checkOf } from './deployment-values.ts';

/** What liquid staking of one provider is made of; the same settings give the same transactions. */
export interface StakingSettings {
  /** The account that deploys on both chains, and its next nonces there. */
  readonly deployer: Address;
  readonly l1FirstNonce: bigint;
  readonly l2FirstNonce: bigint;
  readonly l2ChainId: bigint;
  /** Of L1, as they were deployed. */
  readonly places: {
    readonly timelock: Address;
    readonly bridge: Address;
    readonly pool: Address;
    readonly metis: Address;
    readonly escrow: Address;
  };
  readonly times: ContractProfile['staking'];
  /** Longest pause of deposits, and least time between two, in seconds. */
  readonly maxPause: bigint;
  /** May lend METIS. */
  readonly provider: Address;
  /** May pause deposits; zero: nobody. */
  readonly guardian: Address;
  /** Take the fees. */
  readonly treasury: Address;
  readonly operators: Address;
  readonly share: { readonly name: string; readonly symbol: string };
  readonly ticket: { readonly name: string; readonly symbol: string };
  /** METIS wei. */
  readonly minDeposit: bigint;
  /** METIS wei that may come in before L1 first reports what it can take. */
  readonly capacity: bigint;
  /** Basis points of rewards. */
  readonly protocolBps: bigint;
  readonly operatorBps: bigint;
  readonly hasPreStake: boolean;
  /** A key of 64 bytes for each sequencer. */
  readonly signers: readonly Uint8Array[];
}

/** Transactions on one chain, and what stands there afterwards. */
export interface StakingLeg {
  readonly steps: readonly DeploymentStep[];
  readonly code: readonly { readonly name: string; readonly contract: ContractName; readonly at: Address }[];
  readonly checks: readonly DeploymentCheck[];
  /** keccak of the data of all steps, 32 bytes. */
  readonly hash: Uint8Array;
}

/** Where its contracts will be. */
interface Places {
  readonly vault: Address;
  readonly queue: Address;
  readonly l2Transmitter: Address;
  readonly l1Transmitter: Address;
  readonly strategy: Address;
}

/** One contract: its name, its creation code with arguments, and the values that it must show. */
interface Made {
  readonly name: string;
  readonly contract: ContractName;
  readonly data: `0x${string}`;
  readonly values: readonly ValueRow[];
  /** What a vote can change. */
  readonly parameters?: readonly ValueRow[];
}

/** Plans both chains: the addresses of each are in the contracts of the other. Pure. */
export function planStaking(settings: StakingSettings): { readonly l1: StakingLeg; readonly l2: StakingLeg } {
  const { deployer, l1FirstNonce, l2FirstNonce } = settings;
  const at = (from: bigint, i: number): Address =>
    parseAddress(getContractAddress({ from: deployer, nonce: from + BigInt(i) }), 'contract');
  const places = {
    ...{ vault: at(l2FirstNonce, 0), queue: at(l2FirstNonce, 1), l2Transmitter: at(l2FirstNonce, 2) },
    ...{ l1Transmitter: at(l1FirstNonce, 0), strategy: at(l1FirstNonce, 1) },
  };
  const vaults = settings.signers.map((key, i) => vaultOf(`SequencerVault.${i + 1}`, key, settings, places));
  return {
    l1: legOf([transmitterOnL1(settings, places), strategyOf(settings, places), ...vaults], l1FirstNonce, at),
    l2: legOf(
      [l2Vault(settings, places), queueOf(settings, places), transmitterOnL2(settings, places)],
      l2FirstNonce,
      at,
    ),
  };
}

function legOf(
  made: readonly Made[],
  firstNonce: bigint,
  at: (from: bigint, i: number) => Address,
): StakingLeg {
  const steps = made.map(({ name, contract, data }, i): DeploymentStep => ({
    ...{ name, nonce: firstNonce + BigInt(i), data: hexToBytes(data) },
    created: { contract, address: at(firstNonce, i) },
  }));
  return {
    steps,
    code: made.map(({ name, contract }, i) => ({ name, contract, at: at(firstNonce, i) })),
    checks: made.flatMap(({ name, contract, values, parameters = [] }, i) => {
      const check = (row: ValueRow): DeploymentCheck => ({
        ...checkOf(contract, at(firstNonce, i), row),
        subject: name,
      });
      return [...values.map(check), ...parameters.map((row) => ({ ...check(row), isParameter: true }))];
    }),
    hash: keccak256(listOf(steps.map(({ data }) => data))),
  };
}

function transmitterOnL1({ places: l1, l2ChainId }: StakingSettings, places: Places): Made {
  const { strategy, l2Transmitter, vault } = places;
  const args = [l1.bridge, l1.metis, l2ChainId, strategy, l2Transmitter, vault] as const;
  return {
    ...{ name: 'L1Transmitter', contract: 'L1Transmitter' },
    data: encodeDeployData({ ...contracts.L1Transmitter, args }),
    values: [
      ...([
        ['bridge', l1.bridge],
        ['metis', l1.metis],
        ['l2ChainId', l2ChainId],
      ] as const),
      ...([
        ['strategy', strategy],
        ['l2Transmitter', l2Transmitter],
        ['l2Vault', vault],
      ] as const),
    ],
  };
}

function strategyOf({ places: l1, provider }: StakingSettings, { l1Transmitter }: Places): Made {
  const args = [l1.timelock, l1Transmitter, l1.pool, provider] as const;
  return {
    ...{ name: 'L1Strategy', contract: 'L1Strategy' },
    data: encodeDeployData({ ...contracts.L1Strategy, args }),
    values: [
      ...([
        ['timelock', l1.timelock],
        ['transmitter', l1Transmitter],
        ['pool', l1.pool],
      ] as const),
      ...([
        ['info', l1.escrow],
        ['metis', l1.metis],
        ['provider', provider],
      ] as const),
    ],
  };
}

function vaultOf(
  name: string,
  key: Uint8Array,
  { places: l1 }: StakingSettings,
  { strategy, vault }: Places,
): Made {
  const args = [strategy, l1.pool, vault, bytesToHex(key)] as const;
  return {
    ...{ name, contract: 'SequencerVault' },
    data: encodeDeployData({ ...contracts.SequencerVault, args }),
    values: [
      ...([
        ['strategy', strategy],
        ['pool', l1.pool],
        ['metis', l1.metis],
        ['l2Vault', vault],
      ] as const),
      ['signer', addressFromBytes(keccak256(key).subarray(12))],
      ['pubkey', bytesToHex(key)],
    ],
  };
}

function l2Vault(settings: StakingSettings, { queue, l2Transmitter }: Places): Made {
  const { share, places: l1, guardian, treasury, operators, minDeposit, capacity } = settings;
  const { times, maxPause, protocolBps, operatorBps, hasPreStake } = settings;
  const config = {
    ...{ ...share, queue, transmitter: l2Transmitter, l1Timelock: l1.timelock },
    ...{ guardian, treasury, operators, minDeposit, capacity, ratePeriod: times.ratePeriod },
    ...{ maxPause, protocolBps, operatorBps, preStakePhase: hasPreStake },
  };
  return {
    ...{ name: 'L2Vault', contract: 'L2Vault' },
    data: encodeDeployData({ ...contracts.L2Vault, args: [config] }),
    values: [
      ...([
        ['name', share.name],
        ['symbol', share.symbol],
        ['queue', queue],
      ] as const),
      ...([
        ['transmitter', l2Transmitter],
        ['l1Timelock', l1.timelock],
        ['guardian', guardian],
      ] as const),
      ...([
        ['treasury', treasury],
        ['operators', operators],
        ['minDeposit', minDeposit],
      ] as const),
      ...([
        ['ratePeriod', times.ratePeriod],
        ['maxPause', maxPause],
      ] as const),
    ],
    parameters: [
      ['protocolBps', protocolBps],
      ['operatorBps', operatorBps],
    ],
  };
}

function queueOf({ ticket }: StakingSettings, { vault }: Places): Made {
  const args = [vault, ticket.name, ticket.symbol] as const;
  return {
    ...{ name: 'L2Queue', contract: 'L2Queue' },
    data: encodeDeployData({ ...contracts.L2Queue, args }),
    values: [
      ['vault', vault],
      ['name', ticket.name],
      ['symbol', ticket.symbol],
    ],
  };
}

function transmitterOnL2({ times }: StakingSettings, { vault, queue, l1Transmitter }: Places): Made {
  const { minDispatch, maxAge } = times;
  const args = [vault, queue, l1Transmitter, minDispatch, maxAge] as const;
  return {
    ...{ name: 'L2Transmitter', contract: 'L2Transmitter' },
    data: encodeDeployData({ ...contracts.L2Transmitter, args }),
    values: [
      ...([
        ['vault', vault],
        ['queue', queue],
        ['l1Transmitter', l1Transmitter],
      ] as const),
      ...([
        ['minDispatch', minDispatch],
        ['maxAge', maxAge],
      ] as const),
    ],
  };
}
