import type { PartyId, PartyIndex, SessionId } from '../../crypto/brand.ts';
import { u32 } from '../../crypto/bytes.ts';
import { listOf, taggedHash } from '../../crypto/hash.ts';
import type * as dlog from '../../crypto/proofs/dlog.ts';
import { Point, scalarToBytes } from '../../crypto/secp256k1.ts';
import { evaluateInExponent } from '../../crypto/shamir.ts';
import { tags } from '../../crypto/tags.ts';
import type { EpochRecord } from '../epoch.ts';
import { zero32 } from '../kernel/envelope.ts';
import { type PartyMap, at, forParties } from '../kernel/protocol.ts';
import type { Participant } from '../kernel/spec.ts';
import type { Reveal } from './messages.ts';

/** Who says something in a hash or a proof: nobody else can say it for him. */
export interface Speaker {
  readonly sid: SessionId;
  readonly index: PartyIndex;
  readonly pid: PartyId;
}

/** What all contributions make together; anyone computes it from the broadcasts. */
export interface Joint {
  /** C[k] = Σ_i F_i[k]; C[0] is the public key. */
  readonly C: readonly Point[];
  /** S_j = Σ_k j^k · C[k]. */
  readonly publicShares: PartyMap<Point>;
  /** cc = H("cc"; sid, list(cc_i)), 32 bytes. */
  readonly cc: Uint8Array;
}

const pointsOf = (points: readonly Point[]): Uint8Array => listOf(points.map((point) => point.toBytes()));

/** com_i, 32 bytes. [protocol, 6.1 R1] */
export const commitmentOf = ({ sid, index, pid }: Speaker, { F, pok, cc, salt }: Reveal): Uint8Array =>
  taggedHash(tags.dkgCom, sid, u32(index), pid, pointsOf(F), pok.N.toBytes(), scalarToBytes(pok.z), cc, salt);

/** What the proof of a_{i,0} is bound to. [protocol, 6.1 R1] */
export const constantTermContext = ({ sid, index, pid }: Speaker, F: readonly Point[]): dlog.Context => ({
  tag: tags.dkgPok,
  parts: [sid, u32(index), pid, pointsOf(F)],
});

/** What the proof of s_i is bound to. [protocol, 6.1 R3] */
export const shareContext = ({ sid, index, pid }: Speaker, { C, cc }: Joint): dlog.Context => ({
  tag: tags.dkgPop,
  parts: [sid, u32(index), pid, pointsOf(C), cc],
});

/** The sum of all contributions. `parties` ascending. [protocol, 6.1 R3] */
export function combine(
  sid: SessionId,
  parties: readonly PartyIndex[],
  threshold: number,
  reveals: PartyMap<Reveal>,
): Joint {
  const C = Array.from({ length: threshold }, (_, k) =>
    Point.sum(parties.map((i) => at(reveals, i).F[k] ?? Point.identity)),
  );
  const publicShares = forParties(parties, (j) => evaluateInExponent(C, j));
  const cc = taggedHash(tags.cc, sid, listOf(parties.map((i) => at(reveals, i).cc)));
  return { C, publicShares, cc };
}

/** ok = H("dkg/ok"; sid, v_2, C, cc), 32 bytes: the same for all who saw the same. [protocol, 6.1 R3] */
export const okOf = (sid: SessionId, view: Uint8Array, { C, cc }: Joint): Uint8Array =>
  taggedHash(tags.dkgOk, sid, view, pointsOf(C), cc);

/** The record of epoch 0 of the new key. [protocol, 4.2] */
export const recordOf = (
  sid: SessionId,
  threshold: number,
  participants: readonly Participant[],
  { C, cc }: Joint,
): EpochRecord => ({
  keyId: taggedHash(tags.key, sid),
  epochNo: 0,
  threshold,
  members: participants,
  commitments: C,
  ccHash: taggedHash(tags.ccCom, cc),
  prevEpochId: zero32,
  originSid: sid,
});

/** H("dkg/cert"; sid, v_3, epochId_0), 32 bytes: what all members sign. [protocol, 6.1 R4] */
export const certificateHash = (sid: SessionId, view: Uint8Array, epochId: Uint8Array): Uint8Array =>
  taggedHash(tags.dkgCert, sid, view, epochId);
