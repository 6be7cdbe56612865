import type { PartyIndex } from '../crypto/brand.ts';
import { equalBytes, to0x } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import type { Lock } from '../chain/lock.ts';
import { parseLock } from '../chain/lock-file.ts';
import { type Seat, seatsOf } from '../protocols/ceremony/definition.ts';
import { identityText, nameOf } from '../protocols/ceremony/names.ts';
import { envelopeKinds } from '../protocols/kernel/envelope.ts';
import { isFrom } from '../protocols/replay.ts';
import { auditSource } from './audit.ts';
import type { AuditTools } from './audit-signature.ts';
import type { Expectations } from './expectations.ts';
import { isAudited, isReceiptFile, kindOf } from './kinds.ts';
import { type Folder, inOrder, readFrom } from './reading.ts';
import { readReceipt, receiptProblems } from './receipt.ts';
import {
  type CheckTable,
  type Facts,
  type Report,
  type Result,
  fail,
  reportOf,
  skip,
  unless,
} from './report.ts';
import { type AuditSource, foldersIn, loadFolder, sourceOf } from './source.ts';
import { type TranscriptFile, readTranscript } from './transcript-file.ts';

/** What a node can show of its own part in a ceremony or a signature. [product, 5.9] */
export const personalChecks: CheckTable = {
  M1: { title: 'member', meaning: 'The member held this seat, with its own identity key, in every session.' },
  M2: {
    title: 'messages',
    meaning: 'One message of the member stands in every round, and the member signed it.',
  },
  M3: {
    title: 'counted',
    meaning: 'What the member gave is a part of the result: without it, another result would have come out.',
  },
  M4: {
    title: 'result',
    meaning: 'The result is the one of these messages: all other checks of the folder hold.',
  },
  RC: {
    title: 'receipt',
    meaning: 'The member itself has signed that these are its messages and their result.',
  },
};

/** The files of one ceremony or one signature, and what the audit of all of them says. */
export interface Audited {
  readonly folder: Folder;
  readonly reports: readonly Report[];
}

/** The audit of one folder, and the part of one member in it. */
export interface PersonalAudit {
  /** On the whole folder. */
  readonly reports: readonly Report[];
  /** On the part of the member. */
  readonly receipt: Report;
}

/**
 * The part of one member in the ceremony or the signature of a folder. `member` is its index, its name in the
 * committee, its two-word name, or its identity. @throws InputError nothing-to-audit | receipt-mismatch
 */
export async function auditReceipt(
  source: AuditSource,
  member: string,
  expectations: Expectations,
  tools: AuditTools,
): Promise<PersonalAudit> {
  const own = foldersIn(source.list()).find(({ path }) => path === '.');
  const folder = await loadFolder(source, own ?? { path: '.', names: [] }, isAudited);
  // What lies below is not of this ceremony or signature.
  const leftOut = source.leftOut().filter(({ path }) => !path.includes('/'));
  const { reports } = await auditSource(sourceOf(folder.files, folder.unread, leftOut), expectations, tools);
  return { reports, receipt: receiptOf({ folder, reports }, member) };
}

/** The part of one member of an audited folder. @throws InputError nothing-to-audit | receipt-mismatch */
export function receiptOf({ folder, reports }: Audited, member: string): Report {
  const kind = kindOf([...folder.files.keys(), ...(folder.unread?.keys() ?? [])]);
  const names = kind === 'ceremony' ? ['transcript.jsonl'] : ['presign.jsonl', 'sign.jsonl'];
  const lock = readFrom(folder, 'lock.json', parseLock);
  if (kind === undefined || lock.value === undefined)
    throw new InputError('nothing-to-audit', folder.path, lock.problem ?? 'no ceremony and no signature');
  const seat = seatIn(lock.value, member);
  const reads = names.map((name) => readFrom(folder, name, readTranscript));
  const files = reads.flatMap(({ value }) => value ?? []);
  const problems = [...reads.flatMap(({ problem }) => problem ?? []), ...messageProblems(seat, files)];
  const count = files.flatMap((file) => ownIn(file, seat.index)).length;
  const results: readonly Result[] = [
    unless('M1', seatProblems(seat, files), `party ${seat.index}, ${identityText(seat.identityPk)}`),
    unless('M2', problems, `${count} messages of ${files.length} sessions`),
    kind === 'ceremony' ? recheckDealt(seat, lock.value, files) : recheckShared(seat, files),
    unless('M4', wrongIn(reports), `${reports.flatMap(({ checks }) => checks).length} checks`),
    recheckOwnReceipt(folder, lock.value, { seat, files, kind }),
  ];
  return reportOf({ kind: 'receipt', path: folder.path }, personalChecks, results, factsOf(seat, files));
}

function seatIn({ definition: { definition } }: Lock, member: string): Seat {
  const seats = seatsOf(definition);
  const found = seats.filter(({ index, name, identityPk }) =>
    [String(index), name, nameOf(identityPk), identityText(identityPk)].includes(member),
  );
  const [seat] = found;
  if (seat !== undefined && found.length === 1) return seat;
  const known = seats.map(({ index, name }) => `${index} ${name}`).join(', ');
  throw new InputError('receipt-mismatch', 'member', `${member} is none of the members: ${known}`);
}

