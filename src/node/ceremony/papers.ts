import { type DoubleCommitFile, writeDoubleCommit } from '../../audit/double-commit.ts';
import { writeEvidence } from '../../audit/evidence-file.ts';
import { makeReceipt, writeReceipt } from '../../audit/receipt.ts';
import type { EpochRecord } from '../../protocols/epoch.ts';
import { decodeEvidence } from '../../protocols/kernel/evidence.ts';
import { type Spec, specHash } from '../../protocols/kernel/spec.ts';
import { certHashOf } from '../../protocols/reshare/activation.ts';
import { type Outcome, readTranscript, writeTranscript } from '../../audit/transcript-file.ts';
import { readLock, writeLock } from '../../chain/lock-file.ts';
import type { Lock } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { toHex } from '../../crypto/bytes.ts';
import type { CeremonyState } from '../api.ts';
import type { Disk, Log } from '../../system/ports.ts';
import type { Identity } from '../identity.ts';
import type { Ending, PlainTranscript } from '../sessions/messages.ts';
import { isOrdinary } from '../supervise.ts';
import type { EventLog } from './events.ts';

/** Where the papers of a ceremony lie, and who makes them. */
export interface Desk {
  readonly disk: Disk;
  readonly folder: string;
  readonly log: Log;
  readonly identity: Identity;
}

/**
 * Writes a paper without which the ceremony is what it is. A failure is logged. Returns whether it is there.
 */
function keep(
  { disk, folder, log }: Pick<Desk, 'disk' | 'folder' | 'log'>,
  name: string,
  make: () => Uint8Array,
): boolean {
  try {
    disk.create(`${folder}/${name}`, make());
    return true;
  } catch (error) {
    if (!isOrdinary(error)) throw error;
    log.error('paper not written', { name, reason: error.code, detail: error.message });
    return false;
  }
}

/**
 * Keeps the transcript of a finished session; one whose thread died has none. That of a session that was
 * resumed behind its end is there already.
 */
export function keepTranscript(desk: Desk, ending: Ending, transcript: PlainTranscript): boolean {
  if (desk.disk.read(`${desk.folder}/transcript.jsonl`) !== undefined) return true;
  if (transcript.spec.length === 0) return false;
  const outcome: Outcome = ending.kind === 'done' ? 'done' : 'aborted';
  const root = ending.kind === 'done' ? ending.root : undefined;
  return keep(desk, 'transcript.jsonl', () => writeTranscript(transcript, { outcome, root }));
}

/** The lock as it is on disk, where it is written if there is none; durable when it returns. */
export function lockOnDisk(disk: Disk, path: string, made: Lock): Lock {
  const found = disk.read(path);
  if (found === undefined) {
    disk.create(path, writeLock(made));
    return made;
  }
  disk.replace(path, found); // a process that was killed may have left it in the cache only
  return readLock(found, path);
}

/** The session that evidence is about. */
export interface Accused {
  /** `undefined` before there is one. */
  readonly spec: Spec | undefined;
  /** Of the epoch that a reshare leaves. */
  readonly record: EpochRecord | undefined;
}

/** Keeps evidence against a party of a session, if there is any; `name` tells files of one session apart. */
export const keepEvidence = (
  desk: Desk,
  { spec, record }: Accused,
  name: string,
  evidence: Uint8Array | undefined,
): boolean =>
  spec !== undefined &&
  evidence !== undefined &&
  keep(desk, `evidence/${toHex(specHash(spec)).slice(0, 8)}-${name}.json`, () =>
    writeEvidence({ reason: name, spec, record, evidence: decodeEvidence(evidence) }),
  );

/** Keeps what proves that a member has committed twice. Returns the path, also of a file of before. */
export function keepDoubleCommit(
  desk: Pick<Desk, 'disk' | 'folder' | 'log'>,
  proof: DoubleCommitFile,
): string | undefined {
  const { prepared, commit } = proof.second;
  const name = `evidence/${toHex(certHashOf(prepared)).slice(0, 8)}-double-commit-${commit.index}.json`;
  const path = `${desk.folder}/${name}`;
  const isThere = desk.disk.read(path) !== undefined || keep(desk, name, () => writeDoubleCommit(proof));
  return isThere ? path : undefined;
}

/** Keeps one member's proof of its own part, from the transcript that lies beside the lock. */
export function keepReceipt(desk: Desk, lock: Lock, self: PartyIndex): boolean {
  const { disk, folder, identity } = desk;
  const path = `${folder}/transcript.jsonl`;
  return keep(desk, `receipt-${identity.name}.json`, () => {
    const transcript = readTranscript(disk.read(path) ?? new Uint8Array(0), path);
    return writeReceipt(makeReceipt(transcript, lock, self, (hash) => identity.sign('receipt', hash)));
  });
}

/** What happened in a session that named culprits, for people. */
export const blameText = (code: string, accused: readonly string[], isProven: boolean): string =>
  `${code}${accused.length === 0 ? '' : ` by ${accused.join(', ')}`}${isProven ? ' (evidence written)' : ''}`;

/** How a ceremony ended, for people. */
export interface Failure {
  readonly state: CeremonyState;
  readonly before: CeremonyState;
  readonly reason: string;
  /** What happened, which peer, which limit. */
  readonly what: string;
  readonly accused: readonly string[];
  /** The disk did not let go of the pending share. */
  readonly isKept: boolean;
}

/** What is on this node's disk when a ceremony ends, for the failure line. [product, 5.8] */
function onDisk({ before, isKept }: Pick<Failure, 'before' | 'isKept'>): string {
  if (before === 'checking' || before === 'complete') return 'The new epoch is active';
  return isKept ? 'A pending share was kept; it cannot sign' : 'Nothing of the new key was kept';
}

/** What to do next. */
function nextStep({ before, accused }: Pick<Failure, 'before' | 'accused'>): string {
  const again = `propose again${accused.length > 0 ? ` without ${accused.join(', ')}` : ''}`;
  if (before !== 'checking') return `Next: ${again}.`;
  // The others may hold the complete lock: then the key is in service, and this node only lacks the file.
  const copy = 'copy lock.json from a member whose ceremony is complete and start again';
  return `Next: ${copy}; if none is, ${again}.`;
}

/** The two as they stand in an event. */
export const aboutDisk = (failure: Failure): { readonly onDisk: string; readonly next: string } => ({
  onDisk: onDisk(failure),
  next: nextStep(failure),
});

/**
 * One line, always of this form: outcome, phase, what happened, state of this disk, what to do, code.
 * [product, 5.8]
 */
export const failureLine = (failure: Failure): string => {
  const { state, before, what, reason } = failure;
  return `✖ ${state} in ${before}: ${what}. ${onDisk(failure)}. ${nextStep(failure)} [${reason}]`;
};

/** Writes how a ceremony ended behind its other events, also where the disk refuses it. Returns the line. */
export function tellFailure(events: Pick<EventLog, 'last'>, attempt: number, failure: Failure): string {
  const { reason, accused, state } = failure;
  const text = failureLine(failure);
  events.last(attempt, 'aborted', { accused, ...aboutDisk(failure), reason, text });
  events.last(attempt, 'result', { ok: false, state, reason, text });
  return text;
}
