import { attempt, decode, encode } from '../crypto/codec.ts';
import { type Signature, recoverPublicKey, signatureCodec, verifyDigest } from '../crypto/ecdsa.ts';
import { fromHex, toHex } from '../crypto/bytes.ts';
import type { Lock } from '../chain/lock.ts';
import type { PartyIndex } from '../crypto/brand.ts';
import { identityText } from '../protocols/ceremony/names.ts';
import { isQuorumOf, publicKeyOf } from '../protocols/epoch.ts';
import { seatName } from './log-heads.ts';
import type { Named } from './log-records.ts';
import {
  type EpochRow,
  type PresignRow,
  type Row,
  SETTLED_MS,
  type SignRow,
  type VerdictRow,
  rowsOf,
} from './log-rows.ts';
import { type Registry, epochName } from './registry.ts';
import { type Result, skip, unless } from './report.ts';

/** Sessions that run at once end in another order than they took their rows in the guard. */
const MAX_LATE_ROWS = 64;
/** Milliseconds after a verdict in which what was under way may end. */
const UNDER_WAY_MS = 60_000;

const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);

/** The lock of the epoch that a row is of. */
const lockOf = ({ keyId, epochNo }: Row, registry: Registry): Lock | undefined =>
  registry.ofNumber(bytesOf(keyId), epochNo);

/** The signature of a row, decoded: `undefined` for bytes that are none. */
export const signatureOf = ({ signature }: SignRow): Signature | undefined =>
  attempt(() => decode(signatureCodec, bytesOf(signature), 'signature'));

/** Every done entry holds a signature by its key over its digest, by a quorum with the owner in it. */
export function recheckSignatures(
  id: string,
  rows: readonly Row[],
  { registry, own }: { readonly registry: Registry; readonly own: ReadonlySet<string> },
): Result {
  const signs = rowsOf(rows, 'sign');
  const problems = signs.flatMap((row) => {
    const what = wrongIn(row, lockOf(row, registry), own);
    return what === undefined ? [] : [`${row.where}: ${what}`];
  });
  for (const row of rowsOf(rows, 'presign')) {
    const lock = lockOf(row, registry);
    const isLegal = row.outcome !== 'done' || (lock !== undefined && isQuorumOf(lock.record, row.quorum));
    if (!isLegal) problems.push(`${row.where}: prepared by others than a quorum of epoch ${row.epochNo}`);
  }
  const done = signs.filter(({ outcome }) => outcome === 'done').length;
  return unless(id, problems, `${done} signatures by the key, of ${signs.length} sessions`);
}

function wrongIn(row: SignRow, lock: Lock | undefined, own: ReadonlySet<string>): string | undefined {
  if (row.outcome !== 'done')
    return row.signature === '' ? undefined : `states a signature, and that the session was ${row.outcome}`;
  if (lock === undefined) return `the lock of epoch ${row.epochNo} of its key is not here`;
  const { record } = lock;
  if (!isQuorumOf(record, row.quorum)) return `signed by others than a quorum of epoch ${row.epochNo}`;
  if (!row.quorum.some((index) => own.has(seatName(row.keyId, index))))
    return 'the owner of the log was not in the quorum';
  const signature = signatureOf(row);
  const isWhole = signature !== undefined && toHex(encode(signatureCodec, signature)) === row.signature;
  if (!isWhole) return 'is done, and its signature is none';
  const [digest, key] = [bytesOf(row.digest), publicKeyOf(record)];
  const isByKey =
    verifyDigest(key, digest, signature) && recoverPublicKey(digest, signature)?.equals(key) === true;
  return isByKey ? undefined : 'its signature is not one by the key over its digest';
}

/** Values of which none may be two rows'. */
export function twice<T>(
  items: readonly T[],
  valueOf: (item: T) => string | undefined,
  whereOf: (item: T) => string,
  what: string,
): readonly string[] {
  const seen = new Map<string, T>();
  return items.flatMap((item) => {
    const value = valueOf(item);
    if (value === undefined) return [];
    const known = seen.get(value);
    if (known === undefined) seen.set(value, item);
    return known === undefined ? [] : [`${whereOf(item)}: ${what} ${whereOf(known)}`];
  });
}

