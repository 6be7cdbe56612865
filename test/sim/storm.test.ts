import { beforeAll, describe, expect, it } from 'vitest';

import { runGust } from './gusts.ts';
import { merged, rangesOf, report, tallyFromText, tallyText } from './storm-report.ts';
import { type Ground, cheatOf, cheater, prepare, runStorm } from './storm-run.ts';
import { newTally, sessionsOf } from './storm-tally.ts';

describe('whole nodes in a storm', () => {
  /** Shorter than what seeds are about when many sessions are wanted. */
  const plan = { what: 'signing', requests: 12, percent: 40 } as const;
  let ground: Ground;
  beforeAll(async () => {
    ground = await prepare();
  }, 120_000);

  it('sign, share anew and make keys, and accuse nobody', { timeout: 240_000 }, async () => {
    const tally = newTally();
    for (const seed of [16, 18]) await runStorm(ground, seed, tally);
    await runStorm(ground, 8, tally, { plan: { ...plan, percent: 80 } });
    expect([tally.accused, tally.strays]).toEqual([[], []]);
    expect([...tally.sessions.keys()].sort()).toEqual(['keygen', 'presign', 'reshare', 'sign']);
    expect(tally.faults.size).toBeGreaterThan(3);
    expect(tally.deaths).toBeGreaterThan(0);
  });

  it.each([1, 2])(
    'accuse the one that cheats, and nobody else: the positive control, seed %i',
    { timeout: 240_000 },
    async (seed) => {
      const { index, how } = cheatOf(seed);
      const tally = newTally();
      await runStorm(ground, seed, tally, { plan, ...cheater(ground.founded, index, how) });
      expect(new Set(tally.accused.map(({ member }) => member))).toEqual(new Set([index]));
      const whats = tally.accused.map(({ what }) => what.split(' ')[1]);
      expect(new Set(whats)).toEqual(new Set(['names:', 'convicts:', 'excludes', 'has']));
    },
  );
});

describe('sessions in gusts', () => {
  it('are many for little, and accuse nobody', { timeout: 120_000 }, async () => {
    const tally = newTally();
    await runGust(1, tally);
    expect(sessionsOf(tally)).toBeGreaterThanOrEqual(34);
    expect([tally.accused, tally.strays]).toEqual([[], []]);
  });
});

describe('what storms come to', () => {
  it('is the same behind a file, and adds up', () => {
    const tally = newTally();
    tally.seeds.push(3, 1, 2, 7);
    tally.sessions.set('sign', 5);
    tally.accused.push({ member: 2, what: 'somebody names' });
    tally.deaths = 2;
    const twice = merged([tally, tallyFromText(tallyText(tally))]);
    expect([sessionsOf(twice), twice.deaths, twice.accused.length]).toEqual([10, 4, 2]);
    expect(rangesOf(tally.seeds)).toBe('1 to 3, 7 to 7');
    expect(report(twice)).toContain('| sign | 10 |');
    expect(report(twice)).toMatch(/honest members accused.*: 2\n/);
  });
});
