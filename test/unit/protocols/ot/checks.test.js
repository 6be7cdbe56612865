import { describe, expect, it } from 'vitest';
import { bigintToBytes, u32 } from "../../../../src/crypto/bytes.js";
import { baseOtDomain, hashToCurve } from "../../../../src/crypto/hash-to-curve.js";
import { taggedHash } from "../../../../src/crypto/hash.js";
import { installPrimitives, primitives } from "../../../../src/crypto/primitives.js";
import { Point, q } from "../../../../src/crypto/secp256k1.js";
import { tags } from "../../../../src/crypto/tags.js";
import { baseOtAlice1, openRList, openYList } from "../../../../src/protocols/ot/base-ot.js";
import { extensionRowsAgree, multiplicationIsCanonical, multiplicationIsConsistent, rListIsProper, yListIsProper, } from "../../../../src/protocols/ot/checks.js";
import { aTildeBytes, multiplicationBytes } from "../../../../src/protocols/ot/messages.js";
import { nativePrimitives } from "../../../../src/system/native.js";
import { seeded, withFlippedBit } from "./pair.js";
installPrimitives(nativePrimitives() ?? primitives());
const sidAB = seeded('sidAB');
const { rList } = baseOtAlice1(sidAB, seeded('alice'));
const proper = (bytes) => rListIsProper(openRList(sidAB, bytes));
const withPoint = (n, point) => {
    const out = rList.slice();
    out.set(point, 33 * n);
    return out;
};
const lastOffCurve = 5n; // no point of secp256k1 has this x
describe('P4, the R list', () => {
    it('an honest list is proper', () => {
        expect(proper(rList)).toBe(true);
    });
    it('two equal points in one OT are not', () => {
        expect(proper(withPoint(254, rList.subarray(33 * 255, 33 * 256)))).toBe(false);
    });
    it('a point that cancels its mask is not', () => {
        const message = taggedHash(tags.mrH, sidAB, u32(7), u32(1), rList.subarray(33 * 14, 33 * 15));
        const [mask] = hashToCurve([message], baseOtDomain);
        const opened = openRList(sidAB, withPoint(15, mask.negate().toBytes()));
        expect(opened.masked[15].isIdentity).toBe(true);
        expect(rListIsProper(opened)).toBe(false);
    });
    it('a point off the curve, a coordinate above p, a wrong prefix, another length are not', () => {
        const offCurve = bigintToBytes((2n << 256n) | lastOffCurve, 33);
        const aboveP = new Uint8Array(33).fill(255).fill(2, 0, 1);
        const hybrid = withPoint(3, Uint8Array.of(6));
        const identity = withPoint(3, new Uint8Array(33));
        for (const bytes of [withPoint(255, offCurve), withPoint(0, aboveP), hybrid, identity])
            expect(proper(bytes)).toBe(false);
        expect(proper(rList.subarray(0, 8447))).toBe(false);
        expect(proper(new Uint8Array(8449))).toBe(false);
        expect(proper(new Uint8Array())).toBe(false);
    });
    it('a list without all its masks is not', () => {
        const opened = openRList(sidAB, rList);
        expect(rListIsProper({ ...opened, masked: opened.masked.slice(1) })).toBe(false);
        expect(rListIsProper({ ...opened, masked: [Point.identity, ...opened.masked.slice(1)] })).toBe(false);
    });
});
describe('P5, the Y list', () => {
    it('canonical points are proper, equal ones too', () => {
        expect(yListIsProper(openYList(rList))).toBe(true);
        expect(yListIsProper(openYList(withPoint(0, rList.subarray(33, 66))))).toBe(true);
    });
    it('one bad point anywhere, or another length, is not', () => {
        for (const n of [0, 128, 255]) {
            const bytes = withPoint(n, bigintToBytes((2n << 256n) | lastOffCurve, 33));
            expect(yListIsProper(openYList(bytes))).toBe(false);
        }
        expect(yListIsProper(openYList(rList.subarray(33)))).toBe(false);
    });
});
describe('P6, the extension rows', () => {
    const [delta, xHat, tHat] = [seeded('delta', 16), seeded('x', 16), seeded('t', 2048)];
    const qHat = tHat.map((byte, at) => byte ^ (((delta[at >> 7] >> ((at >> 4) & 7)) & 1) * xHat[at & 15]));
    it('rows that agree pass', () => {
        expect(extensionRowsAgree({ delta, qHat, xHat, tHat })).toBe(true);
    });
    it('one bit in any of the 128 rows does not', () => {
        for (let i = 0; i < 128; i++)
            expect(extensionRowsAgree({ delta, qHat: withFlippedBit(qHat, 128 * i + i), xHat, tHat })).toBe(false);
    });
    it('a wrong x̂ passes only where no bit of Δ is set', () => {
        const zero = new Uint8Array(16);
        expect(extensionRowsAgree({ delta, qHat, xHat: withFlippedBit(xHat, 127), tHat })).toBe(false);
        expect(extensionRowsAgree({ delta: zero, qHat: tHat, xHat: withFlippedBit(xHat, 127), tHat })).toBe(true);
    });
    it('rows of another length do not', () => {
        expect(extensionRowsAgree({ delta, qHat: qHat.subarray(16), xHat, tHat: tHat.subarray(16) })).toBe(false);
        expect(extensionRowsAgree({ delta, qHat, xHat: xHat.subarray(1), tHat })).toBe(false);
    });
});
describe('P9, the scalars of a multiplication', () => {
    const withScalar = (at, value) => {
        const out = new Uint8Array(multiplicationBytes);
        out.set(bigintToBytes(value, 32), at);
        return out;
    };
    it('values below q pass, q and above do not, in ã and in η', () => {
        for (const at of [0, 32 * 777, aTildeBytes - 32, aTildeBytes, aTildeBytes + 32]) {
            expect(multiplicationIsCanonical(withScalar(at, q - 1n))).toBe(true);
            expect(multiplicationIsCanonical(withScalar(at, q))).toBe(false);
            expect(multiplicationIsCanonical(withScalar(at, (1n << 256n) - 1n))).toBe(false);
        }
    });
    it('μ is a hash and may be any 32 bytes', () => {
        expect(multiplicationIsCanonical(withScalar(multiplicationBytes - 32, (1n << 256n) - 1n))).toBe(true);
    });
    it('another length does not pass', () => {
        expect(multiplicationIsCanonical(new Uint8Array(multiplicationBytes - 1))).toBe(false);
        expect(multiplicationIsCanonical(new Uint8Array(multiplicationBytes + 32))).toBe(false);
    });
});
describe('P10, the multiplication check', () => {
    it('passes for equal hashes only', () => {
        const mu = seeded('mu');
        expect(multiplicationIsConsistent({ mu, recomputed: mu.slice() })).toBe(true);
        for (const bit of [0, 100, 255])
            expect(multiplicationIsConsistent({ mu, recomputed: withFlippedBit(mu, bit) })).toBe(false);
        expect(multiplicationIsConsistent({ mu: new Uint8Array(), recomputed: new Uint8Array() })).toBe(false);
    });
});
