import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Heap } from '../../../../src/services/mempool/heap.ts';

const isLess = (a: number, b: number): boolean => a < b;
const drained = (heap: Heap<number>): readonly number[] => {
  const out: number[] = [];
  for (let next = heap.pop(); next !== undefined; next = heap.pop()) out.push(next);
  return out;
};

describe('a heap', () => {
  it('gives what was put in at first, and later, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), fc.array(fc.nat(50)), (first, later) => {
        const heap = new Heap(first, isLess);
        for (const item of later) heap.push(item);
        const sorted = [...first, ...later].sort((a, b) => a - b);
        expect(heap.first).toBe(sorted[0]);
        expect(drained(heap)).toEqual(sorted);
        expect(heap.first).toBeUndefined();
      }),
    );
  });

  it('leaves the list that it was made of as it was', () => {
    const items = [3, 1, 2];
    expect(drained(new Heap(items, isLess))).toEqual([1, 2, 3]);
    expect(items).toEqual([3, 1, 2]);
  });
});
