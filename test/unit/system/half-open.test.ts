import { describe, expect, it } from 'vitest';

import { HalfOpen, halfOpenLimits } from '../../../src/system/half-open.ts';

function waiting(limits = { perAddress: 2, inAll: 3 }) {
  const destroyed: string[] = [];
  const halfOpen = new HalfOpen<string>({ destroy: (item) => void destroyed.push(item) }, limits);
  return { halfOpen, destroyed };
}

describe('half-open connections', () => {
  it('of one address push out the oldest of that address only', () => {
    const { halfOpen, destroyed } = waiting();
    halfOpen.enter('x', 'other');
    for (const item of ['a', 'b', 'c']) halfOpen.enter(item, 'flood');
    expect(destroyed).toEqual(['a']);
  });

  it('of all addresses push out the oldest of all', () => {
    const { halfOpen, destroyed } = waiting();
    for (const item of ['a', 'b', 'c', 'd']) halfOpen.enter(item, `from ${item}`);
    expect(destroyed).toEqual(['a']);
    expect(halfOpen.size).toBe(3);
  });

  it('that were admitted or left take no place', () => {
    const { halfOpen, destroyed } = waiting();
    for (const item of ['a', 'b', 'c', 'd', 'e']) {
      halfOpen.enter(item, 'same');
      halfOpen.leave(item);
    }
    expect(destroyed).toEqual([]);
    expect(halfOpen.size).toBe(0);
  });

  it('are at most 16 per address and 256 in all', () => {
    const { halfOpen, destroyed } = waiting(halfOpenLimits);
    for (let i = 0; i < 17; i++) halfOpen.enter(`same ${i}`, 'same');
    expect(destroyed).toHaveLength(1);
    for (let i = 0; i < 300; i++) halfOpen.enter(`${i}`, `address ${i}`);
    expect(halfOpen.size).toBe(256);
  });
});
