import { equalBytes, to0x } from '../crypto/bytes.ts';
import type { Lock } from '../chain/lock.ts';
import { fitsDefinition, isCertified, isCountersigned, isProvenByKey } from '../chain/lock.ts';
import {
  type SignedDefinition,
  attemptContext,
  definitionHash,
  isFullySigned,
} from '../protocols/ceremony/definition.ts';
import { epochIdOf, publicKeyOf, publicShareOf } from '../protocols/epoch.ts';
import { envelopeKinds, zero32 } from '../protocols/kernel/envelope.ts';
import { forParties } from '../protocols/kernel/protocol.ts';
import { interpolatesToKey } from '../protocols/keygen/checks.ts';
import { certificateHash } from '../protocols/keygen/joint.ts';
import { type KeygenReplay, replayKeygen } from '../protocols/keygen/replay.ts';
import { suite } from '../protocols/params.ts';
import { auditChange, isOfChange } from './audit-change.ts';
import { type SessionEnvelopes, recheckEnvelopes, rootOf } from './audit-envelopes.ts';
import {
  type CeremonyCase,
  ceremonyChecks,
  factsOf,
  findingProblems,
  hasFailed,
  isSeat,
  readCeremony,
  recheckFiles,
  recheckReceipts,
} from './ceremony-case.ts';
import { recheckEvidence } from './evidence.ts';
import { type Expectations, recheckExpectations } from './expectations.ts';
import type { Folder } from './reading.ts';
import { Registry } from './registry.ts';
import { type Report, type Result, fail, pass, reportOf, skip, unless } from './report.ts';
import { type TranscriptFile, roundsOf } from './transcript-file.ts';

/** The report on the folder of one ceremony: `definition.json`, `lock.json`, `transcript.jsonl`, receipts. */
export function auditCeremony(
  folder: Folder,
  expectations: Expectations,
  registry: Registry = new Registry([]),
): Report {
  const ceremony = readCeremony(folder);
  if (isOfChange(ceremony)) return auditChange(ceremony, expectations, registry);
  const { definition, transcript } = ceremony;
  const lock = ceremony.lock.value;
  const envelopes = transcript.value && recheckEnvelopes(transcript.value);
  const replay = transcript.value && replayKeygen(transcript.value.spec, roundsOf(transcript.value));
  const results: readonly Result[] = [
    ...recheckFiles(ceremony, hasFailed(ceremony) ? ['lock'] : []),
    ...(definition.value === undefined ? [] : [recheckDefinition(definition.value)]),
    ...(transcript.value && envelopes && replay
      ? recheckSession(ceremony, transcript.value, { envelopes, replay })
      : []),
    ...(lock === undefined ? [] : recheckLock(lock, expectations, registry)),
    skip('V7', 'this key was made new: there is no earlier epoch'),
    skip('ER', 'this key was made new: there are no old shares'),
    ...recheckReceipts(ceremony),
    ...(hasFailed(ceremony) ? withoutKey : []),
  ];
  return reportOf({ kind: 'ceremony', path: folder.path }, ceremonyChecks, results, factsOf(ceremony));
}

const withoutKey: readonly Result[] = ['V4', 'V5', 'V6', 'V8', 'V10'].map((id) =>
  skip(id, 'the ceremony ended without a key'),
);

const recheckDefinition = (signed: SignedDefinition): Result =>
  isFullySigned(signed)
    ? pass('V2', `signed by all ${signed.definition.committee.length} members; no definition precedes it`)
    : fail('V2', 'definition.json: not every member of the committee has signed');

interface Replayed {
  readonly envelopes: SessionEnvelopes;
  readonly replay: KeygenReplay;
}

function recheckSession(ceremony: CeremonyCase, file: TranscriptFile, replayed: Replayed): readonly Result[] {
  const { envelopes, replay } = replayed;
  const lock = ceremony.lock.value;
  const members = file.spec.participants.length;
  const results = [
    unless(
      'V3',
      [...envelopes.problems, ...specProblems(ceremony, file)],
      `${file.entries.length} messages; ${envelopes.closes} of ${members} members closed alike`,
    ),
    recheckEvidence('V9', [file]),
  ];
  if (hasFailed(ceremony)) return [...results, ...recheckFailure(file, replay)];
  const findings = findingProblems(file.path, replay.findings);
  if (!replay.isCertified) findings.push(`${file.path}: not every member has signed the new key`);
  results.push(unless('V4', findings, `${replay.findings.length} checks hold`));
  return lock === undefined ? results : [...results, ...recheckResult(lock, file, replayed)];
}

/**
 * A key that every member has certified was made: whoever takes away its lock and calls the session a
 * failure does not hide it.
 */
