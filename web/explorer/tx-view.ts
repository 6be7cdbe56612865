import { type Child, definitions, hash, html, section } from '../view/dom.ts';
import type { Receipt, TxLog, TxStatus } from './answers.ts';
import type { Shown } from './load.ts';
import { badge, link, wholeLink } from './parts.ts';
import { type Step, steps } from './timeline.ts';
import { cut, grouped, gwei, metis } from './words.ts';

const LISTED_LOGS = 100;

/** A transaction: how far it is, what it is, what came of it. */
export function txView({ tx, receipt, status }: Extract<Shown, { page: 'tx' }>): Node {
  return html(
    'div',
    { class: 'result' },
    section(
      'Transaction',
      'h2',
      definitions([
        ['Hash', hash(tx.hash)],
        ['Stage', badge(status?.status ?? 'pending')],
        [
          'Block',
          tx.blockNumber === null ? 'none yet' : link(`#/block/${tx.blockNumber}`, String(tx.blockNumber)),
        ],
        ['From', wholeLink('account', tx.from)],
        ['To', tx.to === null ? 'a new contract' : wholeLink('account', tx.to)],
        ['Value', metis(tx.value)],
        ['Nonce', String(tx.nonce)],
        ['Type', String(tx.type)],
        ['Gas limit', grouped(tx.gas)],
        ['Gas price', gwei(tx.gasPrice)],
        ['Input', hash(cut(tx.input))],
      ]),
    ),
    status === null ? undefined : section('How far it has come', 'h3', timeline(status)),
    receipt === null
      ? html('p', { class: 'note' }, 'There is no receipt: it waits for a block.')
      : receiptView(receipt),
  );
}

const timeline = (status: TxStatus): HTMLElement =>
  html('ol', { class: 'timeline' }, ...steps(status).map(stepView));

const stepView = ({ name, isReached, at, since, reference }: Step): HTMLElement =>
  html(
    'li',
    { class: isReached ? 'step reached' : 'step', 'data-stage': name, 'data-reached': String(isReached) },
    html('strong', {}, name),
    html('span', { class: 'at' }, at),
    since === '' ? undefined : html('span', { class: 'since' }, since),
    reference === null ? undefined : html('span', {}, `${referenceName[name]} `, hash(reference)),
  );

/** What each stage refers to. [docs/rpc.md] */
const referenceName: Readonly<Record<Step['name'], string>> = {
  soft: 'block',
  batched: 'batch',
  signed: 'L1 transaction',
  safe: 'L1 block',
  finalized: 'L1 block',
};

function receiptView(receipt: Receipt): HTMLElement {
  const { status, gasUsed, effectiveGasPrice, contractAddress, logs } = receipt;
  const leftOut = logs.length - LISTED_LOGS;
  const created: readonly (readonly [string, Child])[] =
    contractAddress === null ? [] : [['New contract', wholeLink('account', contractAddress)]];
  return section(
    'Receipt',
    'h3',
    definitions([
      ['Outcome', badge(status === 1n ? 'succeeded' : 'failed')],
      ['Gas used', grouped(gasUsed)],
      ['Price paid', `${gwei(effectiveGasPrice)} for each gas`],
      ['Fee', metis(gasUsed * effectiveGasPrice)],
      ...created,
    ]),
    section(`Logs: ${logs.length}`, 'h4', ...logs.slice(0, LISTED_LOGS).map(logView)),
    leftOut > 0 && html('p', { class: 'note' }, `${grouped(leftOut)} more are not listed.`),
  );
}

const logView = ({ address, topics, data, logIndex }: TxLog): HTMLElement =>
  html(
    'div',
    { class: 'log' },
    definitions([
      [`Log ${logIndex}`, wholeLink('account', address)],
      ...topics.map((topic, i): readonly [string, Child] => [`Topic ${i}`, hash(topic)]),
      ['Data', hash(cut(data))],
    ]),
  );
