import { describe, expect, test } from 'vitest';

import { purePrimitives } from '../../../../src/crypto/primitives-pure.ts';
import { verifyingOnce } from '../../../../web/engine/once.ts';

const seed = new Uint8Array(32).fill(7);
const message = new Uint8Array(3).fill(1);
const signature = purePrimitives.ed25519Sign(seed, message);

describe('signatures that are verified once', () => {
  test('have the same verdict as before, good or bad, and each its own', () => {
    let asked = 0;
    const { ed25519Verify: verify } = verifyingOnce({
      ...purePrimitives,
      ed25519Verify: (_, what) => {
        asked += 1;
        return what[0] === 1;
      },
    });
    for (let i = 0; i < 3; i++) {
      expect(verify(seed, message, signature)).toBe(true);
      expect(verify(seed, new Uint8Array(3), signature)).toBe(false);
    }
    expect(asked).toBe(2);
    verify(signature.subarray(0, 32), message, signature);
    verify(seed, message, signature.subarray(1));
    verify(seed, message.subarray(1), signature);
    expect(asked).toBe(5);
  });

  test('are forgotten before they are too many', () => {
    let asked = 0;
    const { ed25519Verify: verify } = verifyingOnce({
      ...purePrimitives,
      ed25519Verify: () => {
        asked += 1;
        return true;
      },
    });
    for (let i = 0; i < 4097; i++) verify(seed, Uint8Array.of(i >> 8, i & 255), signature);
    verify(seed, Uint8Array.of(16, 0), signature);
    verify(seed, Uint8Array.of(0, 0), signature);
    expect(asked).toBe(4098);
  });
});
