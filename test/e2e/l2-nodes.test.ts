import { cpSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { writeRollupFile } from '../../src/apps/rollup-file.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { writeJsonFile } from '../../src/crypto/json-file.ts';
import { genesisFile } from '../../src/ethereum/l2-genesis.ts';
import { jsonRpc } from '../../src/system/json-rpc.ts';
import { type Line, NodeProcess, conclave } from '../../scripts/lib/children.ts';
import { freePorts } from '../../scripts/lib/free-ports.ts';
import { insecureTestAccount } from '../../scripts/lib/test-transactions.ts';
import { Town, headsAt, until } from '../stories/l2-town.ts';

let town: Town;
let ports: readonly number[] = [];
const nodes: NodeProcess[] = [];
const at = (name: string): string => join(town.folder, name);
const url = (index: number): string => `http://127.0.0.1:${ports[index] ?? 0}`;
const files = (): readonly string[] => ['--rollup', at('rollup.json'), '--genesis', at('genesis.json')];
const common = (index: number): readonly string[] => [
  ...[...files(), '--l1', town.anvil.url, '--confirmations', '1'],
  ...['--listen', `127.0.0.1:${ports[index] ?? 0}`],
];
const leader = insecureTestAccount('town-leader', 0);
const refusal = async (args: readonly string[]): Promise<Line> =>
  conclave(args, undefined, [1, 2, 3, 4, 5, 6, 7, 8, 9]);

beforeAll(async () => {
  town = await Town.found();
  ports = await freePorts(2);
  writeFileSync(at('rollup.json'), writeRollupFile(town.rollup));
  writeFileSync(at('genesis.json'), writeJsonFile(genesisFile(town.genesis)));
  writeFileSync(at('leader.key'), toHex(leader.secret), { mode: 0o600 });
}, 60_000);
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await town.end();
});

async function start(name: string, role: 'sequencer' | 'verifier'): Promise<NodeProcess> {
  const node = new NodeProcess(at(name), { words: [role, 'run'] }, at(`${name}.log`));
  nodes.push(node);
  await node.ready();
  return node;
}

const townNode = (index: number) => ({
  url: url(index),
  rpc: jsonRpc(url(index)),
  stop: async () => undefined,
});

describe('a sequencer and a verifier in processes of their own', () => {
  it('are made by commands, and say where everything is', async () => {
    const cluster = ['--cluster', at('no-signer-runs-here')];
    const made = await conclave([
      ...['--data-dir', at('seq'), 'sequencer', 'init', ...common(0), '--key-file', at('leader.key')],
      ...[...cluster, '--max-age', '2s'],
    ]);
    expect(made).toMatchObject({ folder: at('seq'), l2ChainId: '71001' });
    expect(readdirSync(at('seq')).sort()).toEqual(['genesis.json', 'l2.yaml', 'rollup.json']);
    await conclave([
      ...['--data-dir', at('ver'), 'verifier', 'init', ...common(1)],
      ...['--leader', leader.address, '--follow', url(0)],
    ]);
  }, 60_000);

  it('build and follow, through a kill of either', async () => {
    const sequencer = await start('seq', 'sequencer');
    const verifier = await start('ver', 'verifier');
    await town.mine(3);
    const inBlock = async (hash: string): Promise<unknown> =>
      until(
        () => jsonRpc(url(1))('eth_getTransactionReceipt', [hash]),
        (receipt) => receipt !== null,
      );
    await inBlock(await town.send(townNode(0), 0, {}));
    await until(
      () => conclave(['--data-dir', at('seq'), 'sequencer', 'pause'], undefined, [0, 6]),
      (told) => told['type'] === 'result',
    );
    const place = (where: string): readonly string[] => [
      ...['--data-dir', at('seq'), 'sequencer', 'place', where],
    ];
    expect(await conclave(place('blobs'))).toMatchObject({ status: { batching: { place: 'blobs' } } });
    expect(await refusal(place('committee'))).toMatchObject({ code: 'committee-not-named' });
    expect(await refusal(place('nowhere'))).toMatchObject({ code: 'usage' });
    await sequencer.kill();
    await verifier.kill();
    await start('seq', 'sequencer');
    await start('ver', 'verifier');
    expect(await conclave(['--data-dir', at('seq'), 'sequencer', 'status'])).toMatchObject({
      ...{ account: leader.address, batching: { isPaused: true, place: 'blobs' } },
    });
    const receipt = await inBlock(await town.send(townNode(0), 0, {}));
    expect(receipt).toMatchObject({ status: '0x1' });
    const own = (await headsAt(townNode(0))).unsafe;
    await until(
      async () => jsonRpc(url(1))('eth_getBlockByNumber', [own.number, false]) as Promise<Line | null>,
      (block) => block?.['hash'] === own.hash,
    );
  }, 150_000);
});

describe('what cannot be run is refused, and leaves nothing behind', () => {
  const init = (name: string, ...more: readonly string[]): readonly string[] => [
    ...['--data-dir', at(name), 'verifier', 'init', ...more, '--leader', leader.address],
  ];

  it('a folder that is used', async () => {
    expect(await refusal(init('ver', ...common(1)))).toMatchObject({ code: 'folder-not-empty' });
  }, 30_000);

  it('a genesis of another chain', async () => {
    const { accounts, ...rest } = town.genesis;
    const [first] = Object.keys(accounts);
    const other = {
      ...rest,
      accounts: Object.fromEntries(Object.entries(accounts).filter(([k]) => k !== first)),
    };
    writeFileSync(at('other.json'), writeJsonFile(genesisFile(other)));
    const args = common(1).map((word) => (word === at('genesis.json') ? at('other.json') : word));
    expect(await refusal(init('bad', ...args))).toMatchObject({ code: 'genesis-mismatch' });
    expect(existsSync(at('bad'))).toBe(false);
  }, 30_000);

  it('no endpoint of L1', async () => {
    expect(await refusal(init('bad', ...files()))).toMatchObject({ code: 'usage' });
    expect(existsSync(at('bad'))).toBe(false);
  }, 30_000);

  it('a key of somebody who does not lead', async () => {
    writeFileSync(at('wrong.key'), toHex(insecureTestAccount('nobody', 0).secret), { mode: 0o600 });
    for (const file of ['rollup.json', 'genesis.json', 'l2.yaml'])
      cpSync(join(at('seq'), file), join(at('wrong'), file));
    const config = join(at('wrong'), 'l2.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('leader.key', 'wrong.key'));
    const refused = await refusal(['--data-dir', at('wrong'), 'sequencer', 'run']);
    expect(refused).toMatchObject({ code: 'config-invalid', path: 'leader' });
  }, 30_000);

  it('a verifier where a sequencer is asked for', async () => {
    const refused = await refusal(['--data-dir', at('ver'), 'sequencer', 'run']);
    expect(refused).toMatchObject({ code: 'config-invalid' });
  }, 30_000);

  it('a verifier that is asked as a sequencer', async () => {
    const refused = await refusal(['--data-dir', at('ver'), 'sequencer', 'status']);
    expect(refused).toMatchObject({ code: 'usage', path: '--data-dir' });
  }, 30_000);

  it('a second process on one folder', async () => {
    const refused = await refusal(['--data-dir', at('ver'), 'verifier', 'run']);
    expect(refused).toMatchObject({ code: 'lease-held' });
  }, 30_000);
});
