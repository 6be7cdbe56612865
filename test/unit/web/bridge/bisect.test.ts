import { expect, it } from 'vitest';

import { lowest } from '../../../../web/bridge/bisect.ts';

it('finds the lowest good number, wherever it is, or none', async () => {
  for (let good = 3n; good <= 12n; good++)
    expect(await lowest(3n, 11n, async (number) => number >= good)).toBe(good === 12n ? undefined : good);
  expect(await lowest(5n, 4n, async () => true)).toBeUndefined();
});

it('asks for few of many', async () => {
  let asked = 0;
  const found = await lowest(1n, 1_000_000n, async (number) => {
    asked++;
    return number >= 654_321n;
  });
  expect([found, asked <= 20]).toEqual([654_321n, true]);
});
