/** The element of the page with this id. */
export function at<E extends Element>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new RangeError(`the page has no ${id}`);
}

/** What the command that serves the page told it; empty where it told nothing. */
export const told = (name: 'conclave-rpc' | 'conclave-l1'): string =>
  document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? '';

/** What somebody can do whose node of L2 does not answer pages. */
export const listOrigin = (): string =>
  `Add ${location.origin} to rpc.origins in its l2.yaml and start it again.`;

/** What is drawn now; drawing again what has not changed would take focus and selection away. */
const drawn = new Map<Element, string>();

/** A text that two values have in common where they are alike. */
export const keyOf = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `${one}n` : one));

/** Draws into a place what is not there yet; focus stays on the link or button that has it. */
export function draw(place: HTMLElement, key: string, make: () => Node): void {
  if (drawn.get(place) === key) return;
  const nameOf = (one: Element | null): string | undefined =>
    one?.getAttribute('href') ?? one?.getAttribute('data-act') ?? undefined;
  const isInside = place.contains(document.activeElement);
  const focused = nameOf(document.activeElement);
  const { scrollLeft = 0 } = place.querySelector('.scroller') ?? {};
  place.replaceChildren(make());
  place.querySelector('.scroller')?.scrollTo({ left: scrollLeft });
  drawn.set(place, key);
  if (!isInside || focused === undefined) return;
  const again = [...place.querySelectorAll<HTMLElement>('a, button')].find((one) => nameOf(one) === focused);
  again?.focus({ preventScroll: true });
}
