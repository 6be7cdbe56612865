import { expect, test } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { checkIdentityPublicKey } from '../../../src/crypto/ed25519.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { reasons } from '../../../src/crypto/reasons.ts';
import { Point } from '../../../src/crypto/secp256k1.ts';
import { checkIndexSet } from '../../../src/crypto/shamir.ts';

const throwers = {
  malformed: () => Point.fromBytes(new Uint8Array(33)),
  'bad-index': () => partyIndex(0),
  'bad-index-set': () => checkIndexSet([]),
  'bad-identity-key': () => checkIdentityPublicKey(new Uint8Array(32)),
  identity: () => Point.identity.toBytes(),
} satisfies Record<keyof typeof reasons, () => unknown>;

test.each(Object.entries(throwers))('%s is a code that is thrown', (code, thrower) => {
  expect(thrower).toThrow(expect.objectContaining({ code }));
  expect(thrower).toThrow(InputError);
});

test('every code has a thrower', () => {
  expect(Object.keys(throwers)).toEqual(Object.keys(reasons));
});
