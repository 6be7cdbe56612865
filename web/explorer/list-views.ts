import { type Child, html, section } from '../view/dom.ts';
import type { Heads } from './answers.ts';
import { batchTable, blockTable } from './block-view.ts';
import { type Around, LISTED_TXS, type Shown } from './load.ts';
import { hashLink, link, table } from './parts.ts';
import { metis } from './words.ts';

/** A page of a list, and the ways to the next ones. */
const listView = (
  title: string,
  page: 'blocks' | 'batches' | 'txs',
  { newer, older }: Around,
  ...shown: readonly Child[]
): HTMLElement =>
  html(
    'div',
    { class: 'result' },
    section(
      title,
      'h2',
      ...shown,
      html(
        'p',
        { class: 'buttons' },
        newer !== undefined && link(`#/${page}`, 'Newest'),
        newer !== undefined && link(`#/${page}/${newer}`, 'Newer'),
        older !== undefined && link(`#/${page}/${older}`, 'Older'),
      ),
    ),
  );

/** Blocks, a page of them. */
export const blocksView = ({ blocks, around }: Extract<Shown, { page: 'blocks' }>, heads: Heads): Node =>
  listView('Blocks', 'blocks', around, blockTable('Blocks', blocks, heads));

/** Batches, a page of them. */
export const batchesView = ({ batches, around }: Extract<Shown, { page: 'batches' }>): Node =>
  listView('Batches', 'batches', around, batchTable('Batches', batches));

/** Transactions of all blocks down to one. */
export const txsView = ({ txs, to, around }: Extract<Shown, { page: 'txs' }>): Node =>
  listView(
    'Transactions',
    'txs',
    around,
    txs.length > 0 &&
      table(
        'Transactions',
        ['Hash', 'Block', 'From', 'To', 'Value'],
        txs.map(({ hash, blockNumber, from, to: target, value }) => [
          hashLink('tx', hash),
          blockNumber === null ? 'none' : link(`#/block/${blockNumber}`, String(blockNumber)),
          hashLink('account', from),
          target === null ? 'a new contract' : hashLink('account', target),
          metis(value),
        ]),
      ),
    html('p', { class: 'note' }, `Those of the blocks down to ${to}, of each ${LISTED_TXS} at most.`),
  );
