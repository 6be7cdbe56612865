import type { ReceiptView, SessionView } from '../shared/messages.ts';
import type { OnLine } from './diagram.ts';
import { hash, html, newId, scroller, short, svg } from './dom.ts';

const BOX = 62;
const SPACE = 10;
const LEVEL = 52;

/** The hash tree over all broadcasts, with the way of one member's messages to the root. */
export function hashTree(
  session: SessionView,
  receipts: readonly ReceiptView[],
  onLine: OnLine,
): HTMLElement {
  const frame = html('div', { class: 'tree' });
  const root = session.tree.at(-1)?.[0] ?? '';
  const draw = (index: number): void =>
    frame.replaceChildren(scroller('Hash tree', drawing(session, marked(session, index), onLine)));
  draw(0);
  return html(
    'div',
    {},
    html(
      'p',
      {},
      'Each broadcast is a leaf; each node is the hash of the two below it. A receipt is the way from one ' +
        'member’s leaves to the root ',
      hash(root),
    ),
    chooser(session, receipts, draw),
    frame,
  );
}

function chooser(
  { parties }: SessionView,
  receipts: readonly ReceiptView[],
  choose: (index: number) => void,
): HTMLElement {
  const id = newId();
  const select = html(
    'select',
    { id },
    html('option', { value: 0 }, 'nobody'),
    ...parties.map(({ index, name, identity }) => {
      const receipt = receipts.find((one) => one.identity === identity);
      const word =
        receipt === undefined
          ? 'no receipt here'
          : receipt.problem === ''
            ? 'receipt holds'
            : 'receipt FAILS';
      return html('option', { value: index }, `party ${index} ${name}: ${word}`);
    }),
  );
  select.addEventListener('change', () => choose(Number(select.value)));
  return html('p', { class: 'chooser' }, html('label', { for: id }, 'Show the way of '), select);
}

/** Places of the nodes on the way from the leaves of a member to the root, by level. */
function marked({ tree, messages }: SessionView, index: number): readonly ReadonlySet<number>[] {
  const broadcasts = messages.filter(({ kind }) => kind === 'broadcast');
  const leaves = broadcasts.flatMap(({ from }, i) => (from === index ? [i] : []));
  return tree.map((_, height) => new Set(leaves.map((leaf) => leaf >> height)));
}

function drawing(
  { tree, messages }: SessionView,
  ways: readonly ReadonlySet<number>[],
  onLine: OnLine,
): SVGSVGElement {
  const broadcasts = messages.filter(({ kind }) => kind === 'broadcast');
  const width = Math.max(1, broadcasts.length) * (BOX + SPACE) + SPACE;
  const height = tree.length * LEVEL + 26;
  const spot = (level: number, i: number): { readonly x: number; readonly y: number } => {
    const span = 2 ** level;
    const last = Math.min((i + 1) * span, broadcasts.length) - 1;
    const middle = (i * span + last) / 2;
    return { x: SPACE + middle * (BOX + SPACE) + BOX / 2, y: 20 + (tree.length - 1 - level) * LEVEL };
  };
  const lines = tree.slice(0, -1).flatMap((nodes, level) =>
    nodes.map((_, i) => {
      const [from, to] = [spot(level, i), spot(level + 1, i >> 1)];
      const isWay = ways[level]?.has(i) === true;
      return svg('path', {
        d: `M${from.x} ${from.y}V${from.y - LEVEL / 2 + 4}H${to.x}V${to.y}`,
        class: isWay ? 'edge way' : 'edge',
      });
    }),
  );
  const nodes = tree.flatMap((level, height) =>
    level.map((node, i) => {
      const { x, y } = spot(height, i);
      const message = height === 0 ? broadcasts[i] : undefined;
      const isWay = ways[height]?.has(i) === true;
      const group = svg(
        'g',
        { class: `node${isWay ? ' way' : ''}${message === undefined ? '' : ' leaf'}` },
        svg(
          'title',
          {},
          message === undefined ? node : `Round ${message.round}, party ${message.from}: ${node}`,
        ),
        svg('rect', { x: x - BOX / 2, y: y - 13, width: BOX, height: 26, rx: 6 }),
        svg('text', { x, y: y + 4 }, short(node)),
        message !== undefined &&
          svg('text', { x, y: y + 28, class: 'leaf' }, `r${message.round} p${message.from}`),
      );
      if (message !== undefined) group.addEventListener('click', () => onLine(message.line));
      return group;
    }),
  );
  return svg(
    'svg',
    {
      class: 'hashtree',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': `A hash tree over ${broadcasts.length} broadcasts in ${tree.length} levels`,
    },
    // What lies on the way is drawn above what does not.
    ...lines.sort((a, b) => Number(a.classList.contains('way')) - Number(b.classList.contains('way'))),
    ...nodes,
  );
}
