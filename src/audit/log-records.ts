import type { NamedRecord, Row, SignRow } from './log-rows.ts';
import type { RecordFacts, RecordIndex, Shown } from './log-facts.ts';
import { type Result, unless } from './report.ts';
import { joinPath, splitPath } from './source.ts';

/** A row that may name a file. */
type NamingRow = Extract<Row, { readonly record: NamedRecord | undefined }>;

/** A row with the file that it names. */
export interface Named {
  readonly row: NamingRow;
  readonly path: string;
  /** `undefined` where there is no such file. */
  readonly facts: RecordFacts | undefined;
}

const isNaming = (row: Row): row is NamingRow => 'record' in row;

/** Rows that name a file, with it: `folder` is that of the log. */
export const namedBy = (rows: readonly Row[], folder: string, index: RecordIndex): readonly Named[] =>
  rows.filter(isNaming).flatMap((row) => {
    if (row.record === undefined) return [];
    const path = joinPath(folder, row.record.path);
    return [{ row, path, facts: index.at(path) }];
  });

/** Every file that an entry names is there, is that file, and holds by itself. */
export function recheckRecords(id: string, all: readonly Named[], unnamed: readonly SignRow[]): Result {
  const problems = all.flatMap(({ row, path, facts }) => {
    const said = facts === undefined ? 'is not here' : wrongWith(row, facts);
    return said === undefined ? [] : [`${row.where}: ${path} ${said}`];
  });
  for (const { where } of unnamed)
    problems.push(`${where}: names no file, so that what it signed is not known, and no other log shows it`);
  return unless(id, problems, `${all.length} files, each with its hash, each verified`);
}

const wrongWith = ({ record }: NamingRow, facts: RecordFacts): string | undefined => {
  if (facts.hash !== record?.hash) return 'is another file than the one that it names';
  return facts.ok ? undefined : 'fails its own audit';
};

/** What an entry and its file say alike. */
export function recheckFacts(id: string, all: readonly Named[]): Result {
  const problems = all.flatMap(({ row, path, facts }) => {
    if (facts === undefined) return [];
    const differing = differingIn(row, facts.shown);
    return differing.length === 0 ? [] : [`${row.where}: says another ${differing.join(', ')} than ${path}`];
  });
  return unless(id, problems, `${all.length} entries say what their files show`);
}

type Pair = readonly [what: string, said: unknown, shown: unknown];

function differingIn(row: NamingRow, shown: Shown): readonly string[] {
  if (shown.kind !== row.kind) return [`kind (${row.kind})`];
  return pairsOf(row, shown)
    .filter(([, said, found]) => String(said) !== String(found))
    .map(([what]) => what);
}

const NONE = '';
const ZERO = '0'.repeat(64);
/** How an entry writes what is not there. */
const orZero = (hex: string | undefined): string => hex ?? ZERO;

function pairsOf(row: NamingRow, shown: Shown): readonly Pair[] {
  if (row.kind === 'sign' && shown.kind === 'sign')
    return [
      ['session', row.sid, shown.signSid],
      ['request', row.requestId, shown.requestId],
      ['attempt', row.attempt, shown.attempt],
      ['quorum', row.quorum, shown.quorum],
      ['preparing session', row.presignSid, shown.presignSid],
      ['preparation', row.presigId, shown.presigId],
      ['digest', row.digest, shown.digest ?? row.digest],
      ['outcome', row.outcome, shown.outcome],
      ['signature', row.signature, shown.signature ?? NONE],
      ['root', row.root, orZero(shown.root)],
    ];
  if (row.kind === 'presign' && shown.kind === 'presign')
    return [
      ['session', row.sid, orZero(shown.sid)],
      ['quorum', row.quorum, shown.quorum],
      ['size', row.batch, shown.batch],
      // What was prepared can be thrown away by this member alone: the session was done all the same.
      ['outcome', row.outcome === 'discarded' ? 'done' : row.outcome, shown.outcome],
      ['root', row.root, orZero(shown.root)],
    ];
  if (row.kind === 'ceremony' && shown.kind === 'ceremony')
    return [
      ['ceremony', row.ceremony, shown.ceremony ?? row.ceremony],
      ['kind', row.what, shown.what],
      ['session', row.sid, orZero(shown.sid)],
      ['outcome', row.outcome, shown.outcome],
    ];
  if (row.kind === 'verdict' && shown.kind === 'verdict')
    return [
      ['culprit', row.culprit, shown.culprit],
      ['code', row.code, shown.code],
    ];
  return [];
}

/**
 * Sessions and evidence under the folder of a log that no entry names: the log leaves them out. Evidence in
 * the folder of a ceremony belongs to its entry.
 */
export function recheckComplete(
  id: string,
  all: readonly Named[],
  { folder, index }: { readonly folder: string; readonly index: RecordIndex },
): Result {
  const known = new Set(all.map(({ path }) => path));
  const ceremonies = all.flatMap(({ row, path }) => (row.kind === 'ceremony' ? [splitPath(path)[0]] : []));
  const problems: string[] = [];
  let count = 0;
  for (const [path, { shown }] of index.all()) {
    if (!isUnder(path, folder)) continue;
    count += 1;
    const belongs = shown.kind === 'verdict' && ceremonies.some((one) => path.startsWith(`${one}/`));
    if (!known.has(path) && !belongs) problems.push(`${path}: no entry of the log names it`);
  }
  return unless(id, problems, `each of ${count} files has its entry`);
}

/** Whether a file lies in a folder, or below it. */
export const isUnder = (path: string, folder: string): boolean =>
  folder === '.' || splitPath(path)[0] === folder || path.startsWith(`${folder}/`);

/** Entries that speak of the same file: one session has one entry. */
export function recheckOnce(id: string, all: readonly Named[]): Result {
  const seen = new Map<string, Named>();
  const problems = all.flatMap((one) => {
    const before = seen.get(one.path);
    seen.set(one.path, one);
    return before === undefined ? [] : [`${one.row.where}: names the file of ${before.row.where} again`];
  });
  return unless(id, problems, 'no file is named twice');
}
