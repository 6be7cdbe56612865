import { auditLogs } from '../../../../src/audit/audit-logs.ts';
import { fileHash } from '../../../../src/audit/log-facts.ts';
import type { Report } from '../../../../src/audit/report.ts';
import { foldersIn, sourceOf } from '../../../../src/audit/source.ts';
import { Walk, planOf } from '../../../../src/audit/walk.ts';
import { readTranscript } from '../../../../src/audit/transcript-file.ts';
import { digestOf, requestId } from '../../../../src/chain/duty.ts';
import {
  type LogEntry,
  type LogEvent,
  type LogOwner,
  type RecordRef,
  chainStart,
  encodeLogEntry,
  entryHash,
  logIdOf,
  noRecord,
} from '../../../../src/chain/log/entry.ts';
import { type SignedHead, countersignHead, signHead } from '../../../../src/chain/log/head.ts';
import { type HeadRecord, writeHeads } from '../../../../src/chain/log/heads-file.ts';
import { LogWriter } from '../../../../src/chain/log/log-file.ts';
import { leafHash, rootOf } from '../../../../src/chain/log/merkle.ts';
import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { ascii, toHex } from '../../../../src/crypto/bytes.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { signatureCodec } from '../../../../src/crypto/ecdsa.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { clusterOf } from '../../../../src/protocols/ceremony/cluster.ts';
import { definitionHash } from '../../../../src/protocols/ceremony/definition.ts';
import { at } from '../../../../src/protocols/kernel/protocol.ts';
import { members } from '../../../sim/cluster.ts';
import { type PresignRun, batchesOf, runPresign } from '../../../sim/signing.ts';
import {
  type Files,
  type MadeCeremony,
  batchRequest,
  makeCeremony,
  makeSignature,
  thirtyTwo,
  tools,
  transcriptOf,
  under,
} from './folders.ts';
import { fileOf } from './tamper.ts';

/** What an entry is made of, before it has a place in a log. */
export interface Told {
  readonly event: LogEvent;
  readonly atMs: number;
  readonly epochNo?: number;
}

/** A member of the test committee that keeps a log. */
export interface Keeper {
  readonly index: PartyIndex;
  readonly seed: Uint8Array;
  readonly owner: LogOwner;
}

const zero = new Uint8Array(32);

/** The members of a committee, each with the name of its log. */
export const keepersOf = (n: number, cluster: Uint8Array = thirtyTwo('cluster')): readonly Keeper[] =>
  members(n).map(({ index, seed }) => ({
    index,
    seed,
    owner: { owner: identityPublicKey(seed), cluster, instance: new Uint8Array(0) },
  }));

/** A log that holds together, of these events. */
export function entriesOf(owner: LogOwner, keyId: Uint8Array, told: readonly Told[]): readonly LogEntry[] {
  let prev = chainStart(logIdOf(owner));
  return told.map(({ event, atMs, epochNo = 0 }, seq) => {
    const entry: LogEntry = { version: 1, seq, prev, atMs, keyId, epochNo, event };
    prev = entryHash(encodeLogEntry(entry));
    return entry;
  });
}

/** `log.jsonl` of these entries. */
export function logFile(owner: LogOwner, entries: readonly LogEntry[]): Uint8Array {
  const writer = new LogWriter(owner);
  const lines = [writer.header(), ...entries.map((entry) => writer.entry(entry)), writer.trailer()];
  return ascii(`${lines.join('\n')}\n`);
}

/** The head of a log at a size, signed by its owner. */
export function headAt({ owner, seed }: Keeper, entries: readonly LogEntry[], size: number): SignedHead {
  const leaves = entries.slice(0, size).map((entry) => leafHash(encodeLogEntry(entry)));
  const last = entries[size - 1];
  const head = {
    logId: logIdOf(owner),
    size,
    root: rootOf(leaves),
    chain: last === undefined ? chainStart(logIdOf(owner)) : entryHash(encodeLogEntry(last)),
    atMs: (last?.atMs ?? 0) + 1,
  };
  return { head, signature: signHead(seed, head) };
}

