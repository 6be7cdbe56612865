import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitAt } from "../../../../src/crypto/bits.js";
import { concat, equalBytes, u32, xorBytes } from "../../../../src/crypto/bytes.js";
import { Bug } from "../../../../src/crypto/errors.js";
import { foldRows } from "../../../../src/crypto/gf128.js";
import { taggedHash } from "../../../../src/crypto/hash.js";
import { primitives } from "../../../../src/crypto/primitives.js";
import { tags } from "../../../../src/crypto/tags.js";
import { extensionAlice, extensionBob } from "../../../../src/protocols/ot/extension.js";
import { extensionBytes } from "../../../../src/protocols/ot/messages.js";
import { blockCount, otCount, rowBytes } from "../../../../src/protocols/params.js";
import { extendedPair, idealPair, seeded, withFlippedBit } from "./pair.js";
const column = (columns, j) => columns.subarray(16 * j, 16 * j + 16);
function relationHolds(name, batch) {
    const { atAlice, atBob } = extendedPair(name, batch);
    const zero = new Uint8Array(16);
    for (let j = 0; j < otCount(batch); j++) {
        const shift = bitAt(atBob.choices, j) === 1 ? atAlice.delta : zero;
        if (!equalBytes(column(atAlice.columns, j), xorBytes(column(atBob.columns, j), shift)))
            return false;
    }
    return atAlice.ok && atAlice.columns.length === 16 * otCount(batch);
}
/** A Bob who adds `change` to row i, and then computes everything that follows as if nothing had happened. */
function cheatingMessage({ context, bob }, honest, i, change) {
    const { sidAB, rList, yList, batch } = context;
    const length = rowBytes(batch);
    const u = honest.message.slice(0, 128 * length);
    u.set(xorBytes(u.subarray(length * i, length * (i + 1)), change), length * i);
    const dig = taggedHash(tags.oteDig, sidAB, rList, yList, u);
    const h = Array.from({ length: blockCount(batch) }, (_, j) => taggedHash(tags.oteChi, dig, u32(j)).subarray(0, 16));
    const rows = Array.from({ length: 128 }, (_, row) => {
        const seed = bob.seeds.subarray(32 * row, 32 * row + 16);
        const key = taggedHash(tags.otePrg, sidAB, u32(row), u32(0), seed).subarray(0, 16);
        return primitives().aes128Ctr(key, length);
    });
    return concat(u, foldRows(honest.choices, h), foldRows(concat(...rows), h));
}
describe('OT extension', () => {
    it.each([1, 3, 4, 16])('q_j = t_j ⊕ β_j·Δ in every column of a batch of %i', (batch) => {
        expect(relationHolds(`relation ${batch}`, batch)).toBe(true);
    });
    it('both ends bind the same digest, and another batch, list or row gives another', () => {
        const { context, bob, atAlice, atBob } = extendedPair('digest', 1);
        expect(atAlice.dig).toEqual(atBob.dig);
        const other = (changed) => extensionBob({ ...context, ...changed }, bob).dig;
        const digests = [
            atBob.dig,
            other({ rList: withFlippedBit(context.rList, 5) }),
            other({ yList: withFlippedBit(context.yList, 5) }),
            other({ sidAB: withFlippedBit(context.sidAB, 5) }),
            other({ batch: 4 }),
        ];
        expect(new Set(digests.map(String)).size).toBe(digests.length);
    });
    it('a bit turned on the wire is noticed, wherever it is', () => {
        const { context, alice, atBob } = extendedPair('wire', 1);
        const last = 8 * extensionBytes(1) - 1;
        const xHatAt = 8 * 128 * rowBytes(1);
        const passes = (bit) => extensionAlice(context, alice, withFlippedBit(atBob.message, bit)).ok;
        expect([0, xHatAt - 1, xHatAt, xHatAt + 127, xHatAt + 128, last].filter(passes)).toEqual([]);
        fc.assert(fc.property(fc.integer({ min: 0, max: last }), (bit) => {
            expect(passes(bit)).toBe(false);
        }), { numRuns: 20 });
    });
    it('a Bob who alters a row before he hashes is noticed if and only if that bit of Δ is set', () => {
        const pair = extendedPair('cheating Bob', 1);
        const change = withFlippedBit(new Uint8Array(rowBytes(1)), 77);
        const noticed = Array.from({ length: 128 }, (_, i) => {
            const message = cheatingMessage(pair, pair.atBob, i, change);
            return extensionAlice(pair.context, pair.alice, message).ok ? 0 : 1;
        });
        expect(noticed).toEqual(Array.from({ length: 128 }, (_, i) => bitAt(pair.alice.delta, i)));
    });
    it('a row with a different choice vector, or with different check bits, is noticed where Δ is set', () => {
        const pair = extendedPair('rows', 4);
        const i = Array.from({ length: 128 }, (_, row) => row).find((row) => bitAt(pair.alice.delta, row) === 1);
        const length = rowBytes(4);
        const padding = new Uint8Array(length);
        padding.fill(255, length - 16);
        for (const change of [seeded('other choices', length), padding])
            expect(extensionAlice(pair.context, pair.alice, cheatingMessage(pair, pair.atBob, i, change)).ok).toBe(false);
    });
    it('the unnoticed cheat leaves every column as it was', () => {
        const pair = extendedPair('unnoticed', 1);
        const i = Array.from({ length: 128 }, (_, row) => row).find((row) => bitAt(pair.alice.delta, row) === 0);
        const change = withFlippedBit(new Uint8Array(rowBytes(1)), 3);
        const after = extensionAlice(pair.context, pair.alice, cheatingMessage(pair, pair.atBob, i, change));
        expect(after.ok).toBe(true);
        expect(after.columns).toEqual(pair.atAlice.columns);
        expect(after.dig).not.toEqual(pair.atAlice.dig);
    });
    it('watching aborts recovers a Δ that is used twice, and nothing of the next session', () => {
        const change = withFlippedBit(new Uint8Array(rowBytes(1)), 0);
        const guess = (reuse) => {
            let right = 0;
            for (let i = 0; i < 64; i++) {
                const pair = extendedPair(reuse ? 'one session' : `session ${i}`, 1);
                const failed = !extensionAlice(pair.context, pair.alice, cheatingMessage(pair, pair.atBob, i, change))
                    .ok;
                const target = idealPair(reuse ? 'one session' : 'the session after', 1).alice.delta;
                if ((failed ? 1 : 0) === bitAt(target, i))
                    right++;
            }
            return right;
        };
        expect(guess(true)).toBe(64);
        expect(guess(false)).toBeLessThan(50);
    });
    it('one seed used in two rows still gives two rows', () => {
        const { context, bob } = idealPair('equal seeds', 1);
        const seeds = bob.seeds.slice();
        seeds.copyWithin(32, 0, 32);
        const { columns } = extensionBob(context, { ...bob, seeds });
        const bits = Array.from({ length: 416 }, (_, j) => bitAt(column(columns, j), 0) ^ bitAt(column(columns, j), 1));
        expect(bits).toContain(1);
    });
    it('messages of another length and batches outside the limits are refused', () => {
        const { context, alice, bob, atBob } = extendedPair('refused', 1);
        expect(() => extensionAlice(context, alice, atBob.message.subarray(1))).toThrow(Bug);
        expect(() => extensionAlice(context, alice, concat(atBob.message, Uint8Array.of(0)))).toThrow(Bug);
        expect(() => extensionBob({ ...context, batch: 0 }, bob)).toThrow(Bug);
        expect(() => extensionBob({ ...context, batch: 257 }, bob)).toThrow(Bug);
        expect(() => extensionBob({ ...context, yList: context.yList.subarray(1) }, bob)).toThrow(Bug);
    });
    it('what is wiped is zero', () => {
        const { atAlice, atBob, alice } = extendedPair('wiped', 1);
        atAlice.wipe();
        atBob.wipe();
        const secrets = [atAlice.delta, atAlice.columns, atBob.columns, atBob.choices];
        expect(secrets.every((secret) => secret.every((byte) => byte === 0))).toBe(true);
        expect(alice.delta.some((byte) => byte !== 0)).toBe(true);
    });
});
