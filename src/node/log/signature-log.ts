import {
  type LogEntry,
  type LogEvent,
  type LogOwner,
  chainStart,
  decodeLogEntry,
  encodeLogEntry,
  entryHash,
  logIdOf,
} from '../../chain/log/entry.ts';
import type { TreeHead } from '../../chain/log/head.ts';
import { MerkleTree, leafHash } from '../../chain/log/merkle.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import type { Clock, Disk, Log } from '../../system/ports.ts';
import { isOrdinary } from '../supervise.ts';
import { EntryStore, logDamaged } from './entry-store.ts';

/** To which key and epoch an event belongs. */
export interface LogSubject {
  /** 32 bytes; zeros where there is no key yet. */
  readonly keyId: Uint8Array;
  readonly epochNo: number;
}

/** Before there is a key. */
export const noSubject: LogSubject = { keyId: new Uint8Array(32), epochNo: 0 };

/** Which log. */
export interface SignatureLogOptions {
  /** Folder of its files in the data folder. */
  readonly folder: string;
  /** Identity key of this node and hash of its cluster, 32 bytes each. */
  readonly owner: Uint8Array;
  readonly cluster: Uint8Array;
  /** Of a new log that takes the place of another, 16 bytes; its first entry says so. */
  readonly instance?: Uint8Array;
}

/** What the log works with. */
export interface SignatureLogDeps {
  readonly disk: Disk;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}

/** Events that wait for a disk that takes nothing, at most; older ones are given up, and an error says so. */
export const MAX_WAITING = 256;

interface Waiting {
  readonly event: LogEvent;
  readonly subject: LogSubject;
}

/**
 * Everything that this node took part in, in order, each entry bound to all before it. It is no safety state:
 * what must be durable before a share leaves stands in the sign guard, and the log follows it. In memory it
 * has 64 bytes an entry, the tree; the entries stay on disk.
 */
export class SignatureLog {
  readonly #deps: SignatureLogDeps;
  readonly #store: EntryStore;
  readonly #of: LogOwner;
  readonly #tree: MerkleTree;
  #chain: Uint8Array;
  #beganAtMs: number;
  #newestAtMs: number;
  #waiting: Waiting[] = [];

  private constructor(deps: SignatureLogDeps, { store, of, tree, chain, beganAtMs, newestAtMs }: Opened) {
    this.#deps = deps;
    this.#store = store;
    this.#of = of;
    this.#tree = tree;
    this.#chain = chain;
    this.#beganAtMs = beganAtMs;
    this.#newestAtMs = newestAtMs;
  }

  /**
   * Opens or starts the log; every entry is decoded, every link is computed again, and `visit` sees each.
   * @throws InputError log-damaged, with the command that helps
   */
  static open(
    options: SignatureLogOptions,
    deps: SignatureLogDeps,
    visit: (entry: LogEntry) => void = () => undefined,
  ): SignatureLog {
    const { folder, owner, cluster, instance = new Uint8Array(0) } = options;
    let of: LogOwner = { owner, cluster, instance };
    let chain = chainStart(logIdOf(of));
    const tree = new MerkleTree();
    let [beganAtMs, newestAtMs] = [0, 0];
    const store = EntryStore.open(deps.disk, `${folder}/entries`, (body) => {
      const path = `${folder} entry ${tree.size}`;
      const entry = readEntry(body, path);
      if (entry.event.kind === 'succeeds') {
        of = { ...of, instance: entry.event.instance };
        chain = chainStart(logIdOf(of));
      }
      if (entry.seq !== tree.size || !equalBytes(entry.prev, chain))
        throw logDamaged(path, `${path} does not follow from those before it`);
      if (tree.size === 0) beganAtMs = entry.atMs;
      newestAtMs = entry.atMs;
      tree.append(leafHash(body));
      chain = entryHash(body);
      visit(entry);
    });
    return new SignatureLog(deps, { store, of, tree, chain, beganAtMs, newestAtMs });
  }

  /** Whose log it is, and which of its logs. */
  get of(): LogOwner {
    return this.#of;
  }

  /** How many entries there are. */
  get size(): number {
    return this.#tree.size;
  }

  /** When its first entry was written, in milliseconds; 0 while there is none. */
  get beganAtMs(): number {
    return this.#beganAtMs;
  }

  /** When its last entry was written, in milliseconds; 0 while there is none. */
  get newestAtMs(): number {
    return this.#newestAtMs;
  }

  /** Events that the disk has not taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The head of the log as it is; its time is for the caller to choose. */
  headAt(atMs: number): TreeHead {
    return {
      ...{ logId: logIdOf(this.#of), size: this.size, root: this.#tree.root() },
      ...{ chain: this.#chain.slice(), atMs },
    };
  }

  /** Whether a head is of this log, and its entries are the first ones here. */
  contains({ logId, size, root }: TreeHead): boolean {
    return (
      equalBytes(logId, logIdOf(this.#of)) && size <= this.size && equalBytes(root, this.#tree.root(size))
    );
  }

  /** As `consistencyProof`. @throws Bug where there are fewer entries */
  proofBetween(first: number, second: number): readonly Uint8Array[] {
    return this.#tree.consistencyProof(first, second);
  }

  /** Shows that an entry stands in the tree of the first `size` entries. @throws Bug when it does not */
  inclusionProof(seq: number, size: number): readonly Uint8Array[] {
    return this.#tree.inclusionProof(seq, size);
  }

  /** The entries from `from` to before `to`, as far as there are. @throws InputError log-damaged */
  *entries(from = 0, to: number = this.size): Generator<LogEntry, void> {
    for (const body of this.#store.read(from, to)) yield readEntry(body, 'entry');
  }

  /**
   * Appends an entry about an event; durable when this returns true. What the disk does not take waits, in
   * order, for the next call or `flush`.
   */
  append(event: LogEvent, subject: LogSubject): boolean {
    this.#waiting.push({ event, subject });
    const [oldest] = this.#waiting;
    if (this.#waiting.length > MAX_WAITING && oldest !== undefined) {
      this.#waiting.shift();
      this.#deps.log.error('log entry given up', { kind: oldest.event.kind });
    }
    return this.flush();
  }

  /** Writes what waits. Returns whether nothing waits any more. */
  flush(): boolean {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      try {
        this.#write(next);
      } catch (error) {
        if (!isOrdinary(error)) throw error;
        const { code: reason, message: detail } = error;
        this.#deps.log.error('log entry not written', { reason, detail, waiting: this.#waiting.length });
        return false;
      }
      this.#waiting.shift();
    }
    return true;
  }

  #write({ event, subject: { keyId, epochNo } }: Waiting): void {
    const atMs = this.#deps.clock.nowMs();
    const entry = { version: 1, seq: this.size, prev: this.#chain, atMs, keyId, epochNo, event } as const;
    const body = encodeLogEntry(entry);
    this.#store.append(body);
    if (this.size === 0) this.#beganAtMs = atMs;
    this.#newestAtMs = atMs;
    this.#tree.append(leafHash(body));
    this.#chain = entryHash(body);
  }
}

interface Opened {
  readonly store: EntryStore;
  readonly of: LogOwner;
  readonly tree: MerkleTree;
  readonly chain: Uint8Array;
  readonly beganAtMs: number;
  readonly newestAtMs: number;
}

function readEntry(body: Uint8Array, path: string): LogEntry {
  try {
    return decodeLogEntry(body, 'entry');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw logDamaged(path, `${path} does not decode`, error);
  }
}
