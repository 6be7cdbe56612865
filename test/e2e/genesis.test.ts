import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';

import { type Hex, decodeFunctionResult, encodeFunctionData, hexToBytes } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sampleDeploymentFile, startToJson } from '../../src/apps/deploy/settings.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { writeJsonFile } from '../../src/crypto/json-file.ts';
import { parseAddress } from '../../src/ethereum/address.ts';
import { contractProfiles } from '../../src/ethereum/contract-profiles.ts';
import { contracts } from '../../src/ethereum/contracts.ts';
import { planDeployment } from '../../src/ethereum/deployment-plan.ts';
import {
  type GenesisAccount,
  type L2GenesisSettings,
  genesisAccounts,
  predeploys,
} from '../../src/ethereum/l2-genesis.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { devAccount, fund, sendAs } from '../../src/system/dev-l1.ts';
import { sampleStart } from '../unit/apps/deploy/fake-l1.ts';

// The contracts themselves are the judges: what they hold after `initialize`, and what they answer.
const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const account = (byte: string) => parseAddress(`0x${byte.repeat(20)}`);
const plan = planDeployment({ ...sampleStart().settings, genesisAllocation: 7n });
const { settings: sample } = sampleStart();
const l2 = contractProfiles.test.l2;
const bridge = plan.proxies.find(({ name }) => name === 'Bridge')?.proxy ?? account('00');
// A transaction that initialises is in block 1 at least, so that epoch 0 begins after it here.
const settings: L2GenesisSettings = {
  ...{ l2ChainId: 71_001n, profile: l2, timestamp: 1_800_000_000n, timelock: plan.timelock, bridge },
  ...{ sequencer: account('33'), firstEpoch: { start: 1_000n, end: 2_000n }, epochAccount: account('44') },
  allocations: [{ account: account('aa'), wei: 7n }],
};

let folder: string;
const chains: Anvil[] = [];
const chain = async (...args: Parameters<typeof startAnvil>): Promise<Anvil> => {
  const anvil = await startAnvil(...args);
  chains.push(anvil);
  return anvil;
};
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'genesis-')));
});
afterAll(async () => {
  for (const anvil of chains) await anvil.stop();
  rmSync(folder, { recursive: true, force: true });
});

const inits: readonly (readonly [keyof typeof predeploys, Hex])[] = [
  [
    'SequencerSet',
    encodeFunctionData({
      ...{ abi: contracts.SequencerSet.abi, functionName: 'initialize' },
      args: [
        ...([settings.sequencer, settings.epochAccount, 1_000n, 2_000n] as const),
        ...([l2.epochLength, l2.mirrorLag, settings.timelock] as const),
      ],
    }),
  ],
  [
    'FeeVault',
    encodeFunctionData({
      ...{ abi: contracts.FeeVault.abi, functionName: 'initialize' },
      args: [settings.timelock, l2.feePeriod, l2.epochFloat],
    }),
  ],
  [
    'L2TokenBridge',
    encodeFunctionData({
      ...{ abi: contracts.L2TokenBridge.abi, functionName: 'initialize' },
      args: [settings.bridge],
    }),
  ],
];

/** Everything that a chain holds of an account. */
async function storageOf(anvil: Anvil, at: string): Promise<Readonly<Record<string, bigint>>> {
  const dump = gunzipSync(hexToBytes((await anvil.rpc('anvil_dumpState')) as Hex)).toString();
  const { accounts } = JSON.parse(dump) as {
    accounts: Record<string, { storage: Record<string, string> }>;
  };
  const words = Object.entries(accounts[at.toLowerCase()]?.storage ?? {});
  return Object.fromEntries(
    words
      .map(([slot, word]) => [BigInt(slot).toString(16), BigInt(word)] as const)
      .filter(([, word]) => word > 0n),
  );
}

const written = ({ storage = {} }: GenesisAccount): Readonly<Record<string, bigint>> =>
  Object.fromEntries(
    Object.entries(storage).map(([slot, word]) => [BigInt(slot).toString(16), BigInt(word)]),
  );

