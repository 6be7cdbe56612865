import { spawn } from 'node:child_process';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { builtPage, preparePage } from '../../src/apps/audit-page.ts';
import { serveExplorerPage } from '../../src/apps/explorer-page.ts';
import type { HttpServer } from '../../src/system/http.ts';
import { freePorts } from '../../scripts/lib/free-ports.ts';
import { Town, type TownNode, citizen, until } from '../stories/l2-town.ts';
import { startBrowser } from './browser.ts';
import { faults, paleColors } from './reading.ts';

let browser: Browser;
let town: Town;
let node: TownNode;
let server: HttpServer;
let home: string;
const pages: Page[] = [];
const others: (() => Promise<unknown>)[] = [];

/** Opens a page; a fault of its program is a fault of the test. */
async function open(url: string, width = 1200): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  page.on('pageerror', (error) => {
    throw error;
  });
  pages.push(page);
  await page.goto(url);
  return page;
}

beforeAll(async () => {
  preparePage();
  const [port = 0] = await freePorts(1);
  home = `http://127.0.0.1:${port}/`;
  [browser, town] = await Promise.all([startBrowser(), Town.found()]);
  node = await town.sequencer('sequencer', [home.slice(0, -1)]);
  server = await serveExplorerPage({ address: `127.0.0.1:${port}`, page: builtPage, rpc: node.url });
  await town.mine(3);
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.close();
  for (const end of others.splice(0)) await end();
});
afterAll(async () => {
  await browser.close();
  await server.close();
  await town.end();
});

const factOf = (page: Page, name: string): Promise<string> =>
  page.locator(`dt:text-is("${name}") + dd`).first().innerText();

it('shows a transaction go from soft to safe while one looks, then its block and batch', async () => {
  const page = await open(home);
  await page.getByText('Live, told by the node').waitFor();
  // No block of L1 comes by itself: what is not safe yet stays so while it is looked at.
  await town.anvil.rpc('evm_setAutomine', [false]);
  const hash = await town.send(node, 0, { value: 1_500_000_000_000_000_000n });
  await page.evaluate(`location.hash = '#/tx/${hash}'`);
  const reached = async (): Promise<string> =>
    String(
      await page.evaluate(`[...document.querySelectorAll('.step[data-reached=true]')]
        .map((one) => one.dataset.stage).join(' ')`),
    );
  expect(await until(reached, (names) => names.startsWith('soft'))).not.toContain('safe');
  expect(await factOf(page, 'Value')).toBe('1.5 METIS');
  await page.getByText('succeeded').waitFor();
  expect(await until(reached, (names) => names.includes('signed'), 40_000)).toBe('soft batched signed');
  // From here on L1 goes on as it does elsewhere: faster, its clock would leave that of L2 behind.
  await town.anvil.rpc('evm_setIntervalMining', [1]);
  const end = await until(reached, (names) => names.includes('safe'), 40_000);
  expect(end).toMatch(/^soft batched signed safe/);
  expect(await page.locator('[data-stage=safe] .since').innerText()).toMatch(/^\+.* in all$/);

  const block = await factOf(page, 'Block');
  await page.locator('dt:text-is("Block") + dd a').first().click();
  await page.getByRole('heading', { name: `Block ${block}` }).waitFor();
  expect(await page.locator('tbody a').first().getAttribute('href')).toBe(`#/tx/${hash}`);
  expect(['safe', 'finalized']).toContain(await factOf(page, 'Status'));
  await page.locator('dt:text-is("Batch") + dd a').click();
  await page.getByRole('heading', { name: /^Batch \d+$/ }).waitFor();
  expect(await factOf(page, 'Verdict')).toBe('valid');
  expect(await factOf(page, 'Data')).toBe('calldata');
  expect(await factOf(page, 'Bytes per transaction')).toMatch(/^\d+\.\d$/);

  const find = async (text: string): Promise<void> => {
    await page.getByLabel('Block number, hash or address').fill(text);
    await page.keyboard.press('Enter');
  };
  await find(citizen(0).address);
  await page.getByRole('heading', { name: 'Account' }).waitFor();
  expect(await factOf(page, 'Nonce')).toBe('1');
  await find(hash);
  await page.getByRole('heading', { name: 'Transaction', exact: true }).waitFor();
  await find(town.contracts.at('Bridge').slice(0, 9));
  await page.getByText('That is no block number').waitFor();
  await find('9999999');
  await page.getByText('The node has no such block.').waitFor();

  await page.evaluate(`location.hash = '#/tx/${hash}'`);
  const last = await until(reached, (names) => names.includes('finalized'), 60_000);
  expect(last).toBe('soft batched signed safe finalized');
  const stage = (name: string, part: string): Promise<string> =>
    page.locator(`[data-stage=${name}] ${part}`).innerText();
  expect(await stage('finalized', '.at')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC$/);
  expect(await stage('finalized', '.since')).toMatch(/^\+.* in all$/);
  expect((await stage('finalized', '.at')) > (await stage('safe', '.at'))).toBe(true);
  expect(await factOf(page, 'Stage')).toBe('finalized');
});

