import { describe, expect, it } from 'vitest';

import { toHex } from '../../../src/crypto/bytes.ts';
import {
  blockCount,
  defaultBatch,
  ell,
  gadget,
  isLegalBatch,
  kappa,
  lambda,
  lambdaStatistical,
  otCount,
  paramsHash,
  rho,
  rowBytes,
  sigma,
  softSpokenK,
  suite,
  words,
  xi,
} from '../../../src/protocols/params.ts';

describe('suite 1', () => {
  it('has the constants that its name says', () => {
    expect(suite.name).toContain(`xi=${xi};ell=${ell};rho=${rho}`);
    expect(suite.name).toContain(`;k=${softSpokenK};`);
    expect([kappa, lambda, lambdaStatistical, sigma]).toEqual([256, 128, 80, 128]);
    expect([xi, words, defaultBatch]).toEqual([416, 4, 64]);
  });

  it('a batch that is a multiple of 4 needs no padding', () => {
    for (const batch of [4, 8, 64, 256]) expect(128 * blockCount(batch)).toBe(otCount(batch));
    expect([otCount(1), blockCount(1), rowBytes(1)]).toEqual([416, 4, 80]);
    expect(rowBytes(64)).toBe(3344);
  });

  it('batches are integers from 1 to 256', () => {
    expect([1, 3, 4, 64, 256].every(isLegalBatch)).toBe(true);
    expect([0, -4, 257, 2.5, Number.NaN, Infinity].some(isLegalBatch)).toBe(false);
  });

  it('the gadget has 416 different elements, made once', () => {
    expect(new Set(gadget()).size).toBe(416);
    expect(gadget()).toBe(gadget());
  });

  it('all parameters together have the frozen hash', () => {
    expect(toHex(paramsHash())).toBe('9f0bdfc22e81ef8b7c6d22603022801ffb86d8139aecbf0ae81d85564b593cc9');
  });
});
