import { bitAt } from "../../../../src/crypto/bits.js";
import { ascii, u32 } from "../../../../src/crypto/bytes.js";
import { expand, hashToScalar, taggedHash } from "../../../../src/crypto/hash.js";
import { scalar } from "../../../../src/crypto/secp256k1.js";
import { tags } from "../../../../src/crypto/tags.js";
import { deltaOf } from "../../../../src/protocols/ot/base-ot.js";
import { extensionAlice, extensionBob, } from "../../../../src/protocols/ot/extension.js";
import { pointListBytes } from "../../../../src/protocols/ot/messages.js";
/** Reproducible bytes with a name. */
export const seeded = (name, length = 32) => expand(tags.test, length, ascii(name));
/** A reproducible scalar with a name. */
export const seededScalar = (name) => scalar(hashToScalar(tags.test, ascii(name)));
/** Reproducible randomness. */
export function seededRng(name) {
    let count = 0;
    return (length) => seeded(`${name} ${count++}`, length);
}
/** Base OTs dealt, not run: what follows them does not depend on how they came to be, and this is quick. */
export function idealPair(name, batch) {
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
export function extendedPair(name, batch) {
    const pair = idealPair(name, batch);
    const atBob = extensionBob(pair.context, pair.bob);
    const atAlice = extensionAlice(pair.context, pair.alice, atBob.message);
    return { ...pair, atBob, atAlice };
}
/** A copy with one bit turned. */
export function withFlippedBit(bytes, bit) {
    const out = bytes.slice();
    out[bit >> 3] ^= 1 << (bit & 7);
    return out;
}
