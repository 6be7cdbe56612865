import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { accountOn } from '../../src/apps/bridge/account.ts';
import { builtPage, preparePage } from '../../src/apps/audit-page.ts';
import { serveExplorerPage } from '../../src/apps/explorer-page.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { type Address, parseAddress } from '../../src/ethereum/address.ts';
import { tokenBalance } from '../../src/ethereum/bridge-views.ts';
import { systemClock } from '../../src/system/clock.ts';
import type { HttpServer } from '../../src/system/http.ts';
import { type BridgeChain, connectBridgeChain } from '../../src/system/l1-client-chain.ts';
import { freePorts } from '../../scripts/lib/free-ports.ts';
import { ANVIL_KEYS, BridgeHouse, conclave } from './bridge-house.ts';
import { startBrowser } from './browser.ts';
import { faults, paleColors } from './reading.ts';
import { TestWallet } from './test-wallet.ts';

const METIS = 10n ** 18n;
const [L1_CHAIN, L2_CHAIN] = [31_337n, 71_001n];
/** Seconds, and a little more. [contract-profiles.ts, test] */
const WINDOW = 31;
const secret = fromHex(ANVIL_KEYS[1] ?? '') ?? new Uint8Array(32);

let browser: Browser;
let house: BridgeHouse;
let server: HttpServer;
let home: string;
let chains: readonly [l1: BridgeChain, l2: BridgeChain];
let user: Address;
const pages: Page[] = [];

const newWallet = (chain = L1_CHAIN): TestWallet => {
  const key = new Secret('test wallet', secret.slice());
  const accounts = new Map([
    [L1_CHAIN, accountOn(chains[0], key)],
    [L2_CHAIN, accountOn(chains[1], key)],
  ]);
  return new TestWallet(accounts, secret, chain);
};

/** Opens the page of the bridge; a fault of its program is a fault of the test. */
async function open(wallet?: TestWallet, url = `${home}bridge.html`, name?: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  page.on('pageerror', (error) => {
    throw error;
  });
  pages.push(page);
  await wallet?.into(page, name);
  await page.goto(url);
  return page;
}

async function connected(wallet: TestWallet): Promise<Page> {
  const page = await open(wallet);
  await page.getByRole('button', { name: 'Connect the wallet of this browser' }).click();
  await page.locator('[data-balance="METIS on L1"]').waitFor();
  return page;
}

const sign = (page: Page): Promise<void> => page.getByRole('button', { name: 'Sign in the wallet' }).click();
const stateOf = (page: Page, kind: string, word: string) =>
  page.locator(`[data-kind=${kind}][data-state="${word}"]`).first();
const balance = (page: Page, name: string, text: string): Promise<void> =>
  page.locator(`[data-balance="${name}"]:text-is("${text}")`).waitFor();
const onL1 = (account: Address): Promise<bigint> =>
  chains[0].ask(house.contracts.at('MetisToken'), tokenBalance(account));
const onL2 = async (account: Address): Promise<bigint> =>
  (await house.executor.account(house.head.block.hash, account))?.balance ?? 0n;

beforeAll(async () => {
  preparePage();
  const [port = 0] = await freePorts(1);
  home = `http://127.0.0.1:${port}/`;
  [browser, house] = await Promise.all([startBrowser(), BridgeHouse.open([home.slice(0, -1)])]);
  chains = await Promise.all([
    connectBridgeChain(house.anvil.url, { clock: systemClock }),
    connectBridgeChain(house.url, { clock: systemClock }),
  ]);
  user = accountOn(chains[0], new Secret('test wallet', secret.slice())).address;
  await house.giveMetis(user, 100n * METIS);
  const urls = { rpc: house.url, l1: house.anvil.url };
  server = await serveExplorerPage({ address: `127.0.0.1:${port}`, page: builtPage, ...urls });
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.close();
});
afterAll(async () => {
  await browser.close();
  await server.close();
  await house.close();
});

