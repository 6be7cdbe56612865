import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Resident, plan, settle, story, until } from './house.ts';

const residents: Resident[] = [];

beforeAll(() => {
  for (let i = 0; i < 4; i++) residents.push(settle(27_610 + i));
});
afterAll(async () => {
  for (const { node } of residents) await node.stop();
});

it('four nodes make a key without a dealer, test it, and lock it', async () => {
  const definition = plan(residents, 3);
  for (const { node, events } of residents) {
    await node.start();
    const { id } = node.join(definition);
    node.watch(id, (event) => events.push(event));
    await node.accept(id);
  }
  const [first] = residents;
  const id = first?.node.ceremonies()[0]?.id ?? '';
  first?.node.execute(id, { whenReady: true });
  const stateOf = ({ node }: Resident): string | undefined => node.ceremonies()[0]?.state;
  try {
    await until(
      'complete',
      () => residents.every((one) => stateOf(one) === 'complete' || stateOf(one) === 'failed'),
      40_000,
    );
  } catch (error) {
    throw new RangeError(story(residents), { cause: error });
  }
  const views = residents.map(({ node }) => node.ceremonies()[0]);
  if (views.some((view) => view?.state !== 'complete')) throw new RangeError(story(residents));
  expect(new Set(views.map((view) => view?.address)).size).toBe(1);
  expect(new Set(views.map((view) => view?.lockHash)).size).toBe(1);
});