/** Each preparation was used up by one session, and the guard has grown with each. [protocol, 14.3 A8] */
export function recheckUse(id: string, rows: readonly Row[]): Result {
  const signs = rowsOf(rows, 'sign');
  const problems = [
    ...twice(
      signs,
      ({ presigId }) => presigId,
      ({ where }) => where,
      'uses up the preparation of',
    ),
    ...sharedRowsOf(signs),
    ...unpreparedIn(rows),
    ...fallingIn(signs),
  ];
  return unless(id, problems, `${signs.length} preparations, each used once, each with its row in the guard`);
}

/** What did not come to its end was not prepared: who has no result of it has nothing to sign with. */
function unpreparedIn(rows: readonly Row[]): readonly string[] {
  const failed = new Map(
    rowsOf(rows, 'presign')
      .filter(({ outcome }) => outcome !== 'done' && outcome !== 'discarded')
      .map((row) => [row.sid, row]),
  );
  return rowsOf(rows, 'sign').flatMap(({ where, presignSid, outcome }) => {
    const preparing = outcome === 'interrupted' ? undefined : failed.get(presignSid);
    return preparing === undefined ? [] : [`${where}: uses what ${preparing.where} says was never prepared`];
  });
}

/**
 * A row in the guard stands for one content: only who is asked for the same again, by another group of
 * members or in a later epoch, answers under the row that it has.
 */
function sharedRowsOf(signs: readonly SignRow[]): readonly string[] {
  const seen = new Map<string, SignRow>();
  return signs.flatMap((row) => {
    const name = `${row.keyId} ${row.guardCount}`;
    const first = seen.get(name) ?? row;
    seen.set(name, first);
    return row.digest === first.digest
      ? []
      : [`${row.where}: has the row in the sign guard of ${first.where}`];
  });
}

/**
 * The guard only grows: a row far below one that was there is of a guard that went back. Not so where the
 * log knows that row, nor where a start has given it the entry that it lacked.
 */
function fallingIn(signs: readonly SignRow[]): readonly string[] {
  const largest = new Map<string, SignRow>();
  const known = new Set<string>();
  return signs.flatMap((row) => {
    const name = `${row.keyId} ${row.guardCount} ${row.digest}`;
    if (known.has(name) || row.outcome === 'interrupted') return [];
    known.add(name);
    const before = largest.get(row.keyId);
    if (before === undefined || row.guardCount > before.guardCount) largest.set(row.keyId, row);
    if (before === undefined || row.guardCount + MAX_LATE_ROWS > before.guardCount) return [];
    return [`${row.where}: the sign guard has ${row.guardCount} rows, and had ${before.guardCount} before`];
  });
}

/** No two signatures share a nonce, nor do two preparations. [protocol, 14.3 A4] */
export function recheckNonces(id: string, rows: readonly Row[], named: readonly Named[]): Result {
  const done = rowsOf(rows, 'sign').filter(({ outcome }) => outcome === 'done');
  const sessions = new Map<string, { readonly where: string; readonly nonces: readonly string[] }>();
  for (const { facts, row } of named) {
    if (facts?.shown.kind !== 'sign' && facts?.shown.kind !== 'presign') continue;
    const sid = facts.shown.kind === 'sign' ? facts.shown.presignSid : facts.shown.sid;
    if (sid !== undefined && !sessions.has(sid))
      sessions.set(sid, { where: row.where, nonces: facts.shown.nonces });
  }
  const nonces = [...sessions.values()].flatMap((one) => one.nonces.map((nonce) => ({ ...one, nonce })));
  const problems = [
    ...twice(
      done,
      ({ signature }) => signature.slice(0, 64),
      ({ where }) => where,
      'has the same r as',
    ),
    ...twice(
      nonces,
      ({ nonce }) => nonce,
      ({ where }) => where,
      'shows a nonce of',
    ),
  ];
  return unless(
    id,
    problems,
    `${done.length} signatures and ${sessions.size} preparing sessions, all of their nonces distinct`,
  );
}

