import { keccak256, pad, toHex } from 'viem/utils';

import { to0x } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { type Address, parseAddress } from './address.ts';
import { type ContractName, contracts, creationOf } from './contracts.ts';
import type { ContractProfile } from './contract-profiles.ts';

/** What the genesis of an L2 is made of. */
export interface L2GenesisSettings {
  readonly l2ChainId: bigint;
  readonly profile: ContractProfile['l2'];
  /** Unix seconds of block 0. */
  readonly timestamp: bigint;
  /** Of L1. */
  readonly timelock: Address;
  readonly bridge: Address;
  /** Who leads epoch 0, and which blocks that has. */
  readonly sequencer: Address;
  readonly firstEpoch: { readonly start: bigint; readonly end: bigint };
  /** The group account that writes the epochs. */
  readonly epochAccount: Address;
  /** METIS wei that accounts have from the beginning. */
  readonly allocations: readonly { readonly account: Address; readonly wei: bigint }[];
}

/** One account of a genesis, as execution clients read it. */
export interface GenesisAccount {
  readonly balance: `0x${string}`;
  readonly nonce?: `0x${string}`;
  readonly code?: `0x${string}`;
  readonly storage?: Readonly<Record<`0x${string}`, `0x${string}`>>;
}

type Names = readonly ['SequencerSet', 'MessagePasser', 'Messenger', 'FeeVault', 'WMETIS', 'L2TokenBridge'];
const names: Names = ['SequencerSet', 'MessagePasser', 'Messenger', 'FeeVault', 'WMETIS', 'L2TokenBridge'];

/** One of the contracts that stand in the genesis. */
export type Predeploy = Names[number] & ContractName;

/** Where the contracts of L2 are. [Predeploys.sol] */
export const predeploys: Readonly<Record<Predeploy, Address>> = {
  SequencerSet: parseAddress('0x4c32000000000000000000000000000000000001'),
  MessagePasser: parseAddress('0x4c32000000000000000000000000000000000002'),
  Messenger: parseAddress('0x4c32000000000000000000000000000000000003'),
  FeeVault: parseAddress('0x4c32000000000000000000000000000000000004'),
  WMETIS: parseAddress('0x4c32000000000000000000000000000000000005'),
  L2TokenBridge: parseAddress('0x4c32000000000000000000000000000000000006'),
};

/** Where Messenger reads what a header says of L1. [EIP-4788] */
export const BEACON_ROOTS: Address = parseAddress('0x000f3df6d732807ef1319fb7b8bb8522d0beac02');
const BEACON_ROOTS_CODE: `0x${string}` = `0x${[
  '3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff81',
  '0690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500',
].join('')}`;

const word = (value: bigint | Address): `0x${string}` =>
  typeof value === 'bigint' ? toHex(value, { size: 32 }) : pad(lower(value), { size: 32 });
const lower = (address: Address): `0x${string}` => `0x${address.slice(2).toLowerCase()}`;

type Storage = Readonly<Record<`0x${string}`, `0x${string}`>>;

