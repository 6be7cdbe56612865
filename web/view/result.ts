import type { Report } from '../../src/audit/report.ts';
import type { Client } from '../client.ts';
import type { Audited } from '../shared/messages.ts';
import { checkList, factList, summaryOf, verdictMark, verdictOf } from './checks.ts';
import { type Child, button, html, section } from './dom.ts';
import { keyList } from './epochs.ts';
import { entryList } from './entries.ts';
import { evidenceBox } from './evidence.ts';
import { sessionBox } from './session.ts';

/** Most subjects that are listed at once. */
const PAGE = 100;

/** What subjects are called. */
const kinds: Readonly<Record<string, string>> = {
  ceremony: 'Ceremony',
  epochs: 'Epochs of a key',
  signature: 'Signature',
  history: 'All signatures together',
  l1: 'L1',
  evidence: 'Evidence',
  receipt: 'Part of a member',
  presign: 'Preparation',
  log: 'Signature log',
  logs: 'All logs together',
  reconciled: 'Everything on L1',
  files: 'Not looked at',
};

/** What was found: the verdict first, then every subject with its checks, and what it consists of. */
export function resultView(audited: Audited, isCompared: boolean, client: Client): HTMLElement {
  const detail = html('div', { class: 'detail-pane', tabindex: -1 });
  const show = (report: Report): void => detail.replaceChildren(reportView(report, audited, client));
  const first = audited.reports.find(({ ok }) => !ok) ?? audited.reports[0];
  if (first !== undefined) show(first);
  return html(
    'div',
    { class: 'result' },
    banner(audited, isCompared),
    convictions(audited.reports),
    exclusionList(audited.exclusions),
    html(
      'div',
      { class: 'panes' },
      subjectList(audited.reports, first, (report) => {
        show(report);
        detail.scrollIntoView({ block: 'nearest' });
      }),
      detail,
    ),
  );
}

const banner = ({ ok, reports, durationMs }: Audited, isCompared: boolean): HTMLElement =>
  html(
    'div',
    {
      class: `banner ${ok ? 'pass' : 'fail'}`,
      id: 'verdict',
      tabindex: -1,
      'data-ok': String(ok),
      'data-ms': durationMs,
    },
    html('h2', {}, verdictMark(ok ? 'pass' : 'fail', ok ? 'Verified' : 'Not verified')),
    html('p', {}, summaryOf(reports)),
    !isCompared &&
      html(
        'p',
        {},
        'Nothing was expected from outside, so the files were compared with themselves only: type what you ' +
          'know under “What do you expect?”, and audit again.',
      ),
    html('p', { class: 'note' }, `Checked in this browser in ${Math.max(1, Math.round(durationMs))} ms.`),
  );

/** Who is guilty by evidence that holds: nodes leave these out of later quorums. */
function convictions(reports: readonly Report[]): HTMLElement | undefined {
  const proven = reports.filter(({ subject, ok }) => subject.kind === 'evidence' && ok);
  if (proven.length === 0) return undefined;
  return section(
    'Excluded by proof',
    'h3',
    html(
      'p',
      {},
      'Evidence that holds convicts its accused. Nodes leave a convicted member out of later quorums ' +
        'until an operator admits it again.',
    ),
    html('ul', {}, ...proven.flatMap(({ checks }) => checks.map(({ detail }) => html('li', {}, detail)))),
  );
}

/** Whom the logs say that nodes leave out. */
const exclusionList = (exclusions: Audited['exclusions']): Child =>
  exclusions.length > 0 &&
  section(
    'Excluded, as the logs say',
    'h3',
    html(
      'ul',
      {},
      ...exclusions.map(({ member, code, at, log, isReadmitted }) =>
        html(
          'li',
          {},
          `Party ${member}, ${code}, at ${at} UTC, by ${log}${isReadmitted ? '; admitted again since' : ''}`,
        ),
      ),
    ),
  );

