import { fileHash } from '../src/audit/log-facts.ts';
import { auditSource } from '../src/audit/audit.ts';
import type { AuditSource } from '../src/audit/source.ts';
import { readTranscript } from '../src/audit/transcript-file.ts';
import { decodeRequest, digestOf, requestId } from '../src/chain/duty.ts';
import type { LogEvent } from '../src/chain/log/entry.ts';
import { fromHex } from '../src/crypto/bytes.ts';
import { encode } from '../src/crypto/codec.ts';
import { signatureCodec } from '../src/crypto/ecdsa.ts';
import { Bug, assert } from '../src/crypto/errors.ts';
import { clusterOf } from '../src/protocols/ceremony/cluster.ts';
import { type Files, tools, under } from '../test/unit/audit/support/folders.ts';
import {
  entriesOf,
  headAt,
  headsFile,
  keepersOf,
  logFile,
  recordOf,
} from '../test/unit/audit/support/logs.ts';
import { SIGNATURES, auditCpuMs, signatureFolders } from './audit.ts';
import { type Context, measureOn } from './context.ts';
import { median, rounded } from './measure.ts';

/** Signatures in the log; where little effort is asked for, a few, of which the numbers say little. */
const COUNT = 10_000;
const QUICK_COUNT = 256;
/** How many for this plan. */
export const countFor = ({ plan }: Context): number =>
  plan.effort.maxRuns <= QUICK_RUNS ? QUICK_COUNT : COUNT;
/** Runs of a plan that asks for little. */
const QUICK_RUNS = 5;
/** Signatures that one presign session serves in a cluster. */
const BATCH = 64;
const MEGABYTE = 1_048_576;

/** The audit of a log of ten thousand signatures, with the folder of each, in time and in memory. */
export async function benchAuditLog(context: Context): Promise<void> {
  const [size] = context.plan.sizes;
  const [primitives] = context.plan.kinds;
  if (size === undefined || primitives === undefined) return;
  const { folders } = signatureFolders(context, size);
  const [first] = folders;
  if (first === undefined) throw new Bug('no signatures');
  measureOn(primitives);
  const eight = new Map(folders.flatMap((folder) => [...folder]));
  const [whole, alone] = [await auditCpuMs(context, eight), await auditCpuMs(context, first)].map(median);
  const replayMs = Math.max(0, (alone ?? 0) - (whole ?? 0) / SIGNATURES);
  const count = countFor(context);
  const { source, files } = exportOf(context, size, { folders, count });
  context.say(`audit-log: ${count} signatures, ${files} files`);
  const startMb = process.memoryUsage().rss / MEGABYTE;
  let peakMb = startMb;
  const before = process.cpuUsage();
  const { reports } = await auditSource(source, {}, tools, ({ done, total }) => {
    if (done % 100 === 0) peakMb = Math.max(peakMb, process.memoryUsage().rss / MEGABYTE);
    if (done % 1000 === 0) context.say(`audit-log: ${done} of ${total}`);
  });
  const { user, system } = process.cpuUsage(before);
  assert(
    reports.filter(({ subject, ok }) => subject.kind === 'signature' && ok).length === count,
    'an honest signature fails its audit',
  );
  const seconds = (user + system) / 1_000_000;
  const row = {
    bench: 'audit-log',
    ...size,
    primitives,
    runs: 1,
    signatures: count,
    distinct: SIGNATURES,
    cpuSeconds: rounded(seconds),
    cpuSecondsDistinct: rounded(seconds + (replayMs / 1000) * (Math.ceil(count / BATCH) - 1)),
    peakMb: Math.round(peakMb - startMb),
  } as const;
  context.add(
    row,
    `${row.cpuSeconds} s, with all presign sessions ${row.cpuSecondsDistinct} s, ${row.peakMb} MB`,
  );
}

/** The export of a member, in which every signature is a copy of one of a few; bytes are made when read. */
export function exportOf(
  context: Context,
  size: Parameters<typeof signatureFolders>[1],
  { folders, count }: { readonly folders: readonly Files[]; readonly count: number },
): { readonly source: AuditSource; readonly files: number } {
  const { ceremony } = context.keyOf(size);
  const cluster = clusterOf(ceremony.lock.definition.definition);
  const [keeper] = keepersOf(size.n, cluster);
  if (keeper === undefined) throw new Bug('no member');
  const plain = folders.map(
    (folder) => new Map([...folder].map(([path, bytes]) => [path.slice(path.lastIndexOf('/') + 1), bytes])),
  );
  const events = plain.map(eventOf);
  const paths = Array.from({ length: count }, (_, i) => `data/signatures/${String(i).padStart(6, '0')}`);
  const told = paths.map((path, i) => {
    const event = events[i % events.length];
    if (event === undefined) throw new Bug('no event');
    const guardCount = i + 1;
    return {
      event: { ...event, guardCount, record: { ...event.record, path: `${path}/sign.jsonl` } },
      atMs: i,
    };
  });
  const entries = entriesOf(keeper.owner, ceremony.lock.record.keyId, told);
  const rest = new Map([
    ...under('ceremonies/one', ceremony.files),
    ['log.jsonl', logFile(keeper.owner, entries)],
    ['heads.jsonl', headsFile(keeper, [recordOf(keeper, headAt(keeper, entries, count))])],
  ]);
  const names = paths.flatMap((path) => [...(plain[0]?.keys() ?? [])].map((name) => `${path}/${name}`));
  const list = [...rest.keys(), ...names];
  const read = (path: string): Promise<Uint8Array | undefined> => {
    const [, number, name] = /^data\/signatures\/(\d+)\/(.*)$/.exec(path) ?? [];
    const copy = name === undefined ? undefined : plain[Number(number) % plain.length]?.get(name);
    return Promise.resolve(copy?.slice() ?? rest.get(path));
  };
  const part: AuditSource['part'] = async (path, from, length) =>
    (await read(path))?.subarray(from, from + length);
  return { source: { list: () => list, leftOut: () => [], read, part }, files: list.length };
}

type SignEvent = Extract<LogEvent, { readonly kind: 'sign' }>;

function eventOf(files: Files): SignEvent {
  const bytes = files.get('sign.jsonl');
  if (bytes === undefined) throw new Bug('no session');
  const { sid, root, signing } = readTranscript(bytes, 'sign.jsonl');
  if (sid === undefined || root === undefined || signing?.signature === undefined)
    throw new Bug('no signature');
  const request = decodeRequest(signing.request);
  const { presignSid, presigId, quorum, attempt, signature } = signing;
  return {
    ...{
      kind: 'sign',
      sid,
      requestId: requestId(request),
      attempt,
      presignSid,
      presigId,
      digest: digestOf(request),
    },
    ...{
      quorum: quorum as SignEvent['quorum'],
      outcome: 'done',
      reason: '',
      culprits: [],
      root,
      guardCount: 1,
    },
    signature: encode(signatureCodec, signature),
    record: { path: '', hash: fromHex(fileHash(bytes)) ?? new Uint8Array(0) },
  };
}
