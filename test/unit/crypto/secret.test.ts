import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { Bug } from '../../../src/crypto/errors.ts';
import { Secret } from '../../../src/crypto/secret.ts';

const bytes = (): Uint8Array => Uint8Array.of(201, 202, 203, 204);

test('the bytes are lent to a borrower', () => {
  expect(new Secret('share', bytes()).use((lent) => [...lent])).toEqual([201, 202, 203, 204]);
});

test('nothing that prints it shows more than the label', () => {
  const secret = new Secret('share of epoch 2', bytes());
  const shown = [
    String(secret),
    secret.toString(),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
    Object.entries(secret).flat().join(),
    JSON.stringify(Object.assign({}, secret)),
  ];
  for (const text of shown) {
    expect(text).toContain('share of epoch 2');
    expect(text).not.toMatch(/201|202|c9cacb|yc/i);
  }
});

test('a wiped secret is zeros, and is lent to nobody', () => {
  const own = bytes();
  const secret = new Secret('share', own);
  secret.wipe();
  expect([...own]).toEqual([0, 0, 0, 0]);
  expect(() => secret.use(() => 1)).toThrow(Bug);
  expect(() => secret.use(() => 1)).toThrow('the secret share has been wiped');
  expect(() => secret.wipe()).not.toThrow();
  expect(secret.toString()).toBe('[secret share]');
});
