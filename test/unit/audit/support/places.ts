import { auditCeremony } from '../../../../src/audit/audit-ceremony.ts';
import { auditPresignFile } from '../../../../src/audit/audit-presign-file.ts';
import { SharedWork } from '../../../../src/audit/audit-presign.ts';
import { auditSignature } from '../../../../src/audit/audit-signature.ts';
import { auditSplitView } from '../../../../src/audit/split-view-file.ts';
import { readTranscript } from '../../../../src/audit/transcript-file.ts';
import { splitPath } from '../../../../src/audit/source.ts';
import type { Walk } from '../../../../src/audit/walk.ts';
import {
  type LogEntry,
  decodeLogEntry,
  encodeLogEntry,
  logEntryCodec,
} from '../../../../src/chain/log/entry.ts';
import { chainStart, entryHash, logIdOf } from '../../../../src/chain/log/entry.ts';
import { headRecordCodec, writeHeads } from '../../../../src/chain/log/heads-file.ts';
import { writeSplitView } from '../../../../src/chain/log/split-view.ts';
import { ascii } from '../../../../src/crypto/bytes.ts';
import { type Leaf, attempt, decode, encode, leavesOf } from '../../../../src/crypto/codec.ts';
import { type Files, tools } from './folders.ts';
import { type World, filesOf, headAt, judged, logEntries, logFile, recordOf, walkOf } from './logs.ts';
import { fileOf, withFile } from './tamper.ts';

/** One file of an export, changed in one place. */
export interface Place {
  readonly what: string;
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What an export is judged by, file by file, so that thousands of places can be tried. */
export interface Judges {
  readonly files: Files;
  /** Whether the audit finds something wrong. */
  readonly isFound: (place: Place) => Promise<boolean>;
}

const EVIDENCE = 'data/evidence/0011223344556677-split-view.json';

/**
 * The export of member 2 with evidence beside it, and its judges. With `isQuick` a transcript that cannot be
 * read is not audited any further: every audit reads it by the same function, and fails.
 */
export async function judgesOf(world: World, isQuick = false): Promise<Judges> {
  const files = new Map([...filesOf(world, 2), [EVIDENCE, splitViewIn(world)]]);
  const walk = await walkOf(filesOf(world, 2));
  const shared = new SharedWork(walk.registry);
  return { files, isFound: (place) => isFound(place, { files, walk, shared, isQuick }) };
}

interface Desk {
  readonly files: Files;
  readonly walk: Walk;
  readonly shared: SharedWork;
  readonly isQuick: boolean;
}

async function isFound({ path, bytes }: Place, { files, walk, shared, isQuick }: Desk): Promise<boolean> {
  const [folder, name] = splitPath(path);
  if (folder === '.') return (await judged(walk, withFile(files, path, bytes))).some(({ ok }) => !ok);
  const isTranscript = isQuick && name.endsWith('.jsonl');
  if (isTranscript && attempt(() => readTranscript(bytes, name)) === undefined) return true;
  const inside = new Map(
    [...files]
      .filter(([one]) => splitPath(one)[0] === folder)
      .map(([one, whole]) => [splitPath(one)[1], one === path ? bytes : whole]),
  );
  const changed = { path: folder, files: inside };
  if (path === EVIDENCE) return !auditSplitView(changed, name, walk.registry.seats()).ok;
  if (folder.startsWith('data/presign'))
    return !auditPresignFile(changed, name, { shared, registry: walk.registry }).report.ok;
  if (folder.startsWith('ceremonies')) return !auditCeremony(changed, {}).ok;
  return !(await auditSignature(changed, shared, {}, tools)).report.ok;
}

function splitViewIn(world: World): Uint8Array {
  const [keeper] = world.keepers;
  if (keeper === undefined) throw new RangeError('keeper');
  const entries = logEntries(world, 1);
  const other = logEntries(world, 1, { told: (told) => told.toReversed() });
  const [a, b] = [headAt(keeper, entries, 2), headAt(keeper, other, 2)];
  return writeSplitView({ ...keeper.owner, a, b, proof: undefined });
}

/** One bit of every `step`-th byte of every kind of file; the others of its kind are made alike. */
export function* bytePlaces(files: Files, step: number): Generator<Place, void> {
  for (const path of oneOfEach(files)) {
    const bytes = fileOf(files, path);
    for (let at = step >> 1; at < bytes.length; at += step) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 7));
      yield { what: `bit ${at % 7} of byte ${at}`, path, bytes: changed };
    }
  }
}

