import type { Disk, Log } from '../../system/ports.ts';
import type { CeremonyEvent } from '../api.ts';
import { isOrdinary } from '../supervise.ts';

/** Fields of an event beyond those that every event has. */
export type EventFields = Readonly<Record<string, unknown>>;

/** Who speaks, and of which ceremony. */
export interface EventSource {
  readonly ceremony: string;
  readonly node: string;
  /** File of the events, in the data folder. */
  readonly path: string;
}

/** What events are written with. */
export interface EventPorts {
  readonly disk: Disk;
  readonly log: Log;
  readonly nowMs: () => number;
}

/**
 * The story of one ceremony on one node: appended to `events.jsonl` before it takes effect, then told to who
 * listens.
 */
export class EventLog {
  readonly #source: EventSource;
  readonly #disk: Disk;
  readonly #log: Log;
  readonly #nowMs: () => number;
  /** Events of before a restart. */
  readonly #earlier: number;
  readonly #events: CeremonyEvent[] = [];
  readonly #listeners = new Set<(event: CeremonyEvent) => void>();

  constructor(source: EventSource, { disk, log, nowMs }: EventPorts) {
    this.#source = source;
    this.#disk = disk;
    this.#log = log;
    this.#nowMs = nowMs;
    this.#earlier = (disk.read(source.path) ?? []).filter((byte) => byte === 0x0a).length;
  }

  /**
   * Writes an event, lets it take effect, and tells it. @throws what `Disk.append` throws: then nothing has
   * happened
   */
  emit(attempt: number, type: string, fields: EventFields = {}, takeEffect?: () => void): void {
    const event = this.#make(attempt, type, fields);
    this.#disk.append(this.#source.path, asciiLine(event));
    takeEffect?.();
    this.#tell(event);
  }

  /** Tells how it ended, even where that cannot be written any more: the reason may be the disk itself. */
  last(attempt: number, type: string, fields: EventFields): void {
    const event = this.#make(attempt, type, fields);
    try {
      this.#disk.append(this.#source.path, asciiLine(event));
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#log.error('event not written', { type, reason: error.code, detail: error.message });
    }
    this.#tell(event);
  }

  #make(attempt: number, type: string, fields: EventFields): CeremonyEvent {
    return {
      v: 1,
      seq: String(this.#earlier + this.#events.length),
      t: String(this.#nowMs()),
      ceremony: this.#source.ceremony,
      attempt: String(attempt),
      node: this.#source.node,
      type,
      ...fields,
    };
  }

  #tell(event: CeremonyEvent): void {
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
