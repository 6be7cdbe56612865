import { plain } from '../../src/audit/plain.ts';

/** What may stand inside an element: text is only ever text. */
export type Child = Node | string | undefined | false;
/** Attributes by name; `undefined` and `false` leave one out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element of HTML. */
export function html<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of a drawing. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    // A handler or a style from text would be the one way in which data could act.
    if (/^(on|style$|srcdoc$)/i.test(name)) throw new RangeError(`${name} is not set from text`);
    element.setAttribute(name, value === true ? '' : plain(String(value)));
  }
  for (const child of children) {
    if (child === undefined || child === false) continue;
    element.append(typeof child === 'string' ? plain(child) : child);
  }
  return element;
}

/** A button with a word on it. */
export function button(label: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = html('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', act);
  return made;
}

/** A byte string that can be selected with one click. */
export const hash = (text: string): HTMLElement => html('code', { class: 'hash', translate: 'no' }, text);

/** The beginning of a hash, for drawings. */
export const short = (text: string, digits = 6): string => text.replace(/^0x/, '').slice(0, digits);

/** Names and their values. */
export const definitions = (rows: readonly (readonly [name: string, value: Child])[]): HTMLElement =>
  html(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]),
  );

/** A region that scrolls sideways and can be reached by keyboard. */
export const scroller = (label: string, ...children: readonly Child[]): HTMLElement =>
  html('div', { class: 'scroller', role: 'region', 'aria-label': label, tabindex: 0 }, ...children);

let lastId = 0;
/** An id that no other element of the page has. */
export const newId = (): string => `id-${++lastId}`;

/** A section under a heading. */
export function section(
  title: string,
  level: 'h2' | 'h3' | 'h4',
  ...children: readonly Child[]
): HTMLElement {
  const id = newId();
  return html('section', { 'aria-labelledby': id }, html(level, { id }, title), ...children);
}
