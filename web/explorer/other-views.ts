import { definitions, hash, html, section } from '../view/dom.ts';
import { daName, verdictOf } from './block-view.ts';
import type { Shown } from './load.ts';
import { badge, link, wholeLink } from './parts.ts';
import { grouped, metis } from './words.ts';

/** A batch on L1. */
export function batchView({ batch, transactions }: Extract<Shown, { page: 'batch' }>): Node {
  const { index, firstBlock, lastBlock, payloadSize, ignored } = batch;
  const first = link(`#/block/${firstBlock}`, String(firstBlock));
  const last = link(`#/block/${lastBlock}`, String(lastBlock));
  return section(
    `Batch ${index}`,
    'h2',
    definitions([
      ['Verdict', badge(verdictOf(batch))],
      ...(ignored === null ? [] : [['Why it is ignored', ignored] as const]),
      ['Blocks', html('span', {}, first, ' to ', last)],
      ['Transactions', transactions === undefined ? 'too many blocks to count' : grouped(transactions)],
      ['Data', daName(batch.da)],
      ['Bytes', grouped(payloadSize)],
      ['Bytes per transaction', bytesEach(payloadSize, transactions)],
      ['L1 transaction', hash(batch.l1TransactionHash)],
      ['L1 block', html('span', {}, `${batch.l1Block.number} `, hash(batch.l1Block.hash))],
      ['Sender on L1', hash(batch.sender)],
      ['Root of its blocks', hash(batch.blocksRoot)],
      ['Hash of its bytes', hash(batch.payloadHash)],
      ...batch.blobHashes.map((one, i) => [`Blob ${i}`, hash(one)] as const),
    ]),
    html(
      'p',
      { class: 'buttons' },
      index > 0n && link(`#/batch/${index - 1n}`, 'Batch before'),
      link(`#/batch/${index + 1n}`, 'Batch after'),
    ),
  );
}

/** To one decimal place. */
function bytesEach(size: bigint, transactions: bigint | undefined): string {
  if (transactions === undefined || transactions === 0n) return 'none to share them';
  const tenths = (size * 10n) / transactions;
  return `${grouped(tenths / 10n)}.${tenths % 10n}`;
}

/** What an account has. */
export function accountView(shown: Extract<Shown, { page: 'account' }>): Node {
  const { address, balance, nonce, codeBytes, name, symbol } = shown;
  return section(
    codeBytes === 0 ? 'Account' : 'Contract',
    'h2',
    definitions([
      ['Address', wholeLink('account', address)],
      ['Balance', metis(balance)],
      ['Nonce', grouped(nonce)],
      ['Code', codeBytes === 0 ? 'none' : `${grouped(codeBytes)} bytes`],
      ...(name === undefined ? [] : [['Calls itself', name] as const]),
      ...(symbol === undefined ? [] : [['Its symbol', symbol] as const]),
    ]),
  );
}