const seatProblems = (seat: Seat, files: readonly TranscriptFile[]): readonly string[] =>
  files
    .filter(
      ({ spec }) =>
        !spec.participants.some(
          ({ index, identityPk }) => index === seat.index && equalBytes(identityPk, seat.identityPk),
        ),
    )
    .map(({ path }) => `${path}: party ${seat.index} took no part in this session`);

/** The broadcasts of a member, in the order of the file. */
const ownIn = ({ entries }: TranscriptFile, index: PartyIndex): TranscriptFile['entries'] =>
  entries.filter(
    ({ envelope: { header } }) => header.kind === envelopeKinds.broadcast && header.from === index,
  );

function messageProblems({ index }: Seat, files: readonly TranscriptFile[]): readonly string[] {
  return files.flatMap((file) => {
    const own = ownIn(file, index);
    const forged = own.filter(({ envelope }) => !isFrom(file.spec, envelope));
    const rounds = new Set(
      file.entries
        .filter(({ envelope: { header } }) => header.kind === envelopeKinds.broadcast)
        .map(({ envelope: { header } }) => header.round),
    );
    for (const { envelope } of own) rounds.delete(envelope.header.round);
    return [
      ...forged.map(({ line }) => `${file.path} line ${line}: party ${index} has not signed this message`),
      ...[...rounds].map((round) => `${file.path}: round ${round} holds no message of party ${index}`),
    ];
  });
}

/** A key is the sum of what all members dealt; an epoch, of what the chosen ones did. */
function recheckDealt(
  { index }: Seat,
  { record, certificate }: Lock,
  files: readonly TranscriptFile[],
): Result {
  if (files.length === 0) return unless('M3', ['transcript.jsonl: cannot be read'], '');
  const isMember = record.members.some((member) => member.index === index);
  const holds = isMember ? 'holds a share of the result' : 'left with this epoch';
  if (certificate.kind === 'keygen')
    return unless(
      'M3',
      isMember ? [] : [`lock.json: party ${index} is no member of the key`],
      'the key is the sum of what all members dealt, and each holds a share',
    );
  const dealt = certificate.prepared.dealers.some((dealer) => dealer.index === index);
  const acked = certificate.acks.some((ack) => ack.index === index);
  const isPart = dealt || (isMember && acked);
  return unless(
    'M3',
    isPart ? [] : [`lock.json: party ${index} neither dealt nor acknowledged a share`],
    `${dealt ? 'dealt what the epoch is made of' : 'dealt nothing that was chosen'}, and ${holds}`,
  );
}

/** The nonce of a signature is the sum of those of its signers, and the signature that of their parts. */
function recheckShared({ index }: Seat, files: readonly TranscriptFile[]): Result {
  const online = files.find(({ proto }) => proto === 'sign');
  if (online === undefined) return unless('M3', ['sign.jsonl: cannot be read'], '');
  const last = ownIn(online, index).at(-1);
  if (online.outcome !== 'done' || online.signing?.signature === undefined) {
    const how = `there is no result to be in: the session ended as ${online.outcome}, without a signature`;
    return fail('M3', how);
  }
  return unless(
    'M3',
    last !== undefined ? [] : [`sign.jsonl: no part of the signature is from party ${index}`],
    `its part is in line ${last?.line ?? 0} of sign.jsonl`,
  );
}

const wrongIn = (reports: readonly Report[]): readonly string[] =>
  reports.flatMap(({ checks }) =>
    checks.filter(({ verdict }) => verdict === 'fail').map(({ id, detail }) => `${id}: ${detail}`),
  );

interface Part {
  readonly seat: Seat;
  readonly files: readonly TranscriptFile[];
  readonly kind: 'ceremony' | 'signature';
}

/** The file with which the member states the same. A signature has none: its part is its statement. */
function recheckOwnReceipt(folder: Folder, lock: Lock, { seat, files, kind }: Part): Result {
  const [file] = files;
  if (kind === 'signature')
    return skip('RC', 'a signature has no receipts: the messages are signed one by one');
  const names = [...folder.files.keys()].filter(isReceiptFile).sort(inOrder);
  const own = names.flatMap((name) => {
    const { value } = readFrom(folder, name, readReceipt);
    return value?.index === seat.index ? [{ name, receipt: value }] : [];
  });
  if (own.length === 0 || file === undefined)
    return skip('RC', `no receipt of party ${seat.index} is in this folder: ask it for one`);
  return unless(
    'RC',
    own.flatMap(({ name, receipt }) =>
      receiptProblems(receipt, lock, file).map((what) => `${name}: ${what}`),
    ),
    own.map(({ name }) => name).join(', '),
  );
}

function factsOf({ index, name, identityPk }: Seat, files: readonly TranscriptFile[]): Facts {
  const facts: Record<string, string> = { member: `${index} ${name}`, identity: identityText(identityPk) };
  for (const file of files) {
    facts[`${file.proto} root`] = file.root === undefined ? 'not stated' : to0x(file.root);
    for (const { line, envelope } of ownIn(file, index))
      facts[`${file.proto} round ${envelope.header.round}`] = `${to0x(envelope.eid)} line ${line}`;
  }
  return facts;
}
