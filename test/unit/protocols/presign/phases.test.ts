import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { SeedPhase } from '../../../../src/protocols/presign/phases.ts';
import { rngOf } from '../../../sim/cluster.ts';

const [two, three] = [partyIndex(2), partyIndex(3)];
const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** A session up to R3, with the seeds as it holds them: what is wiped there is wiped here. */
function begun() {
  const phase = new SeedPhase();
  const rng = rngOf('phases', partyIndex(1));
  const alice = [two, three].map((j) => phase.drawAlice(j, rng));
  const bob = [two, three].map((j) => phase.drawBob(j, rng));
  return { phase, alice, bob };
}

describe('what may be opened of a session', () => {
  it('is one seed of Alice before R3, and everything is gone afterwards', () => {
    const { phase, alice, bob } = begun();
    const copy = alice[1]?.slice();
    expect(phase.open(three)).toEqual(copy);
    expect([...alice, ...bob].every(isZero)).toBe(true);
    expect(() => phase.open(two)).toThrow(Bug);
    expect(() => phase.open(three)).toThrow(Bug);
    expect(() => phase.forget()).toThrow(Bug);
  });

  it('is one seed of Bob from R3 to R4, and none of Alice', () => {
    const { phase, alice, bob } = begun();
    const copy = bob[0]?.slice();
    const products = phase.forget();
    expect([alice.every(isZero), bob.some(isZero)]).toEqual([true, false]);
    expect(() => phase.open(two)).toThrow(Bug);
    expect(() => phase.forget()).toThrow(Bug);
    expect(products.open(two)).toEqual(copy);
    expect(bob.every(isZero)).toBe(true);
    expect(() => products.open(three)).toThrow(Bug);
    expect(() => products.forget()).toThrow(Bug);
  });

  it('is nothing from R4 on, whoever still holds an earlier phase', () => {
    const { phase, alice, bob } = begun();
    const products = phase.forget();
    const silence = products.forget();
    expect(silence.isKept).toBe(true);
    expect([...alice, ...bob].every(isZero)).toBe(true);
    for (const j of [two, three])
      for (const late of [phase, products]) expect(() => late.open(j)).toThrow('opened, or forgotten');
    expect(() => products.forget()).toThrow(Bug);
  });

  it('is nothing once the session has ended, in whichever phase', () => {
    const [first, second] = [begun(), begun()];
    first.phase.wipe();
    const products = second.phase.forget();
    second.phase.wipe();
    for (const { alice, bob } of [first, second]) expect([...alice, ...bob].every(isZero)).toBe(true);
    expect(() => first.phase.open(two)).toThrow(Bug);
    expect(() => products.open(two)).toThrow(Bug);
  });

  it('is drawn once for each pair and role, and not after R3', () => {
    const { phase, alice, bob } = begun();
    expect(new Set([...alice, ...bob].map((seed) => seed.join())).size).toBe(4);
    expect(() => phase.drawAlice(two, rngOf('again', two))).toThrow(Bug);
    phase.forget();
    expect(() => phase.drawBob(partyIndex(4), rngOf('late', two))).toThrow(Bug);
  });
});
