import type { GuardApi } from './guard-api.ts';

/**
 * What a running node offers to its operator: the admin socket and the command line see a node through this
 * and nothing else. Everything is plain JSON data; integers that can exceed 2^53 are decimal strings, bytes
 * are `0x` hex.
 */
export interface NodeApi {
  readonly status: () => NodeStatus;
  /** Takes a definition (the bytes of its file), signs nothing. @throws InputError as `readDefinition` */
  readonly join: (definition: Uint8Array) => CeremonyView;
  /** Pre-flight, then our signature under it; sent to the others. @throws InputError preflight-failed … */
  readonly accept: (id: string) => Promise<CeremonyView>;
  /** Says no, and tells the others. */
  readonly reject: (id: string, why: string) => CeremonyView;
  /**
   * Starts an attempt; by the proposer. With `whenReady`, as soon as everybody has signed and is connected.
   */
  readonly execute: (id: string, options: { readonly whenReady: boolean }) => CeremonyView;
  /** Ends the running attempt on all nodes. */
  readonly abort: (id: string) => CeremonyView;
  readonly ceremonies: () => readonly CeremonyView[];
  /** Events of one ceremony, those of before first. The returned function ends the subscription. */
  readonly watch: (id: string, event: (event: CeremonyEvent) => void) => () => void;
  /**
   * Signs one typed request (canonical bytes) with a quorum that contains this node.
   * @throws InputError policy and guard codes; OperationError quorum-unavailable | signing-failed | deadline
   */
  readonly sign: (request: Uint8Array, options: SignOptions) => Promise<SignReport>;
  /** The signature log of this node in its cluster. @throws OperationError no-key */
  readonly log: () => LogApi;
  /** What keeps the key in service from signing twice. @throws OperationError no-key */
  readonly guard: () => GuardApi;
  /**
   * Takes back a member that proof had excluded, by its index. @returns what had excluded it
   * @throws InputError not-excluded; OperationError no-key
   */
  readonly readmit: (member: number) => ExclusionView;
}

/** How to sign. */
export interface SignOptions {
  /** A drill: exactly these members. Left out: chosen by rule. */
  readonly signers?: readonly number[] | undefined;
  readonly deadlineMs: number;
  readonly onProgress?: ((event: SignProgress) => void) | undefined;
}

/** One step of a signature, for people who watch. */
export interface SignProgress {
  readonly type: 'approved' | 'quorum' | 'presign' | 'online' | 'retry';
  readonly attempt: number;
  readonly signers: readonly number[];
  readonly text: string;
}

/** What came of it. */
export interface SignReport {
  /** Id of the request, 0x. */
  readonly requestId: string;
  /** r ‖ s ‖ yParity, 65 bytes, 0x. */
  readonly signature: string;
  readonly signers: readonly number[];
  readonly attempts: number;
  /** The presignature was there already. */
  readonly isWarm: boolean;
  readonly phasesMs: { readonly approve: number; readonly presign: number; readonly online: number };
  /** Bytes that this node sent for it, presigning included when it was cold. */
  readonly bytesSent: number;
  /** Folder with everything that an audit needs. */
  readonly folder: string;
}

/** One member, as this node sees it. */
export interface MemberStatus {
  readonly index: number;
  readonly name: string;
  readonly isSelf: boolean;
  readonly state: 'connected' | 'connecting' | 'refused' | 'self';
  readonly reason?: string | undefined;
  readonly rttMs?: number | undefined;
}

/** Why a member is in no quorum of this node. */
export interface ExclusionView {
  readonly member: number;
  readonly name: string;
  /** The code of what it did. */
  readonly reason: string;
  /** The epoch in which it did it, a decimal number. */
  readonly epoch: string;
  /** H("spec"; …) of the session, 0x. */
  readonly session: string;
  /** Wall clock of this node when it was excluded, milliseconds since the Unix epoch, a decimal number. */
  readonly atMs: string;
  /** The file with the evidence, in the data folder; anybody can judge it. */
  readonly evidence: string;
}

/** A node at a glance. */
export interface NodeStatus {
  readonly name: string;
  readonly identity: string;
  readonly version: string;
  readonly primitives: string;
  readonly startedAtMs: string;
  /**
   * `no-key`: no ceremony has completed here. `ready`: a quorum is connected. `changing`: committed to the
   * next epoch, whose certificate is awaited. `left`: the key goes on without this node. `quarantine`: it may
   * have forgotten what it signed, and only answers questions.
   */
  readonly state: 'no-key' | 'ready' | 'too-few-peers' | 'changing' | 'left' | 'quarantine' | 'stopped';
  readonly key?:
    | {
        readonly address: string;
        readonly keyId: string;
        readonly epoch: string;
        readonly purpose: string;
        readonly required: number;
        readonly lockHash: string;
      }
    | undefined;
  readonly members: readonly MemberStatus[];
  /** Members that are in no quorum of this node, because there is proof against them. */
  readonly exclusions?: readonly ExclusionView[] | undefined;
  /**
   * Whether a verifier of this node executes the blocks of a batch again before it signs; left out where its
   * policy has no rule for such batches.
   */
  readonly verifier?: 'own' | 'none' | undefined;
  readonly presignatures: readonly { readonly signers: readonly number[]; readonly ready: number }[];
  readonly guard: readonly { readonly lane: string; readonly highestRecorded: string }[];
  readonly ceremony?: CeremonyView | undefined;
  /** The signature log; left out before there are links. */
  readonly log?: LogStatus | undefined;
}

