import { describe, expect, it } from 'vitest';

import { concat } from '../../../src/crypto/bytes.ts';
import { batchCompressors, brotli, unpack } from '../../../src/system/compression.ts';

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

  it.each(['ERR__ERROR_ALLOC_RING_BUFFER_1', 'Z_MEM_ERROR', 'ERR_ZLIB_INITIALIZATION_FAILED', undefined])(
    'does not call a stream bad where the machine has no memory: %s',
    (code) => {
      const fault = Object.assign(new Error('no memory'), code === undefined ? {} : { code });
      const inflater = (): never => {
        throw fault;
      };
      expect(() => unpack(inflater, packed, 5000)).toThrow(fault);
    },
  );

  it('calls every stream of other bytes bad, in both formats', () => {
    let taken = 0;
    for (const { decompress } of [batchCompressors.brotli, batchCompressors.zlib])
      for (let seed = 0; seed < 500; seed++) {
        const bytes = Uint8Array.from(
          { length: 40 },
          (_, i) => (seed * 31 + i * i * 7 + (seed >> 3) * i) & 255,
        );
        if (decompress === batchCompressors.zlib.decompress) bytes.set([0x78, 0x9c]);
        try {
          decompress(bytes, 5000);
          taken++;
        } catch (error) {
          expect(error).toMatchObject({ code: 'batch-compression' });
        }
      }
    expect(taken).toBeLessThan(5);
  });

  it('stops at the limit, so that a hundred bytes do not fill the memory', () => {
    const bomb = brotli.compress(new Uint8Array(50_000_000));
    expect(bomb.length).toBeLessThan(200);
    expect(() => brotli.decompress(bomb, 10_000_000)).toThrow(refused);
    expect(() => brotli.decompress(packed, 4999)).toThrow(refused);
  });
});
