import type { PartyIndex } from '../../crypto/brand.ts';
import { concat, u32 } from '../../crypto/bytes.ts';
import { type Codec, None, fixed, indexCodec, list, struct, u16Codec, vector } from '../../crypto/codec.ts';
import { assert } from '../../crypto/errors.ts';
import * as dleq from '../../crypto/proofs/dleq.ts';
import { type Point, type Scalar, pointCodec, scalarCodec } from '../../crypto/secp256k1.ts';
import type { Round } from '../kernel/protocol.ts';
import type { SharedKey } from '../kernel/shared-key.ts';
import { MAX_PARTIES } from '../kernel/spec.ts';
import {
  extensionBytes,
  extensionCodec,
  multiplicationBytes,
  multiplicationCodec,
  pointListBytes,
  rListCodec,
  yListCodec,
} from '../ot/messages.ts';

/** Numbers of the rounds in envelopes; the setup is round 0. [protocol, 8.2] */
export const roundNumbers = { commit: 1, extend: 2, multiply: 3, confirm: 4, prove: 5 } as const;

/** R1: every party fixes its nonces before it has seen another's. */
export interface NonceCommitment {
  /** comR_i = H("ps/comR"; sid, i, pid_i, list(R_{i,s}), salt_i), 32 bytes. */
  readonly comR: Uint8Array;
}

/** R2, from Bob to Alice. */
export interface Extension {
  /** Y list of the base OTs, 8,448 bytes. */
  readonly yList: Uint8Array;
  /** U ‖ x̂ ‖ t̂. */
  readonly extension: Uint8Array;
}

/** R3: the opening of R1, and the share of the key, shifted by a share of zero. */
export interface Reveal {
  /** salt_i, 32 bytes: hid the nonces until R3. */
  readonly salt: Uint8Array;
  /** R_{i,s} = r_{i,s} · G, one an instance. */
  readonly R: readonly Point[];
  /** pk_{i,s} = sk_{i,s} · G, one an instance. */
  readonly pk: readonly Point[];
}

/** R4: the batch is confirmed, or its shares of the key do not add up, as everybody sees. */
export type Confirmation = Ok | Fragments;

/** R4: all checks have passed, and everything that could be opened is gone. */
export interface Ok {
  readonly kind: 'ok';
  /** ok_i = H("ps/ok"; sid, v_3, list(R_s), dropBitmap), 32 bytes. */
  readonly ok: Uint8Array;
}

/** R4 when P13 fails: what shifted our share of the key, so that it can be compared. [protocol, 13.3 E7] */
export interface Fragments {
  readonly kind: 'fragments';
  /** s, the first instance whose shares do not add up. */
  readonly instance: number;
  /** f_{ij,s} of our pairs, ascending by the other end. */
  readonly f: readonly Scalar[];
}

/** R5, only when the two ends of a pair say two fragments: what the pair shares, with its proof. */
export interface PairProof extends SharedKey {
  /** The other end. */
  readonly peer: PartyIndex;
}

/** Where the parts of one instance begin in the direct message of R3, and its length; bytes. */
export interface InstanceLayout {
  /** ã ‖ η ‖ μ. */
  readonly multiplication: number;
  /** Γ^u = c^u · G, 33 bytes. */
  readonly gammaU: number;
  /** Γ^v = c^v · G, 33 bytes. */
  readonly gammaV: number;
  /** ψ = φ_i − χ_{i,j}, 32 bytes. */
  readonly psi: number;
  readonly bytes: number;
}

/** 53,442 bytes an instance. [protocol, 8.2] */
export const instanceLayout: InstanceLayout = {
  multiplication: 0,
  gammaU: multiplicationBytes,
  gammaV: multiplicationBytes + 33,
  psi: multiplicationBytes + 66,
  bytes: multiplicationBytes + 98,
};

/** Bytes of the direct messages of one session to one peer, by round. [protocol, 16.1] */
export const directBytes = (
  batch: number,
): { readonly commit: number; readonly extend: number; readonly multiply: number } => ({
  commit: pointListBytes,
  extend: pointListBytes + extensionBytes(batch),
  multiply: batch * instanceLayout.bytes,
});

/** R1, 32 bytes. */
export const commitmentCodec: Codec<NonceCommitment> = struct<NonceCommitment>({ comR: fixed(32) });

/** R2, direct, 10,512 + 16·L' bytes. */
export const extendCodec = (batch: number): Codec<Extension> =>
  struct<Extension>({ yList: yListCodec, extension: extensionCodec(batch) });

