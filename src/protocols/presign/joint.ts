import type { PartyId, PartyIndex, SessionId } from '../../crypto/brand.ts';
import { u32 } from '../../crypto/bytes.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { Point } from '../../crypto/secp256k1.ts';
import { tags } from '../../crypto/tags.ts';
import { type PartyMap, at } from '../kernel/protocol.ts';
import { type Reveal, nonceList } from './messages.ts';

/** What all reveals make together; anyone computes it from the broadcasts. */
export interface Joint {
  /** R_s = Σ_j R_{j,s}, one an instance. */
  readonly R: readonly Point[];
  /** Bit s (LSB first) is set when instance s is dropped by P14; ⌈B/8⌉ bytes. */
  readonly dropBitmap: Uint8Array;
}

/** Who says something in a hash: nobody else can say it for him. */
export interface Speaker {
  readonly sid: SessionId;
  readonly index: PartyIndex;
  readonly pid: PartyId;
}

/** comR_i, 32 bytes. [protocol, 8.3 R1] */
export const commitmentOf = (
  { sid, index, pid }: Speaker,
  R: readonly Point[],
  salt: Uint8Array,
): Uint8Array => taggedHash(tags.psComR, sid, u32(index), pid, nonceList(R), salt);

/** sidAB = H("pair"; sid, A, B), 32 bytes: the pair in which A plays Alice and B plays Bob. [protocol, 7] */
export const pairId = (sid: SessionId, alice: PartyIndex, bob: PartyIndex): Uint8Array =>
  taggedHash(tags.pair, sid, u32(alice), u32(bob));

/** Sums of the nonces, and which of them `isUsable` refuses. [protocol, 8.4 P14] */
export function combine(batch: number, reveals: PartyMap<Reveal>, isUsable: (R: Point) => boolean): Joint {
  const R = Array.from({ length: batch }, (_, s) =>
    Point.sum([...reveals.values()].map((reveal) => reveal.R[s] ?? Point.identity)),
  );
  const dropBitmap = new Uint8Array(Math.ceil(batch / 8));
  R.forEach((point, s) => {
    if (!isUsable(point)) dropBitmap[s >> 3] = (dropBitmap[s >> 3] ?? 0) | (1 << (s & 7));
  });
  return { R, dropBitmap };
}

/** Whether P14 drops instance s. */
export const isDropped = ({ dropBitmap }: Joint, s: number): boolean =>
  (((dropBitmap[s >> 3] ?? 0) >> (s & 7)) & 1) === 1;

/** ok = H("ps/ok"; sid, v_3, list(R_s), dropBitmap), 32 bytes: the same for all who saw the same. [8.3 R4] */
export const okOf = (sid: SessionId, view: Uint8Array, { R, dropBitmap }: Joint): Uint8Array =>
  taggedHash(tags.psOk, sid, view, nonceList(R), dropBitmap);

/** presigId = H("presig"; sid, v_4, s), 32 bytes. [protocol, 8.7] */
export const presigIdOf = (sid: SessionId, view: Uint8Array, instance: number): Uint8Array =>
  taggedHash(tags.presig, sid, view, u32(instance));

/** Σ_j pk_{j,s} of an instance. */
export const sumOfKeys = (reveals: PartyMap<Reveal>, s: number): Point =>
  Point.sum([...reveals.keys()].map((j) => at(reveals, j).pk[s] ?? Point.identity));