/** The path of one file of each kind. */
export function oneOfEach(files: Files): readonly string[] {
  const byKind = new Map<string, string>();
  for (const path of files.keys()) {
    const kind = path.replace(/[0-9a-f]{16}[^/]*/, '').replace(/node-\d/, '');
    if (!byKind.has(kind)) byKind.set(kind, path);
  }
  return [...byKind.values()];
}

/** The bytes with one bit of each byte of a leaf turned, one byte at a time. */
function* turned(
  bytes: Uint8Array,
  { path, offset, length }: Leaf,
): Generator<readonly [string, Uint8Array], void> {
  for (let at = offset; at < offset + length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    yield [`${path} byte ${at - offset}`, changed];
  }
}

/** Every byte of every field of every entry, by the codec; the log is made anew behind it, heads stay. */
export function* entryPlaces(world: World, index: number): Generator<Place, void> {
  const { owner } = world.keepers[index - 1] ?? {};
  if (owner === undefined) throw new RangeError(`no member ${index}`);
  const entries = logEntries(world, index);
  for (const [i, entry] of entries.entries()) {
    const bytes = encodeLogEntry(entry);
    for (const leaf of leavesOf(logEntryCodec.schema, bytes))
      for (const [what, changed] of turned(bytes, leaf)) {
        const other = attempt(() => decodeLogEntry(changed, 'entry'));
        // What is no entry can be in no log: `bytePlaces` tries that.
        if (other === undefined) continue;
        let prev = i === 0 ? chainStart(logIdOf(owner)) : entry.prev;
        const anew = [other, ...entries.slice(i + 1)].map((one, k): LogEntry => {
          const next = { ...one, seq: i + k, prev };
          prev = entryHash(encodeLogEntry(next));
          return next;
        });
        const isSame = anew[0] !== undefined && String(encodeLogEntry(anew[0])) === String(bytes);
        if (isSame) continue;
        yield {
          what: `entry ${i}${what}`,
          path: 'log.jsonl',
          bytes: logFile(owner, [...entries.slice(0, i), ...anew]),
        };
      }
  }
}

/** Every byte of every field of every head, by the codec. */
export function* headPlaces(world: World, index: number): Generator<Place, void> {
  const keeper = world.keepers[index - 1];
  if (keeper === undefined) throw new RangeError(`no member ${index}`);
  const entries = logEntries(world, index);
  const others = world.keepers.filter((one) => one !== keeper);
  const whole = recordOf(keeper, headAt(keeper, entries, entries.length), others);
  const bytes = encode(headRecordCodec, whole);
  for (const leaf of leavesOf(headRecordCodec.schema, bytes))
    for (const [what, changed] of turned(bytes, leaf)) {
      const other = attempt(() => decode(headRecordCodec, changed, 'head'));
      if (other === undefined) continue;
      const lines = [...writeHeads(keeper.owner, [other])];
      yield { what: `head${what}`, path: 'heads.jsonl', bytes: ascii(`${lines.join('\n')}\n`) };
    }
}

/** Places of which the audit finds nothing wrong. */
export async function unfound(
  { isFound: found }: Judges,
  places: Iterable<Place>,
): Promise<readonly string[]> {
  const missed: string[] = [];
  for (const place of places) if (!(await found(place))) missed.push(`${place.path}: ${place.what}`);
  return missed;
}

/** Every `step`-th of them. */
export function* every(step: number, places: Iterable<Place>): Generator<Place, void> {
  let i = 0;
  for (const place of places) if (i++ % step === 0) yield place;
}

/** The files as they are, as places in which nothing was changed: none of them may be found. */
export const untouched = (files: Files): readonly Place[] =>
  [...files.keys()].map((path) => ({ what: 'as it is', path, bytes: fileOf(files, path) }));
