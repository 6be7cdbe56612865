import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  type LogEntry,
  type LogEvent,
  type LogOwner,
  encodeLogEntry,
  entryHash,
  logIdOf,
} from '../../src/chain/log/entry.ts';
import { type TreeHead, countersignHead, signHead } from '../../src/chain/log/head.ts';
import { type HeadRecord, HeadsReader, writeHeads } from '../../src/chain/log/heads-file.ts';
import { LogReader, LogWriter } from '../../src/chain/log/log-file.ts';
import { MerkleFrontier, leafHash } from '../../src/chain/log/merkle.ts';
import { partyIndex } from '../../src/crypto/brand.ts';
import type { Identity } from '../../src/node/identity.ts';

interface ReadLog {
  readonly of: LogOwner;
  readonly entries: readonly LogEntry[];
}

const linesIn = (path: string): readonly string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

/** The log of an export. */
export function logIn(folder: string): ReadLog {
  const reader = new LogReader('log.jsonl');
  const entries = linesIn(join(folder, 'log.jsonl')).flatMap((line) => reader.read(line)?.entry ?? []);
  const { owner, cluster, instance } = reader.finish();
  return { of: { owner, cluster, instance }, entries };
}

/** A member whose keys others have too, or who does as they say; its export is in the folder. */
export interface Colluder {
  readonly folder: string;
  readonly index: number;
  readonly identity: Identity;
}

/**
 * What the owner of a log can do with the help of some of the others: entries come behind it that were never
 * made by a node. All of the form holds: chain, root, a signed head over it, and countersignatures.
 */
export function goOn(one: Colluder, others: readonly Colluder[], events: readonly LogEvent[]): void {
  const { of, entries } = logIn(one.folder);
  const [writer, frontier] = [new LogWriter(of), new MerkleFrontier()];
  const lines = [writer.header()];
  let last: LogEntry | undefined;
  const write = (entry: LogEntry): void => {
    frontier.append(leafHash(encodeLogEntry(entry)));
    lines.push(writer.entry(entry));
    last = entry;
  };
  entries.forEach(write);
  for (const event of events) {
    if (last === undefined) throw new RangeError('an empty log');
    const { seq, atMs } = last;
    write({ ...last, seq: seq + 1, atMs: atMs + 1, prev: entryHash(encodeLogEntry(last)), event });
  }
  if (last === undefined) throw new RangeError('an empty log');
  writeFileSync(join(one.folder, 'log.jsonl'), `${[...lines, writer.trailer()].join('\n')}\n`);
  const chain = entryHash(encodeLogEntry(last));
  const size = frontier.size;
  addHead(one, others, {
    of,
    // Later than every head that was signed after the last true entry.
    head: { logId: logIdOf(of), size, root: frontier.root(), chain, atMs: last.atMs + 60_000 },
  });
}

function addHead(
  { folder, identity }: Colluder,
  others: readonly Colluder[],
  { of, head }: { readonly of: LogOwner; readonly head: TreeHead },
): void {
  const path = join(folder, 'heads.jsonl');
  const reader = new HeadsReader('heads.jsonl');
  const records = linesIn(path).flatMap((line) => reader.read(line)?.record ?? []);
  const added: HeadRecord = {
    ...{ owner: of.owner, instance: of.instance },
    signed: { head, signature: identity.lend((seed) => signHead(seed, head)) },
    countersignatures: others.map((other) => ({
      ...other.identity.lend((seed) => countersignHead(seed, head, partyIndex(other.index))),
      identityPk: other.identity.publicKey,
    })),
  };
  // Own heads come first, ascending; those of others behind them.
  const isOwn = ({ signed }: HeadRecord): boolean => String(signed.head.logId) === String(head.logId);
  const all = [...records.filter(isOwn), added, ...records.filter((one) => !isOwn(one))];
  writeFileSync(path, `${[...writeHeads(reader.finish(), all)].join('\n')}\n`);
}
