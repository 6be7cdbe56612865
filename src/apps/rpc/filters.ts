import { to0x } from '../../crypto/bytes.ts';
import type { Clock, FreshRandom } from '../../system/ports.ts';
import type { HeadChange, HeadFeed } from './head-feed.ts';
import type { RpcLimits } from './limits.ts';
import { type LogQuery, isWanted } from './log-params.ts';
import type { PendingFeed } from './pending-feed.ts';
import { limitExceeded, serverError } from './rpc-error.ts';
import { logsOfChange } from './told-logs.ts';

/** What a filter collects. */
export type FilterKind =
  | { readonly kind: 'logs'; readonly query: LogQuery }
  | { readonly kind: 'blocks' }
  | { readonly kind: 'transactions' };

interface Filter {
  readonly what: FilterKind;
  readonly stop: () => void;
  items: unknown[];
  polledMs: number;
}

/** What filters need. */
export interface FilterDeps {
  readonly heads: HeadFeed;
  readonly pending: PendingFeed;
  readonly clock: Clock;
  readonly rng: FreshRandom;
  readonly limits: Pick<RpcLimits, 'filters' | 'filterMs' | 'filterItems'>;
}

const ID_BYTES = 16;

/** A name that nobody else can guess. */
export const newId = (rng: FreshRandom): string => to0x(rng(ID_BYTES));

/** Filters that are polled. One that nobody polls is forgotten; so is one that holds too much. */
export class Filters {
  readonly #deps: FilterDeps;
  readonly #filters = new Map<string, Filter>();

  constructor(deps: FilterDeps) {
    this.#deps = deps;
  }

  /** A new filter; its name. @throws RpcError limit */
  add(what: FilterKind): string {
    this.#forgetIdle();
    if (this.#filters.size >= this.#deps.limits.filters) throw limitExceeded('too many filters');
    const id = newId(this.#deps.rng);
    const stop = this.#listen(what, (items) => this.#collect(id, items));
    this.#filters.set(id, { what, stop, items: [], polledMs: this.#deps.clock.monotonicMs() });
    return id;
  }

  /** What came since the last call. @throws RpcError server, filter not found */
  take(id: string): readonly unknown[] {
    const filter = this.#polled(id);
    if (filter === undefined) throw serverError('filter not found');
    const { items } = filter;
    filter.items = [];
    return items;
  }

  /** What a filter for logs asks for; `undefined` for another, or where there is none. */
  queryOf(id: string): LogQuery | undefined {
    const what = this.#polled(id)?.what;
    return what?.kind === 'logs' ? what.query : undefined;
  }

  /** Whether there was such a filter. */
  remove(id: string): boolean {
    this.#filters.get(id)?.stop();
    return this.#filters.delete(id);
  }

  /** Forgets all. */
  close(): void {
    for (const id of [...this.#filters.keys()]) this.remove(id);
  }

  #polled(id: string): Filter | undefined {
    this.#forgetIdle();
    const filter = this.#filters.get(id);
    if (filter !== undefined) filter.polledMs = this.#deps.clock.monotonicMs();
    return filter;
  }

  /** Each listens for itself, so that what all of them cost is no single piece of work. */
  #listen(what: FilterKind, collect: (items: Iterable<unknown>) => void): () => void {
    const { heads, pending } = this.#deps;
    return what.kind === 'transactions'
      ? pending.listen((hash) => collect([hash]))
      : heads.listen((change) => collect(itemsOf(what, change)));
  }

  #collect(id: string, items: Iterable<unknown>): void {
    const filter = this.#filters.get(id);
    if (filter === undefined) return;
    if (this.#isIdle(filter)) return void this.remove(id);
    for (const item of items) {
      filter.items.push(item);
      if (filter.items.length > this.#deps.limits.filterItems) return void this.remove(id);
    }
  }

  #forgetIdle(): void {
    for (const [id, filter] of this.#filters) if (this.#isIdle(filter)) this.remove(id);
  }

  #isIdle({ polledMs }: Filter): boolean {
    return polledMs < this.#deps.clock.monotonicMs() - this.#deps.limits.filterMs;
  }
}

function* itemsOf(
  what: Exclude<FilterKind, { kind: 'transactions' }>,
  change: HeadChange,
): Iterable<unknown> {
  if (what.kind === 'blocks') for (const { block } of change.added) yield to0x(block.hash);
  else for (const { log, printed } of logsOfChange(change)) if (isWanted(log, what.query)) yield printed();
}
