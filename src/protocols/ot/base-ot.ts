import { bitAt, selectBytes } from '../../crypto/bits.ts';
import { bigintToBytes, bytesToBigint, u32, wipe } from '../../crypto/bytes.ts';
import { InputError, assert } from '../../crypto/errors.ts';
import { hashBelow, taggedHash } from '../../crypto/hash.ts';
import { baseOtDomain, hashToCurve } from '../../crypto/hash-to-curve.ts';
import { Point, act, actBase, q, scalar } from '../../crypto/secp256k1.ts';
import { type Tag, tags } from '../../crypto/tags.ts';
import { lambda } from '../params.ts';
import { type OpenedRList, type OpenedYList, rListIsProper, yListIsProper } from './checks.ts';
import { pointListBytes } from './messages.ts';

/**
 * Endemic OT, 128 at once: Alice chooses by the bits of Δ and ends with one seed an OT, Bob ends with both.
 * [Masny and Rindal, ePrint 2019/706, section 4; protocol, 7.2]
 */

/** Bytes of one seed. */
export const seedBytes = 16;

/** Alice between her message and Bob's. Secret; `wipe` it before R3 is sent. */
export interface BaseOtAlice {
  /** Δ, 16 bytes, the choice bits. */
  readonly delta: Uint8Array;
  /** t_i, 128 scalars of 32 bytes. */
  readonly t: Uint8Array;
  /** R_{i,0} ‖ R_{i,1}, 8,448 bytes: what Alice sends. */
  readonly rList: Uint8Array;
  readonly wipe: () => void;
}

/** What Bob has after his message. Secret but for `yList`; `wipe` it before R4 is sent. */
export interface BaseOtBob {
  /** Y_{i,0} ‖ Y_{i,1}, 8,448 bytes: what Bob sends. */
  readonly yList: Uint8Array;
  /** seed_{i,b}, 16 bytes each, at 2i + b. */
  readonly seeds: Uint8Array;
  readonly wipe: () => void;
}

/** What Alice has in the end. Secret; `wipe` it before R3 is sent. */
export interface BaseOtAliceSeeds {
  /** seed_{i,Δ_i}, 16 bytes each. */
  readonly seeds: Uint8Array;
  readonly wipe: () => void;
}

/** Input of a mask: OT, branch, and the point of the other branch, 33 bytes. */
interface MaskInput {
  readonly i: number;
  readonly b: number;
  readonly other: Uint8Array;
}

/** HP of many inputs: points with unknown discrete logarithms, all of different hashes. */
const masks = (sidAB: Uint8Array, inputs: readonly MaskInput[]): readonly Point[] =>
  hashToCurve(
    inputs.map(({ i, b, other }) => taggedHash(tags.mrH, sidAB, u32(i), u32(b), other)),
    baseOtDomain,
  );

/** One nonzero scalar an OT from a role seed, by rejection, 32 bytes each. */
function seededScalars(tag: Tag, sidAB: Uint8Array, seed: Uint8Array): Uint8Array {
  const out = new Uint8Array(32 * lambda);
  for (let i = 0; i < lambda; i++) out.set(bigintToBytes(hashBelow(tag, q, sidAB, seed, u32(i)), 32), 32 * i);
  return out;
}

const secretAt = (scalars: Uint8Array, i: number): ReturnType<typeof scalar> =>
  scalar(bytesToBigint(scalars.subarray(32 * i, 32 * i + 32)));

/** Bob's seed and Alice's, of the same inputs: everything both have seen of this OT and branch. */
function seedOf(
  sidAB: Uint8Array,
  ot: { i: number; b: number; pair: Uint8Array; y: Point },
  shared: Point,
): Uint8Array {
  const x = shared.uncompressed.subarray(1, 33);
  const [r0, r1] = [ot.pair.subarray(0, 33), ot.pair.subarray(33)];
  return taggedHash(tags.mrK, sidAB, u32(ot.i), u32(ot.b), r0, r1, ot.y.toBytes(), x).subarray(0, seedBytes);
}

const pairAt = (list: Uint8Array, i: number): Uint8Array => list.subarray(66 * i, 66 * i + 66);

/** Δ, 16 bytes: Alice's choice bits of one pair and session. Never the same twice. [protocol, 7.1] */
export const deltaOf = (sidAB: Uint8Array, aliceSeed: Uint8Array): Uint8Array =>
  taggedHash(tags.otDelta, sidAB, aliceSeed).slice(0, lambda / 8);