/** The words that are not zero, by ascending slot. */
const storageOf = (words: readonly (readonly [bigint, bigint | Address])[]): Storage =>
  Object.fromEntries(
    words
      .map(([slot, value]) => [word(slot), word(value)] as const)
      .filter(([, value]) => BigInt(value) > 0n)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Where OpenZeppelin keeps that a contract was initialised, and the version that says so. [ERC-7201] */
const INITIALIZED = [0xf0c57e16840df040f15088dc2f81fe391c3923bec73e23a9662efc9c229c6a00n, 1n] as const;
/** The place of the records of epochs in the storage of SequencerSet. */
const EPOCHS_SLOT = 5n;

/** What `initialize` writes, in the order of the fields. [SequencerSet.sol, FromTimelock.sol] */
function sequencerSetStorage(settings: L2GenesisSettings): Storage {
  const { timelock, profile, epochAccount, firstEpoch, sequencer } = settings;
  const epochZero = BigInt(keccak256(`${word(0n)}${word(EPOCHS_SLOT).slice(2)}`));
  return storageOf([
    ...[INITIALIZED, [0n, timelock] as const, [1n, profile.epochLength] as const],
    ...[[2n, epochAccount] as const, [3n, profile.mirrorLag] as const],
    ...[[epochZero + 1n, sequencer] as const, [epochZero + 2n, firstEpoch.start] as const],
    [epochZero + 3n, firstEpoch.end],
  ]);
}

/** What every contract of L2 holds when block 0 is made. */
function storageAt(name: Predeploy, settings: L2GenesisSettings): Storage {
  const { timelock, bridge, profile } = settings;
  if (name === 'SequencerSet') return sequencerSetStorage(settings);
  if (name === 'FeeVault')
    return storageOf([INITIALIZED, [0n, timelock], [2n, profile.feePeriod], [3n, profile.epochFloat]]);
  return name === 'L2TokenBridge' ? storageOf([[0n, bridge]]) : {};
}

function runtimeOf(name: Predeploy): `0x${string}` {
  const { from, to, immutables } = contracts[name].runtime;
  assert(immutables.length === 0, `${name} has no constructor in a genesis`);
  return to0x(creationOf(name).subarray(from, to));
}

/** The accounts that a genesis has, by ascending address. @throws InputError config-invalid */
export function genesisAccounts(settings: L2GenesisSettings): Readonly<Record<string, GenesisAccount>> {
  for (const account of [settings.sequencer, settings.epochAccount, settings.timelock, settings.bridge])
    if (BigInt(account) === 0n)
      throw new InputError('config-invalid', 'genesis', 'an account that the contracts need is zero');
  const { start, end } = settings.firstEpoch;
  if (start < 1n || end <= start || settings.timestamp < 1n || settings.timestamp >= 1n << 64n)
    throw new InputError('config-invalid', 'genesis', 'epoch 0 has no two blocks after block 0, or no time');
  const accounts = new Map<Address, GenesisAccount>([
    ...names.map(
      (name) => [predeploys[name], contractOf(runtimeOf(name), storageAt(name, settings))] as const,
    ),
    [BEACON_ROOTS, contractOf(BEACON_ROOTS_CODE)] as const,
  ]);
  for (const { account, wei } of settings.allocations) {
    if (wei === 0n || accounts.has(account))
      throw new InputError(
        'config-invalid',
        'allocation',
        `${account} is given nothing, is given METIS twice, or is a contract of the genesis`,
      );
    accounts.set(account, { balance: toHex(wei) });
  }
  const sorted = [...accounts].map(([at, account]) => [lower(at), account] as const);
  return Object.fromEntries(sorted.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const contractOf = (code: `0x${string}`, storage: Storage = {}): GenesisAccount => ({
  ...{ balance: '0x0', nonce: '0x1', code },
  ...(Object.keys(storage).length > 0 && { storage }),
});

/** Rules up to Cancun from the beginning; what comes later brings contracts of its own. [sequencer, 8.4] */
const rules = {
  ...{ homesteadBlock: 0, eip150Block: 0, eip155Block: 0, eip158Block: 0, byzantiumBlock: 0 },
  ...{ constantinopleBlock: 0, petersburgBlock: 0, istanbulBlock: 0, berlinBlock: 0, londonBlock: 0 },
  ...{ terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0 },
  blobSchedule: { cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 } },
} as const;
/** Gas of a block, for ever. [sequencer, 8.4] */
const GAS_LIMIT = 30_000_000;
/** Wei: where the base fee begins. [EIP-1559] */
const BASE_FEE = 1_000_000_000;
/** The version of our header data, and nothing else: before block 1 there is no epoch, view or origin. */
const EXTRA_DATA: `0x${string}` = `0x01${'00'.repeat(31)}`;

/** A genesis as far as one chain has it otherwise than another. */
export interface L2Genesis {
  readonly l2ChainId: bigint;
  /** Unix seconds. */
  readonly timestamp: bigint;
  /** By address in lower case, ascending. */
  readonly accounts: Readonly<Record<string, GenesisAccount>>;
}

/** What the header of every block 0 has. */
export const genesisHeader: {
  readonly extraData: `0x${string}`;
  readonly gasLimit: bigint;
  /** Wei. */
  readonly baseFeePerGas: bigint;
} = { extraData: EXTRA_DATA, gasLimit: BigInt(GAS_LIMIT), baseFeePerGas: BigInt(BASE_FEE) };

/**
 * A genesis in the form that execution clients read. The same one gives the same object, keys in the same
 * order.
 */
export const genesisFile = ({ l2ChainId, timestamp, accounts }: L2Genesis): object => ({
  config: { chainId: Number(l2ChainId), ...rules },
  ...{ nonce: '0x0', timestamp: toHex(timestamp), extraData: EXTRA_DATA },
  ...{ gasLimit: toHex(GAS_LIMIT), difficulty: '0x0', mixHash: word(0n) },
  ...{ coinbase: lower(predeploys.FeeVault), baseFeePerGas: toHex(BASE_FEE) },
  ...{ number: '0x0', gasUsed: '0x0', parentHash: word(0n) },
  alloc: accounts,
});

/** The genesis of an L2 with its contracts. @throws InputError config-invalid */
export const l2GenesisOf = (settings: L2GenesisSettings): L2Genesis => ({
  l2ChainId: settings.l2ChainId,
  timestamp: settings.timestamp,
  accounts: genesisAccounts(settings),
});

/** As `l2GenesisOf`, in the form that execution clients read. @throws InputError config-invalid */
export const l2Genesis = (settings: L2GenesisSettings): object => genesisFile(l2GenesisOf(settings));
