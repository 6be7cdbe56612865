import type { PartyIndex } from '../../crypto/brand.ts';
import { type Codec, None, fixed, struct, union, vector } from '../../crypto/codec.ts';
import * as dlog from '../../crypto/proofs/dlog.ts';
import { type Point, type Scalar, pointCodec, scalarCodec } from '../../crypto/secp256k1.ts';
import {
  type BadShare,
  type Complaint,
  type DealSlot,
  type Undecryptable,
  badShareFields,
  undecryptableFields,
} from '../complaint.ts';
import { protos } from '../kernel/envelope.ts';
import type { Pairs, Round } from '../kernel/protocol.ts';
import type { ReshareTerms } from '../kernel/spec.ts';

/** Numbers of the rounds in envelopes; the setup is round 0. COMMIT is no round. [protocol, 12.1] */
export const roundNumbers = { deal: 1, vote: 2, acknowledge: 3 } as const;

/** The direct messages of R1: a scalar and the chain code. */
export const dealSlot: DealSlot = { proto: protos.reshare, round: roundNumbers.deal, plaintextBytes: 64 };

/** What a party says in a round in which it has no part. */
export interface Nothing {
  readonly kind: 'nothing';
}

/** R1: a dealer shares its own share anew; everybody else says nothing. */
export type Dealing = Dealt | Nothing;

/** R1 of a dealer. */
export interface Dealt {
  readonly kind: 'dealt';
  /** F_i[k] for k < t', Feldman's commitments to Q_i. F_i[0] is S_i, its public share in the old epoch. */
  readonly F: readonly Point[];
}

/** R1, from dealer i to new member j. */
export interface Deal {
  /** Q_i(j). */
  readonly share: Scalar;
  /** cc, 32 bytes: the chain code of the key, the same in all epochs. */
  readonly chainCode: Uint8Array;
}

/** R2: a new member says what it was dealt; everybody else says nothing. */
export type Voting = Vote | Nothing;

/** R2 of a new member. */
export interface Vote {
  readonly kind: 'vote';
  /** One for each dealer, in their order. */
  readonly opinions: readonly Opinion[];
}

/**
 * Of one dealer: all is well, or a complaint of form a or b. The dealer follows from the place in the vote.
 */
export type Opinion = { readonly kind: 'ok' } | Nameless<BadShare> | Nameless<Undecryptable>;

type Nameless<T> = Omit<T, 'against'>;

/** R3: a new member holds its share, on disk; everybody else says nothing. */
export type Acknowledging = Acknowledged | Nothing;

/** R3 of a new member. */
export interface Acknowledged {
  readonly kind: 'acknowledged';
  /** What this member has prepared for, 32 bytes. [protocol, 12.3] */
  readonly certHash: Uint8Array;
  /** Knowledge of s'_j for S'_j, bound to `certHash`. */
  readonly proof: dlog.Proof;
}

/** Who deals to whom: every dealer to every new member. */
export const dealPairs =
  ({ dealers, members }: Pick<ReshareTerms, 'dealers' | 'members'>): Pairs =>
  (from, to) =>
    dealers.includes(from) && members.includes(to);

/** A complaint is about the dealer in whose place it stands. */
export const complaintIn = (opinion: Opinion, against: PartyIndex): Complaint | undefined =>
  opinion.kind === 'ok' ? undefined : { ...opinion, against };

/** No fields beside the kind. */
const nothing: Codec<object> = struct<object>({});

/** R1, 1 + 33·t' bytes of a dealer: a vector of another length cannot be written down. Else one byte. */
export const dealingCodec = (threshold: number): Codec<Dealing> =>
  union<Dealing>({ nothing, dealt: struct<Omit<Dealt, 'kind'>>({ F: vector(pointCodec, threshold) }) });

/** R1, direct, 64 bytes. */
export const dealCodec: Codec<Deal> = struct<Deal>({ share: scalarCodec, chainCode: fixed(32) });

const opinionCodec: Codec<Opinion> = union<Opinion>({
  ok: nothing,
  'bad-share': struct<Omit<Nameless<BadShare>, 'kind'>>(badShareFields(dealSlot)),
  undecryptable: struct<Omit<Nameless<Undecryptable>, 'kind'>>(undecryptableFields(dealSlot)),
});

/** R2, 1 byte and one for each dealer where all is well: a vote without an entry cannot be written down. */
export const votingCodec = (dealers: number): Codec<Voting> =>
  union<Voting>({ nothing, vote: struct<Omit<Vote, 'kind'>>({ opinions: vector(opinionCodec, dealers) }) });

/** R3, 98 bytes of a new member, else one. */
export const acknowledgingCodec: Codec<Acknowledging> = union<Acknowledging>({
  nothing,
  acknowledged: struct<Omit<Acknowledged, 'kind'>>({ certHash: fixed(32), proof: dlog.proofCodec }),
});

/** R1: how long a vector must be depends on the new threshold. */
export const dealRound = (threshold: number, pairs: Pairs): Round<Dealing, Deal> => ({
  name: 'reshare/deal',
  broadcast: dealingCodec(threshold),
  direct: dealCodec,
  pairs,
});
/** R2: how many entries a vote must have depends on the dealers. */
export const voteRound = (dealers: number): Round<Voting, None> => ({
  name: 'reshare/vote',
  broadcast: votingCodec(dealers),
  direct: None,
});
/** R3. */
export const Acknowledge: Round<Acknowledging, None> = {
  name: 'reshare/acknowledge',
  broadcast: acknowledgingCodec,
  direct: None,
};
