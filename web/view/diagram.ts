import type { MessageView, PartyView, SessionView } from '../shared/messages.ts';
import { type Child, scroller, short, svg } from './dom.ts';

/** Sizes of the drawing, in its own units. */
const ROW = 26;
const HEAD = 54;
const LEFT = 92;
const GAP = 118;
/** Most rows that are drawn one by one; of more, direct messages are counted only. */
const MAX_ROWS = 400;

/** Called with the line of a message that somebody chose. */
export type OnLine = (line: number) => void;

interface Row {
  readonly message: MessageView;
  /** Of a direct message: to whom, and its name. */
  readonly direct?: { readonly to: number; readonly eid: string };
}

/** Who sent what to whom in which round: a lifeline for each party, a row for each message. */
export function messageDiagram(session: SessionView, onLine: OnLine): HTMLElement {
  const rows = rowsOf(session);
  const width = LEFT + GAP * session.parties.length;
  const height = HEAD + ROW * rows.length + 18;
  const xOf = (index: number): number => {
    const at = session.parties.findIndex((party) => party.index === index);
    return LEFT + GAP * (at + 0.5);
  };
  const drawn = rows.map((row, i) => rowOf({ row, y: HEAD + ROW * (i + 0.5), session, xOf }, onLine));
  const picture = svg(
    'svg',
    {
      class: 'diagram',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'group',
      'aria-label': `Messages of the ${session.proto} session, by round; arrow keys go from one to the next`,
    },
    ...session.parties.flatMap((party) => lifeline(party, xOf(party.index), height)),
    ...roundLines(rows, width),
    ...drawn,
  );
  rove(drawn);
  return scroller('Message diagram', picture);
}

function rowsOf({ messages }: SessionView): readonly Row[] {
  const directs = messages.reduce((sum, message) => sum + message.directs.length, 0);
  const isWhole = messages.length + directs <= MAX_ROWS;
  return messages.flatMap((message): readonly Row[] => [
    { message },
    ...(isWhole ? message.directs.map((direct) => ({ message, direct })) : []),
  ]);
}

const lifeline = ({ index, name }: PartyView, x: number, height: number): readonly SVGElement[] => [
  svg('text', { x, y: 18, class: 'party' }, `party ${index}`),
  svg('text', { x, y: 36, class: 'name' }, name.length > 16 ? `${name.slice(0, 15)}…` : name),
  svg('line', { x1: x, y1: HEAD - 8, x2: x, y2: height - 6, class: 'life' }),
];

/** A name at the left, and a line above, where a round begins. */
function roundLines(rows: readonly Row[], width: number): readonly SVGElement[] {
  return rows.flatMap(({ message }, i) => {
    const label = labelOf(message);
    if (i > 0 && labelOf(rows[i - 1]?.message ?? message) === label) return [];
    const y = HEAD + ROW * i;
    return [
      svg('line', { x1: 0, y1: y, x2: width, y2: y, class: 'round' }),
      svg('text', { x: 8, y: y + 17, class: 'round' }, label),
    ];
  });
}

const labelOf = ({ kind, round }: MessageView): string => (kind === 'broadcast' ? `round ${round}` : 'end');

interface Placed {
  readonly row: Row;
  readonly y: number;
  readonly session: SessionView;
  readonly xOf: (index: number) => number;
}

function rowOf({ row, y, session, xOf }: Placed, onLine: OnLine): SVGGElement {
  const { message, direct } = row;
  const x = xOf(message.from);
  const kind = direct === undefined ? message.kind : 'direct';
  const group = svg(
    'g',
    { class: `message ${kind}`, role: 'button', tabindex: -1, 'aria-label': spoken(row) },
    svg('title', {}, spoken(row)),
    svg('rect', { x: LEFT, y: y - ROW / 2 + 1, width: GAP * session.parties.length, height: ROW - 2, rx: 6 }),
    ...(direct === undefined ? marksOf(message, { x, y, session, xOf }) : directArrow(direct, { x, y, xOf })),
  );
  const choose = (): void => onLine(message.line);
  group.addEventListener('click', choose);
  group.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    choose();
  });
  return group;
}

type Spot = Pick<Placed, 'y' | 'xOf'> & { readonly x: number };

function marksOf(message: MessageView, spot: Spot & Pick<Placed, 'session'>): readonly Child[] {
  const { x, y, session, xOf } = spot;
  if (message.kind === 'abort')
    return [svg('path', { d: `M${x - 6} ${y - 6}l12 12M${x + 6} ${y - 6}l-12 12`, class: 'cross' })];
  if (message.kind !== 'broadcast')
    return [svg('rect', { x: x - 5, y: y - 5, width: 10, height: 10, class: 'box' })];
  const ends = session.parties.filter(({ index }) => index !== message.from).map(({ index }) => xOf(index));
  const [first, last] = [Math.min(x, ...ends), Math.max(x, ...ends)];
  return [
    svg('line', { x1: first, y1: y, x2: last, y2: y }),
    ...ends.map((end) => arrowHead(x, end, y)),
    svg('circle', { cx: x, cy: y, r: 5 }),
  ];
}

const directArrow = (direct: { readonly to: number; readonly eid: string }, spot: Spot): readonly Child[] => {
  const to = spot.xOf(direct.to);
  const middle = (spot.x + to) / 2;
  return [
    svg('line', { x1: spot.x, y1: spot.y, x2: to, y2: spot.y }),
    arrowHead(spot.x, to, spot.y),
    svg('circle', { cx: spot.x, cy: spot.y, r: 3 }),
    svg('text', { x: middle, y: spot.y - 3, class: 'eid' }, short(direct.eid)),
  ];
};

const arrowHead = (from: number, to: number, y: number): SVGElement =>
  svg('path', { d: `M${to} ${y}l${to > from ? -7 : 7} -4v8z`, class: 'head' });

/** The message in words: what a screen reader says, and what the pointer shows. */
export function spoken({ message, direct }: Row): string {
  const { kind, round, from, sizeBytes, says, directs } = message;
  if (direct !== undefined)
    return `Round ${round}: party ${from} to party ${direct.to}, encrypted, named ${direct.eid}`;
  if (kind === 'broadcast') {
    const also = directs.length === 0 ? '' : `, and names ${directs.length} direct messages`;
    return `Round ${round}: party ${from} to all, ${sizeBytes} bytes${also}`;
  }
  return `Party ${from} ${says === '' ? kind : says}`;
}

/** One tab stop for all: arrow keys move between them. */
function rove(items: readonly SVGGElement[]): void {
  items[0]?.setAttribute('tabindex', '0');
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  items.forEach((item, i) => {
    const focus = (at: number): void => {
      const next = items[Math.max(0, Math.min(items.length - 1, at))];
      if (next === undefined || next === item) return;
      item.setAttribute('tabindex', '-1');
      next.setAttribute('tabindex', '0');
      next.focus();
    };
    item.addEventListener('focus', () => {
      for (const other of items) other.setAttribute('tabindex', other === item ? '0' : '-1');
    });
    item.addEventListener('keydown', ({ key }) => {
      const step = steps[key];
      if (step !== undefined) focus(i + step);
      if (key === 'Home') focus(0);
      if (key === 'End') focus(items.length - 1);
    });
    item.addEventListener('keydown', (event) => {
      if (event.key in steps || event.key === 'Home' || event.key === 'End') event.preventDefault();
    });
  });
}
