import { equalBytes, to0x } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { signatureCodec } from '../crypto/ecdsa.ts';
import { type SignRequest, type TestRequest, isBatching, isTest, requestId } from '../chain/duty.ts';
import type { Batch } from '../chain/batch.ts';
import type { BlockBatch } from '../chain/block-batch.ts';
import type { Lock } from '../chain/lock.ts';
import { type RequestTools, inspectRequest } from '../chain/request-checks.ts';
import { type Address, addressOf } from '../ethereum/address.ts';
import { epochIdOf, isQuorumOf, publicKeyOf } from '../protocols/epoch.ts';
import { envelopeKinds, zero32 } from '../protocols/kernel/envelope.ts';
import { type Spec, partiesOf } from '../protocols/kernel/spec.ts';
import { suite } from '../protocols/params.ts';
import type { Finding } from '../protocols/replay.ts';
import { signatureHash } from '../protocols/sign/tuple.ts';
import { rootOf } from './audit-envelopes.ts';
import type { SharedWork } from './audit-presign.ts';
import { findingProblems } from './ceremony-case.ts';
import { recheckEvidence } from './evidence.ts';
import { type Expectations, lockFacts, recheckExpectations } from './expectations.ts';
import { type Folder, type Read, readFrom } from './reading.ts';
import { type CheckTable, type Facts, type Report, type Result, reportOf, unless } from './report.ts';
import { type SignatureCase, type Work, caseOf, replayCase, requestIdOf } from './signature-case.ts';
import { type SignatureRecord, recordOf } from './signature-record.ts';
import { recheckSignature } from './signature-result.ts';
import { type SignedBatch, signedBatchOf } from './signed-batch.ts';
import { type TranscriptFile, readTranscript } from './transcript-file.ts';

/** The checks of a signature. [protocol, 14.3] */
export const signatureChecks: CheckTable = {
  A1: {
    title: 'key',
    meaning:
      'The key was made by its members: its lock is whole, signed by all, and proven by the key itself.',
  },
  A2: {
    title: 'who signed',
    meaning: 'Exactly as many members as are required took part, under this key, in both sessions.',
  },
  A3: {
    title: 'messages',
    meaning:
      'Every message is signed by its member, for its session, once, and all signers saw the same ones.',
  },
  A4: {
    title: 'nonces',
    meaning:
      'The secret numbers behind the signature were fixed by all before any was seen, and fit the key.',
  },
  A5: {
    title: 'readiness',
    meaning:
      'All signers had confirmed the same preparation before any of them gave its part of the signature.',
  },
  A6: {
    title: 'what was signed',
    meaning:
      'What was signed is computed again from the request and its content, down to each transaction in it.',
  },
  A7: {
    title: 'signature',
    meaning:
      'The parts of the signers make the published signature, and it is one by the address of the key.',
  },
  A8: {
    title: 'single use',
    meaning:
      'The signature used up one preparation of this very session, and no other request used the same.',
  },
  A9: { title: 'accusations', meaning: 'Whoever was accused of cheating is guilty by signed bytes alone.' },
  X: {
    title: 'expectations',
    meaning: 'Address, committee and lock are those that you know from elsewhere.',
  },
};

/** The report on one signature, and what is compared with those of others. */
export interface SignatureAudit {
  readonly report: Report;
  readonly record: SignatureRecord | undefined;
  /** The transaction that was signed, where all is sound: what L1 is compared with. */
  readonly signed: SignedBatch | undefined;
}

/**
 * What the audit of signatures needs beside the files. Hashes of blobs are recomputed where the tool is
 * given.
 */
export interface AuditTools extends Pick<RequestTools, 'compressor'> {
  readonly versionedHashes?: RequestTools['versionedHashes'] | undefined;
}

/**
 * The report on the folder of one signature: `lock.json`, `presign.jsonl`, `sign.jsonl`, perhaps
 * `l1.json`.
 */