/**
 * What an operator and an export read of the signature log, page by page. Lines are those of the exported
 * files.
 */
export interface LogApi {
  /** The first lines of the two exported files, and how far they go. */
  readonly view: () => LogView;
  /** Lines of `log.jsonl` from an entry on, as many as fit a page. */
  readonly entries: (from: number, count: number) => LogPage;
  /** Lines of `heads.jsonl`: own heads by size, then the newest of others. */
  readonly heads: (from: number, count: number) => LogPage;
}

/** A page of lines. */
export interface LogPage {
  readonly lines: readonly string[];
  /** Where the next page begins; left out behind the last. */
  readonly next?: number | undefined;
}

/** What the two exported files begin and end with. */
export interface LogView extends LogStatus {
  /** Header lines of the two files. */
  readonly logHeader: string;
  readonly headsHeader: string;
  /** How many heads there are. */
  readonly heads: number;
}

/** Something about a signature log that a human has to look at. The code says what to do. */
export interface LogAlarm {
  readonly code: string;
  /** Whose log it is about; left out for the own one. */
  readonly member?: number | undefined;
  /** File that convicts the member, in the data folder. */
  readonly evidence?: string | undefined;
}

/** The signature log of a node at a glance. */
export interface LogStatus {
  readonly logId: string;
  /** How many entries there are, and the root of the tree over them. */
  readonly size: number;
  readonly root: string;
  /** The newest head that this node signed. */
  readonly head?:
    { readonly size: number; readonly atMs: string; readonly countersignedBy: readonly number[] } | undefined;
  /** Entries that the disk has not taken. */
  readonly waiting: number;
  /** Refusals without an entry since the start, because one asker had too many. */
  readonly refusalsLeftOut: number;
  readonly alarms: readonly LogAlarm[];
}

/** States of a ceremony on one node. [product, 5.3] */
export type CeremonyState =
  | 'proposed'
  | 'accepted'
  | 'gathering'
  | 'executing'
  | 'prepared'
  | 'committed'
  | 'checking'
  | 'complete'
  | 'left'
  | 'rejected'
  | 'aborted'
  | 'timed-out'
  | 'failed';

/** What a node of a changing committee last told this one of itself; this node is among them. */
export interface NodeStanding {
  readonly index: number;
  readonly name: string;
  /** Left out while nothing was heard of it, as the others. */
  readonly state?: CeremonyState | undefined;
  /** A share of the next epoch is on its disk, and waits for its certificate. */
  readonly hasPending?: boolean | undefined;
  /** It has committed to an attempt at the next epoch, and signs nothing more in the old one. */
  readonly hasCommitLock?: boolean | undefined;
  /** The epoch in service there, a decimal number. */
  readonly epoch?: string | undefined;
}

/** A ceremony as this node has it. */
export interface CeremonyView {
  /** The definition's hash, 0x. */
  readonly id: string;
  readonly name: string;
  readonly state: CeremonyState;
  readonly attempt: number;
  readonly required: number;
  readonly members: readonly { readonly index: number; readonly name: string; readonly hasSigned: boolean }[];
  readonly folder: string;
  readonly address?: string | undefined;
  readonly lockHash?: string | undefined;
  readonly transcriptRoot?: string | undefined;
  /** Of an epoch change: which, and between which epochs, decimal numbers. */
  readonly change?:
    | { readonly kind: 'refresh' | 'reshare' | 'repair'; readonly before: string; readonly after: string }
    | undefined;
  /** Of an epoch change: everybody who stays, comes or goes, ascending. */
  readonly standings?: readonly NodeStanding[] | undefined;
  /** One sentence: what went wrong, what is on this disk, what to do next. */
  readonly failure?: string | undefined;
}

/** One line of `events.jsonl`. [product, 5.7] */
export interface CeremonyEvent {
  readonly v: 1;
  readonly seq: string;
  readonly t: string;
  readonly ceremony: string;
  readonly attempt: string;
  readonly node: string;
  readonly type: string;
  readonly [field: string]: unknown;
}
