import type { PartyIndex } from '../../crypto/brand.ts';
import { wipe } from '../../crypto/bytes.ts';
import type { Grade } from '../../protocols/kernel/protocol.ts';

/**
 * What a node and the place where its sessions run say to one another. Everything is plain data, so that a
 * session runs alike in the same thread, in a worker thread and in the simulator.
 */
export type HostCommand =
  | { readonly kind: 'start'; readonly id: string; readonly job: Job }
  | { readonly kind: 'receive'; readonly id: string; readonly bytes: Uint8Array }
  | { readonly kind: 'persisted'; readonly id: string }
  | { readonly kind: 'abort'; readonly id: string; readonly code: string }
  | { readonly kind: 'release'; readonly id: string }
  /** Asks for a `marked` when everything before it has been worked on. */
  | { readonly kind: 'mark'; readonly id: string };

/** What comes back. `id` is the hex of the session's routing id. */
export type HostEvent =
  | {
      readonly kind: 'send';
      readonly id: string;
      readonly to: number | 'all';
      readonly bytes: Uint8Array;
      /** Another one of the same step follows: the two can be made durable together. */
      readonly hasMore?: boolean;
    }
  | {
      readonly kind: 'progress';
      readonly id: string;
      readonly round: number;
      readonly name: string;
      readonly awaiting: readonly number[];
    }
  | { readonly kind: 'persist'; readonly id: string; readonly bytes: Uint8Array }
  | { readonly kind: 'marked'; readonly id: string }
  | { readonly kind: 'ended'; readonly id: string; readonly ending: Ending }
  | { readonly kind: 'closed'; readonly id: string; readonly transcript: PlainTranscript };

/** One session to run. Secrets in it are wiped when the session has ended. */
export type Job = ResumableJob | PresignJob | SignJob;

/** A session that may be resumed after a crash. Presigning and signing never are. [protocol, 11.3] */
export type ResumableJob = KeygenJob | ReshareJob;

interface JobBase {
  /** Canonical bytes of the Spec. */
  readonly spec: Uint8Array;
  readonly self: number;
  /** Ed25519 seed, 32 bytes. Secret. */
  readonly identitySeed: Uint8Array;
}
interface SeededJob extends JobBase {
  /**
   * All randomness of the session comes from these 32 bytes, drawn for it alone and never used again, so that
   * the same messages make it repeat itself byte for byte. Secret.
   */
  readonly seed: Uint8Array;
}
/** Makes a key. */
export interface KeygenJob extends SeededJob {
  readonly kind: 'keygen';
}
/** Shares a key anew, from one epoch to the next. */
export interface ReshareJob extends SeededJob {
  readonly kind: 'reshare';
  /** Canonical bytes of the record of the epoch that is left, from the registry. */
  readonly record: Uint8Array;
  /** Our share of that epoch, 32 bytes, where we deal. Secret. */
  readonly share?: Uint8Array | undefined;
  /** cc, 32 bytes, where we deal. Secret. */
  readonly chainCode?: Uint8Array | undefined;
}
/** Makes presignatures. */
export interface PresignJob extends JobBase {
  readonly kind: 'presign';
  /** Canonical bytes of the epoch record. */
  readonly record: Uint8Array;
  /** s_i, 32 bytes. Secret. */
  readonly share: Uint8Array;
}
/** Uses one presignature, which the pool has already given away. */
export interface SignJob extends JobBase {
  readonly kind: 'sign';
  readonly record: Uint8Array;
  readonly presignature: PlainPresignature;
  /** Where the presign session ended: its digest, and the name of each party's last broadcast. */
  readonly view: Uint8Array;
  readonly eids: readonly (readonly [index: number, eid: Uint8Array])[];
  readonly purpose: string;
  readonly requestId: Uint8Array;
  readonly digest: Uint8Array;
}

/** One presignature as it travels between threads of one process, and nowhere else. Secret. */
export interface PlainPresignature {
  /** s, its place in the session. */
  readonly instance: number;
  readonly presigId: Uint8Array;
  /** R, 33 bytes. */
  readonly R: Uint8Array;
  readonly phi: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

/** How a session ended. */
export type Ending =
  | { readonly kind: 'done'; readonly root: Uint8Array; readonly result: JobResult }
  | {
      readonly kind: 'aborted';
      readonly code: string;
      readonly check: string;
      readonly grade: Grade;
      readonly culprits: readonly number[];
      /** Canonical bytes of the evidence, if any. */
      readonly evidence: Uint8Array | undefined;
    };

/** What a session made. */
export type JobResult =
  | {
      readonly kind: 'keygen';
      readonly sid: Uint8Array;
      readonly record: Uint8Array;
      /** Secret. */
      readonly share: Uint8Array;
      /** Secret. */
      readonly chainCode: Uint8Array;
      readonly certificateHash: Uint8Array;
      readonly certificate: readonly { readonly index: number; readonly signature: Uint8Array }[];
    }
  | {
      /** The new share is no part of it: it was made durable before it was acknowledged. */
      readonly kind: 'reshare';
      readonly sid: Uint8Array;
      /** Canonical bytes of the Prepared. */
      readonly prepared: Uint8Array;
      /** 32 bytes: what a COMMIT is about. */
      readonly certHash: Uint8Array;
      /** Canonical bytes of the Ack of every new member, ascending. */
      readonly acks: readonly Uint8Array[];
      /** Dealers that were left out, with evidence that proves why beside the spec and the old record. */
      readonly removed: readonly { readonly index: PartyIndex; readonly evidence: Uint8Array }[];
    }
  | {
      readonly kind: 'presign';
      readonly sid: Uint8Array;
      readonly view: Uint8Array;
      /** What everybody confirmed, 32 bytes. */
      readonly ok: Uint8Array;
      readonly eids: readonly (readonly [index: number, eid: Uint8Array])[];
      /** Secret. */
      readonly presignatures: readonly PlainPresignature[];
    }
  | { readonly kind: 'sign'; readonly sid: Uint8Array; readonly signature: Uint8Array };

/** An end that blames nobody: a deadline, an operator, this node itself. */
export const endedLocally = (code: string): Ending => ({
  kind: 'aborted',
  code,
  check: 'local',
  grade: 'D',
  culprits: [],
  evidence: undefined,
});

/** Forgets the secrets of a result that nobody takes, or that another thread has got. */
export function wipeEnding(ending: Ending): void {
  if (ending.kind === 'aborted') return;
  const { result } = ending;
  if (result.kind === 'keygen') wipe(result.share, result.chainCode);
  if (result.kind === 'presign') for (const { phi, u, v } of result.presignatures) wipe(phi, u, v);
}

/** Forgets the secrets of a job whose copy is where it runs. */
export function wipeJob(job: Job): void {
  wipe(job.identitySeed);
  if ('seed' in job) wipe(job.seed);
  if (job.kind === 'presign') wipe(job.share);
  if (job.kind === 'reshare') wipeHeld(job);
  if (job.kind === 'sign') wipe(job.presignature.phi, job.presignature.u, job.presignature.v);
}

/** Forgets what a dealer brought. */
export function wipeHeld({ share, chainCode }: ReshareJob): void {
  if (share !== undefined) wipe(share);
  if (chainCode !== undefined) wipe(chainCode);
}

/** Everything public of a session. */
export interface PlainTranscript {
  readonly spec: Uint8Array;
  readonly sid: Uint8Array | undefined;
  readonly broadcasts: readonly (readonly Uint8Array[])[];
  readonly notices: readonly Uint8Array[];
}
