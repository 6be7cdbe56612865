import type { PartyIndex } from '../../crypto/brand.ts';
import { type Codec, blob, fixed, indexCodec, list, struct, text, u8Codec } from '../../crypto/codec.ts';
import { listOf, taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
import { concat, u16, u32, u8 } from '../../crypto/bytes.ts';
import { SIGNED_BYTES } from './envelope.ts';

/**
 * Body of an `abort`: why, and what proves it. A failure that only its victim can see says no more than that.
 */
export interface AbortNotice {
  readonly code: string;
  readonly check: string;
  readonly accused: readonly PartyIndex[];
  /** Bytes of the evidence, empty where there is none. */
  readonly evidence: Uint8Array;
}

/** Largest evidence in an abort, bytes: another abort, shown whole, and what is around it. */
const MAX_EVIDENCE_BYTES: number = (1 << 24) + (1 << 20);

/** Canonical bytes of an abort. */
export const abortCodec: Codec<AbortNotice> = struct<AbortNotice>({
  code: text(32),
  check: text(32),
  accused: list(indexCodec, 64),
  evidence: blob(MAX_EVIDENCE_BYTES),
});

/** Body of an `exhibit`: the signed headers that a node holds of one round, to find who sent two. */
export interface ExhibitNotice {
  readonly round: number;
  readonly signed: readonly Uint8Array[];
}

/** Canonical bytes of an exhibit. */
export const exhibitCodec: Codec<ExhibitNotice> = struct<ExhibitNotice>({
  round: u8Codec,
  signed: list(fixed(SIGNED_BYTES), 64),
});

/** How a session ended, as the root binds it. */
export const outcomes = { done: 0, aborted: 1, discarded: 2 } as const;

/** Body of a `close`: what the sender holds at the end. */
export interface CloseNotice {
  readonly root: Uint8Array;
  readonly outcome: number;
}

/** Canonical bytes of a close. */
export const closeCodec: Codec<CloseNotice> = struct<CloseNotice>({ root: fixed(32), outcome: u8Codec });

/**
 * v_r = H("view"; sid, r, v_{r-1}, list(index ‖ eid)): one digest that confirms all rounds so far.
 * [protocol, 5.2]
 */
export const viewOf = (
  sid: Uint8Array,
  round: number,
  before: Uint8Array,
  eids: ReadonlyMap<PartyIndex, Uint8Array>,
): Uint8Array =>
  taggedHash(tags.view, sid, u32(round), before, listOf([...eids].map(([j, eid]) => concat(u16(j), eid))));

/** root = H("root"; sid, v_last, outcome, outputHash, list(eids of aborts)). [protocol, 14.2] */
export const sessionRoot = (end: {
  readonly sid: Uint8Array;
  readonly view: Uint8Array;
  readonly outcome: number;
  readonly outputHash: Uint8Array;
  readonly aborts: readonly Uint8Array[];
}): Uint8Array =>
  taggedHash(tags.root, end.sid, end.view, u8(end.outcome), end.outputHash, listOf(end.aborts));
