import type { PartyIndex } from '../../crypto/brand.ts';
import { type Codec, None, fixed, indexCodec, struct, union, vector } from '../../crypto/codec.ts';
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
import { type EpochRecord, epochCodec } from '../epoch.ts';
import { protos } from '../kernel/envelope.ts';
import type { Round } from '../kernel/protocol.ts';

/** Numbers of the rounds in envelopes; the setup is round 0. [protocol, 6.1] */
export const roundNumbers = { commit: 1, reveal: 2, confirm: 3, certify: 4 } as const;

/** The direct messages of R2: one scalar each. */
export const dealSlot: DealSlot = { proto: protos.keygen, round: roundNumbers.reveal, plaintextBytes: 32 };

/** R1: a dealer fixes its contribution before it has seen another's. */
export interface Commitment {
  /** com_i = H("dkg/com"; sid, i, pid_i, F_i, A_i, z_i, cc_i, salt_i), 32 bytes. */
  readonly com: Uint8Array;
}

/** R2: the opening of R1. */
export interface Reveal {
  /** F_i[k] = a_{i,k} · G for k < t, constant first. Feldman's commitments to f_i. */
  readonly F: readonly Point[];
  /** (A_i, z_i): knowledge of a_{i,0}. */
  readonly pok: dlog.Proof;
  /** cc_i, 32 bytes: a part of the chain code. */
  readonly cc: Uint8Array;
  /** salt_i, 32 bytes: hides the rest until R2. */
  readonly salt: Uint8Array;
}

/** R2, from i to j. */
export interface Deal {
  /** f_i(j). */
  readonly share: Scalar;
}

/** R3: all is well, or one direct message is not. */
export type Confirmation = Ok | Complaint;

/** R3 of a party that holds its share. */
export interface Ok {
  readonly kind: 'ok';
  /** ok_i = H("dkg/ok"; sid, v_2, C, cc), 32 bytes. */
  readonly ok: Uint8Array;
  /** Knowledge of s_i for S_i. */
  readonly pop: dlog.Proof;
}

/** R4: a signature of the result. */
export interface Certification {
  /** Ed25519, purpose `dkg`, over H("dkg/cert"; sid, v_3, epochId_0), 64 bytes. */
  readonly signature: Uint8Array;
}

/** R1, 32 bytes. */
export const commitmentCodec: Codec<Commitment> = struct<Commitment>({ com: fixed(32) });

/** R2, 33·t + 129 bytes: a vector of another length cannot be written down. */
export const revealCodec = (threshold: number): Codec<Reveal> =>
  struct<Reveal>({
    F: vector(pointCodec, threshold),
    pok: dlog.proofCodec,
    cc: fixed(32),
    salt: fixed(32),
  });

/** R2, direct, 32 bytes. */
export const dealCodec: Codec<Deal> = struct<Deal>({ share: scalarCodec });

/** R3, 98 bytes for an `ok`; a complaint is longer. */
export const confirmationCodec: Codec<Confirmation> = union<Confirmation>({
  ok: struct<Omit<Ok, 'kind'>>({ ok: fixed(32), pop: dlog.proofCodec }),
  'bad-share': struct<Omit<BadShare, 'kind'>>({ against: indexCodec, ...badShareFields(dealSlot) }),
  undecryptable: struct<Omit<Undecryptable, 'kind'>>({
    against: indexCodec,
    ...undecryptableFields(dealSlot),
  }),
});

/** R4, 64 bytes. */
export const certificationCodec: Codec<Certification> = struct<Certification>({ signature: fixed(64) });

/** R1. */
export const Commit: Round<Commitment, None> = {
  name: 'keygen/commit',
  broadcast: commitmentCodec,
  direct: None,
};
/** R2: how long a vector must be depends on the threshold. */
export const revealRound = (threshold: number): Round<Reveal, Deal> => ({
  name: 'keygen/reveal',
  broadcast: revealCodec(threshold),
  direct: dealCodec,
});
/** R3. */
export const Confirm: Round<Confirmation, None> = {
  name: 'keygen/confirm',
  broadcast: confirmationCodec,
  direct: None,
};
/** R4. */
export const Certify: Round<Certification, None> = {
  name: 'keygen/certify',
  broadcast: certificationCodec,
  direct: None,
};

/** What a node writes down before R3: all that a member of the new epoch needs but the certificate. */
export interface PendingShare {
  readonly record: EpochRecord;
  readonly index: PartyIndex;
  /** s_i, 32 bytes. Secret. */
  readonly share: Uint8Array;
  /** cc, 32 bytes. */
  readonly chainCode: Uint8Array;
}

/** Canonical bytes of a pending share. Sealed before they touch a disk. */
export const pendingShareCodec: Codec<PendingShare> = struct<PendingShare>({
  record: epochCodec,
  index: indexCodec,
  share: fixed(32),
  chainCode: fixed(32),
});
