import type { LineView } from '../shared/messages.ts';
import { definitions, hash, html, newId } from './dom.ts';

const BYTES_A_ROW = 16;

/** A line of a file: its fields, and its bytes as people compare them. */
export function lineBox({ title, fields, bytes, isCut }: LineView, level: 'h4' | 'h5' = 'h4'): HTMLElement {
  const id = newId();
  return html(
    'div',
    { class: 'bytes', role: 'group', 'aria-labelledby': id },
    html(level, { id }, title),
    fields.length > 0 &&
      definitions(fields.map(([name, value]) => [name, /^0x/.test(value) ? hash(value) : value])),
    html(
      'pre',
      { tabindex: 0, 'aria-label': `Bytes of ${title}`, translate: 'no' },
      // Each row is a text node of its own: line breaks are ours, everything else is data.
      ...rowsOf(bytes).flatMap((row) => [html('span', {}, row), document.createTextNode('\n')]),
    ),
    isCut && html('p', { class: 'note' }, `The first ${bytes.length / 2} bytes are shown.`),
  );
}

function rowsOf(hex: string): readonly string[] {
  const rows: string[] = [];
  for (let at = 0; at < hex.length; at += 2 * BYTES_A_ROW) {
    const row = hex.slice(at, at + 2 * BYTES_A_ROW);
    const pairs = row.match(/../g) ?? [];
    rows.push(`${(at / 2).toString(16).padStart(4, '0')}  ${pairs.join(' ')}`);
  }
  return rows;
}
