import { expect, it } from 'vitest';

import { type QueuedMessage, relayPlan } from '../../../../src/services/keeper/machine.ts';

const messages: readonly QueuedMessage[] = [
  { block: 5n, isRelayed: true },
  { block: 6n, isRelayed: false },
  { block: 6n, isRelayed: true },
  { block: 8n, isRelayed: false },
];

it.each<[string, bigint, boolean, ReturnType<typeof relayPlan>]>([
  ['L2 knows what its origin holds', 7n, true, { known: 3, mustProve: false, relay: [1] }],
  ['what it knows is proven first', 8n, false, { known: 4, mustProve: true, relay: [1, 3] }],
  ['nothing is proven for nothing', 5n, false, { known: 1, mustProve: false, relay: [] }],
  ['before the first message there is nothing', 4n, false, { known: 0, mustProve: false, relay: [] }],
])('%s', (_, origin, isProven, expected) => {
  expect(relayPlan(messages, origin, isProven)).toEqual(expected);
});
