import { describe, expect, it } from 'vitest';
import { concat, u32, u8, xorBytes } from "../../../../src/crypto/bytes.js";
import { primitives } from "../../../../src/crypto/primitives.js";
import { crhDigests, crhPrefix } from "../../../../src/protocols/ot/crh.js";
import { seeded } from "./pair.js";
describe('correlation-robust hash', () => {
    const prefix = crhPrefix(seeded('sid'), seeded('dig'));
    const columns = seeded('columns', 16 * 9);
    const shift = seeded('shift', 16);
    it('hashes prefix, column number, word and shifted row, for every column and word in order', () => {
        const digests = crhDigests(prefix, columns, { firstColumn: 70_000, shift });
        const expected = Array.from({ length: 9 * 4 }, (_, n) => {
            const row = columns.subarray(16 * (n >> 2), 16 * (n >> 2) + 16);
            return primitives().sha256(concat(prefix, u32(70_000 + (n >> 2)), u8(n & 3), xorBytes(row, shift)));
        });
        expect(digests).toEqual(concat(...expected));
    });
    it('equal rows in different columns, and the words of one row, have different hashes', () => {
        const digests = crhDigests(prefix, new Uint8Array(16 * 9), { firstColumn: 0, shift });
        const all = Array.from({ length: 36 }, (_, n) => String(digests.subarray(32 * n, 32 * n + 32)));
        expect(new Set(all).size).toBe(36);
    });
    it('the prefix binds the pair and the extension', () => {
        expect(prefix.length).toBe(16);
        expect(crhPrefix(seeded('other'), seeded('dig'))).not.toEqual(prefix);
        expect(crhPrefix(seeded('sid'), seeded('other'))).not.toEqual(prefix);
    });
});
