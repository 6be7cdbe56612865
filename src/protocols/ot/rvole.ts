import { bitAt } from '../../crypto/bits.ts';
import { u32, wipe } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { hashToScalar, taggedHash } from '../../crypto/hash.ts';
import { type Rng, type Scalar, q, randomScalar, scalar } from '../../crypto/secp256k1.ts';
import { tags } from '../../crypto/tags.ts';
import { ell, gadget, rho, words, xi } from '../params.ts';
import { multiplicationIsCanonical, multiplicationIsConsistent } from './checks.ts';
import { crhDigests, crhPrefix } from './crh.ts';
import type { ExtensionAlice, ExtensionBob } from './extension.ts';
import { aTildeBytes, multiplicationBytes } from './messages.ts';

/**
 * Two multiplications by one random χ of Bob's: c_i + d_i = a_i·χ. [DKLs23, ePrint 2023/765, protocol 5.2;
 * protocol, 7.4]. A published review reports two misprints in the printed protocol, the index order of θ and `a`
 * for `â` in one place; the steps here are the ones that a correct run needs.
 *
 * Scalars are bigints here, whose arithmetic is not constant-time and which cannot be wiped; they live for one
 * call, and docs/threat-model.md says so.
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

/** Numbers of 32 bytes each. */
function bigintsOf(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Array<bigint>(bytes.length / 32);
  for (let n = 0, at = 0; n < out.length; n++, at += 32) {
    const high = (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
    const low = (view.getBigUint64(at + 16) << 64n) | view.getBigUint64(at + 24);
    out[n] = (high << 128n) | low;
  }
  return out;
}

function putScalar(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, value >> 192n);
  view.setBigUint64(at + 8, BigInt.asUintN(64, value >> 128n));
  view.setBigUint64(at + 16, BigInt.asUintN(64, value >> 64n));
  view.setBigUint64(at + 24, BigInt.asUintN(64, value));
}

/** CRH of the columns of an instance, with or without Δ: word w of OT j at 4j + w. Below 2^256, not reduced. */
function wordsOfInstance(
  { sidAB, instance }: Instance,
  state: Pick<ExtensionAlice, 'dig' | 'columns' | 'batch'>,
  shift: Uint8Array,
): readonly bigint[] {
  assert(Number.isInteger(instance) && instance >= 0 && instance < state.batch, `instance ${instance}`);
  const firstColumn = xi * instance;
  const columns = state.columns.subarray(16 * firstColumn, 16 * (firstColumn + xi));
  const digests = crhDigests(crhPrefix(sidAB, state.dig), columns, { firstColumn, shift });
  const out = bigintsOf(digests);
  wipe(digests);
  return out;
}

/** Σ_j g_j·x_{4j+i} mod q. Products stay unreduced until the end: 416 of them are below 2^521. */
function gadgetSum(values: readonly bigint[], i: number): bigint {
  let total = 0n;
  gadget().forEach((g, j) => {
    total += g * (values[words * j + i] ?? 0n);
  });
  return total % q;
}

/** ad: everything Alice committed to before the challenge θ. */
const digestOfATilde = ({ sidAB, instance }: Instance, dig: Uint8Array, aTilde: Uint8Array): Uint8Array =>
  taggedHash(tags.rvoleA, sidAB, dig, u32(instance), aTilde);

/** θ_{i,z} at 2z + i. */
const challenge = (ad: Uint8Array): readonly bigint[] =>
  Array.from({ length: ell * rho }, (_, n) =>
    hashToScalar(tags.rvoleTheta, ad, u32(n % ell), u32(Math.floor(n / ell))),
  );

/**
 * The hash of x_{j,ℓ+z} + Σ_i θ_{i,z}·x_{j,i} − β_j·η_z over all j and z. Alice has no β: her words are those of
 * β = 0, and her `eta` is zero.
 */
