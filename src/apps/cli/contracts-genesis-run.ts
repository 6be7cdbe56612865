import { type Address, parseAddress } from '../../ethereum/address.ts';
import { writeJsonFile } from '../../crypto/json-file.ts';
import { type L2GenesisSettings, l2Genesis, predeploys } from '../../ethereum/l2-genesis.ts';
import { readRecord } from '../deploy/record.ts';
import { result } from '../output.ts';
import { createUserFile } from '../user-file.ts';
import { type Cli, type GenesisFlags, bigFlag, usage } from './context.ts';

/** Writes the genesis of the L2 that a deployment is for. It asks no chain. */
export function writeGenesis({ output }: Cli, flags: GenesisFlags): void {
  const { start, at } = readRecord(flags.out);
  const { l2ChainId, profile, genesisAllocation } = start.settings;
  const allocations = (flags.allocation ?? []).map(allocationOf);
  const given = allocations.reduce((sum, { wei }) => sum + wei, 0n);
  // What L2 begins with is what the bridge was given for it, to the wei.
  if (given !== genesisAllocation)
    throw usage(
      '--allocation',
      `${given} wei are given out, and ${genesisAllocation} were escrowed on L1 by ${flags.out}`,
    );
  const settings: L2GenesisSettings = {
    ...{ l2ChainId, profile: profile.l2, allocations },
    ...{ timelock: at('Timelock'), bridge: at('Bridge') },
    timestamp: bigFlag('--timestamp', flags.timestamp),
    sequencer: parseAddress(flags.sequencer, '--sequencer'),
    epochAccount: parseAddress(flags.epochAccount, '--epoch-account'),
    firstEpoch: { start: 1n, end: firstEnd(flags, profile.l2.epochLength) },
  };
  createUserFile(flags.file, writeJsonFile(l2Genesis(settings)));
  const value = { file: flags.file, l2ChainId: String(l2ChainId), predeploys };
  result(output, value, [
    `${flags.file}: the genesis of L2 ${l2ChainId}`,
    ...Object.entries(predeploys).map(([name, address]) => `${name.padEnd(14)} ${address}`),
  ]);
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
