import type { Client } from '../client.ts';
import type { EntryView } from '../shared/messages.ts';
import { button, html } from './dom.ts';

/** The entries of a signature log, a page at a time. */
export function entryList(path: string, client: Client): HTMLElement {
  const list = html('ol', { class: 'chain entries' });
  const more = button('Show more', () => void add(), { class: 'more' });
  let shown = 0;
  const add = async (): Promise<void> => {
    const answer = await client.ask({ ask: 'entries', path, from: shown });
    if (answer.kind !== 'entries') return;
    shown += answer.entries.length;
    list.append(...answer.entries.map(entryItem));
    more.hidden = shown >= answer.total;
    more.textContent = `Show more (${answer.total - shown} left)`;
  };
  void add();
  return html('div', {}, list, more);
}

const entryItem = ({ seq, at, epochNo, kind, words, record }: EntryView): HTMLElement =>
  html(
    'li',
    {},
    html('b', {}, `${seq} ${kind}`),
    html(
      'span',
      {},
      words,
      html('span', { class: 'note' }, ` ${at} UTC, epoch ${epochNo}${record === '' ? '' : `, ${record}`}`),
    ),
  );