/** R3, 32 + 66·B bytes: a list of another length cannot be written down (P8). */
export const revealCodec = (batch: number): Codec<Reveal> =>
  struct<Reveal>({ salt: fixed(32), R: vector(pointCodec, batch), pk: vector(pointCodec, batch) });

/**
 * R3, direct, 53,442·B bytes. It stays one byte string, which is hashed and walked in place and can be wiped;
 * its points and scalars are judged by `instanceIsCanonical`, so that a bad one has a culprit (P9).
 */
export function multiplyCodec(batch: number): Codec<Uint8Array> {
  const length = batch * instanceLayout.bytes;
  const fields = [
    ['multiplication', multiplicationCodec.schema],
    ['gammaU', pointCodec.schema],
    ['gammaV', pointCodec.schema],
    ['psi', scalarCodec.schema],
  ] as const;
  return {
    schema: { kind: 'vector', item: { kind: 'struct', fields }, count: batch },
    maxBytes: length,
    write: (value) => {
      assert(value.length === length, `${value.length} bytes where ${length} belong`);
      return value;
    },
    read: (from, path) => from.take(length, path),
  };
}

/** What stands behind 32 zero bytes in R4 of a quorum when P13 fails: 2 + 32·(t − 1) bytes. */
export const fragmentsCodec = (quorum: number): Codec<Omit<Fragments, 'kind'>> =>
  struct<Omit<Fragments, 'kind'>>({ instance: u16Codec, f: vector(scalarCodec, quorum - 1) });

const digestCodec = struct<Pick<Ok, 'ok'>>({ ok: fixed(32) });
const isMark = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/**
 * R4 of a quorum: `ok` is 32 bytes; fragments are 34 + 32·(t − 1), with 32 zeros, which are the hash of
 * nothing that anyone knows, where `ok` would stand.
 */
export function confirmationCodec(quorum: number): Codec<Confirmation> {
  const fragments = fragmentsCodec(quorum);
  return {
    schema: digestCodec.schema,
    maxBytes: digestCodec.maxBytes + fragments.maxBytes,
    write: (said) => {
      if (said.kind === 'fragments') return concat(new Uint8Array(32), fragments.write(said));
      assert(!isMark(said.ok), 'a confirmation of zeros would read as none');
      return digestCodec.write(said);
    },
    read: (from, path) => {
      const { ok } = digestCodec.read(from, path);
      return isMark(ok) ? { kind: 'fragments', ...fragments.read(from, path) } : { kind: 'ok', ok };
    },
  };
}

/** R5: one entry for each of the sender's pairs that are in dispute, ascending. 4 bytes, and 99 an entry. */
export const proofsCodec: Codec<readonly PairProof[]> = list(
  struct<PairProof>({ peer: indexCodec, D: pointCodec, proof: dleq.proofCodec }),
  MAX_PARTIES,
);

/** R1. The direct message is the R list of the base OTs in which the sender is Alice. */
export const Commit: Round<NonceCommitment, Uint8Array> = {
  name: 'presign/commit',
  broadcast: commitmentCodec,
  direct: rListCodec,
};
/** R2. */
export const extendRound = (batch: number): Round<None, Extension> => ({
  name: 'presign/extend',
  broadcast: None,
  direct: extendCodec(batch),
});
/** R3. */
export const multiplyRound = (batch: number): Round<Reveal, Uint8Array> => ({
  name: 'presign/multiply',
  broadcast: revealCodec(batch),
  direct: multiplyCodec(batch),
});
/** R4. A confirmation is the promise never to open anything of this session; fragments promise nothing. */
export const confirmRound = (quorum: number): Round<Confirmation, None> => ({
  name: 'presign/confirm',
  broadcast: confirmationCodec(quorum),
  direct: None,
  isPromise: ({ kind }) => kind === 'ok',
});
/** R5. Not part of a session that succeeds. */
export const Prove: Round<readonly PairProof[], None> = {
  name: 'presign/prove',
  broadcast: proofsCodec,
  direct: None,
};

/**
 * u32(count) ‖ points: how the nonces of a batch enter a hash. The identity, which has no encoding, is 33
 * zeros.
 */
export const nonceList = (points: readonly Point[]): Uint8Array =>
  concat(
    u32(points.length),
    ...points.map((point) => (point.isIdentity ? new Uint8Array(33) : point.toBytes())),
  );