export async function auditSignature(
  folder: Folder,
  shared: SharedWork,
  expectations: Expectations,
  tools: AuditTools,
): Promise<SignatureAudit> {
  const subject = { kind: 'signature', path: folder.path } as const;
  const file = readFrom(folder, 'sign.jsonl', readTranscript);
  const lock = shared.lockOf(folder, file.value?.spec.epochId);
  const presign = lock.value && shared.presign(folder, lock.value.lock);
  const start: readonly Result[] = [
    unless('A1', lock.value?.problems ?? [lock.problem ?? ''], 'the lock is whole, signed and proven'),
    ...(lock.value
      ? [recheckExpectations('X', lock.value.lock, expectations, shared.chainOf(lock.value.lock))]
      : []),
    ...recheckReads([file, ...(presign === undefined ? [] : [presign])]),
  ];
  const each = caseOf(folder, lock, presign, file);
  if (each === undefined) {
    const isOther = file.value !== undefined && file.value.signing === undefined;
    const other = isOther ? [unless('A3', ['sign.jsonl: is no transcript of an online session'], '')] : [];
    return {
      report: reportOf(subject, signatureChecks, [...start, ...other], {}),
      record: undefined,
      signed: undefined,
    };
  }
  const work = replayCase(each);
  const results = [...start, ...recheck(each, work), ...(await recheckRequest(each, tools))];
  const report = reportOf(subject, signatureChecks, results, factsOf(each, work));
  const record = recordOf(each, work);
  const made = work.replay?.signature;
  const signed =
    report.ok && each.request.value !== undefined && made !== undefined
      ? signedBatchOf(folder, each.request.value, made, record.presigId)
      : undefined;
  return { report, record, signed };
}

/** Whether the transcripts are whole; of one that was not reached, nothing is said. */
function recheckReads(reads: readonly Read<unknown>[]): readonly Result[] {
  const problems = reads.flatMap(({ problem }) => problem ?? []);
  return problems.length > 0 || reads.length === 2
    ? [unless('A3', problems, 'both transcripts are whole')]
    : [];
}

/** Which item of the list a check of the protocol belongs to. */
const itemOf: Readonly<Record<string, string>> = {
  P1: 'A2',
  P2: 'A3',
  V11: 'A3',
  P3: 'A3',
  P7: 'A4',
  P8: 'A4',
  P13: 'A4',
  P15: 'A5',
  P16: 'A5',
  A5: 'A5',
  S2: 'A6',
  A6: 'A6',
  S6: 'A6',
  S7: 'A6',
  S9: 'A7',
  S10: 'A7',
};

/** What of the findings of a replay belongs to an item of the list. */
export const failedIn = (item: string, path: string, findings: readonly Finding[]): readonly string[] =>
  findingProblems(
    path,
    findings.filter(({ check }) => (itemOf[check] ?? 'A4') === item),
  );

function recheck(each: SignatureCase, work: Work): readonly Result[] {
  const { presign, file, lock } = each;
  const found = (item: string): readonly string[] => [
    ...failedIn(item, presign.file.path, presign.replay.findings),
    ...(file.outcome === 'done' ? failedIn(item, file.path, work.replay?.findings ?? []) : []),
  ];
  const members = partiesOf(file.spec).join(', ');
  const { epochNo } = lock.record;
  const count = presign.file.entries.length + file.entries.length;
  return [
    unless('A2', [...found('A2'), ...sessionProblems(each)], `parties ${members} of epoch ${epochNo}`),
    unless(
      'A3',
      [
        ...found('A3'),
        ...presign.envelopes.problems,
        ...work.envelopes.problems,
        ...rootProblems(each, work),
      ],
      `${count} messages in two sessions`,
    ),
    unless('A4', found('A4'), 'openings, sums and distinct nonces hold in the whole preparation'),
    unless(
      'A5',
      [...found('A5'), ...openingProblems(each)],
      `${presign.file.spec.threshold} equal confirmations`,
    ),
    unless('A6', [...found('A6'), ...requestProblems(each)], 'digest, beacon and shifted nonce recomputed'),
    recheckSignature(each, work, found('A7')),
    recheckUse(each),
    recheckEvidence('A9', [presign.file, file], [lock.record]),
  ];
}