/**
 * Step 1: R_{1-c} = k_i·G hides no mask, R_c = t_i·G − HP(i, c, R_{1-c}) does, c = Δ_i. Both are uniform, so
 * the pair does not tell c; and the same steps run for both values of c.
 */
export function baseOtAlice1(sidAB: Uint8Array, aliceSeed: Uint8Array): BaseOtAlice {
  const delta = deltaOf(sidAB, aliceSeed);
  const t = seededScalars(tags.otT, sidAB, aliceSeed);
  const k = seededScalars(tags.otK, sidAB, aliceSeed);
  const free = Array.from({ length: lambda }, (_, i) => actBase(secretAt(k, i)).toBytes());
  wipe(k); // it serves for nothing else: R_{1-c} could as well be drawn without a logarithm
  const mask = masks(
    sidAB,
    free.map((other, i) => ({ i, b: bitAt(delta, i), other })),
  );
  const rList = new Uint8Array(pointListBytes);
  mask.forEach((point, i) => {
    const chosen = actBase(secretAt(t, i)).subtract(point).toBytes();
    const other = free[i] ?? chosen;
    const c = bitAt(delta, i);
    rList.set(selectBytes(c, chosen, other), 66 * i);
    rList.set(selectBytes(c, other, chosen), 66 * i + 33);
  });
  return { delta, t, rList, wipe: () => wipe(delta, t) };
}

/** Decodes 256 points of a list; `undefined` if its length or any of them is not canonical. */
function pointsOf(list: Uint8Array): readonly Point[] | undefined {
  if (list.length !== pointListBytes) return undefined;
  try {
    return Array.from({ length: 2 * lambda }, (_, n) => Point.fromBytes(list.subarray(33 * n, 33 * n + 33)));
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Reads Alice's message. Never throws: whether it is acceptable is the question of `rListIsProper`. */
export function openRList(sidAB: Uint8Array, rList: Uint8Array): OpenedRList {
  const points = pointsOf(rList);
  if (points === undefined) return { bytes: rList, points, masked: [] };
  const inputs = points.map((_, n) => {
    const other = 33 * (n ^ 1);
    return { i: n >> 1, b: n & 1, other: rList.subarray(other, other + 33) };
  });
  const mask = masks(sidAB, inputs);
  return { bytes: rList, points, masked: points.map((point, n) => point.add(mask[n] ?? Point.identity)) };
}

/** Reads Bob's list. Never throws: whether it is acceptable is the question of `yListIsProper`. */
export const openYList = (yList: Uint8Array): OpenedYList => ({ bytes: yList, points: pointsOf(yList) });

/**
 * Step 2. A fresh y for every OT and branch, so that no two pads are related. @throws Bug if P4 does not
 * hold
 */
export function baseOtBob(sidAB: Uint8Array, bobSeed: Uint8Array, rList: OpenedRList): BaseOtBob {
  assert(rListIsProper(rList), 'base OTs answer a proper R list only');
  const yList = new Uint8Array(pointListBytes);
  const seeds = new Uint8Array(2 * lambda * seedBytes);
  rList.masked.forEach((masked, n) => {
    const [i, b] = [n >> 1, n & 1];
    const secret = scalar(hashBelow(tags.otY, q, sidAB, bobSeed, u32(i), u32(b)));
    const y = actBase(secret);
    yList.set(y.toBytes(), 33 * n);
    const ot = { i, b, pair: pairAt(rList.bytes, i), y };
    seeds.set(seedOf(sidAB, ot, act(secret, masked)), seedBytes * n);
  });
  return { yList, seeds, wipe: () => wipe(seeds) };
}

/**
 * Step 3: Alice computes the seed of her branch from t_i·Y_c, and cannot compute the other. @throws Bug
 * without P5
 */
export function baseOtAlice2(sidAB: Uint8Array, alice: BaseOtAlice, yList: OpenedYList): BaseOtAliceSeeds {
  assert(yListIsProper(yList), 'base OTs finish on a proper Y list only');
  const points = yList.points ?? [];
  const seeds = new Uint8Array(lambda * seedBytes);
  for (let i = 0; i < lambda; i++) {
    const b = bitAt(alice.delta, i);
    const [y0, y1] = [points[2 * i] ?? Point.identity, points[2 * i + 1] ?? Point.identity];
    const y = Point.ofPrimitive(selectBytes(b, y0.uncompressed, y1.uncompressed));
    const ot = { i, b, pair: pairAt(alice.rList, i), y };
    seeds.set(seedOf(sidAB, ot, act(secretAt(alice.t, i), y)), seedBytes * i);
  }
  return { seeds, wipe: () => wipe(seeds) };
}
