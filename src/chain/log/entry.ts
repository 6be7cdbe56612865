import type { PartyIndex } from '../../crypto/brand.ts';
import { u8 } from '../../crypto/bytes.ts';
import {
  type Codec,
  blob,
  decode,
  encode,
  fixed,
  indexCodec,
  list,
  malformed,
  struct,
  text,
  u16Codec,
  u32Codec,
  u64Codec,
  u8Codec,
  union,
} from '../../crypto/codec.ts';
import { assert } from '../../crypto/errors.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
import { MAX_MEMBERS } from '../../protocols/epoch.ts';

/** How a session ended. `interrupted`: the node was stopped between consuming a presignature and its end. */
export type Outcome = 'done' | 'aborted' | 'discarded' | 'interrupted';

/** A file that the owner wrote beside the log. */
export interface RecordRef {
  /** Relative to the data folder, at most 160 ASCII characters; empty where nothing was written. */
  readonly path: string;
  /** SHA-256 of the bytes of the file, 32 bytes; zeros where nothing was written. */
  readonly hash: Uint8Array;
}

/** A ceremony that the owner took part in has ended. */
export interface CeremonyEvent {
  /** Hash of the definition, 32 bytes. */
  readonly ceremony: Uint8Array;
  readonly what: 'keygen' | 'reshare';
  /** 32 bytes; zeros if the session never had one. */
  readonly sid: Uint8Array;
  readonly outcome: Outcome;
  /** Code of the failure; empty unless there is one. */
  readonly reason: string;
  readonly culprits: readonly PartyIndex[];
  readonly record: RecordRef;
}

/** A session that prepares presignatures has ended. */
export interface PresignEvent {
  /** 32 bytes; zeros if the session never had one. */
  readonly sid: Uint8Array;
  readonly quorum: readonly PartyIndex[];
  /** How many presignatures it makes. */
  readonly batch: number;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly culprits: readonly PartyIndex[];
  /** Session root, 32 bytes; zeros unless done. */
  readonly root: Uint8Array;
  readonly record: RecordRef;
}

/** A session that signs has ended: after it the presignature is used up, whatever the outcome. */
export interface SignEvent {
  readonly sid: Uint8Array;
  readonly requestId: Uint8Array;
  /** From 0. */
  readonly attempt: number;
  readonly quorum: readonly PartyIndex[];
  /** 32 bytes each. */
  readonly presignSid: Uint8Array;
  readonly presigId: Uint8Array;
  readonly digest: Uint8Array;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly culprits: readonly PartyIndex[];
  /** r (32) ‖ s (32) ‖ parity (1); empty unless done. */
  readonly signature: Uint8Array;
  /** Session root, 32 bytes; zeros unless done. */
  readonly root: Uint8Array;
  /** The place of its row in the sign guard, from 1: a content that is asked for again keeps its row. */
  readonly guardCount: number;
  readonly record: RecordRef;
}

/** The owner did not take part in signing a request. */
export interface RefusedEvent {
  readonly requestId: Uint8Array;
  /** Index of the member that proposed it; 0 for a client of the owner itself. */
  readonly from: number;
  readonly reason: string;
}

/** Evidence was judged: a member is proven guilty. */
export interface VerdictEvent {
  /**
   * Session that the evidence is about; the log for a split view, the epoch that was left for a double
   * commit. 32 bytes.
   */
  readonly session: Uint8Array;
  readonly culprit: PartyIndex;
  readonly code: string;
  readonly evidence: RecordRef;
}

/** An operator takes a member back that a verdict had excluded. */
export interface ReadmittedEvent {
  readonly member: PartyIndex;
  /** Session of the evidence that is set aside, 32 bytes. */
  readonly evidenceOf: Uint8Array;
}

/** The key has another epoch, as this owner knows. */
export interface EpochEvent {
  readonly epochNo: number;
  /** Hash of the activation certificate, 32 bytes; zeros for the first epoch, which has none. */
  readonly certHash: Uint8Array;
  readonly state: 'active' | 'retired' | 'left';
}

