import { equalBytes, latin1, to0x } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { writeJsonFile } from '../../crypto/json-file.ts';
import { genesisBlock, genesisOutputRoot } from '../../chain/genesis.ts';
import { type Address, parseAddress } from '../../ethereum/address.ts';
import type { DeploymentSettings } from '../../ethereum/deployment-init.ts';
import { planDeployment } from '../../ethereum/deployment-plan.ts';
import { type L2GenesisSettings, genesisFile, l2GenesisOf, predeploys } from '../../ethereum/l2-genesis.ts';
import { readRecord } from '../deploy/record.ts';
import { parseDeploymentFile, settingsOf } from '../deploy/settings.ts';
import { result } from '../output.ts';
import { createUserFile, readUserFile } from '../user-file.ts';
import { type Cli, type GenesisFlags, bigFlag, usage } from './context.ts';

/** Writes the genesis of the L2 that a deployment is, or will be, for. It asks no chain. */
export function writeGenesis(cli: Cli, flags: GenesisFlags): void {
  const deployment = flags.out === undefined ? planned(cli, flags) : recorded(flags.out);
  const genesis = l2GenesisOf(genesisSettings(flags, deployment));
  const { hash, header } = genesisBlock(genesis);
  const root = genesisOutputRoot(genesis);
  createUserFile(flags.file, writeJsonFile(genesisFile(genesis)));
  const l2ChainId = String(genesis.l2ChainId);
  const { genesisRoot } = deployment.settings;
  const isDeployed = flags.out !== undefined && equalBytes(root, genesisRoot);
  const value = {
    ...{ file: flags.file, l2ChainId, predeploys, blockHash: to0x(hash) },
    ...{ stateRoot: to0x(header.stateRoot), genesisRoot: to0x(root), isDeployed },
  };
  result(cli.output, value, [
    `${flags.file}: the genesis of L2 ${l2ChainId}`,
    ...Object.entries(predeploys).map(([name, address]) => `${name.padEnd(14)} ${address}`),
    `${'block 0'.padEnd(14)} ${value.blockHash}`,
    `${'state root'.padEnd(14)} ${value.stateRoot}`,
    `${'genesis_root'.padEnd(14)} ${value.genesisRoot}`,
    ...(flags.out === undefined || isDeployed ? [] : [`L1 was deployed for ${to0x(genesisRoot)}: another`]),
  ]);
}

/** What a genesis takes from a deployment. */
interface Deployment {
  readonly settings: DeploymentSettings;
  readonly timelock: Address;
  readonly bridge: Address;
}

function recorded(path: string): Deployment {
  const { start, at } = readRecord(path);
  return { settings: start.settings, timelock: at('Timelock'), bridge: at('Bridge') };
}

/**
 * Before anything is deployed: where contracts will be follows from who deploys, and not from the root of
 * the genesis, which names them.
 */
function planned({ flags: { config } }: Cli, flags: GenesisFlags): Deployment {
  const { profile, deployer, nonce } = flags;
  if (config === undefined || profile === undefined || deployer === undefined || nonce === undefined)
    throw usage(
      '--out',
      'name the record of a deployment, or --config, --profile, --deployer and --nonce of one to come',
    );
  const file = parseDeploymentFile(latin1(readUserFile(config)), config, profile);
  const settings = settingsOf(file, {
    ...{ profile, deployer: parseAddress(deployer, '--deployer') },
    ...{ firstNonce: bigFlag('--nonce', nonce), rewardsStart: file.rewards_start ?? 0n },
  });
  const plan = planDeployment(settings);
  const bridge = plan.proxies.find(({ name }) => name === 'Bridge')?.proxy;
  assert(bridge !== undefined, 'a deployment has a bridge');
  return { settings, timelock: plan.timelock, bridge };
}

function genesisSettings(flags: GenesisFlags, { settings, timelock, bridge }: Deployment): L2GenesisSettings {
  const { l2ChainId, profile, genesisAllocation } = settings;
  const allocations = (flags.allocation ?? []).map(allocationOf);
  const given = allocations.reduce((sum, { wei }) => sum + wei, 0n);
  // What L2 begins with is what the bridge is given for it, to the wei.
  if (given !== genesisAllocation)
    throw usage('--allocation', `${given} wei are given out, and ${genesisAllocation} are escrowed on L1`);
  return {
    ...{ l2ChainId, profile: profile.l2, allocations, timelock, bridge },
    timestamp: bigFlag('--timestamp', flags.timestamp),
    sequencer: parseAddress(flags.sequencer, '--sequencer'),
    epochAccount: parseAddress(flags.epochAccount, '--epoch-account'),
    firstEpoch: { start: 1n, end: firstEnd(flags, profile.l2.epochLength) },
  };
}

function firstEnd({ firstEpochEnd }: GenesisFlags, epochLength: bigint): bigint {
  if (firstEpochEnd === undefined) return epochLength;
  const end = bigFlag('--first-epoch-end', firstEpochEnd);
  if (end >= 2n) return end;
  throw usage('--first-epoch-end', 'epoch 0 has two blocks at least');
}

function allocationOf(text: string): { readonly account: Address; readonly wei: bigint } {
  const [account = '', wei = '', ...rest] = text.split('=');
  if (rest.length > 0 || !/^[1-9][0-9]{0,30}$/.test(wei))
    throw usage('--allocation', `${text.slice(0, 100)} is not an account, "=" and wei`);
  return { account: parseAddress(account, '--allocation'), wei: BigInt(wei) };
}
