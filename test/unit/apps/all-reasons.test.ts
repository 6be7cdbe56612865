import { expect, it } from 'vitest';

import { reasonOf } from '../../../src/apps/all-reasons.ts';

it('a code is found with what an operator does, and a stranger is not', () => {
  expect(reasonOf('lease-held')?.action).toContain('Stop the process');
  expect(reasonOf('toString')).toBeUndefined();
});
