import { type Child, definitions, hash, html, section } from '../view/dom.ts';
import type { Batch, Heads } from './answers.ts';
import { LISTED_TXS, type PlacedBlock, type Shown } from './load.ts';
import { badge, certainty, hashLink, link, table, wholeLink } from './parts.ts';
import { blockTime, grouped, gwei, metis } from './words.ts';

const batchLink = (batch: Batch | null): Child =>
  batch === null ? 'none yet' : link(`#/batch/${batch.index}`, String(batch.index));

const BLOCK_COLUMNS = ['Number', 'Hash', 'Time', 'Transactions', 'Gas', 'L1 origin', 'Batch', 'Status'];

/** The newest blocks and batches. */
export const homeView = ({ blocks, batches }: Extract<Shown, { page: 'home' }>, heads: Heads): Node =>
  html(
    'div',
    { class: 'result' },
    section(
      'Newest blocks',
      'h2',
      blockTable('Newest blocks', blocks, heads),
      html('p', { class: 'buttons' }, link('#/blocks', 'All blocks'), link('#/txs', 'All transactions')),
    ),
    section(
      'Newest batches',
      'h2',
      batches.length === 0
        ? html('p', { class: 'note' }, 'L1 has no batch yet.')
        : batchTable('Newest batches', batches),
      batches.length > 0 && html('p', { class: 'buttons' }, link('#/batches', 'All batches')),
    ),
  );

/** Blocks, newest first. */
export const blockTable = (label: string, blocks: readonly PlacedBlock[], heads: Heads): HTMLElement =>
  table(
    label,
    BLOCK_COLUMNS,
    blocks.map(({ block, origin, batch }): readonly Child[] => [
      ...[link(`#/block/${block.number}`, String(block.number)), hashLink('block', block.hash)],
      ...[blockTime(block.timestamp), String(block.transactions.length), grouped(block.gasUsed)],
      ...[String(origin), batchLink(batch), badge(certainty(block.number, heads))],
    ]),
  );

/** Batches, newest first. */
export const batchTable = (label: string, batches: readonly Batch[]): HTMLElement =>
  table(
    label,
    ['Index', 'Blocks', 'Bytes', 'Data', 'L1 block', 'Verdict'],
    batches.map((batch) => [
      link(`#/batch/${batch.index}`, String(batch.index)),
      ...[`${batch.firstBlock} to ${batch.lastBlock}`, grouped(batch.payloadSize), daName(batch.da)],
      ...[String(batch.l1Block.number), badge(verdictOf(batch))],
    ]),
  );

/** Where the bytes of a batch are. [docs/batch-format.md] */
export const daName = (da: bigint): string =>
  new Map([
    [0n, 'calldata'],
    [3n, 'blobs'],
    [4n, 'committee'],
  ]).get(da) ?? `kind ${da}`;

/** What derivation made of a batch. */
export const verdictOf = ({ isValid }: Batch): string =>
  isValid === null ? 'not read yet' : isValid ? 'valid' : 'ignored';

/** A block with its transactions. */
export function blockView(shown: Extract<Shown, { page: 'block' }>, heads: Heads): Node {
  const { block, origin, txs, part } = shown;
  const first = (part - 1) * LISTED_TXS;
  return html(
    'div',
    { class: 'result' },
    section(`Block ${block.number}`, 'h2', blockFacts(shown, heads), around(block.number, heads)),
    section(
      `Transactions: ${block.transactions.length}`,
      'h3',
      txs.length === 0
        ? html('p', { class: 'note' }, part === 1 ? 'There are none.' : 'It has no so many.')
        : table(
            'Transactions of the block',
            ['Hash', 'From', 'To', 'Value', 'Nonce'],
            txs.map((tx, i) =>
              tx === null
                ? [hash(block.transactions[first + i] ?? '')]
                : [
                    ...[hashLink('tx', tx.hash), hashLink('account', tx.from)],
                    ...[tx.to === null ? 'a new contract' : hashLink('account', tx.to), metis(tx.value)],
                    String(tx.nonce),
                  ],
            ),
          ),
      partsOf(shown),
    ),
    html('p', { class: 'note' }, `L1 origin ${origin}: the block of L1 that this block knows of.`),
  );
}

/** The ways to the transactions that are not listed. */
function partsOf({ block, part }: Extract<Shown, { page: 'block' }>): Child {
  const all = block.transactions.length;
  const name = (one: number): string =>
    `Transactions ${(one - 1) * LISTED_TXS + 1} to ${Math.min(one * LISTED_TXS, all)}`;
  const parts = Array.from({ length: Math.ceil(all / LISTED_TXS) }, (_, i) => i + 1);
  const others = parts.filter((one) => one !== part);
  if (others.length === 0) return undefined;
  const links = others.map((one) => link(`#/block/${block.number}/${one}`, name(one)));
  return html('p', { class: 'buttons' }, ...links);
}

const blockFacts = ({ block, origin, batch }: PlacedBlock, heads: Heads): HTMLElement =>
  definitions([
    ['Hash', hash(block.hash)],
    ['Parent', block.number === 0n ? 'none' : wholeLink('block', block.parentHash)],
    ['Time', blockTime(block.timestamp)],
    ['Status', badge(certainty(block.number, heads))],
    ['Gas', `${grouped(block.gasUsed)} of ${grouped(block.gasLimit)}`],
    ['Base fee', gwei(block.baseFeePerGas)],
    ['Fees go to', wholeLink('account', block.miner)],
    ['State root', hash(block.stateRoot)],
    ['L1 origin', String(origin)],
    ['Batch', batchLink(batch)],
  ]);

const around = (number: bigint, { unsafe }: Heads): HTMLElement =>
  html(
    'p',
    { class: 'buttons' },
    number > 0n && link(`#/block/${number - 1n}`, 'Block before'),
    number < unsafe.number && link(`#/block/${number + 1n}`, 'Block after'),
  );
