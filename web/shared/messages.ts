import type { CheckVerdict, Report } from '../../src/audit/report.ts';
import type { LeftOut } from '../../src/audit/source.ts';

/** What people type who know a key from elsewhere; empty where they know nothing. */
export interface TypedExpectations {
  readonly address: string;
  readonly committee: string;
  readonly required: string;
  readonly lock: string;
}

/** A field that cannot be read as what it should be. */
export interface FieldProblem {
  readonly field: keyof TypedExpectations;
  readonly message: string;
}

/** A file to audit: one that was dropped, or one that the server of this page reads. */
export type GivenFile =
  { readonly path: string; readonly file: File } | { readonly path: string; readonly url: string };

/** What the page asks of the engine. Every question has a number, and its answers carry the same. */
export type Question =
  | {
      readonly ask: 'audit';
      readonly files: readonly GivenFile[];
      /** What lies among the files and is not looked at. */
      readonly leftOut: readonly LeftOut[];
      readonly expectations: TypedExpectations;
    }
  | { readonly ask: 'session'; readonly path: string }
  | { readonly ask: 'line'; readonly path: string; readonly line: number }
  | { readonly ask: 'evidence'; readonly path: string }
  | { readonly ask: 'entries'; readonly path: string; readonly from: number };

/** How far an audit is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly path: string;
}

/** Everything that the page shows of an audit; sessions and evidence are asked for one by one. */
export interface Audited {
  readonly ok: boolean;
  readonly reports: readonly Report[];
  /** Paths of all transcripts, in order. */
  readonly transcripts: readonly string[];
  readonly keys: readonly KeyView[];
  readonly receipts: readonly ReceiptView[];
  readonly exclusions: readonly ExclusionView[];
  readonly durationMs: number;
}

/** A seat of a session or an epoch. */
export interface PartyView {
  readonly index: number;
  /** For people; from the definition where there is one, else two words made of the identity key. */
  readonly name: string;
  /** `ed25519:` and the key. */
  readonly identity: string;
}

/** A direct message that a broadcast names: its content is in no public file. */
export interface DirectView {
  readonly to: number;
  /** Its name, as hex. */
  readonly eid: string;
}

/** One envelope of a transcript. */
export interface MessageView {
  /** In the file, from 1. */
  readonly line: number;
  readonly kind: 'broadcast' | 'abort' | 'close' | 'exhibit' | 'other';
  readonly round: number;
  readonly from: number;
  readonly eid: string;
  readonly sizeBytes: number;
  /** The link of the chain that this line adds. */
  readonly chain: string;
  readonly directs: readonly DirectView[];
  /** Of an abort and a close: what it says, in words. */
  readonly says: string;
}

/** A session that a transcript tells. */
export interface SessionView {
  readonly path: string;
  readonly proto: string;
  readonly outcome: string;
  readonly threshold: number;
  readonly sid: string;
  readonly root: string;
  readonly parties: readonly PartyView[];
  readonly messages: readonly MessageView[];
  /** The last link: names the whole file. */
  readonly head: string;
  /** The Merkle tree over the names of all broadcasts, leaves first, each node as hex. */
  readonly tree: readonly (readonly string[])[];
}

/** A session, or why its file cannot be drawn. */
export type SessionAnswer =
  | { readonly session: SessionView; readonly problem?: undefined }
  | { readonly session?: undefined; readonly problem: string };

/** One line of a file: what its fields say, and its bytes. */
export interface LineView {
  readonly title: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Hex without `0x`. */
  readonly bytes: string;
  /** Whether there are more bytes than are shown. */
  readonly isCut: boolean;
}

/** An epoch of a key. */
export interface EpochView {
  readonly epochNo: number;
  readonly ceremony: string;
  readonly threshold: number;
  readonly members: readonly PartyView[];
  readonly lock: string;
  /** The lock from which it starts; empty for the first. */
  readonly previous: string;
  /** Whether the lock before is here, and names this one's beginning. */
  readonly isLinked: boolean;
  readonly path: string;
}

/** A key, and what is here of its epochs, ascending. */
export interface KeyView {
  readonly keyId: string;
  readonly address: string;
  readonly epochs: readonly EpochView[];
}

/** What a receipt says. */
export interface ReceiptView {
  readonly path: string;
  readonly index: number;
  readonly identity: string;
  readonly positions: readonly number[];
  readonly merkleRoot: string;
  /** Empty where it holds. */
  readonly problem: string;
}

/** Evidence, judged at the moment it is asked for. */
export interface EvidenceView {
  readonly path: string;
  readonly verdict: CheckVerdict;
  readonly accused: number;
  readonly reason: string;
  readonly kind: string;
  readonly check: string;
  readonly because: string;
  readonly envelopes: readonly LineView[];
}

/** An entry of a signature log, in words. */
export interface EntryView {
  readonly seq: number;
  /** UTC. */
  readonly at: string;
  readonly epochNo: number;
  readonly kind: string;
  readonly words: string;
  /** The file that it names; empty for none. */
  readonly record: string;
}

/** A member that a log excludes. */
export interface ExclusionView {
  readonly member: number;
  readonly code: string;
  /** UTC. */
  readonly at: string;
  readonly log: string;
  readonly isReadmitted: boolean;
}

/** What the engine answers. */
export type Answer =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'fields'; readonly problems: readonly FieldProblem[] }
  | { readonly kind: 'audited'; readonly audited: Audited }
  | { readonly kind: 'session'; readonly answer: SessionAnswer }
  | { readonly kind: 'line'; readonly line: LineView }
  | { readonly kind: 'evidence'; readonly evidence: EvidenceView }
  | { readonly kind: 'entries'; readonly entries: readonly EntryView[]; readonly total: number }
  | { readonly kind: 'failed'; readonly message: string };

/** A question on its way to the engine. */
export interface Asked {
  readonly id: number;
  readonly question: Question;
}

/** An answer on its way back. */
export interface Answered {
  readonly id: number;
  readonly answer: Answer;
}

/** What the script of the audit leaves in a window, where no worker can be started from a file. */
export interface EngineHere {
  readonly answer: (question: Question, told: (progress: Progress) => void) => Promise<Answer>;
}

/** What the script of the blobs leaves behind: a megabyte that most audits do not need. */
export interface KzgHere {
  readonly versionedHashes: (payload: Uint8Array) => readonly Uint8Array[];
}
