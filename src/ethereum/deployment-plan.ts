import { encodeDeployData, encodeFunctionData, getContractAddress, hexToBytes } from 'viem/utils';

import { listOf } from '../crypto/hash.ts';
import { assert } from '../crypto/errors.ts';
import { type Address, keccak256, parseAddress } from './address.ts';
import { type ContractName, contracts } from './contracts.ts';
import { type DeploymentSettings, type Proxied, initializationOf } from './deployment-init.ts';

/** One transaction. */
export interface DeploymentStep {
  readonly name: string;
  readonly nonce: bigint;
  readonly data: Uint8Array;
  /** Absent: it creates a contract. */
  readonly to?: Address | undefined;
  /** What it creates. */
  readonly created?: { readonly contract: ContractName; readonly address: Address } | undefined;
}

/** A contract that stands behind a proxy. */
export interface ProxyPlace {
  readonly name: Proxied | 'Governor';
  readonly proxy: Address;
  readonly admin: Address;
  readonly implementation: Address;
}

/** All transactions, in order, and where everything will be. */
export interface DeploymentPlan {
  readonly steps: readonly DeploymentStep[];
  readonly timelock: Address;
  readonly token: Address;
  readonly proxies: readonly ProxyPlace[];
  /** What every address will hold. */
  readonly code: readonly { readonly name: string; readonly contract: ContractName; readonly at: Address }[];
  /** keccak of the data of all steps: other code or other settings have another. */
  readonly hash: Uint8Array;
}

/** Contracts behind proxies, so that each finds what its initialisation calls. */
const proxied = [
  ...(['ParamRegistry', 'GrantsBudget', 'KeyRegistry', 'LockingPool', 'LockingInfo', 'RewardVault'] as const),
  ...(['Slasher', 'AllocationRegistry', 'BatchInbox', 'Outputs', 'DisputeGame', 'Bridge'] as const),
  'ForcedInbox',
] as const satisfies readonly Proxied[];

/** The name of the step that creates the code behind a proxy. */
const codeOf = (name: string): string => `${name}.code`;

/** The steps in order; the nonce of each is its place. */
function namesOf(settings: DeploymentSettings): readonly string[] {
  const { profile, token, genesisAllocation } = settings;
  const verifiers = ['QuorumReexecution', ...(profile.game.hasStubVerifier ? ['StubValidity'] : [])];
  return [
    ...(token === undefined ? ['MetisToken'] : []),
    ...['Governor.code', 'Timelock'],
    ...proxied.flatMap((name) => [...(name === 'DisputeGame' ? verifiers : []), ...[codeOf(name), name]]),
    ...(genesisAllocation > 0n ? ['approve genesis'] : []),
    'back genesis',
  ];
}

const createdBy = (from: Address, nonce: bigint): Address =>
  parseAddress(getContractAddress({ from, nonce }), 'contract');

/** Plans a deployment. Pure: whoever has the settings can plan it again, and compare. */
export function planDeployment(settings: DeploymentSettings): DeploymentPlan {
  const { deployer, firstNonce } = settings;
  const names = namesOf(settings);
  const nonces = new Map(names.map((name, i) => [name, firstNonce + BigInt(i)]));
  const at = (name: string): Address => {
    const nonce = nonces.get(name);
    assert(nonce !== undefined, `${name} is a step`);
    return createdBy(deployer, nonce);
  };
  const token = settings.token ?? at('MetisToken');
  const made = names.map((name, i): DeploymentStep => ({
    ...{ name, nonce: firstNonce + BigInt(i) },
    ...stepOf(name, settings, { at, token }),
  }));
  const proxies = placesOf(at);
  const code = [
    ...made.flatMap(({ name, created }) =>
      created === undefined ? [] : [{ name, contract: created.contract, at: created.address }],
    ),
    { name: 'Governor', contract: 'TransparentUpgradeableProxy', at: createdBy(at('Timelock'), 1n) } as const,
    ...proxies.map(
      ({ name, admin }) => ({ name: `${name}.admin`, contract: 'ProxyAdmin', at: admin }) as const,
    ),
  ];
  const hash = keccak256(listOf(made.map(({ data }) => data)));
  return { steps: made, timelock: at('Timelock'), token, proxies, code, hash };
}

/** A proxy makes its admin as its first contract; the Timelock makes the Governor's proxy as its own. */
function placesOf(at: (name: string) => Address): readonly ProxyPlace[] {
  const governor = createdBy(at('Timelock'), 1n);
  const places = [
    { name: 'Governor' as const, proxy: governor, implementation: at('Governor.code') },
    ...proxied.map((name) => ({ name, proxy: at(name), implementation: at(codeOf(name)) })),
  ];
  return places.map((place) => ({ ...place, admin: createdBy(place.proxy, 1n) }));
}

/** Where the others are, while a step is made. */
interface Places {
  readonly at: (name: string) => Address;
  readonly token: Address;
}

type Content = Omit<DeploymentStep, 'name' | 'nonce'>;

function stepOf(name: string, settings: DeploymentSettings, places: Places): Content {
  const { at } = places;
  const behind = proxied.find((candidate) => candidate === name);
  if (behind !== undefined)
    return {
      data: proxyData(at(codeOf(behind)), at('Timelock'), initializationOf(behind, settings, places)),
      created: { contract: 'TransparentUpgradeableProxy', address: at(name) },
    };
  const implementation = (['Governor', ...proxied] as const).find((candidate) => codeOf(candidate) === name);
  if (implementation !== undefined)
    return {
      data: hexToBytes(contracts[implementation].bytecode),
      created: { contract: implementation, address: at(name) },
    };
  return plainStep(name, settings, places);
}

function proxyData(implementation: Address, owner: Address, init: `0x${string}`): Uint8Array {
  const { abi, bytecode } = contracts.TransparentUpgradeableProxy;
  return hexToBytes(encodeDeployData({ abi, bytecode, args: [implementation, owner, init] }));
}

/** What stands behind no proxy, and the calls at the end. */
function plainStep(name: string, settings: DeploymentSettings, { at, token }: Places): Content {
  const { profile, l2ChainId, genesisAllocation: allocation } = settings;
  const bridge = at('Bridge');
  switch (name) {
    case 'MetisToken': {
      assert(settings.treasury !== undefined, 'a new token has a treasury');
      const args = [settings.treasury, profile.tokenSupply] as const;
      return creation('MetisToken', at(name), encodeDeployData({ ...contracts.MetisToken, args }));
    }
    case 'Timelock': {
      const args = [profile.timelockDelay, at('Governor.code'), token, profile.votes] as const;
      return creation('Timelock', at(name), encodeDeployData({ ...contracts.Timelock, args }));
    }
    case 'QuorumReexecution': {
      const args = [at('KeyRegistry'), l2ChainId] as const;
      return creation(name, at(name), encodeDeployData({ ...contracts.QuorumReexecution, args }));
    }
    case 'StubValidity':
      return creation(name, at(name), contracts.StubValidity.bytecode);
    case 'approve genesis': {
      const call = { abi: contracts.MetisToken.abi, functionName: 'approve' } as const;
      return { to: token, data: hexToBytes(encodeFunctionData({ ...call, args: [bridge, allocation] })) };
    }
    default: {
      assert(name === 'back genesis', `${name} is a step`);
      const call = { abi: contracts.Bridge.abi, functionName: 'backGenesis' } as const;
      return { to: bridge, data: hexToBytes(encodeFunctionData(call)) };
    }
  }
}

const creation = (contract: ContractName, address: Address, data: `0x${string}`): Content => ({
  data: hexToBytes(data),
  created: { contract, address },
});
