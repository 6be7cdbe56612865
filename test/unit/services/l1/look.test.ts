import { expect, it } from 'vitest';

import { readL1 } from '../../../../src/services/l1/look.ts';
import { emptyLedger } from '../../../../src/services/l1/ledger.ts';
import { restored } from '../../../../src/services/l1/state.ts';
import { sealed, settings } from './sim-l1.ts';
import { World } from './world.ts';

it('a look reads nonces before receipts, and all of it through the endpoint that it was given', async () => {
  const world = new World(1);
  const { calls } = world.l1;
  const asked: string[] = [];
  const one = new Proxy(calls, {
    get: (target, name: keyof typeof calls) => {
      asked.push(name);
      return target[name];
    },
  });
  const seen = await readL1(one, { state: restored(emptyLedger), settings, derived: () => undefined });
  expect(seen).toMatchObject({ head: 0n, finalized: 0n, lastIndex: 0n });
  expect(asked.lastIndexOf('nonce')).toBeLessThan(asked.indexOf('head'));
  expect(asked.lastIndexOf('head')).toBeLessThan(asked.indexOf('inbox'));
});

it('the submitter looks through one endpoint, and at the next time where that one fails', async () => {
  const world = new World(2);
  world.service.submit(sealed(1n));
  world.l1.isDown = true;
  await world.blocks(2);
  expect(world.phases).toBe('1 sealed');
  world.l1.isDown = false;
  await world.blocks(12);
  expect(world.ended).toEqual(['1 final']);
});