function subjectList(
  reports: readonly Report[],
  chosen: Report | undefined,
  choose: (report: Report) => void,
): HTMLElement {
  const list = html('ul', { class: 'subjects' });
  const ordered = [...reports].sort((a, b) => Number(a.ok) - Number(b.ok));
  let shown = 0;
  const more = button('Show more', () => add(), { class: 'more' });
  const add = (): void => {
    const next = ordered.slice(shown, shown + PAGE);
    shown += next.length;
    list.append(...next.map((report) => subjectItem(report, report === chosen, { list, choose })));
    more.hidden = shown >= ordered.length;
    more.textContent = `Show more (${ordered.length - shown} left)`;
  };
  add();
  return html('nav', { 'aria-label': 'What was audited' }, html('h3', {}, 'What was audited'), list, more);
}

function subjectItem(
  report: Report,
  isChosen: boolean,
  { list, choose }: { readonly list: HTMLElement; readonly choose: (report: Report) => void },
): HTMLElement {
  const { subject } = report;
  const verdict = verdictOf(report);
  const item = html(
    'button',
    { type: 'button', 'aria-current': isChosen ? 'true' : undefined },
    verdictMark(verdict),
    html(
      'span',
      { class: 'subject' },
      html('b', {}, kinds[subject.kind] ?? subject.kind),
      ' ',
      pathOf(subject.path),
    ),
  );
  item.addEventListener('click', () => {
    for (const other of list.querySelectorAll('[aria-current]')) other.removeAttribute('aria-current');
    item.setAttribute('aria-current', 'true');
    choose(report);
  });
  return html('li', {}, item);
}

const pathOf = (path: string): string => (path === '.' ? '' : path);

function reportView(report: Report, audited: Audited, client: Client): HTMLElement {
  const { subject } = report;
  const title = `${kinds[subject.kind] ?? subject.kind} ${pathOf(subject.path)}`.trim();
  return section(
    title,
    'h3',
    html('p', { class: 'overall' }, verdictMark(verdictOf(report))),
    ...extrasOf(report, audited, client),
    section('Checks', 'h4', checkList(report)),
    factsOf(report),
    ...sessionsOf(report, audited, client),
  );
}

const factsOf = (report: Report): Child => {
  const facts = factList(report);
  return facts && section('What the files state', 'h4', facts);
};

function extrasOf({ subject }: Report, audited: Audited, client: Client): readonly Child[] {
  if (subject.kind === 'evidence') return [section('Judgement', 'h4', evidenceBox(subject.path, client))];
  if (subject.kind === 'log') return [section('Entries', 'h4', entryList(subject.path, client))];
  const isAboutKey = subject.kind === 'ceremony' || subject.kind === 'epochs';
  return isAboutKey && audited.keys.length > 0 ? [section('Epochs', 'h4', keyList(audited.keys))] : [];
}

function sessionsOf({ subject }: Report, audited: Audited, client: Client): readonly Child[] {
  if (subject.kind === 'presign' && audited.transcripts.includes(subject.path))
    return [section('Session', 'h4', sessionBox(subject.path, client, []))];
  if (subject.kind !== 'ceremony' && subject.kind !== 'signature') return [];
  const inFolder = (path: string): boolean => {
    const cut = path.lastIndexOf('/');
    return (cut < 0 ? '.' : path.slice(0, cut)) === subject.path;
  };
  const paths = audited.transcripts.filter(inFolder);
  const receipts = audited.receipts.filter(({ path }) => inFolder(path));
  if (paths.length === 0) return [];
  const boxes = paths.map((path) => sessionBox(path, client, receipts));
  return [section('Sessions', 'h4', ...boxes), receiptsOf(receipts)];
}

const receiptsOf = (receipts: Audited['receipts']): Child =>
  receipts.length > 0 &&
  section(
    'Receipts',
    'h4',
    html(
      'ul',
      { class: 'receipts' },
      ...receipts.map(({ path, index, positions, problem }) =>
        html(
          'li',
          {},
          verdictMark(problem === '' ? 'pass' : 'fail'),
          html(
            'span',
            {},
            html('b', {}, path.slice(path.lastIndexOf('/') + 1)),
            problem === ''
              ? ` party ${index} proves that its ${positions.length} messages are in the result`
              : ` ${problem}`,
          ),
        ),
      ),
    ),
  );
