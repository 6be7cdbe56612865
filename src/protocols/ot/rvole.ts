import { bitAt } from '../../crypto/bits.ts';
import type { CheckSumOptions } from '../../crypto/bulk.ts';
import { bytesToBigint, concat, u32, wipe } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { hashToScalar, taggedHash } from '../../crypto/hash.ts';
import { primitives } from '../../crypto/primitives.ts';
import {
  type Rng,
  type Scalar,
  randomScalar,
  scalar,
  scalarToBytes,
  subtract,
} from '../../crypto/secp256k1.ts';
import { tags } from '../../crypto/tags.ts';
import { ell, gadget, gadgetBytes, rho, xi } from '../params.ts';
import { multiplicationIsCanonical, multiplicationIsConsistent } from './checks.ts';
import { crhDigests, crhPrefix } from './crh.ts';
import type { ExtensionAlice, ExtensionBob } from './extension.ts';
import { aTildeBytes, multiplicationBytes } from './messages.ts';

/**
 * Two multiplications by one random χ of Bob's: c_i + d_i = a_i·χ. [DKLs23, ePrint 2023/765, protocol 5.2;
 * protocol, 7.4]. A published review reports two misprints in the printed protocol, the index order of θ and
 * `a` for `â` in one place; the steps here are the ones that a correct run needs.
 *
 * Words stay bytes, in the bulk arithmetic of the primitives. The few scalars that become bigints cannot be
 * wiped; they live for one call, and docs/threat-model.md says so.
 */

/** Which multiplication of which pair. */
export interface Instance {
  readonly sidAB: Uint8Array;
  /** s, in [0, B). It owns the OT columns 416·s … 416·s + 415. */
  readonly instance: number;
}

/** Alice's share and message. */
export interface RvoleAlice {
  /** ã ‖ η_0 ‖ η_1 ‖ μ, 53,344 bytes. */
  readonly message: Uint8Array;
  /** c_0 and c_1, secret. */
  readonly c: readonly [Scalar, Scalar];
}

/** Bob's share. */
export interface RvoleBob {
  /** P10. When false the session ends, and d means nothing. */
  readonly ok: boolean;
  /** d_0 and d_1, secret. */
  readonly d: readonly [Scalar, Scalar];
}

const zeros = (length: number): Uint8Array => new Uint8Array(length);

/**
 * CRH of the columns of an instance, with or without Δ: word w of OT j at 4j + w, 32 bytes each, not
 * reduced.
 */
function wordsOfInstance(
  { sidAB, instance }: Instance,
  state: Pick<ExtensionAlice, 'dig' | 'columns' | 'batch'>,
  shift: Uint8Array,
): Uint8Array {
  assertInstance(instance, state.batch);
  const firstColumn = xi * instance;
  const columns = state.columns.subarray(16 * firstColumn, 16 * (firstColumn + xi));
  return crhDigests(crhPrefix(sidAB, state.dig), columns, { firstColumn, shift });
}

const assertInstance = (instance: number, batch: number): void =>
  assert(Number.isInteger(instance) && instance >= 0 && instance < batch, `instance ${instance} of ${batch}`);

/** Σ_j g_j·x_{j,i} mod q for i = 0, 1. */
function gadgetSums(values: Uint8Array): readonly [Scalar, Scalar] {
  const sums = primitives().bulk.weightedSums(values, gadgetBytes());
  const [first, second] = [sums.subarray(0, 32), sums.subarray(32)].map((sum) => scalar(bytesToBigint(sum)));
  wipe(sums);
  return [first ?? scalar(0n), second ?? scalar(0n)];
}

/** ad: everything Alice committed to before the challenge θ. */
const digestOfATilde = ({ sidAB, instance }: Instance, dig: Uint8Array, aTilde: Uint8Array): Uint8Array =>
  taggedHash(tags.rvoleA, sidAB, dig, u32(instance), aTilde);

/** θ_{i,z} at 2z + i, 32 bytes each. */
function challenge(ad: Uint8Array): Uint8Array {
  const theta = zeros(32 * ell * rho);
  for (let z = 0; z < rho; z++)
    for (let i = 0; i < ell; i++) {
      const value = scalar(hashToScalar(tags.rvoleTheta, ad, u32(i), u32(z)));
      theta.set(scalarToBytes(value), 32 * (ell * z + i));
    }
  return theta;
}

