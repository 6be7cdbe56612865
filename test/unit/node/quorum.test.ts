import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../src/crypto/brand.ts';
import { compareBytes, u32 } from '../../../src/crypto/bytes.ts';
import { taggedHash } from '../../../src/crypto/hash.ts';
import { alternativeTo, chooseQuorum, chooseQuorumWith, coordinatorOf } from '../../../src/node/quorum.ts';
import { named } from './helpers.ts';

const members = (n: number): PartyIndex[] => Array.from({ length: n }, (_, i) => partyIndex(i + 1));
const subsets = (all: readonly PartyIndex[], t: number): PartyIndex[][] =>
  t === 0
    ? [[]]
    : all.flatMap((first, i) => subsets(all.slice(i + 1), t - 1).map((rest) => [first, ...rest]));

/** The rule of the specification, word for word: look at all subsets. */
function chooseByEnumeration(
  requestId: Uint8Array,
  threshold: number,
  all: readonly PartyIndex[],
  suspicion: readonly number[],
  failed: readonly (readonly PartyIndex[])[],
): PartyIndex[] | undefined {
  const score = (set: readonly PartyIndex[]): number =>
    set.reduce((sum, i) => sum + (suspicion[i - 1] ?? 0), 0);
  const lots = (set: readonly PartyIndex[]): Uint8Array[] =>
    set.map((i) => taggedHash('quorum', requestId, u32(i))).sort(compareBytes);
  const open = subsets(all, threshold).filter((set) => !failed.some((other) => other.join() === set.join()));
  return open.sort((a, b) => {
    if (score(a) !== score(b)) return score(a) - score(b);
    const [x, y] = [lots(a), lots(b)];
    return x.map((lot, i) => compareBytes(lot, y[i]!)).find((order) => order !== 0) ?? 0;
  })[0];
}

describe('the choice of a quorum', () => {
  test('is that of the full enumeration, whatever the suspicion and the failures', () => {
    const input = fc.record({
      n: fc.integer({ min: 2, max: 7 }),
      id: fc.integer(),
      suspicion: fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }),
      attempts: fc.nat(6),
    });
    fc.assert(
      fc.property(input, ({ n, id, suspicion, attempts }) => {
        const all = members(n);
        const threshold = Math.floor(n / 2) + 1;
        const requestId = named(String(id));
        const failed: (readonly PartyIndex[])[] = [];
        for (let attempt = 0; attempt <= attempts; attempt++) {
          const suspicionOf = (i: PartyIndex): number => suspicion[i - 1]!;
          const quorum = chooseQuorum({ requestId, threshold, candidates: all, suspicionOf, failed });
          expect(quorum).toEqual(chooseByEnumeration(requestId, threshold, all, suspicion, failed));
          if (quorum === undefined) return;
          failed.push(quorum);
        }
      }),
    );
  });

  test.each([
    [4, 3],
    [7, 5],
    [10, 7],
    [5, 3],
    [7, 4],
    [13, 9],
    [64, 43],
  ])(
    'of %i with threshold %i is clean within n / (n - t) attempts, rounded up, with one culprit',
    (n, threshold) => {
      for (let trial = 0; trial < 12; trial++) {
        const culprit = partyIndex((trial % n) + 1);
        const suspicion = new Map<PartyIndex, number>();
        const failed: (readonly PartyIndex[])[] = [];
        const requestId = named(`${n} ${trial}`);
        for (;;) {
          const quorum = chooseQuorum({
            requestId,
            threshold,
            candidates: members(n),
            suspicionOf: (i) => suspicion.get(i) ?? 0,
            failed,
          });
          if (quorum === undefined || !quorum.includes(culprit)) break;
          failed.push(quorum);
          for (const i of quorum) suspicion.set(i, (suspicion.get(i) ?? 0) + 1);
        }
        expect(failed.length + 1).toBeLessThanOrEqual(Math.ceil(n / (n - threshold)));
      }
    },
  );

  test('leaves nobody out who is a candidate, and takes nobody who is not', () => {
    const candidates = [1, 3, 4].map((i) => partyIndex(i));
    const choice = { requestId: named('r'), threshold: 3, candidates, suspicionOf: () => 0 };
    expect(chooseQuorum({ ...choice, failed: [] })).toEqual(candidates);
    expect(chooseQuorum({ ...choice, failed: [candidates] })).toBeUndefined();
    expect(chooseQuorum({ ...choice, candidates: candidates.slice(1), failed: [] })).toBeUndefined();
  });
});

test('every member of a quorum leads some attempt', () => {
  const quorum = [2, 5, 9].map((i) => partyIndex(i));
  const chairs = Array.from({ length: 40 }, (_, attempt) => coordinatorOf(named('r'), attempt, quorum));
  expect(new Set(chairs)).toEqual(new Set(quorum));
  expect(coordinatorOf(named('r'), 7, quorum)).toBe(chairs[7]);
});

test('the alternative differs from the preferred quorum in as many members as it can', () => {
  const of = (...list: number[]): PartyIndex[] => list.map((i) => partyIndex(i));
  expect(alternativeTo(of(1, 2, 3), members(4))).toEqual(of(2, 3, 4));
  expect(alternativeTo(of(2, 4, 5), members(5))).toEqual(of(1, 3, 5));
  expect(alternativeTo(of(1, 2, 3, 4), members(4))).toEqual(of(1, 2, 3, 4));
});

describe('a quorum that holds whoever coordinates', () => {
  const choice = { requestId: named('with'), threshold: 3, suspicionOf: () => 0 };
  test('holds it, has the right size, and comes each once until all have failed', () => {
    const self = partyIndex(4);
    const failed: (readonly PartyIndex[])[] = [];
    for (;;) {
      const quorum = chooseQuorumWith(self, { ...choice, candidates: members(5), failed });
      if (quorum === undefined) break;
      expect([quorum.length, quorum.includes(self), new Set(quorum).size]).toEqual([3, true, 3]);
      failed.push(quorum);
    }
    expect(new Set(failed.map(String)).size).toBe(6);
  });
  test('is found at once, also where the coordinator is the most suspect of many', () => {
    const self = partyIndex(64);
    const suspicionOf = (j: PartyIndex): number => (j === self ? 9 : 0);
    const many = { ...choice, threshold: 33, candidates: members(64), suspicionOf, failed: [] };
    expect(chooseQuorumWith(self, many)?.includes(self)).toBe(true);
  });
  test('leaves out the most suspect, and is none where the coordinator or others are missing', () => {
    const suspicionOf = (j: PartyIndex): number => (j === 2 ? 1 : 0);
    const self = partyIndex(1);
    const all = { ...choice, suspicionOf, failed: [] };
    expect(chooseQuorumWith(self, { ...all, candidates: members(4) })).toEqual([1, 3, 4]);
    expect(chooseQuorumWith(partyIndex(9), { ...all, candidates: members(4) })).toBeUndefined();
    expect(chooseQuorumWith(self, { ...all, candidates: members(2) })).toBeUndefined();
  });
});