/**
 * Epochs come in order, under the certificates of their locks. What is done is done in the epoch that is
 * active at this place of the log: not in one that is over, nor for a key that was left.
 */
export function recheckEpochs(id: string, rows: readonly Row[], registry: Registry): Result {
  const problems: string[] = [];
  const places = new Map<string, EpochPlace>();
  for (const row of rows) {
    const place = places.get(row.keyId);
    if (row.kind === 'sign' || row.kind === 'presign') problems.push(...outOfEpoch(row, place));
    if (row.kind !== 'epoch') continue;
    const { ofEpoch, state } = row;
    problems.push(...withoutLock(row, registry));
    if (state === 'active' && place !== undefined && ofEpoch <= place.active)
      problems.push(`${row.where}: epoch ${ofEpoch} is active after epoch ${place.active}`);
    if (state === 'active') places.set(row.keyId, { active: ofEpoch, since: row, left: undefined });
    else if (state === 'left' && place !== undefined) places.set(row.keyId, { ...place, left: row });
    else if (state === 'left') places.set(row.keyId, { active: ofEpoch, since: row, left: row });
  }
  const count = rowsOf(rows, 'epoch').length;
  return count === 0 && problems.length === 0
    ? skip(id, 'the log tells of no epoch')
    : unless(id, problems, `${count} changes of epochs`);
}

/** Where a log is in the epochs of a key. */
interface EpochPlace {
  readonly active: number;
  readonly since: EpochRow;
  readonly left: EpochRow | undefined;
}

function withoutLock({ keyId, ofEpoch, certHash, where }: EpochRow, registry: Registry): readonly string[] {
  const lock = registry.ofNumber(bytesOf(keyId), ofEpoch);
  if (lock === undefined) return [`${where}: the lock of epoch ${ofEpoch} of its key is not here`];
  return isCertificateOf(lock, certHash)
    ? []
    : [`${where}: another certificate than that of the lock of epoch ${ofEpoch}`];
}

/**
 * What was under way when an epoch ended may end behind it. Before the first epoch there are preparations and
 * test messages, which are signed before there is a lock, and of which there is no file.
 */
function outOfEpoch(row: SignRow | PresignRow, place: EpochPlace | undefined): readonly string[] {
  if (row.outcome !== 'done') return [];
  const { where, epochNo, atMs } = row;
  if (place === undefined)
    return row.kind === 'presign' || row.record === undefined
      ? []
      : [`${where}: signs in epoch ${epochNo}, of which the log does not say that it is active`];
  const { active, since, left } = place;
  if (left !== undefined && atMs > left.atMs + SETTLED_MS)
    return [`${where}: signs for a key that the owner has left`];
  if (epochNo > active) return [`${where}: is of epoch ${epochNo}, and epoch ${active} is active`];
  return epochNo < active && Math.abs(atMs - since.atMs) > SETTLED_MS
    ? [`${where}: is of epoch ${epochNo}, which had ended by ${since.where}`]
    : [];
}

/** A first epoch has no certificate of activation: none is named, or that of its key generation. */
const isCertificateOf = ({ certificate }: Lock, certHash: string): boolean =>
  certHash === toHex(certificate.hash) || (certificate.kind === 'keygen' && /^0+$/.test(certHash));

/** What proof of these shows is for operators to deal with: no rule leaves the member out of quorums. */
const LEFT_TO_OPERATORS: readonly string[] = ['split-view', 'double-commit'];

/**
 * Who was proven guilty takes part in nothing that succeeds, until an operator takes it back: an identity, in
 * whatever seat of whatever epoch it is found. [protocol, 10.1]
 */
