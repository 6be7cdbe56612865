import { type Codec, None, fixed, struct } from '../../crypto/codec.ts';
import { type Scalar, scalarCodec } from '../../crypto/secp256k1.ts';
import type { Round } from '../kernel/protocol.ts';

/** Numbers of the rounds in envelopes, in nonce mode; there is no round 0. [protocol, 9.2] */
export const roundNumbers = { nonce: 1, share: 2 } as const;

/** R1: what is to be signed is fixed, before anybody knows by how much the nonce will be shifted. */
export interface BeaconNonce {
  /** τ_0, 32 bytes. */
  readonly tuple0: Uint8Array;
  /** nonce_i, 32 fresh bytes. */
  readonly nonce: Uint8Array;
}

/**
 * R2: a share of the signature. Once it has left, the signature must be presumed to exist. [protocol, 9.4]
 */
export interface SignatureShare {
  /** 32 bytes. */
  readonly presigId: Uint8Array;
  /** τ, 32 bytes. */
  readonly tuple: Uint8Array;
  /** w_i = (m + r·ε)·φ_i + r·v_i. */
  readonly w: Scalar;
  /** u'_i = u_i + δ·φ_i. */
  readonly u: Scalar;
}

/** R1, 64 bytes. */
export const nonceCodec: Codec<BeaconNonce> = struct<BeaconNonce>({ tuple0: fixed(32), nonce: fixed(32) });

/** R2, 128 bytes. Both scalars have one encoding (S8). */
export const shareCodec: Codec<SignatureShare> = struct<SignatureShare>({
  presigId: fixed(32),
  tuple: fixed(32),
  w: scalarCodec,
  u: scalarCodec,
});

/** R1. */
export const Nonce: Round<BeaconNonce, None> = { name: 'sign/nonce', broadcast: nonceCodec, direct: None };
/**
 * R2. A share that has left cannot be taken back, so nobody stops the others by an abort from here on: each
 * hears all shares, and comes to the same end by itself.
 */
export const Share: Round<SignatureShare, None> = {
  name: 'sign/share',
  broadcast: shareCodec,
  direct: None,
  isPromise: () => true,
};
