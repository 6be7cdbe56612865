import { describe, expect, it } from 'vitest';

import {
  type Committee,
  leastRequired,
  obstacleOf,
  previewOf,
  toleranceOf,
} from '../../../../src/protocols/ceremony/preview.ts';

const MOST = 6;
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);
const committee = (required: number, ...indices: readonly number[]): Committee => ({
  members: indices.map((index) => ({ index, name: `node-${index}` })),
  required,
});
/** All sets of `size` of n members, as bits. */
const sets = (n: number, size: number): readonly number[] =>
  Array.from({ length: 2 ** n }, (_, bits) => bits).filter((bits) => countOf(bits) === size);
const countOf = (bits: number): number => bits.toString(2).replaceAll('0', '').length;
/** All committees that can sign, of up to six members. */
const legal = upTo(MOST).flatMap((n) =>
  upTo(n)
    .filter((t) => t >= 2 && 2 * t > n)
    .map((t) => [n, t] as const),
);

describe('what a committee tolerates', () => {
  it('is what counting all its quorums gives, for every committee of up to six', () => {
    for (const [n, t] of legal) {
      const { crashesSurvived, equivocatingNodesTolerated, leakedSharesHarmless } = toleranceOf(n, t);
      const quorums = sets(n, t);
      const canLose = (lost: number): boolean =>
        sets(n, lost).every((away) => quorums.some((quorum) => (quorum & away) === 0));
      expect([canLose(crashesSurvived), canLose(crashesSurvived + 1)]).toEqual([true, false]);
      const shared = quorums.flatMap((one) => quorums.map((other) => countOf(one & other)));
      // One honest member in every two quorums refuses the second content.
      expect(equivocatingNodesTolerated).toBe(Math.min(...shared) - 1);
      const canSign = (known: number): boolean => sets(n, known).some((leaked) => countOf(leaked) >= t);
      expect([canSign(leakedSharesHarmless), canSign(leakedSharesHarmless + 1)]).toEqual([false, true]);
    }
  });

  it('needs at least as many signers as make any two quorums share a member', () => {
    for (const n of upTo(MOST).slice(1))
      expect(leastRequired(n)).toBe(Math.min(...legal.filter(([m]) => m === n).map(([, t]) => t)));
  });
});

describe('the preview of a change', () => {
  it('names who joins and who leaves, and what gets worse, for every two committees of up to six', () => {
    for (const [n, t] of legal)
      for (const [m, u] of legal)
        for (let kept = 0; kept <= Math.min(n, m); kept++) {
          const before = committee(t, ...upTo(n));
          const joiners = upTo(m - kept).map((j) => n + j);
          const after = committee(u, ...upTo(kept), ...joiners);
          const preview = previewOf(before, after);
          expect(preview.joining.map(({ index }) => index)).toEqual(joiners);
          expect(preview.leaving.map(({ index }) => index)).toEqual(upTo(n).slice(kept));
          expect(preview.before).toEqual({ ...before, ...toleranceOf(n, t) });
          expect(preview.after).toEqual({ ...after, ...toleranceOf(m, u) });
          expect(preview.worse.includes('crashesSurvived')).toBe(m - u < n - t);
          expect(preview.worse.includes('equivocatingNodesTolerated')).toBe(2 * u - m < 2 * t - n);
          expect(preview.worse.includes('leakedSharesHarmless')).toBe(u < t);
        }
  });

  it('is empty for a refresh', () => {
    const same = committee(3, 1, 2, 4, 7);
    expect(previewOf(same, same)).toMatchObject({ joining: [], leaving: [], worse: [] });
  });
});

describe('what stands against a change', () => {
  it('is a committee that could not sign, or too few dealers, and nothing else', () => {
    for (const [n, t] of legal)
      for (const m of [0, ...upTo(MOST)])
        for (let u = 0; u <= MOST + 1; u++)
          for (let dealing = 0; dealing <= n; dealing++) {
            const obstacle = obstacleOf(committee(t, ...upTo(n)), committee(u, ...upTo(m)), dealing);
            const isSigning = legal.some(([members, required]) => members === m && required === u);
            const expected = isSigning ? (dealing < t ? 'change-mismatch' : undefined) : 'bad-threshold';
            expect(obstacle?.code).toBe(expected);
          }
  });

  it('says what to choose instead', () => {
    const four = committee(3, 1, 2, 3, 4);
    expect(obstacleOf(four, committee(3, ...upTo(6)), 4)?.message).toContain('choose 4 to 6');
    expect(obstacleOf(four, committee(40, ...upTo(65)), 4)?.message).toContain('2 to 64 members, not 65');
    expect(obstacleOf(four, four, 2)?.message).toContain('only 2 of the present members');
  });
});
