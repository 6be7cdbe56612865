import { expect, test } from 'vitest';

import { EpochGate } from '../../../src/node/epoch-gate.ts';

test('a gate closes once and for all', () => {
  const gate = new EpochGate();
  expect(gate.isFrozen).toBe(false);
  gate.freeze();
  gate.freeze();
  expect(gate.isFrozen).toBe(true);
});