/** A member did not answer a public demand in time. Silence proves nothing: this is no verdict. */
export interface UnresponsiveEvent {
  readonly session: Uint8Array;
  readonly member: PartyIndex;
  readonly round: number;
  /** 32 bytes. */
  readonly demandHash: Uint8Array;
}

/** The first entry of a log that takes the place of one that was lost or damaged. */
export interface SucceedsEvent {
  /** Name of the log that ends, 32 bytes. */
  readonly predecessor: Uint8Array;
  /** What makes the name of this log another, 16 bytes. */
  readonly instance: Uint8Array;
}

/** What an entry is about. */
export type LogEvent =
  | ({ readonly kind: 'ceremony' } & CeremonyEvent)
  | ({ readonly kind: 'presign' } & PresignEvent)
  | ({ readonly kind: 'sign' } & SignEvent)
  | ({ readonly kind: 'refused' } & RefusedEvent)
  | ({ readonly kind: 'verdict' } & VerdictEvent)
  | ({ readonly kind: 'readmitted' } & ReadmittedEvent)
  | ({ readonly kind: 'epoch' } & EpochEvent)
  | ({ readonly kind: 'unresponsive' } & UnresponsiveEvent)
  | ({ readonly kind: 'succeeds' } & SucceedsEvent);

/** One entry of a node's signature log. All of it is public. */
export interface LogEntry {
  readonly version: 1;
  /** Index of the leaf, from 0. */
  readonly seq: number;
  /** `entryHash` of the entry before; of the first, `chainStart` of the log. 32 bytes. */
  readonly prev: Uint8Array;
  /** Wall clock of the owner in milliseconds since the Unix epoch: for people, nothing is decided by it. */
  readonly atMs: number;
  /** 32 bytes; zeros where the entry is about no key. */
  readonly keyId: Uint8Array;
  readonly epochNo: number;
  readonly event: LogEvent;
}

const hash32 = fixed(32);
const members: Codec<readonly PartyIndex[]> = list(indexCodec, MAX_MEMBERS);
/** Longest code of a reason, in characters. */
export const MAX_REASON_BYTES = 64;
/** Longest path of a record, in characters. */
const MAX_PATH_BYTES = 160;
/** A signature with its parity. */
const SIGNATURE_BYTES = 65;

/** A count or a time: eight bytes on the wire, and in the range in which a number is exact. */
export const countCodec: Codec<number> = {
  schema: u64Codec.schema,
  maxBytes: u64Codec.maxBytes,
  write: (value) => {
    assert(Number.isSafeInteger(value) && value >= 0, `${value} is no count`);
    return u64Codec.write(BigInt(value));
  },
  read: (from, path) => {
    const value = Number(u64Codec.read(from, path));
    if (!Number.isSafeInteger(value)) throw malformed(path, 'is 2^53 or more');
    return value;
  },
};

/** One of a few words: a byte, the place of the word from 1. */
const word = <const T extends string>(...words: readonly T[]): Codec<T> => ({
  schema: u8Codec.schema,
  maxBytes: 1,
  write: (value) => u8(words.indexOf(value) + 1),
  read: (from, path) => {
    const value = words[u8Codec.read(from, path) - 1];
    if (value === undefined) throw malformed(path, 'is none of the known words');
    return value;
  },
});

const outcome: Codec<Outcome> = word('done', 'aborted', 'discarded', 'interrupted');
const reason: Codec<string> = text(MAX_REASON_BYTES);

const recordRefCodec: Codec<RecordRef> = struct<RecordRef>({
  path: text(MAX_PATH_BYTES),
  hash: hash32,
});

/** Where nothing was written. */
export const noRecord: RecordRef = { path: '', hash: new Uint8Array(32) };

/**
 * The place in this list is the first byte of an event. A new kind goes to the end; none is ever taken out.
 */