describe('the genesis of L2', () => {
  it('holds what initialize leaves, to the word', async () => {
    const anvil = await chain();
    const from = await devAccount(anvil);
    const accounts = genesisAccounts(settings);
    for (const [name, data] of inits) {
      const [to, made] = [predeploys[name], accounts[predeploys[name].toLowerCase()]];
      await anvil.rpc('anvil_setCode', [to, made?.code]);
      await sendAs(anvil, { from, to, data });
      const found = await storageOf(anvil, to);
      expect(Object.keys(found).length, name).toBeGreaterThan(0);
      expect(found, name).toEqual(written(made ?? { balance: '0x0' }));
    }
  });

  const genesis = (...more: readonly string[]): readonly string[] => [
    ...[join(root, 'bin/conclave.mjs'), '--json', 'contracts', 'genesis', '--out', join(folder, 'd.json')],
    ...['--sequencer', settings.sequencer, '--epoch-account', settings.epochAccount],
    ...['--timestamp', '1800000000', ...more],
  ];

  it('is written by a command, the same bytes each time, and only with what was escrowed', async () => {
    const start = { ...sampleStart(), settings: { ...sample, genesisAllocation: 7n } };
    const addresses = Object.fromEntries(plan.code.map(({ name, at }) => [name, at]));
    writeFileSync(join(folder, 'd.json'), writeJsonFile({ start: startToJson(start), addresses }));
    const given = ['--allocation', `${account('aa')}=7`];
    for (const file of ['one.json', 'two.json'])
      await run(process.execPath, genesis('--file', join(folder, file), ...given));
    expect(readFileSync(join(folder, 'two.json'))).toEqual(readFileSync(join(folder, 'one.json')));
    const short = genesis('--file', join(folder, 'three.json'), '--allocation', `${account('aa')}=6`);
    await expect(run(process.execPath, short)).rejects.toMatchObject({ code: 2 });
  });

  it('is the one that a deployment to come is told of, by the root that is printed', async () => {
    const config = join(folder, 'deployment.yaml');
    writeFileSync(config, sampleDeploymentFile.replace('genesis_allocation: "0"', 'genesis_allocation: "7"'));
    const { deployer } = sample;
    const args = genesis('--file', join(folder, 'before.json'), '--allocation', `${account('aa')}=7`);
    const before = [...args.slice(0, 2), '--config', config, ...args.slice(2, 4), ...args.slice(6)];
    const place = ['--profile', 'test', '--deployer', deployer, '--nonce', '0'];
    const { stdout } = await run(process.execPath, [...before, ...place]);
    expect(readFileSync(join(folder, 'before.json'))).toEqual(readFileSync(join(folder, 'one.json')));
    const { genesisRoot } = JSON.parse(stdout) as { readonly genesisRoot: string };
    const own = { ...sample, genesisAllocation: 7n, genesisRoot: fromHex(genesisRoot) ?? new Uint8Array(0) };
    const start = startToJson({ ...sampleStart(), settings: own, plan: planDeployment(own).hash });
    const addresses = Object.fromEntries(plan.code.map(({ name, at }) => [name, at]));
    writeFileSync(join(folder, 'e.json'), writeJsonFile({ start, addresses }));
    const again = genesis('--file', join(folder, 'after.json'), '--allocation', `${account('aa')}=7`);
    const after = await run(
      process.execPath,
      again.map((arg) => arg.replace('d.json', 'e.json')),
    );
    expect(JSON.parse(after.stdout)).toMatchObject({ genesisRoot, isDeployed: true });
    await expect(run(process.execPath, before)).rejects.toMatchObject({ code: 2 });
  });

  it('starts a chain on which every contract answers', async () => {
    const anvil = await chain({ flags: ['--init', join(folder, 'one.json')] });
    expect(BigInt(String(await anvil.rpc('eth_chainId')))).toBe(71_001n);
    expect(BigInt(String(await anvil.rpc('eth_getBalance', [account('aa'), 'latest'])))).toBe(7n);
    const view = async (name: keyof typeof predeploys, functionName: string, ...args: readonly unknown[]) => {
      const { abi } = contracts[name] as { abi: readonly unknown[] };
      const data = encodeFunctionData({ abi, functionName, args });
      const answer = (await anvil.rpc('eth_call', [{ to: predeploys[name], data }, 'latest'])) as Hex;
      return decodeFunctionResult({ abi, functionName, args, data: answer });
    };
    expect(await view('SequencerSet', 'getMetisSequencer', 5n)).toBe(settings.sequencer);
    expect(await view('SequencerSet', 'epochs', 0n)).toEqual([0n, settings.sequencer, 1n, l2.epochLength]);
    expect(await view('SequencerSet', 'mpcAddress')).toBe(settings.epochAccount);
    expect(await view('SequencerSet', 'mirrorLag')).toBe(l2.mirrorLag);
    expect(await view('FeeVault', 'period')).toBe(l2.feePeriod);
    expect(await view('FeeVault', 'epochFloat')).toBe(l2.epochFloat);
    expect(await view('FeeVault', 'l1Timelock')).toBe(settings.timelock);
    expect(await view('L2TokenBridge', 'l1Bridge')).toBe(settings.bridge);
    expect(await view('MessagePasser', 'messageCount')).toBe(0n);
    expect(await view('WMETIS', 'symbol')).toBe('WMETIS');
    expect(await view('Messenger', 'relayed', `0x${'00'.repeat(32)}`)).toBe(false);
  });

  it('takes no second beginning, and keeps what headers say of L1', async () => {
    const anvil = await chain({ flags: ['--init', join(folder, 'one.json')] });
    const from = await devAccount(anvil);
    for (const [name, data] of inits)
      await expect(anvil.rpc('eth_call', [{ from, to: predeploys[name], data }, 'latest'])).rejects.toThrow();
    // What a block of our engine begins with, which this chain leaves out.
    const [system, to] = [
      parseAddress(`0x${'f'.repeat(39)}e`),
      parseAddress('0x000f3df6d732807ef1319fb7b8bb8522d0beac02'),
    ];
    const said = `0x${'5a'.repeat(32)}`;
    await anvil.rpc('anvil_impersonateAccount', [system]);
    await fund(anvil, system, 10n ** 18n);
    await sendAs(anvil, { from: system, to, data: said });
    const block = (await anvil.rpc('eth_getBlockByNumber', ['latest', false])) as { timestamp: Hex };
    const data = `0x${block.timestamp.slice(2).padStart(64, '0')}`;
    expect(await anvil.rpc('eth_call', [{ to, data }, 'latest'])).toBe(said);
  });
});
