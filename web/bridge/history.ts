import type { L2Node } from '../explorer/node.ts';
import { type LogFilter, type PlacedLog, getLogs } from './answers.ts';

/** Where the newest blocks are. */
export interface Tip {
  readonly head: bigint;
  readonly finalized: bigint;
}

/** How logs are read. */
export interface HistoryRules {
  /** The first block that can have one. */
  readonly first: bigint;
  /** Blocks that are asked for at once: nodes have limits. */
  readonly span: bigint;
}

/** Spans below the head that are read anew each time, where finality is further away than that. */
const FRESH_SPANS = 2n;

/** Logs of one chain, read from the newest block backwards, and kept while the page is open. */
export class History {
  readonly #node: L2Node;
  readonly #filter: LogFilter;
  readonly #rules: HistoryRules;
  /** Oldest first; of blocks that nobody takes back. */
  #settled: readonly PlacedLog[] = [];
  #recent: readonly PlacedLog[] = [];
  /** From where to where blocks are settled, both counted. */
  #from: bigint | undefined;
  #to = 0n;

  constructor(node: L2Node, filter: LogFilter, rules: HistoryRules) {
    [this.#node, this.#filter, this.#rules] = [node, filter, rules];
  }

  /** All that was found, newest first. */
  get logs(): readonly PlacedLog[] {
    return [...this.#settled, ...this.#recent].reverse();
  }

  /** The oldest block that was read. */
  get from(): bigint {
    return this.#from ?? this.#rules.first;
  }

  /** Whether there is nothing older. */
  get isWhole(): boolean {
    return this.#from !== undefined && this.#from <= this.#rules.first;
  }

  /** Reads what is new, and again what a reorganisation may have changed. */
  async look({ head, finalized }: Tip): Promise<void> {
    const oldest = head - FRESH_SPANS * this.#rules.span;
    const settled = most(most(finalized < head ? finalized : head, oldest), this.#rules.first - 1n);
    if (this.#from === undefined) [this.#from, this.#to] = [settled + 1n, settled];
    const found = await this.#read(this.#to + 1n, head);
    const to = most(settled, this.#to);
    this.#settled = [...this.#settled, ...found.filter(({ block }) => block <= to)];
    this.#recent = found.filter(({ block }) => block > to);
    this.#to = to;
  }

  /** Reads one span further back. */
  async older(): Promise<void> {
    if (this.#from === undefined || this.isWhole) return;
    const from = most(this.#from - this.#rules.span, this.#rules.first);
    const found = await this.#read(from, this.#from - 1n);
    this.#settled = [...found, ...this.#settled];
    this.#from = from;
  }

  async #read(from: bigint, to: bigint): Promise<readonly PlacedLog[]> {
    const found: PlacedLog[] = [];
    for (let at = from; at <= to; at += this.#rules.span) {
      const end = at + this.#rules.span - 1n;
      found.push(...(await this.#node.ask(getLogs(this.#filter, at, end < to ? end : to))));
    }
    return found;
  }
}

const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
