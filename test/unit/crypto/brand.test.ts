import { expect, test } from 'vitest';

import { partyId, partyIndex, sessionId } from '../../../src/crypto/brand.ts';
import { InputError } from '../../../src/crypto/errors.ts';

test('the integers from 1 to 65535 are indices', () => {
  for (const value of [1, 2, 65_535]) expect(partyIndex(value)).toBe(value);
});

test('everything else is no index, and the error says where it stood', () => {
  for (const value of [0, -1, 65_536, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => partyIndex(value, 'parties[1]')).toThrow(InputError);
  expect(() => partyIndex(0, 'parties[1]')).toThrow('parties[1] is 0, not an integer from 1 to 65535');
});

test('names of sessions and parties have 32 bytes', () => {
  const bytes = new Uint8Array(32).fill(5);
  expect(sessionId(bytes)).toEqual(bytes);
  expect(partyId(bytes)).toEqual(bytes);
  for (const length of [0, 31, 33]) {
    expect(() => sessionId(new Uint8Array(length))).toThrow(`sid has ${length} bytes`);
    expect(() => partyId(new Uint8Array(length))).toThrow(`pid has ${length} bytes`);
  }
});
