import type { Disk } from '../../system/ports.ts';
import type { CeremonyEvent } from '../api.ts';

/** Fields of an event beyond those that every event has. */
export type EventFields = Readonly<Record<string, unknown>>;

/** Who speaks, and of which ceremony. */
export interface EventSource {
  readonly ceremony: string;
  readonly node: string;
  /** File of the events, in the data folder. */
  readonly path: string;
}

/** The story of one ceremony on one node: appended to `events.jsonl` before it takes effect, then told to who listens. */
export class EventLog {
  readonly #source: EventSource;
  readonly #disk: Disk;
  readonly #nowMs: () => number;
  readonly #events: CeremonyEvent[] = [];
  readonly #listeners = new Set<(event: CeremonyEvent) => void>();

  constructor(source: EventSource, disk: Disk, nowMs: () => number) {
    this.#source = source;
    this.#disk = disk;
    this.#nowMs = nowMs;
  }

  /** Writes an event and tells it. */
  emit(attempt: number, type: string, fields: EventFields = {}): void {
    const event: CeremonyEvent = {
      v: 1,
      seq: String(this.#events.length),
      t: String(this.#nowMs()),
      ceremony: this.#source.ceremony,
      attempt: String(attempt),
      node: this.#source.node,
      type,
      ...fields,
    };
    this.#disk.append(this.#source.path, asciiLine(event));
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** Tells everything so far, then what comes. The returned function ends it. */
  listen(listener: (event: CeremonyEvent) => void): () => void {
    for (const event of this.#events) listener(event);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}

/** One line of JSON in ASCII: what is not is escaped. */
function asciiLine(event: CeremonyEvent): Uint8Array {
  const text = JSON.stringify(event).replaceAll(
    /[^ -~]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Uint8Array.from(`${text}\n`, (c) => c.charCodeAt(0));
}
