import { describe, expect, it } from 'vitest';

import { toHex } from '../../../src/crypto/bytes.ts';
import { Bug } from '../../../src/crypto/errors.ts';
import { systemRng } from '../../../src/system/rng.ts';

describe('randomness of the machine', () => {
  it('has the length asked for, also beyond what one call gives', () => {
    for (const length of [0, 1, 32, 65_536, 65_537, 200_000]) expect(systemRng(length).length).toBe(length);
  });

  it('fills the bytes of every call', () => {
    const bytes = systemRng(200_000);
    for (let at = 0; at < bytes.length; at += 50_000)
      expect(bytes.subarray(at, at + 50_000).some((byte) => byte !== 0)).toBe(true);
    expect(bytes.subarray(199_968).some((byte) => byte !== 0)).toBe(true);
  });

  it('does not repeat itself', () => {
    expect(new Set(Array.from({ length: 100 }, () => toHex(systemRng(16)))).size).toBe(100);
  });

  it('refuses a length that is no whole number', () => {
    for (const length of [-1, 1.5, Number.NaN, Infinity]) expect(() => systemRng(length)).toThrow(Bug);
  });
});