/**
 * The hash of the list x_{j,ℓ+z} + Σ_i θ_{i,z}·x_{j,i} − β_j·η_z over all j and z. Alice's words are those of
 * β = 0, for every OT.
 */
function muOf(ad: Uint8Array, values: Uint8Array, options: CheckSumOptions): Uint8Array {
  const list = primitives().bulk.checkSums(values, options);
  const mu = taggedHash(tags.rvoleMu, ad, concat(u32(xi * rho), list));
  wipe(list);
  return mu;
}

/**
 * Steps 1 to 6, of Alice's inputs a_0 and a_1.
 * @throws Bug unless the extension was checked: nothing that depends on Δ leaves before
 */
export function rvoleAlice(
  instance: Instance,
  state: ExtensionAlice,
  [a0, a1]: readonly [Scalar, Scalar],
  rng: Rng,
): RvoleAlice {
  assert(state.ok, 'multiplication on an extension that failed its check');
  const aHat = [randomScalar(rng), randomScalar(rng)] as const;
  const alpha0 = wordsOfInstance(instance, state, zeros(16));
  const alpha1 = wordsOfInstance(instance, state, state.delta);
  const inputs = concat(...[a0, a1, ...aHat].map(scalarToBytes));
  const aTilde = primitives().bulk.maskedDifferences(alpha0, alpha1, inputs);
  const ad = digestOfATilde(instance, state.dig, aTilde);
  const theta = challenge(ad);
  const eta = aHat.map((value, z) => scalarToBytes(answer(theta.subarray(64 * z), value, [a0, a1])));
  const mu = muOf(ad, alpha0, { theta, bits: zeros(xi), eta: zeros(32 * rho) });
  const [c0, c1] = gadgetSums(alpha0);
  wipe(alpha0, alpha1, inputs);
  return { message: concat(aTilde, ...eta, mu), c: [subtract(scalar(0n), c0), subtract(scalar(0n), c1)] };
}

/** η = â + θ_0·a_0 + θ_1·a_1, with both θ of a repetition. */
const answer = (theta: Uint8Array, aHat: Scalar, [a0, a1]: readonly [Scalar, Scalar]): Scalar =>
  scalar(aHat + bytesToBigint(theta.subarray(0, 32)) * a0 + bytesToBigint(theta.subarray(32, 64)) * a1);

/** β_j of an instance, one byte each. Secret. */
function bitsOfInstance({ choices, batch }: ExtensionBob, instance: number): Uint8Array {
  assertInstance(instance, batch);
  return Uint8Array.from({ length: xi }, (_, j) => bitAt(choices, xi * instance + j));
}

/** χ = Σ_j β_j·g_j, Bob's random factor in an instance. Known as soon as the extension is made. Secret. */
export function chiOf(state: ExtensionBob, instance: number): Scalar {
  const bits = bitsOfInstance(state, instance);
  let total = 0n;
  gadget().forEach((g, j) => {
    total += BigInt(bits[j] ?? 0) * g;
  });
  wipe(bits);
  return scalar(total);
}

/**
 * Steps 7 to 9. Everything is computed before `ok` is known.
 * @throws Bug unless P9 holds for the message
 */
export function rvoleBob(instance: Instance, state: ExtensionBob, message: Uint8Array): RvoleBob {
  assert(multiplicationIsCanonical(message), 'multiplication of a message that is not canonical');
  const aTilde = message.subarray(0, aTildeBytes);
  const eta = message.subarray(aTildeBytes, multiplicationBytes - 32);
  const bits = bitsOfInstance(state, instance.instance);
  const gamma = wordsOfInstance(instance, state, zeros(16));
  const e = primitives().bulk.selectedSums(gamma, bits, aTilde);
  const ad = digestOfATilde(instance, state.dig, aTilde);
  const recomputed = muOf(ad, e, { theta: challenge(ad), bits, eta });
  const ok = multiplicationIsConsistent({ mu: message.subarray(multiplicationBytes - 32), recomputed });
  const d = gadgetSums(e);
  wipe(bits, gamma, e);
  return { ok, d };
}
