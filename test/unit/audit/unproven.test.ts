import { expect, test } from 'vitest';

import { unproven } from '../../../src/audit/unproven.ts';

test('what is not proven is a list of parts of a sentence', () => {
  expect(unproven.length).toBeGreaterThan(4);
  for (const what of unproven) expect(what).toMatch(/^(that|which) .*[a-z0-9]$/);
});
