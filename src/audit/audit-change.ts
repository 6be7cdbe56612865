import { equalBytes, to0x } from '../crypto/bytes.ts';
import { successionRules } from '../chain/lock-rules.ts';
import {
  type Lock,
  fitsDefinition,
  hasSoundProofs,
  hasSoundSignatures,
  isProvenByKey,
  unsignedBy,
} from '../chain/lock.ts';
import { isApproved, termsOf } from '../protocols/ceremony/change.ts';
import {
  type ChangeDefinition,
  type SignedDefinition,
  attemptContext,
  definitionHash,
  isChange,
  seatsOf,
  signersOf,
} from '../protocols/ceremony/definition.ts';
import { type EpochRecord, epochIdOf, publicKeyOf, publicShareOf } from '../protocols/epoch.ts';
import { zero32 } from '../protocols/kernel/envelope.ts';
import { forParties } from '../protocols/kernel/protocol.ts';
import type { ReshareTerms, Spec } from '../protocols/kernel/spec.ts';
import { interpolatesToKey } from '../protocols/keygen/checks.ts';
import { suite } from '../protocols/params.ts';
import { type ReshareReplay, replayReshare } from '../protocols/reshare/replay.ts';
import { type SessionEnvelopes, recheckEnvelopes, rootOf } from './audit-envelopes.ts';
import {
  type CeremonyCase,
  ceremonyChecks,
  factsOf,
  findingProblems,
  recheckFiles,
  recheckReceipts,
} from './ceremony-case.ts';
import { recheckErasures } from './erasures.ts';
import { recheckEvidence } from './evidence.ts';
import { type Expectations, recheckExpectations } from './expectations.ts';
import type { Registry } from './registry.ts';
import { type Report, type Result, fail, pass, reportOf, skip, unless } from './report.ts';
import { type TranscriptFile, roundsOf } from './transcript-file.ts';

/** Whether a folder is that of an epoch change. */
export function isOfChange({ definition, lock, transcript }: CeremonyCase): boolean {
  const plan = definition.value ?? lock.value?.definition;
  return plan === undefined ? transcript.value?.proto === 'reshare' : plan.definition.ceremony !== 'keygen';
}

/** One epoch change, as far as its files can be read. */
interface Change extends CeremonyCase {
  readonly plan: SignedDefinition | undefined;
  /** The lock from which it starts: it came with the plan, or lies in the same tree. */
  readonly previous: Lock | undefined;
}

/** The report on the folder of an epoch change: the files of a ceremony, and statements of erasure. */
export function auditChange(ceremony: CeremonyCase, expectations: Expectations, registry: Registry): Report {
  const { folder, definition, transcript } = ceremony;
  const lock = ceremony.lock.value;
  const isLockless = !folder.files.has('lock.json');
  // Who proposes in vain leaves a plan, and nothing that could be wrong with it.
  const isOnlyPlanned = isLockless && !folder.files.has('transcript.jsonl');
  const change: Change = {
    ...ceremony,
    plan: definition.value ?? lock?.definition,
    previous: definition.value?.previous ?? (lock && registry.previousOf(lock)),
  };
  const { previous } = change;
  const results: readonly Result[] = [
    ...recheckFiles(ceremony, [
      ...(isLockless ? (['lock'] as const) : []),
      ...(isOnlyPlanned ? (['transcript'] as const) : []),
    ]),
    ...(isOnlyPlanned ? [] : recheckApproval(change)),
    ...(transcript.value === undefined ? [] : recheckSession(change, transcript.value)),
    ...(lock === undefined ? [] : recheckLock(lock, previous)),
    ...(lock === undefined ? [] : [recheckExpectations('V10', lock, expectations, registry.chainOf(lock))]),
    ...(previous === undefined || isLockless ? [] : [recheckErasures('ER', folder, previous.record)]),
    ...recheckReceipts(ceremony),
    ...(isLockless ? withoutEpoch : []),
    ...(isOnlyPlanned ? withoutSession : []),
  ];
  return reportOf({ kind: 'ceremony', path: folder.path }, ceremonyChecks, results, {
    ...factsOf(ceremony),
    ...(previous === undefined ? {} : { before: `epoch ${previous.record.epochNo}` }),
  });
}

/** Who prepares a new epoch has none: without its certificate the epoch before it stays. */
const withoutEpoch: readonly Result[] = ['V5', 'V6', 'V7', 'V8', 'V10', 'ER'].map((id) =>
  skip(id, 'there is no certificate in this folder: the epoch before it stays'),
);

