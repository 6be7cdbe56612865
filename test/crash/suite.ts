import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type CrashCase, type Outcome, type Scene, crash, stage } from './crash-case.ts';
import { isPowerLoss } from './crash-point.ts';
import { foundedDisks, freshDisks } from './simulated-house.ts';

/** Which ceremony, by whom. */
export interface Setting extends Omit<Scene, 'traces' | 'disks'> {
  /** Where it begins: with a key of the first four, or without one. */
  readonly from: 'founded' | 'fresh';
  /** Who has lost everything but its identity. */
  readonly loses?: number;
}

/** A committee in which a fifth node takes the place of the second. */
export const reshare: Setting = {
  ...{ from: 'founded', change: { add: [5], remove: ['2'] } },
  ...{ parties: [1, 2, 3, 4, 5], members: [1, 3, 4, 5] },
};

/**
 * All cases of one file: after each, no share is lost, all agree, and the next epoch signs. A case that fails
 * prints how to run it alone; with `CRASH_STORY=1` in the environment also what the logs of all nodes said.
 */
export function crashSuite(file: string, title: string, setting: Setting, cases: readonly CrashCase[]): void {
  describe(title, () => {
    const strays = new Strays();
    let scene: Scene;
    beforeAll(async () => {
      strays.begin();
      const fresh = freshDisks(5);
      const disks = setting.from === 'founded' ? await foundedDisks() : fresh;
      const isLost = (_: unknown, i: number): boolean => i + 1 === setting.loses;
      scene = await stage({
        ...setting,
        disks: disks.map((disk, i) => (isLost(disk, i) ? (fresh[i] ?? disk) : disk)),
      });
    }, 120_000);
    afterAll(() => {
      strays.end();
    });

    it.each(cases.map((one) => [one.name, one] as const))('%s', { timeout: 120_000 }, async (name, one) => {
      const outcome = await crash(scene, one);
      const faults = [...outcome.faults, ...strays.taken()];
      if (faults.length > 0) throw new RangeError(report(file, name, faults, outcome));
      expect(outcome.deaths).toBeGreaterThan(0);
    });
  });
}

const report = (file: string, name: string, faults: readonly string[], { story }: Outcome): string =>
  [
    ...faults,
    `again: npx vitest run test/crash/${file}.test.ts -t '${name}'`,
    ...(process.env['CRASH_STORY'] === undefined ? [] : [story]),
  ].join('\n');

/**
 * What nobody caught. A process that has ended leaves promises behind that end as it did: that is no fault.
 */
class Strays {
  #former: NodeJS.UnhandledRejectionListener[] = [];
  #found: string[] = [];
  readonly #hear = (error: unknown): void => {
    if (!isPowerLoss(error)) this.#found.push(error instanceof Error ? String(error.stack) : String(error));
  };

  begin(): void {
    this.#former = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', this.#hear);
  }

  end(): void {
    process.removeListener('unhandledRejection', this.#hear);
    for (const one of this.#former) process.on('unhandledRejection', one);
  }

  taken(): readonly string[] {
    return this.#found.splice(0);
  }
}
