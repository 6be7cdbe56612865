import { fromHex } from '../src/crypto/bytes.ts';
import { plain } from '../src/audit/plain.ts';
import { type Address, parseAddress } from '../src/ethereum/address.ts';
import { bridgeMetis } from '../src/ethereum/bridge-views.ts';
import { InputError } from '../src/crypto/errors.ts';
import { ask, getRollup } from './bridge/answers.ts';
import { BadAmount, dustOf, weiOf } from './bridge/amount.ts';
import { type FoundWallet, discover } from './bridge/discovery.ts';
import {
  type Ends,
  type Flow,
  depositFlow,
  draftFlow,
  finishFlow,
  rawFlow,
  withdrawFlow,
} from './bridge/flows.ts';
import { AccountBridge, type Overview } from './bridge/load.ts';
import type { Movement } from './bridge/movements.ts';
import { type Shown, Signing, problemOfSigning } from './bridge/signing.ts';
import { accountView, chooseWallet, movementsView, reviewView } from './bridge/views.ts';
import { Wallet, type WalletChain } from './bridge/wallet.ts';
import * as calls from './explorer/calls.ts';
import { at, draw, keyOf, listOrigin, told } from './explorer/drawing.ts';
import { NoAnswer, nodeAt } from './explorer/node.ts';
import { metis } from './explorer/words.ts';
import { html } from './view/dom.ts';

/** Milliseconds from look to look, while the page is seen. */
const LOOK_MS = 2_500;

const [l2Url, l1Url] = [told('conclave-rpc'), told('conclave-l1')];
const l2 = nodeAt(l2Url, listOrigin());
const l1 = nodeAt(l1Url, 'It must allow pages of other origins (CORS).');
const problem = at('problem', HTMLElement);

/** What is known once both ends were asked who they are. */
let ends: Ends | undefined;
let wallets: readonly FoundWallet[] = [];
let account: { readonly wallet: Wallet; readonly bridge: AccountBridge } | undefined;
let overview: Overview | undefined;
let signing: Signing | undefined;
let due: ReturnType<typeof setTimeout> | undefined;
let isLooking = false;

/** What hinders the page: of the last look, and of what its reader did last. Neither wipes out the other. */
const said = { look: '', act: '' };

function tell(by: keyof typeof said, words: string): void {
  said[by] = words;
  const text = plain([said.act, said.look].filter((one) => one !== '').join(' '));
  problem.hidden = text === '';
  if (problem.textContent !== text) problem.textContent = text;
}

/** Asks both ends which chain they are, and the bridge for its token. @throws NoAnswer for other chains */
async function openEnds(): Promise<Ends> {
  if (ends !== undefined) return ends;
  const rollup = await l2.ask(getRollup);
  const [l1Id, l2Id] = await Promise.all([l1.ask(calls.chainId), l2.ask(calls.chainId)]);
  if (l2Id !== rollup.l2ChainId)
    throw new NoAnswer(`The node is of chain ${l2Id}, but its rollup is of chain ${rollup.l2ChainId}.`);
  if (l1Id !== rollup.l1ChainId)
    throw new NoAnswer(`${l1Url} is of chain ${l1Id}, but L1 of this rollup is chain ${rollup.l1ChainId}.`);
  ends = { l1, l2, rollup, token: await l1.ask(ask(rollup.bridge, bridgeMetis())) };
  at('chain', HTMLElement).textContent = `L1 is chain ${l1Id}, by ${l1Url}; L2 is chain ${l2Id}, by ${l2Url}`;
  return ends;
}

const chainsOf = ({ rollup }: Ends): Readonly<Record<'l1' | 'l2', WalletChain>> => ({
  l1: { id: rollup.l1ChainId, name: 'L1', url: undefined },
  l2: { id: rollup.l2ChainId, name: 'Conclave L2', url: l2Url },
});

/** Looks at both chains, and again after a while. */
async function look(): Promise<void> {
  clearTimeout(due);
  if (isLooking) return;
  isLooking = true;
  try {
    await openEnds();
    const seen = account;
    if (seen !== undefined && document.visibilityState === 'visible') {
      const found = await seen.bridge.look();
      if (seen === account) overview = found;
    }
    tell('look', '');
  } catch (error) {
    tell('look', problemOfSigning(error));
  }
  isLooking = false;
  drawAll();
  due = setTimeout(lookSoon, LOOK_MS);
}
const lookSoon = (): void => void look();

function drawAll(): void {
  const address = account?.wallet.account;
  draw(
    at('wallet', HTMLElement),
    keyOf([address, overview?.balances, wallets.map(({ name }) => name)]),
    () => (address === undefined ? chooseWallet(wallets, connect) : accountView(address, overview)),
  );
  at('forms', HTMLElement).hidden = account === undefined || ends === undefined;
  const listed = overview;
  draw(at('movements', HTMLElement), keyOf([listed?.movements, listed?.leftOut, listed?.readTo]), () =>
    listed === undefined ? html('div') : movementsView(listed, { finish, lookBack }),
  );
}

