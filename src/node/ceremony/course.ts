import type { Lock } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import type { InputError, OperationError } from '../../crypto/errors.ts';
import type { Plan } from '../../chain/definition-file.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { Spec } from '../../protocols/kernel/spec.ts';
import type { CeremonyState } from '../api.ts';
import type { Ending, ResumableJob } from '../sessions/messages.ts';
import type { Made } from './attempt.ts';
import type { EventFields } from './events.ts';
import type { CeremonyMessage, LockSignature, WindowProof } from './messages.ts';

/** What a course sees of its ceremony, and may do in it. */
export interface Stage {
  readonly self: PartyIndex;
  readonly signed: () => Plan;
  readonly attempt: () => number;
  /** Of the session that is under way, or was last. */
  readonly spec: () => Spec | undefined;
  readonly state: () => CeremonyState;
  /** Writes an event, and takes the step of which it tells. @throws what the disk throws */
  readonly tell: (type: string, fields: EventFields, state?: CeremonyState) => void;
  /** Writes the last event, also where the disk refuses it. */
  readonly last: (type: string, fields: EventFields) => void;
  readonly end: (state: 'failed' | 'timed-out', reason: string, what: string) => void;
  /** Something that this node itself cannot do. */
  readonly broke: (error: InputError | OperationError) => void;
  /** Runs a step that no caller waits for: what the disk refuses in it ends the ceremony, not the node. */
  readonly guard: (step: () => void) => void;
  readonly send: (message: CeremonyMessage) => void;
  readonly nameOf: (index: number) => string;
}

/** How far everybody has come in an epoch change, as far as this node has heard. */
export interface ChangeProgress {
  /** Who has proven a new share, committed, and shown that the new epoch is in service there. */
  readonly acks: readonly PartyIndex[];
  readonly commits: readonly PartyIndex[];
  readonly active: readonly PartyIndex[];
}

/** What one kind of ceremony makes, and how that takes effect. */
export interface Course {
  /** Rounds of its session, the setup included, for people. */
  readonly rounds: number;
  /** What has been made, once it is certified. */
  readonly made: Made | undefined;
  /** The lock as far as it is assembled. */
  readonly lock: Lock | undefined;
  /** Of an epoch change: what is known of everybody's part in it. */
  readonly progress: ChangeProgress | undefined;
  /** What a member that has come back may not know. */
  readonly greetings: readonly CeremonyMessage[];
  /**
   * Whether everything that the session gave is on disk and in effect: then its log is worth nothing more.
   */
  readonly isSettled: boolean;
  /** The session of an attempt. */
  readonly jobOf: (spec: Uint8Array, seed: Secret) => ResumableJob;
  /** Makes durable what the session must not go on without. @throws what the disk throws */
  readonly keep: (bytes: Uint8Array) => void;
  /** The session has ended; its transcript is still to come. */
  readonly took: (ending: Ending) => void;
  /** The transcript is there, or could not be written. */
  readonly concluded: (isKept: boolean) => void;
  readonly hearProof: (from: PartyIndex, proof: WindowProof) => void;
  readonly hearLockSignature: (from: PartyIndex, signature: LockSignature) => void;
  /** The ceremony ends here. Returns false if the disk does not let go of what counts for nothing. */
  readonly giveUp: () => boolean;
  /** The node stops. */
  readonly stop: () => void;
}