export function recheckExclusions(id: string, rows: readonly Row[], registry: Registry): Result {
  const problems: string[] = [];
  const nameOf = namesIn(registry);
  const out = new Map<string, Row>();
  const convicted = new Map<string, string>();
  for (const row of rows) {
    if (row.kind === 'verdict' && !LEFT_TO_OPERATORS.includes(row.code)) {
      const name = nameOf(row, row.culprit);
      convicted.set(row.session, name);
      if (!out.has(name)) out.set(name, row);
    } else if (row.kind === 'readmitted')
      out.delete(convicted.get(row.evidenceOf) ?? nameOf(row, row.member));
    else if (out.size > 0 && (row.kind === 'sign' || row.kind === 'presign') && row.outcome === 'done')
      for (const index of row.quorum) {
        const verdict = out.get(nameOf(row, index));
        if (verdict !== undefined && row.atMs > verdict.atMs + UNDER_WAY_MS)
          problems.push(`${row.where}: party ${index} takes part, and is excluded by ${verdict.where}`);
      }
  }
  const count = rowsOf(rows, 'verdict').length;
  return count === 0 && problems.length === 0
    ? skip(id, 'nobody was proven guilty')
    : unless(id, problems, `${count} verdicts, and nothing was done with who they exclude`);
}

/** Who has a seat, by key; where the lock of the epoch is not here, whoever has it in that epoch. */
function namesIn(registry: Registry): (row: Row, index: PartyIndex) => string {
  const epochs = new Map<string, Lock | undefined>();
  return (row, index) => {
    const { keyId, epochNo } = row;
    const epoch = epochName(keyId, epochNo);
    if (!epochs.has(epoch)) epochs.set(epoch, lockOf(row, registry));
    const seat = epochs.get(epoch)?.record.members.find((member) => member.index === index);
    return seat === undefined ? `${epoch} ${index}` : `${keyId} ${toHex(seat.identityPk)}`;
  };
}

/** By what it is known who was convicted. */
interface Seats {
  readonly registry: Registry;
  /** That of the log, as hex. */
  readonly cluster: string;
}

/**
 * Verdicts, judged again from their evidence. Evidence judges itself, also that of a cluster that somebody
 * has made up, with an index for everybody: it convicts whose identity has the seat here. [protocol, 14.3 A9]
 */
export function recheckVerdicts(
  id: string,
  rows: readonly Row[],
  named: readonly Named[],
  seats: Seats,
): Result {
  const verdicts = rowsOf(rows, 'verdict');
  if (verdicts.length === 0) return skip(id, 'nobody was proven guilty');
  const facts = new Map(named.map((one) => [one.row, one.facts]));
  const problems = verdicts.flatMap((row) => {
    const shown = facts.get(row);
    if (shown === undefined) return [`${row.where}: the evidence is not here`];
    const isGuilty = shown.ok && shown.shown.kind === 'verdict' && shown.shown.culprit === row.culprit;
    if (!isGuilty) return [`${row.where}: the evidence does not convict party ${row.culprit}`];
    const { identity, session } = shown.shown;
    if (session !== row.session) return [`${row.where}: the evidence is about another session`];
    return isSeated(row, identity, seats)
      ? []
      : [`${row.where}: the evidence convicts ${identity}, which does not have the seat ${row.culprit} here`];
  });
  return unless(id, problems, `${verdicts.length} verdicts, judged again`);
}

/** Whether an identity has the seat that a verdict names, by a lock of this cluster that holds. */
const isSeated = (
  { culprit, keyId }: VerdictRow,
  identity: string | undefined,
  { registry, cluster }: Seats,
): boolean =>
  registry
    .seats()
    .some(
      (seat) =>
        seat.index === culprit &&
        (seat.keyId === keyId || /^0+$/.test(keyId)) &&
        identityText(seat.identityPk) === identity &&
        registry.clustersOf(seat.identityPk).has(cluster),
    );
