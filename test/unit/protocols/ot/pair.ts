import { bitAt } from '../../../../src/crypto/bits.ts';
import { ascii, u32 } from '../../../../src/crypto/bytes.ts';
import { expand, hashToScalar, taggedHash } from '../../../../src/crypto/hash.ts';
import { type Rng, type Scalar, scalar } from '../../../../src/crypto/secp256k1.ts';
import { tags } from '../../../../src/crypto/tags.ts';
import { deltaOf } from '../../../../src/protocols/ot/base-ot.ts';
import {
  type ExtensionAlice,
  type ExtensionBob,
  type ExtensionContext,
  extensionAlice,
  extensionBob,
} from '../../../../src/protocols/ot/extension.ts';
import { pointListBytes } from '../../../../src/protocols/ot/messages.ts';

/** Reproducible bytes with a name. */
export const seeded = (name: string, length = 32): Uint8Array => expand(tags.test, length, ascii(name));
/** A reproducible scalar with a name. */
export const seededScalar = (name: string): Scalar => scalar(hashToScalar(tags.test, ascii(name)));
/** Reproducible randomness. */
export function seededRng(name: string): Rng {
  let count = 0;
  return (length) => seeded(`${name} ${count++}`, length);
}

/**
 * Both ends of an ordered pair before the extension, with base OTs as a trusted third party would deal them.
 */
export interface IdealPair {
  readonly context: ExtensionContext;
  readonly bob: { readonly bobSeed: Uint8Array; readonly seeds: Uint8Array };
  readonly alice: { readonly delta: Uint8Array; readonly seeds: Uint8Array };
}

/** Base OTs dealt, not run: what follows them does not depend on how they came to be, and this is quick. */
export function idealPair(name: string, batch: number): IdealPair {
  const sidAB = taggedHash(tags.pair, seeded(name), u32(1), u32(2));
  const delta = deltaOf(sidAB, seeded(`${name} alice`));
  const seeds = seeded(`${name} seeds`, 256 * 16);
  const chosen = new Uint8Array(128 * 16);
  for (let i = 0; i < 128; i++) {
    const from = 16 * (2 * i + bitAt(delta, i));
    chosen.set(seeds.subarray(from, from + 16), 16 * i);
  }
  const [rList, yList] = [seeded(`${name} R`, pointListBytes), seeded(`${name} Y`, pointListBytes)];
  return {
    context: { sidAB, rList, yList, batch },
    bob: { bobSeed: seeded(`${name} bob`), seeds },
    alice: { delta, seeds: chosen },
  };
}

/** An honest extension of an ideal pair. */
export function extendedPair(
  name: string,
  batch: number,
): IdealPair & { readonly atBob: ExtensionBob; readonly atAlice: ExtensionAlice } {
  const pair = idealPair(name, batch);
  const atBob = extensionBob(pair.context, pair.bob);
  const atAlice = extensionAlice(pair.context, pair.alice, atBob.message);
  return { ...pair, atBob, atAlice };
}

/** A copy with one bit turned. */
export function withFlippedBit(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  out[bit >> 3]! ^= 1 << (bit & 7);
  return out;
}
