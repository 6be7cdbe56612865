import type { Client } from '../client.ts';
import type { ReceiptView, SessionView } from '../shared/messages.ts';
import { lineBox } from './bytes.ts';
import { messageDiagram, spoken } from './diagram.ts';
import { button, definitions, hash, html, section } from './dom.ts';
import { hashTree } from './tree.ts';

/** What a session is called. */
const titles: Readonly<Record<string, string>> = {
  keygen: 'Key generation',
  presign: 'Preparation of the nonce',
  sign: 'Online signing',
  reshare: 'Change of epoch',
};

/** A transcript, drawn when it is opened. */
export function sessionBox(path: string, client: Client, receipts: readonly ReceiptView[]): HTMLElement {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const content = html('div', { class: 'session' });
  const details = html('details', { class: 'transcript' }, html('summary', {}, name), content);
  let isAsked = false;
  details.addEventListener('toggle', () => {
    if (!details.open || isAsked) return;
    isAsked = true;
    content.replaceChildren(html('p', { class: 'note', role: 'status' }, 'Reading …'));
    void client.ask({ ask: 'session', path }).then((answer) => {
      if (answer.kind !== 'session') return content.replaceChildren(problem(words(answer)));
      const { session, problem: why } = answer.answer;
      content.replaceChildren(
        ...(session === undefined
          ? [problem(`It cannot be drawn: ${why}`)]
          : drawn(session, client, receipts)),
      );
    });
  });
  return details;
}

const problem = (text: string): HTMLElement => html('p', { class: 'problem', role: 'alert' }, text);
const words = (answer: { readonly kind: string; readonly message?: string }): string =>
  answer.message ?? `an answer of the kind ${answer.kind} was not asked for`;

function drawn(
  session: SessionView,
  client: Client,
  receipts: readonly ReceiptView[],
): readonly HTMLElement[] {
  const bytes = html('div', { class: 'chosen', 'aria-live': 'polite' });
  const onLine = (line: number): void => {
    void client.ask({ ask: 'line', path: session.path, line }).then((answer) => {
      bytes.replaceChildren(answer.kind === 'line' ? lineBox(answer.line) : problem(words(answer)));
      bytes.scrollIntoView({ block: 'nearest' });
    });
  };
  return [
    html('h4', {}, titles[session.proto] ?? session.proto),
    definitions([
      ['outcome', session.outcome],
      ['signers', `${session.threshold} sign, ${session.parties.length} take part`],
      ['session', session.sid === '' ? 'none: it ended before it had a name' : hash(session.sid)],
      ['root', session.root === '' ? 'none' : hash(session.root)],
    ]),
    html(
      'div',
      { class: 'drawings' },
      section('Who sent what to whom', 'h4', legend(), messageDiagram(session, onLine)),
      section('Chain of lines', 'h4', chain(session, onLine)),
      section('Hash tree', 'h4', hashTree(session, receipts, onLine)),
    ),
    bytes,
  ];
}

const legend = (): HTMLElement =>
  html(
    'p',
    { class: 'note' },
    'A full line is a broadcast to all. A dashed line is an encrypted direct message, of which files hold ' +
      'the name only. A cross ends the session, a square closes it. Choose a message to see its bytes.',
  );

/** Each line of the file, with the link that it adds; the last link names the whole file. */
const chain = (session: SessionView, onLine: (line: number) => void): HTMLElement =>
  html(
    'ol',
    { class: 'chain' },
    linkOf(1, 'What the session is', '', onLine),
    ...session.messages.map((message) => linkOf(message.line, spoken({ message }), message.chain, onLine)),
    linkOf(session.messages.length + 2, 'End of the file', session.head, onLine),
  );

const linkOf = (line: number, what: string, link: string, onLine: (line: number) => void): HTMLElement =>
  html(
    'li',
    {},
    button(`Line ${line}`, () => onLine(line), { 'aria-label': `Line ${line}, ${what}: show its bytes` }),
    html('span', { class: 'what' }, what),
    link !== '' && hash(link),
  );
