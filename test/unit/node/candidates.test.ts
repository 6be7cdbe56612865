import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { Candidates } from '../../../src/node/candidates.ts';
import { Runtimes } from '../../sim/runtimes.ts';
import { named } from './helpers.ts';

const all = [1, 2, 3, 4].map((j) => partyIndex(j));
const [one, two, three, four] = [partyIndex(1), partyIndex(2), partyIndex(3), partyIndex(4)];
const key = new Runtimes().seat(1).key;

/** Four members of which these are connected. */
function made({ connected = all, excluded = [] as typeof all, ready = '' } = {}) {
  const links = [...connected];
  const candidates = new Candidates(key, named('request'), {
    connected: () => [...links].sort((a, b) => a - b),
    excluded: new Set(excluded),
    isReady: (quorum) => quorum.join() === ready,
  });
  return { candidates, links };
}

describe('the choice of a quorum', () => {
  it('prefers one that is ready among equals', () => {
    for (const ready of ['1,2,3', '1,2,4', '1,3,4'])
      expect(made({ ready }).candidates.choose()?.join()).toBe(ready);
  });

  it('never takes one that has failed, nor a member that is unwilling or excluded', () => {
    const { candidates } = made();
    candidates.note([one, two, three], { unwilling: [], resting: [], isPassing: false });
    candidates.note([one, two, four], { unwilling: [], resting: [], isPassing: false });
    expect(candidates.choose()).toEqual([one, three, four]);
    candidates.note([one, three, four], { unwilling: [three], resting: [], isPassing: false });
    expect(candidates.choose()).toBeUndefined();
    candidates.wake();
    expect([candidates.choose(), candidates.usable]).toEqual([undefined, [one, two, four]]);
    expect(made({ excluded: [two] }).candidates.choose()).toEqual([one, three, four]);
  });

  it('sets who is busy aside until the pause is over', () => {
    const { candidates } = made();
    candidates.note([one, two, three], { unwilling: [], resting: [two], isPassing: true });
    expect(candidates.choose()).toEqual([one, three, four]);
    candidates.note([one, three, four], { unwilling: [], resting: [three], isPassing: true });
    expect([candidates.choose(), candidates.hasResting]).toEqual([undefined, true]);
    candidates.wake();
    expect([candidates.choose()?.length, candidates.hasResting]).toEqual([3, false]);
  });

  it('sets a quorum aside where nobody in it is to be named', () => {
    const { candidates } = made({ connected: [one, two, three] });
    candidates.note([one, two, three], { unwilling: [], resting: [], isPassing: true });
    expect([candidates.choose(), candidates.hasResting]).toEqual([undefined, true]);
    candidates.wake();
    expect(candidates.choose()).toEqual([one, two, three]);
  });

  it('knows whether waiting for links can help', () => {
    const { candidates, links } = made({ connected: [one, two] });
    expect([candidates.choose(), candidates.couldBeComplete]).toEqual([undefined, true]);
    candidates.note([one, two, three], { unwilling: [three], resting: [], isPassing: false });
    expect(candidates.couldBeComplete).toBe(true);
    candidates.note([one, two, four], { unwilling: [four], resting: [], isPassing: false });
    expect(candidates.couldBeComplete).toBe(false);
    links.push(three, four);
    expect(candidates.choose()).toBeUndefined();
  });
});