it('pages back through blocks, transactions and batches, and forth again', async () => {
  const hash = await town.send(node, 2, {});
  const head = async (): Promise<number> => Number(await node.rpc('eth_blockNumber'));
  await until(head, (number) => number >= 30, 60_000);
  const page = await open(`${home}#/blocks/29`);
  const first = page.locator('tbody tr:first-child td:first-child');
  const goes = async (link: string, heading: string, to: string): Promise<void> => {
    await page.getByRole('link', { name: link, exact: true }).click();
    await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    await until(
      () => first.innerText(),
      (text) => text === to,
    );
  };
  await page.getByRole('heading', { name: 'Blocks', exact: true }).waitFor();
  expect(await page.locator('tbody tr').count()).toBe(25);
  expect(await first.innerText()).toBe('29');
  await goes('Older', 'Blocks', '4');
  expect(await page.locator('tbody tr').count()).toBe(5);
  expect(await page.getByRole('link', { name: 'Older', exact: true }).count()).toBe(0);
  await goes('Newer', 'Blocks', '29');
  await page.goto(home);
  await page.getByRole('link', { name: 'All batches' }).click();
  await page.getByRole('heading', { name: 'Batches', exact: true }).waitFor();
  expect(await page.locator('tbody tr:last-child td:first-child').innerText()).toBe('1');
  await page.goto(home);
  await page.getByRole('link', { name: 'All transactions' }).click();
  await page.locator(`a[href="#/tx/${hash}"]`).waitFor();
});

it('lists the newest blocks as they come, in a narrow window too, and is complete without eyes', async () => {
  const page = await open(home, 360);
  const newest = page.locator('tbody tr:first-child td:first-child').first();
  await newest.waitFor();
  const before = Number(await newest.innerText());
  await town.send(node, 1, {});
  await until(
    async () => Number(await newest.innerText()),
    (number) => number > before,
  );
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  expect(await page.evaluate(faults)).toEqual([]);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await page.evaluate(paleColors)).toEqual([]);
  }
});

it('says what to do where the node does not list the page, and where there is no node', async () => {
  const root = join(import.meta.dirname, '..', '..');
  const args = ['--json', 'l2', 'explorer', '--rpc', node.url, '--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, [join(root, 'bin/conclave.mjs'), ...args]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const said = await new Promise<string>((resolve) => {
    child.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString()));
  });
  const { url, origin } = JSON.parse(said) as { url: string; origin: string };
  const page = await open(url);
  await page.getByText(`Add ${origin} to rpc.origins`).waitFor();
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  const lonely = await open(await explorerOf('http://127.0.0.1:1/'));
  await lonely.getByText('No node answers at http://127.0.0.1:1/.').waitFor();
});

it('shows what a hostile node says as text, and nothing that is malformed', async () => {
  const script = '<script>window.pwned=1</script><img src=x onerror=window.pwned=1>';
  const word = (text: string): string => Buffer.from(text).toString('hex');
  const padded = script.padEnd(96, ' ');
  const name = `0x${'20'.padStart(64, '0')}${padded.length.toString(16).padStart(64, '0')}${word(padded)}`;
  const id = { number: `0x${'f'.repeat(64)}`, hash: `0x${'ab'.repeat(32)}` };
  const answers = new Map<string, unknown>([
    ['eth_chainId', '0x1'],
    ['conclave_getRollup', { l1ChainId: '0x1', l2ChainId: '0x1', genesis: { hash: id.hash } }],
    ['conclave_getHeads', { unsafe: id, safe: id, finalized: id }],
    ['eth_getBalance', id.number],
    ['eth_getTransactionCount', '0x0'],
    ['eth_getCode', '0x6000'],
    ['eth_call', name],
    ['eth_getBlockByNumber', { number: script }],
  ]);
  const page = await open(await explorerOf(await liar(answers, script)));
  await page.getByText(script).waitFor();
  await page.goto(`${page.url().split('#')[0] ?? ''}#/account/0x${'11'.repeat(20)}`);
  await page.getByRole('heading', { name: 'Contract' }).waitFor();
  expect(await factOf(page, 'Calls itself')).toContain(script);
  expect(await factOf(page, 'Balance')).toContain('.584007913129639935 METIS');
  expect(await page.getByText('asking every second').count()).toBe(1);
  await page.goto(`${page.url().split('#')[0] ?? ''}#/block/7`);
  await page.getByText('eth_getBlockByNumber.number is not a number').waitFor();
  answers.set('eth_chainId', '0x2');
  await page.getByText('The node is of chain 2').waitFor();
  expect(await page.evaluate('window.pwned')).toBeUndefined();
  expect(await page.locator('main script, main img').count()).toBe(0);
});

async function explorerOf(rpc: string): Promise<string> {
  const other = await serveExplorerPage({ address: '127.0.0.1:0', page: builtPage, rpc });
  others.push(other.close);
  return `http://${other.address}/`;
}

/** A node that answers what it is told to, and refuses everything else with this text. */
async function liar(answers: ReadonlyMap<string, unknown>, refusal: string): Promise<string> {
  const lying: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const one = ({ id, method }: { id: number; method: string }): object =>
        answers.has(method)
          ? { jsonrpc: '2.0', id, result: answers.get(method) }
          : { jsonrpc: '2.0', id, error: { code: -32_000, message: refusal } };
      const asked = JSON.parse(text === '' ? '[]' : text) as Parameters<typeof one>[0];
      const said = Array.isArray(asked) ? asked.map(one) : one(asked);
      const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(said));
    });
  });
  await new Promise<void>((resolve) => lying.listen(0, '127.0.0.1', resolve));
  others.push(
    () =>
      new Promise((resolve) => {
        lying.close(resolve);
        lying.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(lying.address() as AddressInfo).port}/`;
}