/** Runs what a reader asked for; what hinders it is told beside it. */
function attempt(
  work: () => Promise<void>,
  say: (words: string) => void = (words) => tell('act', words),
): void {
  work().then(
    () => say(''),
    (error: unknown) => say(problemOfSigning(error)),
  );
}

function connect({ provider }: FoundWallet): void {
  attempt(async () => {
    const opened = await openEnds();
    const forget = (): void => {
      // Whatever the wallet shows now, it is asked for again.
      [account, overview] = [undefined, undefined];
      signing?.close();
      drawAll();
    };
    const wallet = await Wallet.connect(provider);
    provider.on?.('accountsChanged', forget);
    account = { wallet, bridge: new AccountBridge(opened, wallet.account) };
    drawAll();
    await look();
  });
}

function lookBack(): void {
  account?.bridge.lookBack();
  lookSoon();
}

function finish(movement: Movement, output: bigint): void {
  if (movement.kind !== 'withdrawal') return;
  const { message } = movement;
  attempt(() => review((opened) => finishFlow(opened, { message, index: output })));
}

/** Shows the first step of a flow, in place of what was shown there. */
async function review(
  make: (opened: Ends, from: Address) => Flow,
  done: () => void = () => undefined,
): Promise<void> {
  if (account === undefined) return;
  const [opened, { wallet }] = [await openEnds(), account];
  signing?.close();
  const chains = chainsOf(opened);
  const flow = make(opened, wallet.account);
  const own: Signing = new Signing(flow, {
    ...{ ends: opened, wallet, chains, moved: lookSoon, done },
    show: (shown) => drawReview(own, shown && { ...shown, chain: chains[shown.step.on] }),
  });
  signing = own;
  await own.next();
  at('review', HTMLElement).scrollIntoView({ block: 'nearest' });
}

function drawReview(own: Signing, shown: (Shown & { readonly chain: WalletChain }) | undefined): void {
  if (own !== signing) return;
  const acts = { sign: () => void own.sign(), close: () => own.close() };
  draw(at('review', HTMLElement), keyOf([shown && [shown, shown.step.call.data.join()]]), () =>
    shown === undefined ? html('div') : reviewView({ title: own.flow.title, ...shown }, acts),
  );
}

/** A form that makes a flow of what was typed into it. */
function wire(
  id: 'deposit' | 'withdraw' | 'force',
  make: (typed: (name: string) => string) => (opened: Ends, from: Address) => Flow,
): void {
  const form = at(id, HTMLFormElement);
  const beside = form.querySelector('.problem-text');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const typed = (name: string): string => {
      const value = fields.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    const say = (words: string): void => {
      if (beside !== null) beside.textContent = plain(words);
    };
    attempt(async () => review(make(typed), () => form.reset()), say);
  });
}

const addressIn = (typed: string): Address => parseAddress(typed, 'the address');

function wireForms(): void {
  wire('deposit', (typed) => {
    const wei = weiOf(typed('amount'));
    if (wei < 10n ** 9n || dustOf(wei) !== 0n)
      throw new BadAmount(`L2 credits whole gwei: leave out the last ${metis(dustOf(wei))}.`);
    const to = typed('to') === '' ? undefined : addressIn(typed('to'));
    return (opened, from) => depositFlow(opened, { from, to: to ?? from, wei });
  });
  wire('withdraw', (typed) => {
    const wei = weiOf(typed('amount'));
    const to = typed('to') === '' ? undefined : addressIn(typed('to'));
    return (_, from) => withdrawFlow({ to: to ?? from, wei });
  });
  wire('force', (typed) => {
    const raw = typed('raw');
    if (raw !== '') return (opened) => rawFlow(opened, raw);
    const to = addressIn(typed('to'));
    const wei = /^0*(\.0*)?$/.test(typed('amount')) ? 0n : weiOf(typed('amount'));
    const data = dataIn(typed('data'));
    return (opened, from) => draftFlow(opened, { from, to, wei, data });
  });
}

/** @throws InputError tx-malformed */
function dataIn(typed: string): Uint8Array {
  const bytes = typed === '' ? new Uint8Array(0) : typed.startsWith('0x') ? fromHex(typed) : undefined;
  if (bytes !== undefined) return bytes;
  throw new InputError('tx-malformed', 'calldata', 'calldata is 0x and pairs of hex digits');
}

function start(): void {
  if (l2Url === '' || l1Url === '')
    return tell('look', 'The bridge needs both chains: start conclave l2 explorer with --rpc and --l1.');
  wireForms();
  discover((found) => {
    wallets = found;
    drawAll();
  });
  lookSoon();
}

start();
