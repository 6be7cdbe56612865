import { expect, test } from 'vitest';

import { contractTags, signingPurposes, tags } from '../../../src/crypto/tags.ts';

const purposes = Object.values(tags);

test('one purpose is listed once', () => {
  expect(new Set(purposes).size).toBe(purposes.length);
  expect(purposes.length).toBeGreaterThan(50);
});

test('a purpose is short, of lower-case words and slashes', () => {
  for (const purpose of purposes) expect(purpose).toMatch(/^[a-z0-9A-Z]+([/-][a-z0-9A-Z]+)*$/);
});

test('the purposes for which identities sign are distinct, and none begins another with a zero byte', () => {
  const signing = Object.values(signingPurposes);
  expect(new Set(signing).size).toBe(signing.length);
  for (const purpose of signing) expect(purpose).toMatch(/^[a-z-]+$/);
});

test('the purposes of digests that contracts make are distinct, and of the one form', () => {
  const purposes = Object.values(contractTags);
  expect(new Set(purposes).size).toBe(purposes.length);
  for (const purpose of purposes) expect(purpose).toMatch(/^conclave\/v1(\/[a-z0-9-]+)+$/);
});
