import { InputError } from '../../crypto/errors.ts';
import { MAX_ENTRY_BYTES } from '../../chain/log/entry.ts';
import type { Disk } from '../../system/ports.ts';
import { AppendLog, type AppendLogOptions, readLog } from '../append-log.ts';

/** Entries of one file: a page is read without the rest, and memory holds one file at a time. */
export const SEGMENT_ENTRIES = 1_024;

/** What stops the start of a node whose log is not whole. */
export const logDamaged = (path: string, what: string, cause?: unknown): InputError =>
  new InputError(
    'log-damaged',
    path,
    `${what}; put your own newest copy in its place, or run "conclave audit begin-anew", which keeps this ` +
      'log in the attic and begins another',
    { cause },
  );

/** Which file holds the entries of a segment, from 0. */
export const segmentOf = (folder: string, segment: number): AppendLogOptions => ({
  path: `${folder}/${String(segment + 1).padStart(6, '0')}.log`,
  kind: 'signature-log',
  maxBodyBytes: MAX_ENTRY_BYTES,
});

/** The bytes of all entries, in files of `SEGMENT_ENTRIES`: `entries/000001.log`, `000002.log`, … */
export class EntryStore {
  readonly #disk: Disk;
  readonly #folder: string;
  #segment: number;
  #log: AppendLog;

  private constructor(disk: Disk, folder: string, { segment, log }: { segment: number; log: AppendLog }) {
    this.#disk = disk;
    this.#folder = folder;
    this.#segment = segment;
    this.#log = log;
  }

  /**
   * Opens or starts the files, and shows every entry once, in order. An incomplete last one is cut off.
   * @throws InputError log-damaged, naming the file and the offset; what `Disk` and `visit` throw
   */
  static open(disk: Disk, folder: string, visit: (body: Uint8Array) => void): EntryStore {
    const files = disk
      .list(folder)
      .flatMap((name) => (/^\d{6}\.log$/.test(name) ? [parseInt(name, 10)] : []));
    const last = Math.max(1, ...files);
    for (let segment = 0; ; segment++) {
      const place = segmentOf(folder, segment);
      const { log, bodies } = openSegment(disk, place);
      for (const body of bodies) visit(body);
      if (segment + 1 >= last) return new EntryStore(disk, folder, { segment, log });
      if (log.count !== SEGMENT_ENTRIES)
        throw logDamaged(
          place.path,
          `${place.path} has ${log.count} entries, and there are files up to ${last}`,
        );
    }
  }

  /** How many entries there are. */
  get count(): number {
    return this.#segment * SEGMENT_ENTRIES + this.#log.count;
  }

  /** Appends the bytes of one entry; durable when this returns. @throws what `Disk` throws */
  append(body: Uint8Array): void {
    if (this.#log.count >= SEGMENT_ENTRIES) {
      const { log } = openSegment(this.#disk, segmentOf(this.#folder, this.#segment + 1));
      this.#log = log;
      this.#segment += 1;
    }
    this.#log.append(body);
  }

  /**
   * The bytes of the entries from `from` to before `to`, as far as there are; one file in memory at a time.
   */
  *read(from: number, to: number): Generator<Uint8Array, void> {
    const end = Math.min(to, this.count);
    for (let at = from; at < end;) {
      const segment = Math.floor(at / SEGMENT_ENTRIES);
      const start = segment * SEGMENT_ENTRIES;
      const { bodies, damage } = readLog(this.#disk, segmentOf(this.#folder, segment));
      const wanted = bodies.slice(at - start, Math.min(end - start, SEGMENT_ENTRIES));
      if (damage !== undefined || wanted.length === 0)
        throw logDamaged(segmentOf(this.#folder, segment).path, 'the log has changed under the node', damage);
      yield* wanted;
      at += wanted.length;
    }
  }
}

function openSegment(
  disk: Disk,
  place: AppendLogOptions,
): { readonly log: AppendLog; readonly bodies: readonly Uint8Array[] } {
  try {
    return AppendLog.open(disk, place);
  } catch (error) {
    if (!(error instanceof InputError) || error.code !== 'safety-state-damaged') throw error;
    throw logDamaged(place.path, error.message, error);
  }
}
