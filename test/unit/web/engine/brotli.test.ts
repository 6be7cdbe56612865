import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { concat } from '../../../../src/crypto/bytes.ts';
import { seededRng } from '../../../../src/crypto/drbg.ts';
import { brotli } from '../../../../src/system/compression.ts';
import { unbrotli } from '../../../../web/engine/brotli.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const words = new Uint8Array(readFileSync(join(root, 'web/engine/brotli-dictionary.bin')));
const refused = expect.objectContaining({ code: 'batch-compression' });
const rng = seededRng(new Uint8Array(32).fill(3));

const prose = new Uint8Array(readFileSync(join(root, 'LICENSE')));
const code = new Uint8Array(readFileSync(join(root, 'src/crypto/codec.ts')));
const inputs: readonly Uint8Array[] = [
  ...[new Uint8Array(0), Uint8Array.of(7), new Uint8Array(300_000), rng(100), rng(70_000), prose, code],
  concat(prose, rng(5000), code, prose),
];

const packed = (bytes: Uint8Array, quality: number, windowBits = 22, mode = 0): Uint8Array =>
  new Uint8Array(
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: quality,
        [constants.BROTLI_PARAM_LGWIN]: windowBits,
        [constants.BROTLI_PARAM_MODE]: mode,
      },
    }),
  );

/** CRC-32 as Ethernet has it. */
function checksum(bytes: Uint8Array): number {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let i = 0; i < 8; i++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum >>> 0;
}

/** What a decoder says: the bytes, or that it refuses. */
function outcome(unpack: () => Uint8Array): string {
  try {
    return Buffer.from(unpack()).toString('base64');
  } catch {
    return 'refused';
  }
}

describe('the decoder of the page', () => {
  it('has the dictionary of the standard', () => {
    // [RFC 7932, appendix A] states length and checksum.
    expect([words.length, checksum(words)]).toEqual([122_784, 0x5136cb04]);
  });

  it('gives back what every quality and window of Node has packed', () => {
    for (const input of inputs)
      for (const quality of [0, 1, 2, 5, 9])
        for (const windowBits of [10, 16, 17, 22, 24])
          expect(
            Buffer.compare(unbrotli(packed(input, quality, windowBits), 400_000, words), input),
            `${input.length} bytes, quality ${quality}, window ${windowBits}`,
          ).toBe(0);
  });

  it('knows the words of the dictionary and what is done to them', () => {
    for (const mode of [0, 1])
      for (const input of [prose, code])
        expect(Buffer.from(unbrotli(packed(input, 11, 22, mode), 400_000, words))).toEqual(
          Buffer.from(input),
        );
  });

  it('says of every damaged stream what the decoder of the nodes says', () => {
    for (const quality of [1, 5, 11]) {
      const whole = packed(prose.subarray(0, 700), quality);
      for (let bit = 0; bit < 8 * whole.length; bit++) {
        const flipped = whole.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(
          outcome(() => unbrotli(flipped, 20_000, words)),
          `quality ${quality}, bit ${bit}`,
        ).toBe(outcome(() => brotli.decompress(flipped, 20_000)));
      }
    }
  });

  it('refuses a stream that ends early, at every place', () => {
    const whole = brotli.compress(prose);
    for (let length = 0; length < whole.length; length += 7)
      expect(() => unbrotli(whole.subarray(0, length), 400_000, words)).toThrow(refused);
  });

  it('refuses bytes behind the end, which would make two payloads one batch', () => {
    const whole = brotli.compress(prose);
    expect(() => unbrotli(concat(whole, Uint8Array.of(0)), 400_000, words)).toThrow(refused);
    expect(() => unbrotli(concat(whole, whole), 400_000, words)).toThrow(refused);
  });

  it('stops at the limit, so that a hundred bytes do not fill the memory', () => {
    const bomb = brotli.compress(new Uint8Array(50_000_000));
    expect(() => unbrotli(bomb, 10_000_000, words)).toThrow(refused);
    expect(() => unbrotli(brotli.compress(prose), prose.length - 1, words)).toThrow(refused);
    expect(unbrotli(brotli.compress(prose), prose.length, words)).toHaveLength(prose.length);
  });
});
