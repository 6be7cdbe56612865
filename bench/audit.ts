import { auditFolder } from '../src/audit/audit.ts';
import { writeTranscript } from '../src/audit/transcript-file.ts';
import { digestOf, encodeRequest, requestId } from '../src/chain/duty.ts';
import { writeLock } from '../src/chain/lock-file.ts';
import { decode, encode } from '../src/crypto/codec.ts';
import { signatureCodec } from '../src/crypto/ecdsa.ts';
import { Bug, assert } from '../src/crypto/errors.ts';
import { specCodec } from '../src/protocols/kernel/spec.ts';
import { type Files, batchRequest, tools, under } from '../test/unit/audit/support/folders.ts';
import type { Size } from './cases.ts';
import type { CeremonyKey } from './ceremony.ts';
import { type Presigned, presignatureAt, quorumOf, resultOf, signOnce } from './committee.ts';
import { type Context, fastest, measureOn } from './context.ts';
import { median, rounded } from './measure.ts';
import type { Finished } from './meter.ts';

/** Signatures in the tree that is audited. */
export const SIGNATURES = 8;
/** L2 transactions in each batch: all are decoded, and their signatures verified. */
const TRANSACTIONS = 3;

/** The audit of signatures from their files alone, without L1. */
export async function benchAudit(context: Context): Promise<void> {
  const { kinds, sizes } = context.plan;
  for (const size of sizes) {
    const { folders, batch } = signatureFolders(context, size);
    const [first] = folders;
    if (first === undefined) throw new Bug('no signatures');
    const tree = new Map(folders.flatMap((folder) => [...folder]));
    for (const primitives of kinds) {
      measureOn(primitives);
      const whole = await auditCpuMs(context, tree);
      const alone = await auditCpuMs(context, first);
      const row = {
        bench: 'audit',
        ...size,
        cpuMsPerSignature: rounded(median(whole) / SIGNATURES),
        cpuMsFirstSignature: rounded(median(alone)),
        signatures: SIGNATURES,
        batch,
        transactions: TRANSACTIONS,
        primitives,
        runs: whole.length,
      } as const;
      context.add(
        row,
        `${row.cpuMsPerSignature} ms a signature, the first alone ${row.cpuMsFirstSignature} ms`,
      );
    }
  }
}

/** CPU of whole audits, milliseconds; the first one or two are not counted. */
export async function auditCpuMs({ plan }: Context, files: Files): Promise<readonly number[]> {
  const samples: number[] = [];
  const startedMs = performance.now();
  const isDone = (): boolean =>
    samples.length > 2 &&
    (performance.now() - startedMs > plan.effort.budgetMs || samples.length > plan.effort.maxRuns);
  while (!isDone()) {
    const before = process.cpuUsage();
    const { ok, reports } = await auditFolder(files, {}, tools);
    const { user, system } = process.cpuUsage(before);
    assert(ok, `an honest signature fails its audit: ${JSON.stringify(reports)}`);
    samples.push((user + system) / 1000);
  }
  return samples.slice(1);
}

/** Folders as a member writes them, all of one presign session. */
export function signatureFolders(
  context: Context,
  size: Size,
): { readonly folders: readonly Files[]; readonly batch: number } {
  const key = context.keyOf(size);
  const { presigned, places } = context.take(size, SIGNATURES);
  const folders = places.map((place, i) =>
    under(
      `signature-${i}`,
      fastest(() => signatureFiles(key, presigned, { place, number: BigInt(i) })),
    ),
  );
  return { folders, batch: presigned.batch };
}

function signatureFiles(
  { ceremony }: CeremonyKey,
  presigned: Presigned,
  { place, number }: { readonly place: number; readonly number: bigint },
): Files {
  const request = batchRequest(ceremony, { batchIndex: number, nonce: number, transactions: TRANSACTIONS });
  const quorum = quorumOf(presigned.key).map(({ index }) => index);
  const [index] = quorum;
  if (index === undefined) throw new Bug('a quorum of nobody');
  const { presigId } = presignatureAt(presigned, index, place);
  const session = signOnce(presigned, place, { requestId: requestId(request), digest: digestOf(request) });
  const result = resultOf(session.results, index);
  assert(result.kind === 'sign', 'an online session makes a signature');
  const signing = {
    request: encodeRequest(request),
    presigId,
    presignSid: resultOf(presigned.results, index).sid,
    quorum,
    attempt: 0,
    signature: decode(signatureCodec, result.signature),
  };
  return new Map([
    ['lock.json', writeLock(ceremony.lock)],
    ['presign.jsonl', transcriptFile(presigned.session)],
    ['sign.jsonl', transcriptFile(session, signing)],
  ]);
}

/** The first party's copy. */
function transcriptFile(
  { transcripts: [transcript], root }: Finished,
  signing?: Parameters<typeof writeTranscript>[1]['signing'],
): Uint8Array {
  if (transcript === undefined) throw new Bug('a session without parties');
  const { spec, sid, broadcasts, notices } = transcript;
  const bytes = { spec: encode(specCodec, spec), sid, broadcasts, notices };
  return writeTranscript(bytes, { outcome: 'done', root, signing });
}
