import { describe, expect, it } from 'vitest';

import { Outbound } from '../../../src/system/outbound.ts';

function waiting(most: number) {
  const outbound = new Outbound(most);
  const cut: string[] = [];
  const enter = (name: string, bytes: number) => outbound.enter(bytes, () => void cut.push(name));
  return { outbound, cut, enter };
}

describe('what waits for peers', () => {
  it('makes room by cutting off who lets us wait the longest', () => {
    const { outbound, cut, enter } = waiting(100);
    enter('first', 40);
    enter('second', 40);
    enter('third', 60);
    expect(cut).toEqual(['first']);
    expect(outbound.bytes).toBe(100);
    enter('fourth', 1);
    expect(cut).toEqual(['first', 'second']);
    expect(outbound.bytes).toBe(61);
  });

  it('forgets what was taken, once', () => {
    const { outbound, cut, enter } = waiting(100);
    const taken = enter('first', 60);
    taken();
    taken();
    expect(outbound.bytes).toBe(0);
    enter('second', 100);
    expect(cut).toEqual([]);
  });

  it('forgets who was cut off, whatever is said of it later', () => {
    const { outbound, cut, enter } = waiting(100);
    const taken = enter('first', 60);
    enter('second', 60);
    taken();
    expect(cut).toEqual(['first']);
    expect(outbound.bytes).toBe(60);
  });
});