const recheckFailure = (
  { path, outcome }: TranscriptFile,
  { isCertified }: KeygenReplay,
): readonly Result[] =>
  isCertified
    ? [fail('V8', `${path} line 1: the session is ${outcome}, and yet every member has signed the new key`)]
    : [];

/** What the specification of the session must say: that it is the one that the members agreed to. */
function specProblems(
  { definition, lock }: CeremonyCase,
  { spec, proto, sid, path }: TranscriptFile,
): readonly string[] {
  const plan = definition.value?.definition;
  const isPlanned = (plan?.committee ?? []).every(({ index, identityPk }, i) =>
    isSeat(spec, i, index, identityPk),
  );
  const rules: readonly (readonly [what: string, holds: boolean])[] = [
    [
      'is no key generation in the known suite',
      proto === 'keygen' && spec.suite === suite.name && spec.version === 1,
    ],
    [
      'names a key before there is one',
      [spec.keyId, spec.epochId].every((bytes) => equalBytes(bytes, zero32)),
    ],
    [
      'is not held by the committee of the definition',
      plan === undefined || (isPlanned && spec.participants.length === plan.committee.length),
    ],
    ['has another threshold than the definition', plan === undefined || spec.threshold === plan.required],
    [
      'does not belong to this definition and attempt',
      plan === undefined ||
        lock.value === undefined ||
        equalBytes(spec.context, attemptContext(definitionHash(plan), lock.value.attempt)),
    ],
    [
      'is not the one that the lock names',
      lock.value === undefined || equalBytes(lock.value.sid, sid ?? zero32),
    ],
  ];
  return rules.filter(([, holds]) => !holds).map(([what]) => `${path} line 1: the session ${what}`);
}

/** Whether the lock is what the messages make. */
function recheckResult(lock: Lock, file: TranscriptFile, { envelopes, replay }: Replayed): readonly Result[] {
  const epochId = epochIdOf(lock.record);
  const isMade = replay.result !== undefined && equalBytes(replay.result.epochId, epochId);
  const made = isMade ? [] : [`${file.path}: the messages make another key than the one in lock.json`];
  const confirmed = file.entries.find(
    ({ envelope: { header } }) => header.kind === envelopeKinds.broadcast && header.round === 4,
  );
  const certificate = certificateHash(lock.sid, confirmed?.envelope.header.view ?? zero32, epochId);
  const root = rootOf(file, envelopes.view, epochId);
  const rules: readonly (readonly [what: string, holds: boolean])[] = [
    [`${file.path}: the session did not end well`, file.outcome === 'done'],
    [
      `${file.path} line 1: the root is ${to0x(root)}`,
      file.root !== undefined && equalBytes(file.root, root),
    ],
    [`lock.json: the root of the session is ${to0x(root)}`, equalBytes(lock.root, root)],
    [
      'lock.json: the certificate is not that of the messages',
      equalBytes(lock.certificate.hash, certificate),
    ],
  ];
  const problems = rules.filter(([, holds]) => !holds).map(([what]) => what);
  return [
    unless('V5', made, 'the messages make exactly this key'),
    unless('V8', problems, 'root and certificate are those of the messages'),
  ];
}

function recheckLock(lock: Lock, expectations: Expectations, registry: Registry): readonly Result[] {
  const { record, proofs } = lock;
  const shares = forParties(
    record.members.map(({ index }) => index),
    (j) => publicShareOf(record, j),
  );
  const signers = proofs.map((proof) => proof.signers.join('+')).join(', ');
  const problems = [
    ...(isCertified(lock) ? [] : ['lock.json: not every member has signed the certificate of the key']),
    ...(isCountersigned(lock) ? [] : ['lock.json: not every member has countersigned the lock']),
  ];
  return [
    fitsDefinition(lock)
      ? pass('V1', 'the committee of the key is that of the definition')
      : fail('V1', 'lock.json: the committee of the key is not that of the definition'),
    isFullySigned(lock.definition)
      ? pass('V2', 'and so in the lock')
      : fail('V2', 'lock.json: not every member has signed the definition in it'),
    interpolatesToKey(record.threshold, shares, publicKeyOf(record))
      ? pass(
          'V5',
          `any ${record.threshold} of the ${record.members.length} public shares give the public key`,
        )
      : fail('V5', 'lock.json: the public shares do not belong to the public key'),
    isProvenByKey(lock)
      ? pass('V6', `${proofs.length} signatures by the key, low-s, by ${signers}`)
      : fail('V6', 'lock.json: the key has not signed by quorums that hold every member'),
    unless('V8', problems, `signed by all ${record.members.length} members`),
    recheckExpectations('V10', lock, expectations, registry.chainOf(lock)),
  ];
}
