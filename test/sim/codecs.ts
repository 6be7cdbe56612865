import { expect } from 'vitest';

import { type Codec, decode, encode } from '../../src/crypto/codec.ts';
import { InputError } from '../../src/crypto/errors.ts';

/**
 * A round trip, every truncation, one byte too many, and every bit flipped: never another reading of the same
 * bytes.
 */
export function checkCodec<T>(codec: Codec<T>, value: NoInfer<T>): void {
  const bytes = encode(codec, value).slice();
  expect(encode(codec, decode(codec, bytes))).toEqual(bytes);
  for (let length = 0; length < bytes.length; length++)
    expect(() => decode(codec, bytes.slice(0, length))).toThrow(InputError);
  expect(() => decode(codec, Uint8Array.from([...bytes, 0]))).toThrow(InputError);
  for (let place = 0; place < bytes.length; place++) {
    const flipped = bytes.map((byte, i) => (i === place ? byte ^ 0x40 : byte));
    try {
      expect(encode(codec, decode(codec, flipped))).toEqual(flipped);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
}