const withoutSession: readonly Result[] = ['V2', 'V3', 'V4', 'V9'].map((id) =>
  skip(id, 'it was planned, and no session of it was run'),
);

function recheckApproval({ definition, lock, previous }: Change): readonly Result[] {
  if (previous === undefined) return [];
  const stated = [
    ['definition.json', definition.value],
    ['lock.json', lock.value?.definition],
  ] as const;
  const problems = stated.flatMap(([path, signed]) =>
    signed === undefined || isApproved(signed, previous.record)
      ? []
      : [`${path}: not every new member, or too few of the epoch before, have signed the definition`],
  );
  const [, signed] = stated.find(([, one]) => one !== undefined) ?? [];
  const who = signed === undefined ? '' : signersOf(signed).join(', ');
  return [unless('V2', problems, `signed by ${who}; it starts from epoch ${previous.record.epochNo}`)];
}

/** The session, done again. */
interface Replayed {
  readonly envelopes: SessionEnvelopes;
  readonly replay: ReshareReplay | undefined;
}

function recheckSession(change: Change, file: TranscriptFile): readonly Result[] {
  const { previous } = change;
  const envelopes = recheckEnvelopes(file);
  const isReplayable =
    previous !== undefined &&
    file.spec.reshare !== undefined &&
    equalBytes(epochIdOf(previous.record), file.spec.epochId);
  const replay = isReplayable ? replayReshare(file.spec, previous.record, roundsOf(file)) : undefined;
  const count = file.spec.participants.length;
  return [
    unless(
      'V3',
      [...envelopes.problems, ...specProblems(change, file)],
      `${file.entries.length} messages; ${envelopes.closes} of ${count} members closed alike`,
    ),
    recheckEvidence('V9', [file], previous === undefined ? [] : [previous.record]),
    ...(replay === undefined ? [] : recheckFindings(file, replay)),
    ...(change.lock.value === undefined ? [] : recheckResult(change.lock.value, file, { envelopes, replay })),
  ];
}

/** What the specification of the session must say: that it is the one that the members agreed to. */
function specProblems(
  { plan, previous, lock }: Change,
  { spec, proto, sid, path }: TranscriptFile,
): readonly string[] {
  const definition = plan && isChange(plan.definition) ? plan.definition : undefined;
  const old = previous?.record;
  const made = lock.value;
  const rules: readonly (readonly [what: string, holds: boolean])[] = [
    [
      'is no reshare in the known suite',
      proto === 'reshare' && spec.suite === suite.name && spec.version === 1,
    ],
    ['is about another epoch than the definition', old === undefined || isOfEpoch(spec, old)],
    ['is held by others than the definition names', definition === undefined || areSeated(spec, definition)],
    [
      'has other terms than the definition',
      plan === undefined ||
        definition === undefined ||
        old === undefined ||
        hasTerms(spec, termsOf(definition, old, signersOf(plan))),
    ],
    [
      'does not belong to this definition and attempt',
      definition === undefined ||
        made === undefined ||
        equalBytes(spec.context, attemptContext(definitionHash(definition), made.attempt)),
    ],
    ['is not the one that the lock names', made === undefined || equalBytes(made.sid, sid ?? zero32)],
  ];
  return rules.filter(([, holds]) => !holds).map(([what]) => `${path} line 1: the session ${what}`);
}

const isOfEpoch = (spec: Spec, old: EpochRecord): boolean =>
  equalBytes(spec.keyId, old.keyId) &&
  equalBytes(spec.epochId, epochIdOf(old)) &&
  spec.threshold === old.threshold;

const areSeated = (spec: Spec, definition: ChangeDefinition): boolean =>
  spec.participants.every((one) =>
    seatsOf(definition).some(
      ({ index, identityPk }) => index === one.index && equalBytes(identityPk, one.identityPk),
    ),
  );

/**
 * Members and threshold are as agreed; who deals is a choice among those who have signed and hold a share.
 */
const hasTerms = ({ reshare }: Spec, agreed: ReshareTerms): boolean =>
  reshare?.threshold === agreed.threshold &&
  String(reshare.members) === String(agreed.members) &&
  reshare.dealers.every((index) => agreed.dealers.includes(index));

/**
 * Who was caught dealing or complaining falsely is left out of the result; that is no fault of the result.
 */
