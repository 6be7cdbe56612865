import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { to0x } from '../../../src/crypto/bytes.ts';
import {
  BLOB_BYTES,
  BLOB_CAPACITY_BYTES,
  MAX_BLOBS,
  blobPayloadHash,
  packBlobs,
  unpackBlobs,
} from '../../../src/chain/blobs.ts';

const refused = expect.objectContaining({ code: 'blob-malformed' });
const patterned = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + 1) & 255);

describe('the packing of blobs', () => {
  it.each([
    [0, 1],
    [1, 1],
    [BLOB_CAPACITY_BYTES - 4, 1],
    [BLOB_CAPACITY_BYTES - 3, 2],
    [3 * BLOB_CAPACITY_BYTES - 4, 3],
  ])('puts %i bytes into %i blobs and takes them out again', (length, count) => {
    const payload = patterned(length);
    const blobs = packBlobs(payload);
    expect(blobs.map((blob) => blob.length)).toEqual(Array.from({ length: count }, () => BLOB_BYTES));
    expect(to0x(unpackBlobs(blobs))).toBe(to0x(payload));
  });

  it('leaves the top byte of every field element zero', () => {
    const [blob] = packBlobs(new Uint8Array(1000).fill(255));
    expect(blob!.every((byte, i) => i % 32 !== 0 || byte === 0)).toBe(true);
  });

  it('writes the length and the payload as the specification shows', () => {
    const [blob] = packBlobs(patterned(40));
    expect(to0x(blob!.subarray(0, 8))).toBe('0x000000002801080f');
  });

  it('refuses more than its limit of blobs', () => {
    expect(() => packBlobs(new Uint8Array(MAX_BLOBS * BLOB_CAPACITY_BYTES - 3))).toThrow(
      expect.objectContaining({ code: 'batch-too-large' }),
    );
  });

  it('is refused after a change of a byte that is not of its payload, and else is another', () => {
    const blobs = packBlobs(patterned(100));
    const places = fc.integer({ min: 0, max: BLOB_BYTES - 1 });
    fc.assert(
      fc.property(places, (at) => {
        const changed = blobs[0]!.slice();
        changed[at]! ^= 0x80;
        const isOurs = at % 32 !== 0 && at > 2 && Math.floor(at / 32) * 31 + (at % 32) - 1 < 104;
        if (isOurs) expect(to0x(unpackBlobs([changed]))).not.toBe(to0x(patterned(100)));
        else expect(() => unpackBlobs([changed])).toThrow(refused);
      }),
      { seed: 7, numRuns: 60, examples: [[0], [1], [4], [5], [32], [33], [140], [BLOB_BYTES - 1]] },
    );
  });

  it('is refused with no blob, too many, a short one, or one more than the length needs', () => {
    const one = packBlobs(patterned(10));
    expect(() => unpackBlobs([])).toThrow(refused);
    expect(() => unpackBlobs(Array.from({ length: MAX_BLOBS + 1 }, () => one[0]!))).toThrow(refused);
    expect(() => unpackBlobs([one[0]!.subarray(1)])).toThrow(refused);
    expect(() => unpackBlobs([...one, new Uint8Array(BLOB_BYTES)])).toThrow(refused);
  });

  it('is known to the inbox by the hashes in their order', () => {
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    expect(to0x(blobPayloadHash([a, b]))).not.toBe(to0x(blobPayloadHash([b, a])));
    expect(() => blobPayloadHash([new Uint8Array(31)])).toThrow('32 bytes');
  });
});
