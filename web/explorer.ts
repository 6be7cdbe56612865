import type { ChainFacts, Heads } from './explorer/answers.ts';
import { blockView, homeView } from './explorer/block-view.ts';
import * as calls from './explorer/calls.ts';
import { at, draw, keyOf, listOrigin, told } from './explorer/drawing.ts';
import { type Way, follow } from './explorer/live.ts';
import { batchesView, blocksView, txsView } from './explorer/list-views.ts';
import { type Shown, load } from './explorer/load.ts';
import { NoAnswer, nodeAt } from './explorer/node.ts';
import { accountView, batchView } from './explorer/other-views.ts';
import { hashLink, link } from './explorer/parts.ts';
import { problemOf } from './explorer/problem.ts';
import { type Route, routeOf, routeOfSearch } from './explorer/route.ts';
import { txView } from './explorer/tx-view.ts';
import { html } from './view/dom.ts';
import { plain } from '../src/audit/plain.ts';

const url = told('conclave-rpc');
const view = at('view', HTMLElement);
const problem = at('problem', HTMLElement);
const status = at('status', HTMLElement);
const node = nodeAt(url, listOrigin());
/** The chain that this page shows: a node that changes to another is not believed. */
let chain: ChainFacts | undefined;
let isChecked = false;
function viewOf(shown: Shown, heads: Heads): Node {
  switch (shown.page) {
    case 'home':
      return homeView(shown, heads);
    case 'blocks':
      return blocksView(shown, heads);
    case 'batches':
      return batchesView(shown);
    case 'txs':
      return txsView(shown);
    case 'block':
      return blockView(shown, heads);
    case 'tx':
      return txView(shown);
    case 'batch':
      return batchView(shown);
    case 'account':
      return accountView(shown);
    case 'elsewhere':
      return html('p', {}, link('#/', 'Found'));
    case 'none':
      return html('p', { class: 'note', id: 'nothing' }, shown.what);
  }
}

const headsView = (heads: Heads): Node =>
  html(
    'dl',
    { class: 'heads' },
    ...(['unsafe', 'safe', 'finalized'] as const).flatMap((name) => [
      html('dt', {}, name),
      html(
        'dd',
        { 'data-head': name },
        link(`#/block/${heads[name].number}`, String(heads[name].number)),
        ' ',
        hashLink('block', heads[name].hash),
      ),
    ]),
  );

/** @throws NoAnswer where the node serves another chain than it says, or than it did */
async function checkChain(): Promise<void> {
  if (isChecked) return;
  const [facts, id] = await Promise.all([node.ask(calls.rollup), node.ask(calls.chainId)]);
  if (facts.l2ChainId !== id)
    throw new NoAnswer(`The node is of chain ${id}, but its rollup is of chain ${facts.l2ChainId}.`);
  if (chain !== undefined && keyOf(chain) !== keyOf(facts))
    throw new NoAnswer('The node serves another chain now. Load this page again to see that one.');
  [chain, isChecked] = [facts, true];
  at('chain', HTMLElement).textContent = `Chain ${id}, on chain ${facts.l1ChainId}, by ${url}`;
}

async function look(): Promise<void> {
  const route: Route = routeOf(location.hash);
  const fragment = location.hash;
  try {
    await checkChain();
    const heads = await node.ask(calls.getHeads);
    const shown = await load(node, heads, route);
    if (fragment !== location.hash) return;
    if (shown.page === 'elsewhere') return void location.replace(shown.to);
    problem.hidden = true;
    draw(at('heads', HTMLElement), keyOf(heads), () => headsView(heads));
    // Only what of the heads is seen: how certain a block is.
    const seen = 'block' in shown || 'blocks' in shown ? heads : [];
    draw(view, keyOf([fragment, shown, seen]), () => viewOf(shown, heads));
  } catch (error) {
    isChecked = false;
    refuse(problemOf(error));
  }
}

function refuse(message: string): void {
  const words = plain(message);
  if (!problem.hidden && problem.textContent === words) return;
  problem.hidden = false;
  problem.textContent = words;
}

const ways: Readonly<Record<Way, string>> = {
  connecting: 'Connecting',
  subscription: 'Live, told by the node',
  polling: 'Live, asking every second',
};

function wireSearch(): void {
  const input = at('search-text', HTMLInputElement);
  const said = at('search-problem', HTMLElement);
  at('search', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    const to = routeOfSearch(input.value);
    input.setAttribute('aria-invalid', String(to === undefined));
    said.textContent = to === undefined ? 'That is no block number, hash or address.' : '';
    if (to !== undefined) location.hash = to;
  });
}

function start(): void {
  wireSearch();
  if (url === '') return refuse('This page is served by "conclave l2 explorer", which tells it the node.');
  const lookNow = follow(url, {
    news: look,
    way: (way) => {
      at('way', HTMLElement).textContent = ways[way];
    },
  });
  window.addEventListener('hashchange', () => {
    status.textContent = 'Another page';
    view.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    lookNow();
  });
}

start();
