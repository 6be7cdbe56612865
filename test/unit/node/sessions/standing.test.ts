import { expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { newStanding, promised } from '../../../../src/node/sessions/standing.ts';

it('a session that begins waits for all others, and is neither logged, broken nor over', () => {
  const others = [partyIndex(2), partyIndex(3)];
  const standing = newStanding(others);
  expect(standing).toMatchObject({ round: -1, awaiting: others, awaited: [], isTold: false });
  expect([standing.journal, standing.broken, standing.progress, standing.ending]).toEqual(
    Array.from({ length: 4 }, () => undefined),
  );
  expect(newStanding(others).transcript).not.toBe(standing.transcript);
});

it('a promise is fulfilled by who holds it, and only the first time', async () => {
  const { promise, resolve } = promised<number>();
  resolve(1);
  resolve(2);
  expect(await promise).toBe(1);
});
