import type { SessionId } from '../../crypto/brand.ts';
import type { Spec } from './spec.ts';

/**
 * Everything public of one session. Honest parties' copies of the broadcasts are byte-identical.
 * [protocol, 14.1]
 */
export interface Transcript {
  readonly spec: Spec;
  /** `undefined` when the session ended before its id was fixed. */
  readonly sid: SessionId | undefined;
  /** Whole envelopes by round, each round in index order. */
  readonly broadcasts: readonly (readonly Uint8Array[])[];
  /** Aborts, exhibits and closes, in the order in which they came. */
  readonly notices: readonly Uint8Array[];
}