describe('the bridge, in a page', () => {
  it('takes METIS to L2 and back: every step as both chains tell it, and every wei', async () => {
    const wallet = newWallet();
    const page = await connected(wallet);
    await balance(page, 'METIS on L1', '100 METIS');
    await page.getByLabel('METIS to deposit').fill('12.5');
    await page.getByRole('button', { name: 'Review the deposit' }).click();
    await page.getByText('Signature 1: Let the bridge take it').waitFor();
    expect(await page.locator('.review pre').innerText()).toMatch(/^0x095ea7b3/);
    expect(wallet.asked).not.toContain('eth_sendTransaction');
    await sign(page);
    await page.getByText('Signature 2: Deposit').waitFor();
    expect(await onL1(user)).toBe(100n * METIS);
    await sign(page);
    await stateOf(page, 'deposit', 'waiting for L1 confirmations').waitFor();
    await balance(page, 'METIS on L1', '87.5 METIS');
    await house.catchUp();
    await stateOf(page, 'deposit', 'done').waitFor();
    await balance(page, 'METIS on L2', '12.5 METIS');

    await page.getByLabel('METIS to withdraw').fill('5.000000000000000001');
    await page.getByRole('button', { name: 'Review the withdrawal' }).click();
    await page.getByText('Signature 1: Leave L2').waitFor();
    await sign(page);
    await stateOf(page, 'withdrawal', 'waiting for an output').waitFor();
    expect(wallet.asked).toContain('wallet_addEthereumChain');
    expect(wallet.chain).toBe(L2_CHAIN);
    await proposeOutput();
    await stateOf(page, 'withdrawal', 'in the challenge window').waitFor();
    expect(await page.getByRole('button', { name: 'Finish on L1' }).count()).toBe(0);
    await house.pass(WINDOW);
    await stateOf(page, 'withdrawal', 'ready').waitFor();
    // Nothing of it is remembered by the page: another one finds the same on the chains.
    const again = await connected(wallet);
    await again.getByRole('button', { name: 'Finish on L1' }).click();
    await again.getByText('Signature 1: Prove and finish').waitFor();
    await sign(again);
    await stateOf(again, 'withdrawal', 'done').waitFor();
    await stateOf(page, 'withdrawal', 'done').waitFor();
    await balance(again, 'METIS on L1', '92.500000000000000001 METIS');
    expect(await onL1(user)).toBe(100n * METIS - 125n * 10n ** 17n + 5n * METIS + 1n);
  });

  it('forces a transaction in, and tells by when it is there', async () => {
    const to = parseAddress(`0x${'66'.repeat(20)}`);
    const wallet = newWallet();
    wallet.known.add(L2_CHAIN);
    const page = await connected(wallet);
    const force = async (typed: Readonly<Record<string, string>>): Promise<void> => {
      for (const [label, text] of Object.entries(typed)) await page.getByLabel(label).fill(text);
      await page.getByRole('button', { name: 'Review what is forced' }).click();
    };
    await page.getByText('Force a transaction into L2').click();
    wallet.refuses.set('eth_signTransaction', 4200);
    await force({ 'Who is called on L2': to, 'METIS that goes along': '0.25' });
    await page.getByText('Signature 1: Sign the transaction of L2').waitFor();
    await sign(page);
    await page.getByText('This wallet cannot do that').waitFor();
    wallet.refuses.clear();
    await sign(page);
    await page.getByText('Signature 2: Queue it on L1').waitFor();
    expect(await onL2(to)).toBe(0n);
    await sign(page);
    const waiting = stateOf(page, 'forced', 'waiting for L1 confirmations');
    await waiting.waitFor();
    const { number } = await chains[0].head('latest');
    const window = house.rollup.sequencingWindow;
    const deadline = number + window + (window + 7n) / 8n;
    expect(await waiting.innerText()).toContain(`with the L1 block ${deadline} at the latest`);
    await house.catchUp();
    await stateOf(page, 'forced', 'included').waitFor();
    expect(await onL2(to)).toBe(METIS / 4n);
    await force({ 'Or a signed transaction of L2': '0x1234' });
    await page.getByText('That cannot be:').waitFor();
  });

  it('signs on the right chain and in the right account only, and takes no for an answer', async () => {
    const wallet = newWallet(1n);
    wallet.refuses.set('eth_requestAccounts', 4001);
    const page = await open(wallet);
    const connect = page.getByRole('button', { name: 'Connect the wallet of this browser' });
    await page.clock.install();
    await page.reload();
    await page.getByText('L1 is chain 31337').waitFor();
    await connect.click();
    await page.getByText('You declined in the wallet.').waitFor();
    // The next look at both chains does not take it away.
    await page.clock.runFor(6_000);
    expect(await page.locator('#problem').innerText()).toContain('You declined');
    await page.clock.resume();
    wallet.refuses.clear();
    await connect.click();
    await page.locator('[data-balance="METIS on L1"]').waitFor();
    expect(await page.locator('#problem').isVisible()).toBe(false);
    await page.getByLabel('METIS to deposit').fill('1.0000000001');
    await page.getByRole('button', { name: 'Review the deposit' }).click();
    await page.getByText('L2 credits whole gwei').waitFor();
    await page.getByLabel('METIS to deposit').fill('1000');
    await page.getByRole('button', { name: 'Review the deposit' }).click();
    await page.getByText(/^The account has .* on L1\.$/).waitFor();
    await page.getByLabel('METIS to deposit').fill('1');
    await page.getByRole('button', { name: 'Review the deposit' }).click();
    const before = await onL1(user);
    await sign(page);
    await page.getByText('The wallet does not know L1, chain 31337').waitFor();
    wallet.known.add(L1_CHAIN);
    wallet.isStubborn = true;
    await sign(page);
    await page.getByText('The wallet is on chain 1, and not on L1, 31337').waitFor();
    wallet.isStubborn = false;
    wallet.refuses.set('eth_sendTransaction', 4001);
    await sign(page);
    await page.getByText('You declined in the wallet. Nothing was signed.').waitFor();
    expect([await onL1(user), wallet.chain]).toEqual([before, L1_CHAIN]);
    await page.getByLabel('METIS to withdraw').fill('1000');
    await page.getByRole('button', { name: 'Review the withdrawal' }).click();
    await sign(page);
    await page.getByText('It would fail: ').waitFor();
    expect(wallet.asked.filter((one) => one === 'eth_sendTransaction')).toHaveLength(1);
    await page.evaluate('window.testWalletListeners.accountsChanged()');
    await page.getByRole('button', { name: 'Connect the wallet of this browser' }).waitFor();
    expect(await page.locator('#forms').isVisible()).toBe(false);
  });

  it('says what is missing: a wallet, or L1; and reads well in a narrow window', async () => {
    await (await open()).getByText('This browser has no wallet').waitFor();
    const announced = await open(newWallet(), undefined, 'Fox <b>of</b> tests');
    await announced.getByRole('button', { name: 'Connect Fox <b>of</b> tests' }).waitFor();
    const rpc = house.url;
    const other = await serveExplorerPage({ address: '127.0.0.1:0', page: builtPage, rpc });
    const without = await open(undefined, `http://${other.address}/bridge.html`);
    await without.getByText('start conclave l2 explorer with --rpc and --l1').waitFor();
    await other.close();
    await server.close();
    const address = new URL(home).host;
    server = await serveExplorerPage({ address, page: builtPage, rpc, l1: rpc });
    await (await open()).getByText('but L1 of this rollup is chain 31337').waitFor();
    await server.close();
    server = await serveExplorerPage({ address, page: builtPage, rpc, l1: house.anvil.url });
    const page = await connected(newWallet());
    await page.setViewportSize({ width: 360, height: 800 });
    await page.locator('.movement').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(await page.evaluate(faults)).toEqual([]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(paleColors)).toEqual([]);
    }
    await page.getByRole('link', { name: 'Explorer' }).click();
    await page.getByRole('link', { name: 'Bridge' }).waitFor();
  });
});

/** A batch, and an output of its last block. */
async function proposeOutput(): Promise<void> {
  await house.catchUp();
  await house.postBatch();
  const both = ['--record', house.file('d.json'), '--l1', house.anvil.url, '--key-file', house.file('key-0')];
  const bond = await conclave('outputs', 'deposit', ...both, '--wei', String(50n * METIS));
  const said = await conclave('outputs', 'propose', ...both, '--l2', house.url, '--blocks', '1');
  expect([bond.code, said.code]).toEqual([0, 0]);
}