function muOf(
  ad: Uint8Array,
  values: readonly bigint[],
  bits: readonly bigint[],
  eta: readonly bigint[],
): Uint8Array {
  const theta = challenge(ad);
  const list = new Uint8Array(4 + 32 * xi * rho);
  const view = new DataView(list.buffer);
  view.setUint32(0, xi * rho);
  for (let j = 0; j < xi; j++) {
    const x0 = values[words * j] ?? 0n;
    const x1 = values[words * j + 1] ?? 0n;
    for (let z = 0; z < rho; z++) {
      const sum =
        (values[words * j + ell + z] ?? 0n) + (theta[2 * z] ?? 0n) * x0 + (theta[2 * z + 1] ?? 0n) * x1;
      // q is added because a difference must not turn negative.
      putScalar(view, 4 + 32 * (rho * j + z), (sum + (bits[j] ?? 0n) * (q - (eta[z] ?? 0n))) % q);
    }
  }
  const mu = taggedHash(tags.rvoleMu, ad, list);
  wipe(list);
  return mu;
}

const NO_BITS: readonly bigint[] = [];

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
  const aHat = [randomScalar(rng), randomScalar(rng)];
  const inputs = [a0, a1, ...aHat];
  const alpha0 = wordsOfInstance(instance, state, new Uint8Array(16));
  const alpha1 = wordsOfInstance(instance, state, state.delta);
  const message = new Uint8Array(multiplicationBytes);
  const view = new DataView(message.buffer);
  alpha0.forEach((alpha, n) => {
    // Both hashes are below 2^256 < 2q: adding 2q keeps the difference positive.
    putScalar(view, 32 * n, (alpha + 2n * q - (alpha1[n] ?? 0n) + (inputs[n % words] ?? 0n)) % q);
  });
  const ad = digestOfATilde(instance, state.dig, message.subarray(0, aTildeBytes));
  const theta = challenge(ad);
  aHat.forEach((value, z) => {
    const eta = (value + (theta[2 * z] ?? 0n) * a0 + (theta[2 * z + 1] ?? 0n) * a1) % q;
    putScalar(view, aTildeBytes + 32 * z, eta);
  });
  message.set(muOf(ad, alpha0, NO_BITS, NO_BITS), multiplicationBytes - 32);
  return { message, c: [scalar(-gadgetSum(alpha0, 0)), scalar(-gadgetSum(alpha0, 1))] };
}

/** β_j of an instance, as factors. */
function bitsOfInstance(state: ExtensionBob, instance: number): readonly bigint[] {
  return Array.from({ length: xi }, (_, j) => BigInt(bitAt(state.choices, xi * instance + j)));
}

/** χ = Σ_j β_j·g_j, Bob's random factor in an instance. Known as soon as the extension is made. Secret. */
export function chiOf(state: ExtensionBob, instance: number): Scalar {
  assert(Number.isInteger(instance) && instance >= 0 && instance < state.batch, `instance ${instance}`);
  const g = gadget();
  let total = 0n;
  bitsOfInstance(state, instance).forEach((bit, j) => {
    total += bit * (g[j] ?? 0n);
  });
  return scalar(total);
}

/**
 * Steps 7 to 9. Everything is computed before `ok` is known.
 * @throws Bug unless P9 holds for the message
 */
export function rvoleBob(instance: Instance, state: ExtensionBob, message: Uint8Array): RvoleBob {
  assert(multiplicationIsCanonical(message), 'multiplication of a message that is not canonical');
  const aTilde = bigintsOf(message.subarray(0, aTildeBytes));
  const eta = bigintsOf(message.subarray(aTildeBytes, multiplicationBytes - 32));
  const bits = bitsOfInstance(state, instance.instance);
  const gamma = wordsOfInstance(instance, state, new Uint8Array(16));
  const e = gamma.map((value, n) => value + (bits[Math.floor(n / words)] ?? 0n) * (aTilde[n] ?? 0n));
  const ad = digestOfATilde(instance, state.dig, message.subarray(0, aTildeBytes));
  const recomputed = muOf(ad, e, bits, eta);
  const ok = multiplicationIsConsistent({ mu: message.subarray(multiplicationBytes - 32), recomputed });
  return { ok, d: [scalar(gadgetSum(e, 0)), scalar(gadgetSum(e, 1))] };
}
