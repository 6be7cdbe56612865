import { concat, u32 } from '../../crypto/bytes.ts';
import { type Codec, None, fixed, struct, vector } from '../../crypto/codec.ts';
import { assert } from '../../crypto/errors.ts';
import { type Point, pointCodec, scalarCodec } from '../../crypto/secp256k1.ts';
import type { Round } from '../kernel/protocol.ts';
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
export const roundNumbers = { commit: 1, extend: 2, multiply: 3, confirm: 4 } as const;

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

/** R4: all checks have passed, and everything that could be opened is gone. */
export interface Confirmation {
  /** ok_i = H("ps/ok"; sid, v_3, list(R_s), dropBitmap), 32 bytes. */
  readonly ok: Uint8Array;
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

/** R4, 32 bytes. */
export const confirmationCodec: Codec<Confirmation> = struct<Confirmation>({ ok: fixed(32) });

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
/** R4: the promise never to open anything of this session. */
export const Confirm: Round<Confirmation, None> = {
  name: 'presign/confirm',
  broadcast: confirmationCodec,
  direct: None,
  isPromise: true,
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
