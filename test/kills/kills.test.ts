import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';

import { allKills, found, refreshed } from './kills.ts';
import { Lab, build } from './lab.ts';

// `npm run crash:kills` runs all cases; with CRASH_KILLS=third every third of them.
const isThird = process.env['CRASH_KILLS'] === 'third';
const cases = allKills.filter((_, i) => !isThird || i % 3 === 0);

let folder: string;
let lab: Lab;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'kills-')));
  build();
  lab = new Lab(folder, 4);
  await lab.settle();
  await found(lab);
}, 240_000);
afterAll(async () => {
  await lab.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

describe('a real process that is killed at a call of its store, while the shares are refreshed', () => {
  it.each(cases.map((one) => [one.name, one] as const))(
    '%s: all agree behind it, and the next epoch signs',
    { timeout: 180_000 },
    async (_, one) => {
      await refreshed(lab, one);
    },
  );
});