const event: Codec<LogEvent> = union<LogEvent>({
  succeeds: struct<SucceedsEvent>({ predecessor: hash32, instance: fixed(16) }),
  ceremony: struct<CeremonyEvent>({
    ceremony: hash32,
    what: word('keygen', 'reshare'),
    sid: hash32,
    outcome,
    reason,
    culprits: members,
    record: recordRefCodec,
  }),
  presign: struct<PresignEvent>({
    sid: hash32,
    quorum: members,
    batch: u16Codec,
    outcome,
    reason,
    culprits: members,
    root: hash32,
    record: recordRefCodec,
  }),
  sign: struct<SignEvent>({
    sid: hash32,
    requestId: hash32,
    attempt: u32Codec,
    quorum: members,
    presignSid: hash32,
    presigId: hash32,
    digest: hash32,
    outcome,
    reason,
    culprits: members,
    signature: blob(SIGNATURE_BYTES),
    root: hash32,
    guardCount: countCodec,
    record: recordRefCodec,
  }),
  refused: struct<RefusedEvent>({ requestId: hash32, from: u16Codec, reason }),
  verdict: struct<VerdictEvent>({
    session: hash32,
    culprit: indexCodec,
    code: reason,
    evidence: recordRefCodec,
  }),
  readmitted: struct<ReadmittedEvent>({ member: indexCodec, evidenceOf: hash32 }),
  epoch: struct<EpochEvent>({
    epochNo: u32Codec,
    certHash: hash32,
    state: word('active', 'retired', 'left'),
  }),
  unresponsive: struct<UnresponsiveEvent>({
    session: hash32,
    member: indexCodec,
    round: u8Codec,
    demandHash: hash32,
  }),
});

const versionCodec: Codec<1> = {
  schema: u8Codec.schema,
  maxBytes: 1,
  write: () => u8(1),
  read: (from, path) => {
    if (u8Codec.read(from, path) !== 1) throw malformed(path, 'is not 1');
    return 1;
  },
};

/** The codec of an entry; its schema is the list of what can be tampered with. */
export const logEntryCodec: Codec<LogEntry> = struct<LogEntry>({
  version: versionCodec,
  seq: countCodec,
  prev: hash32,
  atMs: countCodec,
  keyId: hash32,
  epochNo: u32Codec,
  event,
});

/** Longest entry, in bytes. */
export const MAX_ENTRY_BYTES: number = logEntryCodec.maxBytes;

/**
 * The canonical bytes of an entry, at most `MAX_ENTRY_BYTES`. @throws Bug when a field is out of its range
 */
export const encodeLogEntry = (entry: LogEntry): Uint8Array => encode(logEntryCodec, entry);

/** The entry of canonical bytes. @throws InputError malformed | bad-index, with the path of the field */
export function decodeLogEntry(bytes: Uint8Array, path: string): LogEntry {
  const entry = decode(logEntryCodec, bytes, path);
  if (entry.event.kind === 'succeeds' && entry.seq !== 0)
    throw malformed(`${path}.event`, 'succeeds another log, and is not the first entry');
  return entry;
}

/** What `prev` of the next entry is: 32 bytes over all bytes of this one. */
export const entryHash = (entryBytes: Uint8Array): Uint8Array => taggedHash(tags.logEntry, entryBytes);

/** What `prev` of the first entry is, 32 bytes. */
export const chainStart = (logId: Uint8Array): Uint8Array => taggedHash(tags.logEntry, logId);

/** Who keeps the log, and which of its logs this is. */
export interface LogOwner {
  /** Identity key of the node, 32 bytes. */
  readonly owner: Uint8Array;
  /** Hash of the cluster, 32 bytes. */
  readonly cluster: Uint8Array;
  /** Empty for the first log of a node; 16 random bytes for one that takes the place of another. */
  readonly instance: Uint8Array;
}

/** The name of a log, 32 bytes. A node has one log at a time. */
export function logIdOf({ owner, cluster, instance }: LogOwner): Uint8Array {
  const parts = [owner, cluster];
  return taggedHash(tags.logId, ...parts, ...(instance.length === 0 ? [] : [instance]));
}
