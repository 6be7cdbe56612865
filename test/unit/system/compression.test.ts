import { describe, expect, it } from 'vitest';

import { concat } from '../../../src/crypto/bytes.ts';
import { brotli } from '../../../src/system/compression.ts';

const plain = Uint8Array.from({ length: 5000 }, (_, i) => i % 100);
const packed = brotli.compress(plain);
const refused = expect.objectContaining({ code: 'batch-compression' });

describe('compression', () => {
  it('gives back what it took, in fewer bytes', () => {
    expect(packed.length).toBeLessThan(1000);
    expect(brotli.decompress(packed, 5000)).toEqual(plain);
  });

  it('refuses a stream that ends early, at every place', () => {
    for (let length = 0; length < packed.length; length++)
      expect(() => brotli.decompress(packed.subarray(0, length), 5000)).toThrow(refused);
  });

  it('refuses bytes behind the end of the stream, which would make two payloads one batch', () => {
    expect(() => brotli.decompress(concat(packed, Uint8Array.of(0)), 5000)).toThrow(refused);
    expect(() => brotli.decompress(concat(packed, packed), 10_000)).toThrow(refused);
  });

  it('stops at the limit, so that a hundred bytes do not fill the memory', () => {
    const bomb = brotli.compress(new Uint8Array(50_000_000));
    expect(bomb.length).toBeLessThan(200);
    expect(() => brotli.decompress(bomb, 10_000_000)).toThrow(refused);
    expect(() => brotli.decompress(packed, 4999)).toThrow(refused);
  });
});
