import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { bytesToBigint, u32, wipe } from '../../crypto/bytes.ts';
import { hashToScalar } from '../../crypto/hash.ts';
import { zeroKey } from '../../crypto/seal.ts';
import {
  type Rng,
  type Scalar,
  add,
  multiply,
  randomScalar,
  scalar,
  scalarToBytes,
  subtract,
} from '../../crypto/secp256k1.ts';
import { lagrangeAtZero } from '../../crypto/shamir.ts';
import { tags } from '../../crypto/tags.ts';
import { type Party, type PartyMap, at } from '../kernel/protocol.ts';
import type { BaseOtAlice } from '../ot/base-ot.ts';
import type { ExtensionBob } from '../ot/extension.ts';

/** B scalars in one buffer, 32 bytes each: unlike a bigint, it can be wiped. */
export type SecretScalars = Uint8Array;

/** Scalar s of a buffer. */
export const scalarAt = (scalars: SecretScalars, s: number): Scalar =>
  scalar(bytesToBigint(scalars.subarray(32 * s, 32 * s + 32)));

/** Writes scalar s of a buffer. */
export function putScalar(scalars: SecretScalars, s: number, value: Scalar): void {
  const bytes = scalarToBytes(value);
  scalars.set(bytes, 32 * s);
  wipe(bytes);
}

/** Adds to scalar s of a buffer. */
export const addScalar = (scalars: SecretScalars, s: number, value: Scalar): void => {
  putScalar(scalars, s, add(scalarAt(scalars, s), value));
};

/** Everything of a presign session that must not outlive it. `wipe` may be called at any time, and twice. */
export interface Secrets {
  /** r_{i,s}. */
  readonly r: SecretScalars;
  /** φ_{i,s}. */
  readonly phi: SecretScalars;
  /** sk_{i,s} = L_i(Q)·s_i + ζ_{i,s}. */
  readonly sk: SecretScalars;
  /** Σ_j (c^u_{i→j} + d^u_{i,j}), as far as it has been added up. */
  readonly sharesU: SecretScalars;
  /** Σ_j (c^v_{i→j} + d^v_{i,j}), as far as it has been added up. */
  readonly sharesV: SecretScalars;
  /** m_{i,s} = φ_{i,s} + Σ_j ψ_{j→i,s}, as far as it has been added up. */
  readonly m: SecretScalars;
  /** Our side of the base OTs in which we are Alice: from R1 until R3 is sent. */
  readonly alice: Map<PartyIndex, BaseOtAlice>;
  /** Our side of the extensions in which we are Bob: from R2 until R4 is sent. */
  readonly bob: Map<PartyIndex, ExtensionBob>;
  readonly wipe: () => void;
}

/** f_{ij,s} of one pair, the same at both ends. [protocol, 7.5] */
const fragment = (key: Uint8Array, { sid }: Pick<Party, 'sid'>, s: number): Scalar =>
  scalar(hashToScalar(tags.zero, key, sid, u32(s)));

/**
 * f_{ij,s} of a pair and an instance from x(D_ij): what its ends say of it when the shares of the key do not
 * add up, and what anyone derives once D_ij is shown. [protocol, 7.5, 13.3 E7]
 */
export function zeroFragment(
  sharedX: Uint8Array,
  sid: SessionId,
  [i, j]: readonly [PartyIndex, PartyIndex],
  s: number,
): Scalar {
  const key = zeroKey(sharedX, sid, i < j ? i : j, i < j ? j : i);
  const f = fragment(key, { sid }, s);
  wipe(key);
  return f;
}

/** ζ_{i,s} from the fragments of all its pairs: minus those with a higher index, plus the others. [7.5] */
export const zeroShareOf = (self: PartyIndex, fragments: PartyMap<Scalar>): Scalar =>
  [...fragments].reduce((zeta, [j, f]) => (j < self ? add(zeta, f) : subtract(zeta, f)), scalar(0n));

/**
 * ζ_{i,s}: the sum over all parties is zero. It hides sums of the form Σ ε_i·sk_i that somebody obtains who
 * uses its masks inconsistently towards different parties. [protocol, 7.5]
 */
export function zeroShares(
  party: Pick<Party, 'sid' | 'self' | 'others' | 'keys'>,
  batch: number,
): SecretScalars {
  const { sid, self, others, keys } = party;
  const zeta = new Uint8Array(32 * batch);
  for (const j of others) {
    const [low, high] = j < self ? [j, self] : [self, j];
    const key = zeroKey(at(keys.sharedX, j), sid, low, high);
    for (let s = 0; s < batch; s++) {
      const f = fragment(key, party, s);
      addScalar(zeta, s, j < self ? f : subtract(scalar(0n), f));
    }
    wipe(key);
  }
  return zeta;
}

/** sk_{i,s} = L_i(Q)·s_i + ζ_{i,s}: the share as a sum, different in every instance. [protocol, 8.1] */
function summands(party: Party, share: Uint8Array, batch: number): SecretScalars {
  const weighted = multiply(lagrangeAtZero(party.self, party.parties), scalarAt(share, 0));
  const sk = zeroShares(party, batch);
  for (let s = 0; s < batch; s++) addScalar(sk, s, weighted);
  return sk;
}

function randomScalars(batch: number, rng: Rng): SecretScalars {
  const out = new Uint8Array(32 * batch);
  for (let s = 0; s < batch; s++) putScalar(out, s, randomScalar(rng));
  return out;
}

/**
 * What a party chooses and derives before it says anything. None of it comes from a role seed. [protocol,
 * 7.1]
 */
export function drawSecrets(party: Party, share: Uint8Array, batch: number): Secrets {
  const phi = randomScalars(batch, party.rng);
  const buffers = {
    r: randomScalars(batch, party.rng),
    phi,
    sk: summands(party, share, batch),
    sharesU: new Uint8Array(32 * batch),
    sharesV: new Uint8Array(32 * batch),
    m: phi.slice(),
  };
  const alice = new Map<PartyIndex, BaseOtAlice>();
  const bob = new Map<PartyIndex, ExtensionBob>();
  return {
    ...buffers,
    alice,
    bob,
    wipe: () => {
      wipe(...Object.values(buffers));
      for (const state of [...alice.values(), ...bob.values()]) state.wipe();
      alice.clear();
      bob.clear();
    },
  };
}
