import { encodeBatch } from '../../src/chain/batch.ts';
import { writeEvidence } from '../../src/audit/evidence-file.ts';
import { readTranscript } from '../../src/audit/transcript-file.ts';
import { partyIndex } from '../../src/crypto/brand.ts';
import { concat } from '../../src/crypto/bytes.ts';
import { installPrimitives } from '../../src/crypto/primitives.ts';
import { sealEnvelope } from '../../src/protocols/kernel/envelope.ts';
import { brotli } from '../../src/system/compression.ts';
import { versionedHashesOf } from '../../src/system/blob-sidecar.ts';
import { kzg } from '../../src/system/kzg.ts';
import { nativePrimitives } from '../../src/system/native.ts';
import { makeTransactions } from '../../scripts/lib/test-transactions.ts';
import { members } from '../sim/cluster.ts';
import { changedEpoch } from '../unit/audit/support/changes.ts';
import { type Files, batchRequest, makeSignature, under } from '../unit/audit/support/folders.ts';
import { type Base, makeBase } from '../unit/audit/support/sets.ts';
import { fileOf } from '../unit/audit/support/tamper.ts';
import {
  type Change,
  STEP_MS,
  type Told,
  filesOf,
  logEntries,
  makeWorld,
} from '../unit/audit/support/logs.ts';

// What Node.js makes and audits here is as it is in the command: by native arithmetic, where there is some.
const native = nativePrimitives();
if (native !== undefined) installPrimitives(native);

/** A ceremony of three, and a signature by two of them. */
export const base: Base = makeBase();
const { ceremony } = base;

/** The key of the base in two epochs. */
export const epochs = (): Files =>
  new Map([
    ...under('one', ceremony.files),
    ...under('two', changedEpoch(ceremony, { committee: [1, 2, 4] }).files),
  ]);

/** Evidence from the key generation: what party 2 has signed twice for one slot, or has not. */
export function evidenceOf(isTrue: boolean): Uint8Array {
  const { spec, entries } = readTranscript(fileOf(ceremony.files, 'transcript.jsonl'), 'transcript.jsonl');
  const found = entries.find(({ envelope }) => envelope.header.from === 2 && envelope.header.round === 1);
  const seed = members(3)[1]?.seed;
  if (found === undefined || seed === undefined) throw new RangeError('no message of party 2');
  const { header, body, bytes } = found.envelope;
  const twice = isTrue ? sealEnvelope(header, concat(body, body), seed).bytes : bytes;
  return writeEvidence({
    reason: 'equivocation',
    spec,
    record: undefined,
    evidence: {
      kind: 'equivocation',
      accused: partyIndex(2),
      check: 'V4',
      envelopes: [bytes, twice].map((one) => one.subarray(0, 271)),
    },
  });
}

/** A signature of a compressed batch in a blob; with another hash than that of the blob, if one is given. */
export async function inBlobs(hash?: Uint8Array): Promise<Files> {
  const [index, l2ChainId] = [1n, 71_001n];
  const transactions = makeTransactions({ seed: 'blobs', l2ChainId, accounts: 2, transactions: 20 });
  const batch = { index, da: 'blobs', l2ChainId, compression: 'brotli', transactions } as const;
  const payload = encodeBatch(batch, brotli);
  const request = batchRequest(ceremony, {
    da: 'blobs',
    payload,
    maxFeePerBlobGas: 1n,
    blobVersionedHashes: hash === undefined ? await versionedHashesOf(await kzg(), payload) : [hash],
  });
  return makeSignature(ceremony, base.run, request);
}

/** The export of a member whose log excludes party 3; and how many entries the log has. */
export function logWithVerdict(): { readonly files: Files; readonly count: number } {
  const world = makeWorld(1);
  const verdict: Told['event'] = {
    ...{ kind: 'verdict', session: new Uint8Array(32).fill(4), culprit: partyIndex(3), code: 'equivocation' },
    evidence: { path: '', hash: new Uint8Array(32) },
  };
  const change: Change = { told: (told) => [...told, { event: verdict, atMs: 99 * STEP_MS }] };
  return { files: filesOf(world, 1, change), count: logEntries(world, 1, change).length };
}
