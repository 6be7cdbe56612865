import { type PrimitivesKind, type Size, sizeText } from './cases.ts';
import { type CeremonyKey, ceremonyKey } from './ceremony.ts';
import { type Presigned, presignBatch } from './committee.ts';
import type { Effort } from './measure.ts';
import { hasNative, usePrimitives } from './primitives.ts';
import type { LeftOut, Row } from './rows.ts';

/** What is to be measured, and how thoroughly. */
export interface Plan {
  readonly sizes: readonly Size[];
  /** Committees of which each member is a process. */
  readonly clusterSizes: readonly Size[];
  /** Committees of processes that change their epoch, and how often. */
  readonly changeSizes: readonly Size[];
  readonly changes: { readonly refresh: number; readonly reshare: number };
  readonly batches: readonly number[];
  readonly kinds: readonly PrimitivesKind[];
  readonly effort: Effort;
  /** A presign session on the pure primitives that would take longer is left out, milliseconds. */
  readonly pureLimitMs: number;
  /** Requests to a cluster: with presignatures ready, and without. */
  readonly requests: { readonly warm: number; readonly cold: number };
}

/** Size of the batches that are made for others than the presign bench. */
const STOCK_BATCH = 16;

/** What all benches of one run share: the plan, the keys, presignatures to use up, and the results. */
export class Context {
  readonly plan: Plan;
  readonly rows: Row[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly #keys = new Map<string, CeremonyKey>();
  readonly #stock = new Map<string, { readonly presigned: Presigned; next: number }>();
  readonly #say: (line: string) => void;

  constructor(plan: Plan, say: (line: string) => void) {
    this.plan = plan;
    this.#say = say;
  }

  /** Keeps a row, and tells who waits. */
  add(row: Row, shown: string): void {
    this.rows.push(row);
    this.say(`${row.bench} ${sizeText(row)} ${row.primitives}: ${shown}`);
  }

  /** Keeps what was not measured. */
  leave(what: LeftOut): void {
    this.leftOut.push(what);
    this.say(`${what.bench} ${sizeText(what)} ${what.primitives}: left out, ${what.why}`);
  }

  /** Progress, for people. */
  say(line: string): void {
    this.#say(line);
  }

  /** A key of this size with the files of its ceremony; the same one for all benches. */
  keyOf(size: Size): CeremonyKey {
    const known = this.#keys.get(sizeText(size));
    if (known !== undefined) return known;
    const key = fastest(() => ceremonyKey(size));
    this.#keys.set(sizeText(size), key);
    return key;
  }

  /** Keeps presignatures for the benches that follow. */
  keepPresigned(presigned: Presigned): void {
    this.#stock.set(sizeText(presigned.key.size), { presigned, next: 0 });
  }

  /** `count` presignatures of one session that nobody has used yet. */
  take(size: Size, count: number): { readonly presigned: Presigned; readonly places: readonly number[] } {
    const kept = this.#stock.get(sizeText(size));
    const left = kept === undefined ? 0 : madeBy(kept.presigned) - kept.next;
    if (kept === undefined || left < count) {
      const batch = Math.max(STOCK_BATCH, count);
      this.say(`${sizeText(size)}: making ${batch} presignatures to use up`);
      this.keepPresigned(fastest(() => presignBatch(this.keyOf(size), batch)));
      return this.take(size, count);
    }
    const places = Array.from({ length: count }, (_, i) => kept.next + i);
    kept.next += count;
    return { presigned: kept.presigned, places };
  }
}

/** How many presignatures a session has made. */
const madeBy = ({ results }: Presigned): number =>
  Math.min(...[...results.values()].map(({ presignatures }) => presignatures.length));

let current: PrimitivesKind = 'pure';

/** Measures on these primitives from here on. */
export function measureOn(kind: PrimitivesKind): void {
  if (kind !== current) usePrimitives(kind);
  current = kind;
}

/** Makes what is not measured as fast as the platform can. */
export function fastest<T>(run: () => T): T {
  const before = current;
  if (hasNative) measureOn('native');
  try {
    return run();
  } finally {
    measureOn(before);
  }
}