function recheckFindings(file: TranscriptFile, replay: ReshareReplay): readonly Result[] {
  const { findings, removed, result, acks } = replay;
  const isDone = file.outcome === 'done';
  const isExcused = (check: string, accused: number | undefined): boolean =>
    result !== undefined && (check === 'H4' || check === 'H7') && removed.some((index) => index === accused);
  const problems = findingProblems(
    file.path,
    findings.filter(({ check, accused }) => !isExcused(check, accused)),
  );
  const members = file.spec.reshare?.members ?? [];
  if (isDone && acks.length < members.length)
    problems.push(`${file.path}: not every new member has acknowledged its share`);
  if (!isDone && problems.length > 0)
    return [skip('V4', `the session was ${file.outcome}: ${problems.join('; ')}`)];
  const left = removed.length === 0 ? '' : `; left out for cheating: ${removed.join(', ')}`;
  const chosen = result?.prepared.dealers.map(({ index }) => index).join(', ') ?? 'nobody yet';
  return [
    unless('V4', problems, `${findings.length} checks hold; what counts was dealt by ${chosen}${left}`),
  ];
}

/**
 * Whether the epoch of the lock is what the messages make. A member that had given up waiting may hold less
 * of the session than was needed, and the certificate from another one.
 */
function recheckResult(lock: Lock, file: TranscriptFile, { envelopes, replay }: Replayed): readonly Result[] {
  const result = replay?.result;
  const isDone = file.outcome === 'done';
  if (result === undefined && !isDone)
    return [skip('V5', `${file.path} ends before the votes are in; copies of other members may hold more`)];
  const isMade = result !== undefined && equalBytes(result.certHash, lock.certificate.hash);
  const made = isMade ? [] : [`${file.path}: the messages make another epoch than the one in lock.json`];
  const root = rootOf(file, envelopes.view, epochIdOf(lock.record));
  const isRoot = !isDone || (file.root !== undefined && equalBytes(file.root, root));
  return [
    unless('V5', made, 'dealers, public polynomial and certificate computed from the messages'),
    ...(isRoot ? [] : [fail('V8', `${file.path} line 1: the root is ${to0x(root)}`)]),
  ];
}

function recheckLock(lock: Lock, previous: Lock | undefined): readonly Result[] {
  const { record } = lock;
  const shares = forParties(
    record.members.map(({ index }) => index),
    (j) => publicShareOf(record, j),
  );
  const broken = successionRules(previous).filter(({ holds }) => !holds(lock));
  const before =
    previous === undefined
      ? 'as far as the lock shows; the one before it is not here'
      : `epoch ${previous.record.epochNo}`;
  return [
    fitsDefinition(lock)
      ? pass('V1', 'the committee of the key is that of the definition')
      : fail('V1', 'lock.json: the committee of the key is not that of the definition'),
    interpolatesToKey(record.threshold, shares, publicKeyOf(record))
      ? pass(
          'V5',
          `any ${record.threshold} of the ${record.members.length} public shares give the public key`,
        )
      : fail('V5', 'lock.json: the public shares do not belong to the public key'),
    recheckProofs(lock),
    unless(
      'V7',
      broken.map(({ what }) => `lock.json: it does not hold that ${what}`),
      `the same key, dealt, acknowledged and committed; before it ${before}`,
    ),
    recheckCountersignatures(lock),
  ];
}

function recheckProofs(lock: Lock): Result {
  const { proofs } = lock;
  if (!hasSoundProofs(lock)) return fail('V6', 'lock.json: a test signature is not by the key');
  const signers = proofs.map((proof) => proof.signers.join('+')).join(', ');
  // One member that is away can keep every test quorum from signing; its own proof is in the certificate.
  if (proofs.length === 0)
    return pass('V6', 'no test signature yet; every new share is proven in the certificate');
  const rest = isProvenByKey(lock) ? '' : '; not yet by quorums that hold every member';
  return pass('V6', `${proofs.length} signatures by the key, low-s, by ${signers}${rest}`);
}

function recheckCountersignatures(lock: Lock): Result {
  const { record, signatures } = lock;
  if (!hasSoundSignatures(lock))
    return fail('V8', 'lock.json: a countersignature is not of a member for this lock');
  if (signatures.length < record.threshold)
    return fail(
      'V8',
      `lock.json: ${signatures.length} members have countersigned it, ${record.threshold} must`,
    );
  const missing = unsignedBy(lock);
  return pass(
    'V8',
    missing.length === 0
      ? `signed by all ${record.members.length} members`
      : `signed by ${signatures.length} members; not yet by ${missing.join(', ')}`,
  );
}
