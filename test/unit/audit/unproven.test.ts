import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

import { logChecks } from '../../../src/audit/audit-log.ts';
import { crossChecks } from '../../../src/audit/log-cross.ts';
import { personalChecks } from '../../../src/audit/personal.ts';
import { reconcileChecks } from '../../../src/audit/reconcile.ts';
import { unproven } from '../../../src/audit/unproven.ts';

const page = readFileSync(fileURLToPath(new URL('../../../docs/audit.md', import.meta.url)), 'utf8').replace(
  /\s+/g,
  ' ',
);

test('what is not proven is a list of parts of a sentence', () => {
  expect(unproven.length).toBeGreaterThan(4);
  for (const what of unproven) expect(what).toMatch(/^(that|which) .*[a-z0-9]$/);
});

test('the page for auditors lists what is not proven, and every check', () => {
  for (const what of unproven) expect(page).toContain(`- ${what}`);
  for (const table of [logChecks, crossChecks, reconcileChecks])
    for (const id of Object.keys(table)) expect(page).toContain(`| ${id} |`);
  for (const id of ['M1', 'M2', 'M3', 'M4', 'RC']) expect(page).toContain(id);
  expect(Object.keys(personalChecks)).toEqual(['M1', 'M2', 'M3', 'M4', 'RC']);
});