/** Both sessions are about the same key and people, and the second about the first. */
function sessionProblems({ lock, presign, file, signing }: SignatureCase): readonly string[] {
  const { spec, path } = file;
  const rules: readonly (readonly [what: string, holds: boolean])[] = [
    ['the session is no online session of this key', isSignSpec(spec, lock)],
    [
      'another group signs than the one that prepared',
      String(partiesOf(spec)) === String(partiesOf(presign.file.spec)),
    ],
    ['the stated quorum is not who took part', String(signing.quorum) === String(partiesOf(spec))],
    [
      'the stated presign session is not the one of presign.jsonl',
      equalBytes(signing.presignSid, presign.file.sid ?? zero32),
    ],
    ['the session belongs to another request', equalBytes(spec.context, requestIdOf(signing.request))],
  ];
  return rules.filter(([, holds]) => !holds).map(([what]) => `${path} line 1: ${what}`);
}

const isSignSpec = (spec: Spec, { record, definition }: Lock): boolean =>
  spec.version === 1 &&
  spec.suite === suite.name &&
  spec.threshold === record.threshold &&
  isQuorumOf(record, partiesOf(spec)) &&
  spec.participants.every(({ index, identityPk }) =>
    record.members.some((member) => member.index === index && equalBytes(member.identityPk, identityPk)),
  ) &&
  spec.purpose === definition.definition.purpose &&
  equalBytes(spec.keyId, record.keyId) &&
  equalBytes(spec.epochId, epochIdOf(record));

function rootProblems({ presign, file, signing }: SignatureCase, { envelopes }: Work): readonly string[] {
  const made = presign.replay.result;
  const roots: readonly (readonly [TranscriptFile, Uint8Array | undefined])[] = [
    [presign.file, made && rootOf(presign.file, presign.envelopes.view, made.ok)],
    [file, signing.signature && rootOf(file, envelopes.view, signatureHash(signing.signature))],
  ];
  return roots.flatMap(([{ path, root, outcome }, found]) => {
    // A signer that has not heard every close of the preparation need not state its root: it is made here.
    const isUnstated = root === undefined && path === presign.file.path;
    if (outcome !== 'done' || found === undefined || isUnstated || (root && equalBytes(root, found)))
      return [];
    return [`${path} line 1: the root of these messages is ${to0x(found)}`];
  });
}

/** Nothing of a session may be opened whose presignatures are used. [protocol, 13.1] */
function openingProblems({ presign, file }: SignatureCase): readonly string[] {
  const { path, entries, outcome } = presign.file;
  const aborts = entries.filter(({ envelope }) => envelope.header.kind === envelopeKinds.abort);
  return [
    ...(outcome === 'done' ? [] : [`${path} line 1: the preparation did not end well, and yet was used`]),
    ...aborts.map(({ line }) => `${path} line ${line}: an abort in a session whose preparation was used`),
    ...(file.outcome === 'done' && presign.replay.result === undefined
      ? [`${file.path}: shares of a preparation that was not confirmed by all`]
      : []),
  ];
}

/** The request is one to this key. */
function requestProblems({ request, lock }: SignatureCase): readonly string[] {
  if (request.value === undefined) return [request.problem];
  const { record, certificate } = lock;
  const { keyId, keyEpoch } = request.value;
  const isForKey = equalBytes(keyId, record.keyId) && keyEpoch === record.epochNo;
  const isFromKey = isTest(request.value)
    ? equalBytes(request.value.certHash, certificate.hash)
    : accountIn(request.value) === addressOf(publicKeyOf(record));
  return isForKey && isFromKey ? [] : ['sign.jsonl line 1: the request is one to another key'];
}

