import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { sampleL2Config } from '../../src/apps/l2/sample.ts';
import { writeRollupFile } from '../../src/apps/rollup-file.ts';
import { contentHashOf, decodeRequest, isBatching } from '../../src/chain/duty.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { writeJsonFile } from '../../src/crypto/json-file.ts';
import { genesisFile } from '../../src/ethereum/l2-genesis.ts';
import { jsonRpc } from '../../src/system/json-rpc.ts';
import { freePorts } from '../../scripts/lib/free-ports.ts';
import { batchesAt, blockOf, lastOnL1, receiptAt } from './l2-look.ts';
import { type TownNode, Town, leader } from './l2-town.ts';

const here = (name: string): string => join(import.meta.dirname, name);
/** Before which call of its store a sequencer dies, or after how many milliseconds; and its verifier too. */
const kills: readonly (readonly [string, Moment, boolean])[] = [
  ['as it writes down a transaction', { call: 'write', nth: 2 }, false],
  ['as it writes down which block it seals', { call: 'rename', nth: 9 }, true],
  ['as it seals a batch', { call: 'link', nth: 1 }, false],
  ['before something is durable', { call: 'fsync', nth: 25 }, false],
  ['at some time', { afterMs: 2_700 }, true],
  ['at another time', { afterMs: 900 }, false],
];
type Moment = { readonly call: string; readonly nth: number } | { readonly afterMs: number };

let town: Town;
let ports: readonly number[] = [];
const running = new Set<ChildProcess>();
beforeAll(async () => {
  town = await Town.found();
  ports = await freePorts(2);
  await town.anvil.rpc('evm_setIntervalMining', [1]);
  const keyFile = join(town.folder, 'leader.key');
  writeFileSync(keyFile, toHex(leader.secret), { mode: 0o600 });
  const sequencer = { keyFile, cluster: ['nobody'], da: 'calldata', maxAge: '2s' };
  for (const [name, index, more] of [
    ['sequencer', 0, { sequencer }],
    ['verifier', 1, { follow: urlOf(0) }],
  ] as const) {
    mkdirSync(at(name), { mode: 0o700 });
    writeFileSync(join(at(name), 'rollup.json'), writeRollupFile(town.rollup));
    writeFileSync(join(at(name), 'genesis.json'), writeJsonFile(genesisFile(town.genesis)));
    const listen = urlOf(index).slice('http://'.length);
    const text = sampleL2Config({
      ...{ l1: [town.anvil.url], confirmations: '1', listen, leader: leader.address },
      ...more,
    });
    writeFileSync(join(at(name), 'l2.yaml'), text);
  }
}, 60_000);
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await town.end();
});

const at = (name: string): string => join(town.folder, name);
const urlOf = (index: number): string => `http://127.0.0.1:${ports[index] ?? 0}`;
const nodeAt = (index: number): TownNode => ({
  ...{ url: urlOf(index), rpc: jsonRpc(urlOf(index)), stop: async () => undefined },
});

async function start(name: string): Promise<ChildProcess> {
  const log = openSync(at(`${name}.log`), 'a', 0o600);
  const flags = ['--import', 'tsx', '--import', here('../kills/kill-at.mjs'), here('l2-child.ts'), at(name)];
  const signed = name === 'sequencer' ? [at('signed')] : [];
  const child = spawn(process.execPath, [...flags, ...signed], { stdio: ['ignore', 'pipe', log, 'ipc'] });
  closeSync(log);
  running.add(child);
  child.once('exit', () => running.delete(child));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${name} did not start: ${readFileSync(at(`${name}.log`), 'utf8').slice(-2_000)}`);
  });
  if (child.stdout !== null) await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  return child;
}

/** Lets a process die at a moment. Gives the signal that ended it. */
async function dies(child: ChildProcess, moment: Moment): Promise<unknown> {
  const gone = once(child, 'exit');
  if ('call' in moment) child.send(moment);
  else setTimeout(() => child.kill('SIGKILL'), moment.afterMs);
  const [, signal] = (await gone) as [number | null, string | null];
  return signal;
}

/** Sends from one citizen after another until nobody answers; gives what was acknowledged. */
async function sendUntilDead(child: ChildProcess): Promise<readonly string[]> {
  const taken: string[] = [];
  for (let i = 0; child.signalCode === null; i++) {
    const hash = await town.send(nodeAt(0), i % 4, {}).catch(() => undefined);
    if (hash !== undefined) taken.push(hash);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return taken;
}

const acknowledged: string[] = [];
test.each(kills)(
  'a sequencer that is killed %s begins again with all that it has promised',
  async (_, moment, isBoth) => {
    const child = await start('sequencer');
    const verifier = isBoth ? await start('verifier') : undefined;
    const [signal, taken] = await Promise.all([dies(child, moment), sendUntilDead(child)]);
    verifier?.kill('SIGKILL');
    expect(signal).toBe('SIGKILL');
    acknowledged.push(...taken);
  },
  240_000,
);

test('nothing acknowledged is lost, none has two contents, and L1 alone gives the same', async () => {
  await start('sequencer');
  await start('verifier');
  const fresh = await town.verifier('fresh');
  expect(acknowledged.length).toBeGreaterThan(kills.length);
  for (const hash of acknowledged) {
    const receipt = await receiptAt(nodeAt(0), hash, 120_000);
    expect(receipt).toMatchObject({ status: '0x1' });
    expect(await receiptAt(nodeAt(1), hash, 120_000)).toEqual(receipt);
    expect(await receiptAt(fresh, hash, 120_000)).toEqual(receipt);
  }
  const last = await lastOnL1(town, fresh);
  for (const index of [0, 1]) expect(await blockOf(nodeAt(index), last)).toEqual(await blockOf(fresh, last));
  const batches = await batchesAt(fresh);
  expect(batches.map(({ isValid }) => isValid)).toEqual(batches.map(() => true));
  const asked = readFileSync(at('signed'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => decodeRequest(fromHex(line) ?? new Uint8Array(0)));
  const signed = asked.filter(isBatching).map((one) => ({ ...one, content: toHex(contentHashOf(one)) }));
  expect(signed).toHaveLength(asked.length);
  const count = (name: (one: (typeof signed)[number]) => string): number => new Set(signed.map(name)).size;
  expect(count(({ content }) => content)).toBe(count(({ batchIndex }) => String(batchIndex)));
  expect(count(({ content }) => content)).toBe(count(({ nonce }) => String(nonce)));
}, 300_000);
