import { equalBytes, toHex } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { type LogOwner, chainStart, encodeLogEntry, entryHash, logIdOf } from '../chain/log/entry.ts';
import { type HeadLine, HeadsReader } from '../chain/log/heads-file.ts';
import { LogReader } from '../chain/log/log-file.ts';
import { MerkleFrontier, emptyRoot } from '../chain/log/merkle.ts';
import { type Row, rowOf } from './log-rows.ts';
import { type AuditSource, linesOf } from './source.ts';

/** The heads of one file, and why no more of them could be read. */
export interface HeadsRead {
  readonly path: string;
  /** Who keeps the file; `undefined` where its first line cannot be read. */
  readonly keeper: LogOwner | undefined;
  readonly heads: readonly HeadLine[];
  readonly problem: string | undefined;
}

/** What a log is at some size: root and chain, 32 bytes each. */
export interface Mark {
  readonly root: Uint8Array;
  readonly chain: Uint8Array;
}

/** A log, as far as it could be read. */
export interface LogRead {
  readonly path: string;
  readonly owner: LogOwner | undefined;
  readonly rows: readonly Row[];
  /** What the log was at the sizes that were asked for. */
  readonly marks: ReadonlyMap<number, Mark>;
  readonly problem: string | undefined;
}

/** What a decoder refused, as a line of a report; everything else goes on. */
function refusal(error: unknown): string {
  if (!(error instanceof InputError)) throw error;
  return error.code === 'file-unreadable' ? error.message : `${error.message} [${error.code}]`;
}

/** Reads `heads.jsonl`. */
export async function readHeads(source: AuditSource, path: string): Promise<HeadsRead> {
  const reader = new HeadsReader(path);
  const heads: HeadLine[] = [];
  try {
    for await (const text of linesOf(source, path)) {
      const head = reader.read(text);
      if (head !== undefined) heads.push(head);
    }
    reader.finish();
    return { path, keeper: reader.keeper, heads, problem: undefined };
  } catch (error) {
    return { path, keeper: reader.keeper, heads, problem: refusal(error) };
  }
}

/**
 * Reads `log.jsonl`. At the sizes of heads the tree is looked at, so that a head of any size is compared with
 * what the owner shows now: no proofs are needed by who has all entries.
 */
export async function readLog(
  source: AuditSource,
  path: string,
  sizesOf: (owner: LogOwner) => ReadonlySet<number>,
): Promise<LogRead> {
  const rows: Row[] = [];
  const marks = new Map<number, Mark>();
  const reader = new LogReader(path);
  const frontier = new MerkleFrontier();
  let sizes: ReadonlySet<number> = new Set();
  try {
    for await (const text of linesOf(source, path)) {
      const line = reader.read(text);
      if (reader.owner !== undefined && frontier.size === 0) {
        sizes = sizesOf(reader.owner);
        marks.set(0, { root: emptyRoot(), chain: chainStart(logIdOf(reader.owner)) });
      }
      if (line === undefined) continue;
      rows.push(rowOf(line));
      frontier.append(line.leaf);
      if (!sizes.has(frontier.size)) continue;
      marks.set(frontier.size, { root: frontier.root(), chain: entryHash(encodeLogEntry(line.entry)) });
    }
    const { root, chain, count } = reader.finish();
    marks.set(count, { root, chain });
    return { path, owner: reader.owner, rows, marks, problem: undefined };
  } catch (error) {
    return { path, owner: reader.owner, rows, marks, problem: refusal(error) };
  }
}

/** Heads by the name of their log, from all files of a tree. */
export function headsByLog(files: readonly HeadsRead[]): ReadonlyMap<string, readonly KeptHead[]> {
  const byLog = new Map<string, KeptHead[]>();
  for (const { heads, keeper, path } of files) {
    if (keeper === undefined) continue;
    for (const head of heads) {
      const { owner, signed } = head.record;
      const isOwn = equalBytes(keeper.owner, owner);
      const name = toHex(signed.head.logId);
      const kept = byLog.get(name) ?? [];
      kept.push({ ...head, path, isOwn, ofCluster: keeper.cluster });
      byLog.set(name, kept);
    }
  }
  return byLog;
}

/** A head, and who keeps it. */
export interface KeptHead extends HeadLine {
  /** Path of the file. */
  readonly path: string;
  /** Whether the owner of the log keeps it itself. */
  readonly isOwn: boolean;
  /** The cluster of the log, 32 bytes: that of who keeps the head. */
  readonly ofCluster: Uint8Array;
}

/** The name of a log as hex. */
export const logNameOf = (owner: LogOwner): string => toHex(logIdOf(owner));
