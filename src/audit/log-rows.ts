import type { PartyIndex } from '../crypto/brand.ts';
import { toHex } from '../crypto/bytes.ts';
import type { LogEvent, RecordRef } from '../chain/log/entry.ts';
import type { LogLine } from '../chain/log/log-file.ts';

/** A file that an entry names; `path` relative to the folder of the log, `hash` as hex. */
export interface NamedRecord {
  readonly path: string;
  readonly hash: string;
}

/** Milliseconds by which clocks of members differ, and in which an entry is written. */
export const SETTLED_MS = 120_000;

/** What every row has. */
interface Place {
  readonly seq: number;
  /** File, line and entry. */
  readonly where: string;
  readonly atMs: number;
  readonly keyId: string;
  readonly epochNo: number;
}

/** A session that signs. Byte strings as hex, here and in all rows. */
export interface SignRow extends Place {
  readonly kind: 'sign';
  readonly sid: string;
  readonly requestId: string;
  readonly attempt: number;
  readonly quorum: readonly PartyIndex[];
  readonly presignSid: string;
  readonly presigId: string;
  readonly digest: string;
  readonly outcome: string;
  readonly signature: string;
  readonly root: string;
  readonly guardCount: number;
  readonly record: NamedRecord | undefined;
}

/** A session that prepares. */
export interface PresignRow extends Place {
  readonly kind: 'presign';
  readonly sid: string;
  readonly quorum: readonly PartyIndex[];
  readonly batch: number;
  readonly outcome: string;
  readonly root: string;
  readonly record: NamedRecord | undefined;
}

/** A ceremony. */
export interface CeremonyRow extends Place {
  readonly kind: 'ceremony';
  readonly ceremony: string;
  readonly what: string;
  readonly sid: string;
  readonly outcome: string;
  readonly record: NamedRecord | undefined;
}

/** A member that evidence has convicted. */
export interface VerdictRow extends Place {
  readonly kind: 'verdict';
  readonly session: string;
  readonly culprit: PartyIndex;
  readonly code: string;
  readonly record: NamedRecord | undefined;
}

/** A member that an operator has taken back. */
export interface ReadmittedRow extends Place {
  readonly kind: 'readmitted';
  readonly member: PartyIndex;
  /** The session whose evidence had excluded it, as hex. */
  readonly evidenceOf: string;
}

/** Another epoch. */
export interface EpochRow extends Place {
  readonly kind: 'epoch';
  readonly ofEpoch: number;
  readonly certHash: string;
  readonly state: string;
}

/** The log takes the place of another. */
export interface SucceedsRow extends Place {
  readonly kind: 'succeeds';
  /** Name of that log. */
  readonly predecessor: string;
  readonly instance: string;
}

/** What is only counted. */
export interface OtherRow extends Place {
  readonly kind: 'refused' | 'unresponsive';
}

/** An entry, as far as the audit compares it: without its bytes. */
export type Row =
  SignRow | PresignRow | CeremonyRow | VerdictRow | ReadmittedRow | EpochRow | SucceedsRow | OtherRow;

const named = ({ path, hash }: RecordRef): NamedRecord | undefined =>
  path === '' ? undefined : { path, hash: toHex(hash) };

/** What is kept of an entry that was read. */
export function rowOf({ entry, where }: LogLine): Row {
  const { seq, atMs, keyId, epochNo, event } = entry;
  return { seq, where, atMs, keyId: toHex(keyId), epochNo, ...contentOf(event) };
}

type Content<R extends Row> = R extends Row ? Omit<R, keyof Place> : never;

function contentOf(event: LogEvent): Content<Row> {
  switch (event.kind) {
    case 'sign':
      return signOf(event);
    case 'presign': {
      const { kind, quorum, batch, outcome } = event;
      const hex = { sid: toHex(event.sid), root: toHex(event.root) };
      return { kind, quorum, batch, outcome, ...hex, record: named(event.record) };
    }
    case 'ceremony': {
      const { kind, what, outcome } = event;
      const hex = { ceremony: toHex(event.ceremony), sid: toHex(event.sid) };
      return { kind, what, outcome, ...hex, record: named(event.record) };
    }
    case 'verdict': {
      const { kind, culprit, code } = event;
      return { kind, culprit, code, session: toHex(event.session), record: named(event.evidence) };
    }
    case 'readmitted':
      return { kind: 'readmitted', member: event.member, evidenceOf: toHex(event.evidenceOf) };
    case 'epoch':
      return {
        kind: 'epoch',
        ofEpoch: event.epochNo,
        certHash: toHex(event.certHash),
        state: event.state,
      };
    case 'succeeds': {
      const { kind, predecessor, instance } = event;
      return { kind, predecessor: toHex(predecessor), instance: toHex(instance) };
    }
    default:
      return { kind: event.kind };
  }
}

function signOf(event: Extract<LogEvent, { readonly kind: 'sign' }>): Content<SignRow> {
  const { kind, attempt, quorum, outcome, guardCount } = event;
  return {
    ...{ kind, attempt, quorum, outcome, guardCount },
    sid: toHex(event.sid),
    requestId: toHex(event.requestId),
    presignSid: toHex(event.presignSid),
    presigId: toHex(event.presigId),
    digest: toHex(event.digest),
    signature: toHex(event.signature),
    root: toHex(event.root),
    record: named(event.record),
  };
}

/** Rows of one kind, in their order. */
export const rowsOf = <K extends Row['kind']>(
  rows: readonly Row[],
  kind: K,
): readonly Extract<Row, { readonly kind: K }>[] =>
  rows.filter((row): row is Extract<Row, { readonly kind: K }> => row.kind === kind);
