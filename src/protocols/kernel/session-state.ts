import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import type { Rng } from '../../crypto/secp256k1.ts';
import type { Evidence, Verdict } from './evidence.ts';
import type { PartyMap, Protocol, ProtocolAbort } from './protocol.ts';
import type { Spec } from './spec.ts';

/** What a session is made of. */
export interface SessionOptions<T> {
  readonly spec: Spec;
  readonly self: PartyIndex;
  /** Ed25519 seed of this node, 32 bytes; the session keeps no copy. */
  readonly identitySeed: Uint8Array;
  readonly rng: Rng;
  readonly body: Protocol<T>;
  /** Decides about evidence that a peer sends with its abort; `first` are the first round's broadcasts. */
  readonly judge: (evidence: Evidence, spec: Spec, first: readonly Uint8Array[]) => Verdict;
  /** What the session root says of the result, 32 bytes. */
  readonly outputHash: (output: T) => Uint8Array;
  /** Largest body of an envelope, bytes. Larger ones are dropped. */
  readonly maxBodyBytes: number;
  /** A session that goes on from another one: online signing follows its presign session. [protocol, 9.1] */
  readonly follows?: {
    readonly sid: SessionId;
    readonly view: Uint8Array;
    readonly prev: PartyMap<Uint8Array>;
  };
}

/** Bytes to send. */
export interface Outgoing {
  readonly to: PartyIndex | 'all';
  readonly bytes: Uint8Array;
}

/** Where a session is. */
export type SessionState<T> =
  | {
      readonly kind: 'waiting';
      readonly round: number;
      readonly name: string;
      readonly awaiting: readonly PartyIndex[];
    }
  | {
      readonly kind: 'persisting';
      readonly what: 'pending-share' | 'prepared';
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'done'; readonly output: T; readonly root: Uint8Array }
  | { readonly kind: 'aborted'; readonly abort: ProtocolAbort };