/** A head with the countersignatures of these members. */
export const recordOf = (
  { owner }: Keeper,
  signed: SignedHead,
  witnesses: readonly Keeper[] = [],
): HeadRecord => ({
  owner: owner.owner,
  instance: owner.instance,
  signed,
  countersignatures: witnesses.map((witness) => ({
    ...countersignHead(witness.seed, signed.head, witness.index),
    identityPk: witness.owner.owner,
  })),
});

/** `heads.jsonl` of these heads. */
export const headsFile = (keeper: Keeper, records: readonly HeadRecord[]): Uint8Array =>
  ascii(`${[...writeHeads(keeper.owner, records)].join('\n')}\n`);

/** What a member exports: its records, and what its log tells of them. */
export interface Export {
  readonly keeper: Keeper;
  readonly records: Files;
  readonly told: readonly Told[];
}

/** A cluster that has signed, from which exports are made. */
export interface World {
  readonly ceremony: MadeCeremony;
  readonly keepers: readonly Keeper[];
  readonly exports: readonly Export[];
}

const refTo = (records: Files, path: string): RecordRef => {
  const bytes = records.get(path);
  return bytes === undefined ? noRecord : { path, hash: fromHexOf(fileHash(bytes)) };
};
const fromHexOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** Milliseconds between two entries: far apart, so that what is missing is not only late. */
export const STEP_MS = 300_000;

/**
 * A cluster of three, two of whom sign: a preparation by {1, 2} and one by {2, 3}, and signatures with both.
 * Everything is made by real sessions.
 */
export function makeWorld(signatures = 2): World {
  const ceremony = makeCeremony(3, 2);
  const keepers = keepersOf(3, clusterOf(ceremony.lock.definition.definition));
  const runs = [
    [1, 2],
    [2, 3],
  ].map((quorum, i) =>
    runPresign(
      ceremony.key,
      quorum.map((j) => partyIndex(j)),
      signatures,
      { label: `log ${i}` },
    ),
  );
  const exports = keepers.map((keeper) => exportOf(ceremony, keeper, runs, signatures));
  return { ceremony, keepers, exports };
}

function exportOf(
  ceremony: MadeCeremony,
  keeper: Keeper,
  runs: readonly PresignRun[],
  signatures: number,
): Export {
  const records = new Map<string, Uint8Array>(under('ceremonies/one', ceremony.files));
  const { definition } = ceremony.lock.definition;
  const told: Told[] = [];
  const tell = (event: LogEvent, step: number): void => void told.push({ event, atMs: STEP_MS * (step + 1) });
  tell(
    {
      ...{ kind: 'ceremony', ceremony: definitionHash(definition), what: 'keygen', sid: ceremony.lock.sid },
      ...{ outcome: 'done', reason: '', culprits: [] },
      record: refTo(records, 'ceremonies/one/transcript.jsonl'),
    },
    0,
  );
  tell({ kind: 'epoch', epochNo: 0, certHash: zero, state: 'active' }, 1);
  for (const [r, run] of runs.entries()) {
    if (!run.sessions.has(keeper.index)) continue;
    const first = 2 + r * (signatures + 1);
    const presign = presignOf(run, keeper, records);
    tell(presign, first);
    for (let i = 0; i < signatures; i++)
      tell(signOf(ceremony, { keeper, run, records }, r * signatures + i, i), first + 1 + i);
  }
  return { keeper, records, told };
}

function presignOf(run: PresignRun, { index }: Keeper, records: Map<string, Uint8Array>): LogEvent {
  const bytes = transcriptOf(at(run.sessions, index));
  const { sid, root, spec } = readTranscript(bytes, 'presign');
  const path = `data/presign/${toHex(sid ?? zero).slice(0, 16)}.jsonl`;
  records.set(path, bytes);
  return {
    ...{ kind: 'presign', sid: sid ?? zero, quorum: spec.participants.map(({ index: i }) => i) },
    ...{ batch: spec.batch, outcome: 'done', reason: '', culprits: [], root: root ?? zero },
    record: refTo(records, path),
  };
}

interface Signer {
  readonly keeper: Keeper;
  readonly run: PresignRun;
  readonly records: Map<string, Uint8Array>;
}

