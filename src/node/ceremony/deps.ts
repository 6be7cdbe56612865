import type { Plan } from '../../chain/definition-file.ts';
import type { Lock } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { Rng } from '../../crypto/secp256k1.ts';
import type { SignedDefinition } from '../../protocols/ceremony/definition.ts';
import type { EpochRecord } from '../../protocols/epoch.ts';
import type { PendingShare } from '../../protocols/keygen/messages.ts';
import type { Clock, Disk, Log } from '../../system/ports.ts';
import type { CeremonyState } from '../api.ts';
import type { PeerStatus } from '../cluster/peer.ts';
import type { Identity } from '../identity.ts';
import type { KeyRuntime } from '../key-runtime.ts';
import type { Wal, WalEntry } from '../wal.ts';
import type { Ending, PlainTranscript } from '../sessions/messages.ts';
import type { HostPort, Sessions } from '../sessions/sessions.ts';
import type { Made } from './attempt.ts';
import type { Course, Stage } from './course.ts';
import type { EventLog } from './events.ts';
import type { PreflightItem } from './preflight.ts';

/** A session with its log: a new one, or one of before a restart. */
export interface FoundSession {
  readonly spec: Uint8Array;
  /** All randomness of the session comes from it, 32 bytes. */
  readonly seed: Secret;
  readonly wal: Wal;
  /** What the session has taken in and given out; empty for a new one. */
  readonly entries: readonly WalEntry[];
}

/** Where a ceremony was when this node was started anew. */
export interface FoundCeremony {
  readonly state: CeremonyState;
  readonly attempt: number;
  /** How it had ended, for people. */
  readonly failure: string | undefined;
}

/** What a ceremony works with. */
export interface CeremonyDeps {
  readonly identity: Identity;
  readonly sessions: () => Sessions;
  readonly host: HostPort;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly rng: Rng;
  readonly events: EventLog;
  /** The ceremony's folder in the data folder. */
  readonly folder: string;
  readonly peers: () => readonly PeerStatus[];
  readonly broadcast: (message: Uint8Array) => void;
  /** What speaks against taking part; run before we sign and before we execute. */
  readonly preflight: (plan: Plan) => readonly PreflightItem[];
  /** Starts the log of a session, with its seed; durable when it returns. */
  readonly logOf: (self: PartyIndex, spec: Uint8Array) => FoundSession;
  /** Something happened after which this node must not go on. */
  readonly halt: (code: string) => void;
  /** What this kind of ceremony makes. */
  readonly courseOf: (stage: Stage) => Course;
  /** Guard, then sealed pending share; durable when it returns. */
  readonly keepPending: (pending: PendingShare, signed: SignedDefinition) => void;
  /**
   * Keeps the transcript of a session that has ended, and notes its end in the log. Returns whether it is
   * there.
   */
  readonly keepTranscript: (ending: Ending, transcript: PlainTranscript) => boolean;
  /** Gives up a pending share, also one of which only a part is there. */
  readonly dropPending: (record: EpochRecord) => void;
  /** Makes the new epoch the active one, for its own test messages only until the lock is complete. */
  readonly beginChecking: (made: Made) => KeyRuntime;
  /** The lock is on disk: the key goes into service. */
  readonly enterService: (lock: Lock) => void;
}
