import { type Child, html, scroller } from '../view/dom.ts';
import type { Heads } from './answers.ts';
import { shortHash } from './words.ts';

/** A link within the page. */
export const link = (to: `#/${string}`, label: string): HTMLElement =>
  html('a', { href: to, class: 'link', translate: 'no' }, label);

/** A hash or an address that leads somewhere, both ends of it. */
export const hashLink = (page: 'block' | 'tx' | 'account', value: string): HTMLElement =>
  html(
    'a',
    { href: `#/${page}/${value}`, class: 'link hash', 'aria-label': value, translate: 'no' },
    shortHash(value),
  );

/** The same, whole. */
export const wholeLink = (page: 'block' | 'tx' | 'account', value: string): HTMLElement =>
  html('a', { href: `#/${page}/${value}`, class: 'link hash', translate: 'no' }, value);

/** A table that scrolls sideways by itself where a window is narrow. */
export const table = (
  label: string,
  names: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement =>
  scroller(
    label,
    html(
      'table',
      {},
      html('thead', {}, html('tr', {}, ...names.map((name) => html('th', { scope: 'col' }, name)))),
      html('tbody', {}, ...rows.map((row) => html('tr', {}, ...row.map((cell) => html('td', {}, cell))))),
    ),
  );

/** How certain a block is. */
export const certainty = (number: bigint, { safe, finalized }: Heads): 'finalized' | 'safe' | 'soft' =>
  number <= finalized.number ? 'finalized' : number <= safe.number ? 'safe' : 'soft';

/** A word of status, told by more than its colour. */
export const badge = (word: string): HTMLElement => html('span', { class: `badge ${badgeKind(word)}` }, word);

const badgeKind = (word: string): string =>
  ['safe', 'finalized', 'valid', 'succeeded'].includes(word) ? 'sure' : word === 'failed' ? 'wrong' : 'open';