/** The account that a request speaks for. */
const accountIn = (request: Exclude<SignRequest, TestRequest>): Address =>
  isBatching(request) ? request.sender : request.account;

/**
 * The content of the request: the batch decodes, every transaction in it is signed, and the request states
 * as much.
 */
async function recheckRequest({ request }: SignatureCase, tools: AuditTools): Promise<readonly Result[]> {
  if (request.value === undefined) return [];
  const stated = isBatching(request.value) ? request.value.blobVersionedHashes : [];
  const { problems, batch, blocks } = await inspectRequest(request.value, {
    compressor: tools.compressor,
    versionedHashes: tools.versionedHashes ?? (() => Promise.resolve(stated)),
  });
  const isOpen = stated.length > 0 && tools.versionedHashes === undefined;
  const open = isOpen ? '; blob hashes are taken from the request, not recomputed' : '';
  const what = (batch && batchText(batch)) ?? (blocks && blocksText(blocks));
  const lines = problems.map(({ path, message }) => `sign.jsonl line 1: ${path}: ${message}`);
  return [unless('A6', lines, what === undefined ? messageText(request.value) : `${what}${open}`)];
}

const batchText = ({ index, transactions }: Batch): string =>
  `batch ${index}: ${transactions.length} L2 transactions, each with a valid signature`;

/** Whether they are those of the chain is for a verifier to say: a payload does not show it. */
const blocksText = ({ index, firstBlock, count }: BlockBatch): string =>
  `batch ${index}: ${count} blocks from ${firstBlock} on, as the request states them`;

/** What was signed where it was no batch. */
const messageText = (request: SignRequest): string =>
  request.kind === 'update-key'
    ? `a proof to ${request.registry} that the account may act for ${request.purpose} from block ` +
      `${request.activationBlock} on; it is no transaction, so L1 is not asked about it`
    : 'a test message of the ceremony';

/**
 * The presignature is one of the session in the folder. What other folders used is compared in the
 * history.
 */
function recheckUse({ presign, signing, file }: SignatureCase): Result {
  const presignatures = presign.replay.result?.presignatures ?? [];
  const used = presignatures.find(({ presigId }) => equalBytes(presigId, signing.presigId));
  return unless(
    'A8',
    used === undefined ? [`${file.path} line 1: the presignature is none of presign.jsonl`] : [],
    `preparation ${used?.instance ?? ''} of ${presignatures.length}; others are compared across folders`,
  );
}

function factsOf({ lock, signing, file, presign, request }: SignatureCase, { task }: Work): Facts {
  const { signature } = signing;
  return {
    ...lockFacts(lock),
    outcome: file.outcome,
    signers: partiesOf(file.spec).join(', '),
    attempt: String(signing.attempt),
    ...(request.value === undefined ? {} : requestFacts(request.value)),
    ...(task === undefined ? {} : { digest: to0x(task.digest) }),
    ...(signature === undefined ? {} : { signature: to0x(encode(signatureCodec, signature)) }),
    presignature: to0x(signing.presigId),
    ...(file.root === undefined ? {} : { root: to0x(file.root) }),
    ...(presign.file.root === undefined ? {} : { presignRoot: to0x(presign.file.root) }),
  };
}

const requestFacts = (request: SignRequest): Facts => ({
  request: to0x(requestId(request)),
  kind: request.kind,
  ...contentFacts(request),
});

function contentFacts(request: SignRequest): Facts {
  if (isTest(request)) return { window: request.window.toString() };
  const l1ChainId = request.l1ChainId.toString();
  if (request.kind === 'update-key') {
    const { registry, purpose, activationBlock } = request;
    return { registry, l1ChainId, purpose, activationBlock: activationBlock.toString() };
  }
  const { batchIndex, inbox, nonce, da } = request;
  return { batch: batchIndex.toString(), inbox, l1ChainId, nonce: nonce.toString(), da };
}
