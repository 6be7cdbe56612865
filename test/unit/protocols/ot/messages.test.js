import { describe, expect, it } from 'vitest';
import { decode, encode, leavesOf } from "../../../../src/crypto/codec.js";
import { Bug, InputError } from "../../../../src/crypto/errors.js";
import { extensionBytes, extensionCodec, multiplicationBytes, multiplicationCodec, pointListBytes, rListCodec, yListCodec, } from "../../../../src/protocols/ot/messages.js";
import { rowBytes } from "../../../../src/protocols/params.js";
import { seeded } from "./pair.js";
const all = [
    ['R list', rListCodec, 256],
    ['Y list', yListCodec, 256],
    ['extension, B = 1', extensionCodec(1), 257],
    ['extension, B = 4', extensionCodec(4), 257],
    ['multiplication', multiplicationCodec, 416 * 4 + 3],
];
describe('messages of the pair protocols', () => {
    it('have the lengths of the specification', () => {
        expect(pointListBytes).toBe(8448);
        expect(multiplicationBytes).toBe(53_344);
        expect(pointListBytes + extensionBytes(1)).toBe(20_752);
        for (const [batch, matrix] of [
            [1, 10_240],
            [4, 28_672],
            [16, 108_544],
            [64, 428_032],
            [256, 1_705_984],
        ]) {
            expect(128 * rowBytes(batch)).toBe(matrix);
            expect(pointListBytes + extensionBytes(batch)).toBe(10_512 + matrix);
        }
    });
    it.each(all)('%s: round trip, every part named, one byte less or more refused', (_name, codec, parts) => {
        const bytes = seeded('bytes', codec.maxBytes);
        expect(encode(codec, decode(codec, bytes))).toEqual(bytes);
        const leaves = leavesOf(codec.schema, bytes);
        expect(leaves.length).toBe(parts);
        expect(leaves.reduce((sum, leaf) => sum + leaf.length, 0)).toBe(bytes.length);
        for (const length of [0, 1, bytes.length - 1])
            expect(() => decode(codec, bytes.subarray(0, length))).toThrow(InputError);
        expect(() => decode(codec, seeded('bytes', bytes.length + 1))).toThrow(InputError);
        expect(() => encode(codec, bytes.subarray(1))).toThrow(Bug);
    });
});
