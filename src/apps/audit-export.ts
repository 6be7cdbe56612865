import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { isAudited, kindOf } from '../audit/kinds.ts';
import { splitPath } from '../audit/source.ts';
import type { LogEntry, RecordRef } from '../chain/log/entry.ts';
import { type HeadRecord, writeHeads } from '../chain/log/heads-file.ts';
import { LogWriter } from '../chain/log/log-file.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { primitives } from '../crypto/primitives.ts';
import { HeadBook } from '../node/log/head-book.ts';
import { logFolderOf } from '../node/log/node-log.ts';
import { SignatureLog } from '../node/log/signature-log.ts';
import { clusterOf } from '../protocols/ceremony/cluster.ts';
import { systemClock } from '../system/clock.ts';
import type { Disk } from '../system/ports.ts';
import { silent } from './guard-folder.ts';
import { newestLock } from './newest-lock.ts';
import { createUserFile } from './user-file.ts';

/** What is exported, and where from. */
export interface ExportOptions {
  /** The data folder; it is read, never written, so that a node may run in it. */
  readonly disk: Pick<Disk, 'read' | 'list'>;
  /** Identity key of the node, 32 bytes. */
  readonly owner: Uint8Array;
  /** Folders in the data folder. */
  readonly ceremonies: string;
  readonly logFolder: string;
  /** A folder that is not there yet. */
  readonly out: string;
}

/** What an export holds. */
export interface Exported {
  readonly entries: number;
  readonly heads: number;
  readonly files: number;
  /** Entries behind the newest head: nobody has signed them yet. */
  readonly pending: number;
  /** What is not as the log says, or was left out. */
  readonly notes: readonly string[];
}

/** A data folder that nothing can be written to. */
const readOnly = ({ read, list }: Pick<Disk, 'read' | 'list'>): Disk => {
  const nothing = (): void => undefined;
  const refuse = (path: string): never => {
    throw new OperationError('disk-failed', 'fatal', `${path}: an export writes nothing to the data folder`);
  };
  return {
    ...{ read, list, append: nothing, truncate: nothing },
    ...{ replace: refuse, create: refuse, move: refuse, remove: refuse, shred: refuse, freeBytes: () => 0 },
  };
};

/**
 * Copies what is public of a node into a folder that can be audited alone: the log up to its newest signed
 * head, heads, and the records that its entries name. No secret is opened.
 * @throws OperationError would-overwrite | disk-failed; InputError nothing-to-audit, log-damaged
 */
export function exportLog(options: ExportOptions): Exported {
  const { owner, logFolder, out, ceremonies } = options;
  const disk = readOnly(options.disk);
  const cluster = clusterOf(newestLock(disk, ceremonies).definition.definition);
  const folder = logFolderOf(logFolder, cluster);
  const log = SignatureLog.open({ folder, owner, cluster }, { disk, clock: systemClock, log: silent });
  const [own, peers] = ['heads', 'peers'].map(
    (name) => HeadBook.open(disk, { path: `${folder}/${name}.log`, keep: 1_024 }, silent).records,
  );
  const heads = (own ?? []).filter(({ signed }) => log.contains(signed.head));
  const size = Math.max(0, ...heads.map(({ signed }) => signed.head.size));
  if (size === 0)
    throw new InputError('nothing-to-audit', folder, `${folder}: no head of this log was signed yet`);
  makeFolder(out);
  const exporter = new Exporter(options, disk);
  const writer = new LogWriter(log.of);
  writeLines(join(out, 'log.jsonl'), linesOf(writer, exporter.following(log.entries(0, size))));
  const kept: readonly HeadRecord[] = [...heads, ...(peers ?? [])];
  writeLines(join(out, 'heads.jsonl'), writeHeads(log.of, kept));
  const notes = [...exporter.notes, ...exporter.leftOut()];
  return { entries: size, heads: kept.length, files: exporter.count, pending: log.size - size, notes };
}

function* linesOf(writer: LogWriter, entries: Iterable<LogEntry>): Generator<string, void> {
  yield writer.header();
  for (const entry of entries) yield writer.entry(entry);
  yield writer.trailer();
}

/** @throws OperationError would-overwrite */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    if (isTaken) throw new OperationError('would-overwrite', 'fatal', `${path} exists; nothing was written`);
    throw new OperationError('disk-failed', 'fatal', `${path} cannot be made`, { cause });
  }
}

/** Writes a file line by line, so that a long log is never in memory. */
function writeLines(path: string, lines: Iterable<string>): void {
  const fd = openSync(path, 'wx', 0o644);
  try {
    for (const line of lines) writeSync(fd, `${line}\n`);
  } finally {
    closeSync(fd);
  }
}

/** Copies the files that entries name, each once. */
class Exporter {
  readonly #options: ExportOptions;
  readonly #disk: Disk;
  readonly #copied = new Set<string>();
  readonly notes: string[] = [];

  constructor(options: ExportOptions, disk: Disk) {
    this.#options = options;
    this.#disk = disk;
  }

  /** How many files were copied. */
  get count(): number {
    return this.#copied.size;
  }

  /** The same entries; what each names is copied on the way. */
  *following(entries: Iterable<LogEntry>): Generator<LogEntry, void> {
    for (const entry of entries) {
      const record = recordOf(entry);
      if (record !== undefined && record.path !== '') this.#copyRecord(record);
      yield entry;
    }
  }

  /** Ceremonies that no entry names: they are older than the log, or newer than its newest head. */
  leftOut(): readonly string[] {
    const { ceremonies } = this.#options;
    return this.#disk.list(ceremonies).flatMap((name) => {
      const folder = `${ceremonies}/${name}`;
      const isHere = [...this.#copied].some((path) => path.startsWith(`${folder}/`));
      const isOne = kindOf(this.#disk.list(folder)) !== undefined;
      return isHere || !isOne ? [] : [`${folder} is named by no signed entry, and was left out`];
    });
  }

  /** A record, with what lies beside it: a session is audited with its preparation and its lock. */
  #copyRecord({ path, hash }: RecordRef): void {
    const [folder, name] = splitPath(path);
    const isPublic = isAudited(name) && path.split('/').every((part) => /^[\w-][\w.-]*$/.test(part));
    const bytes = isPublic ? this.#disk.read(path) : undefined;
    if (bytes === undefined) {
      this.notes.push(`${path} is named by the log, and is not here`);
      return;
    }
    if (!equalBytes(primitives().sha256(bytes), hash))
      this.notes.push(`${path} is another file than the one that the log names`);
    this.#copy(path, bytes);
    const isSession = ['sign.jsonl', 'transcript.jsonl'].includes(name);
    if (isSession) this.#copyFolder(folder, name === 'transcript.jsonl');
  }

  #copyFolder(folder: string, isCeremony: boolean): void {
    for (const name of this.#disk.list(folder)) {
      const path = `${folder}/${name}`;
      if (isCeremony && name === 'evidence') this.#copyFolder(path, false);
      const bytes = isAudited(name) ? this.#disk.read(path) : undefined;
      if (bytes !== undefined) this.#copy(path, bytes);
    }
  }

  #copy(path: string, bytes: Uint8Array): void {
    if (this.#copied.has(path)) return;
    this.#copied.add(path);
    const target = join(this.#options.out, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    createUserFile(target, bytes);
  }
}

function recordOf({ event }: LogEntry): RecordRef | undefined {
  switch (event.kind) {
    case 'ceremony':
    case 'presign':
    case 'sign':
      return event.record;
    case 'verdict':
      return event.evidence;
    default:
      return undefined;
  }
}