function signOf(
  ceremony: MadeCeremony,
  { keeper, run, records }: Signer,
  number: number,
  instance: number,
): LogEvent {
  const request = batchRequest(ceremony, { batchIndex: BigInt(number + 1), nonce: BigInt(number) });
  const files = makeSignature(ceremony, run, request, { instance, by: keeper.index });
  const folder = `data/signatures/${toHex(requestId(request)).slice(0, 16)}-0-${instance}`;
  for (const [path, bytes] of under(folder, files)) records.set(path, bytes);
  const { sid, root, signing } = readTranscript(fileOf(files, 'sign.jsonl'), 'sign');
  const batch = at(batchesOf(run), keeper.index);
  if (signing?.signature === undefined) throw new RangeError('no signature');
  return {
    ...{ kind: 'sign', sid: sid ?? zero, requestId: requestId(request), attempt: 0, quorum: batch.quorum },
    ...{ presignSid: batch.sid, presigId: signing.presigId, digest: digestOf(request) },
    ...{ outcome: 'done', reason: '', culprits: [], signature: encode(signatureCodec, signing.signature) },
    ...{ root: root ?? zero, guardCount: number + 1 },
    record: refTo(records, `${folder}/sign.jsonl`),
  };
}

/** What may be otherwise in an export. */
export interface Change {
  /** Entries of one member, before they are chained. */
  readonly told?: (told: readonly Told[], index: number) => readonly Told[];
  /** Heads of its own that a member keeps: sizes. Left out: the middle and the end. */
  readonly sizes?: (count: number, index: number) => readonly number[];
}

/** The folder of one member's export. */
export function filesOf(world: World, index: number, change: Change = {}): Files {
  const one = world.exports.find(({ keeper }) => keeper.index === index);
  if (one === undefined) throw new RangeError(`no member ${index}`);
  const entries = logEntries(world, index, change);
  const sizes = change.sizes?.(entries.length, index) ?? [Math.floor(entries.length / 2), entries.length];
  const others = world.keepers.filter((keeper) => keeper !== one.keeper);
  const own = sizes.map((size) => recordOf(one.keeper, headAt(one.keeper, entries, size), others));
  return new Map([
    ...one.records,
    ['log.jsonl', logFile(one.keeper.owner, entries)],
    ['heads.jsonl', headsFile(one.keeper, own)],
  ]);
}

/** The entries of one member's log. */
export function logEntries(world: World, index: number, change: Change = {}): readonly LogEntry[] {
  const one = world.exports.find(({ keeper }) => keeper.index === index);
  if (one === undefined) throw new RangeError(`no member ${index}`);
  const told = change.told?.(one.told, index) ?? one.told;
  return entriesOf(one.keeper.owner, world.ceremony.lock.record.keyId, told);
}

/** The exports of all members side by side. */
export const treeOf = (world: World, change: Change = {}): Files =>
  new Map(world.keepers.flatMap(({ index }) => [...under(`node-${index}`, filesOf(world, index, change))]));

/** The walk through these files, with which any log beside them can be judged. */
export async function walkOf(files: Files): Promise<Walk> {
  const source = sourceOf(files);
  const folders = foldersIn(source.list());
  const plan = planOf(folders);
  const walk = await Walk.begin(
    { source, expectations: {}, tools, onProgress: () => undefined },
    plan,
    folders,
  );
  await walk.ceremonies();
  await walk.evidence();
  await walk.sessions();
  return walk;
}

/** The reports on the logs of these files alone; everything else was walked through before. */
export async function judged(walk: Walk, files: Files): Promise<readonly Report[]> {
  const logs = new Map([...files].filter(([path]) => /(^|\/)(log|heads)\.jsonl$/.test(path)));
  const paths = [...logs.keys()].filter((path) => path.endsWith('log.jsonl')).sort();
  const { index, registry } = walk;
  return (await auditLogs(sourceOf(logs), paths, { index, registry, step: () => undefined })).reports;
}

/** What failed in reports: `G1: …` for each. */
export const failures = (reports: readonly Report[]): readonly string[] =>
  reports.flatMap(({ checks }) =>
    checks.filter(({ verdict }) => verdict === 'fail').map(({ id, detail }) => `${id}: ${detail}`),
  );

/** The ids of the same. */
export const failedIn = (reports: readonly Report[]): readonly string[] =>
  failures(reports).map((line) => line.split(':')[0] ?? '');
