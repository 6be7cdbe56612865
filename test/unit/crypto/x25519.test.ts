import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';

import { expect, test } from 'vitest';

import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { Bug } from '../../../src/crypto/errors.ts';
import { isX25519Key, x25519PublicKey, x25519Shared } from '../../../src/crypto/x25519.ts';
import { named } from '../node/helpers.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex)!;

test('the example of the standard gives its secret', () => {
  // RFC 7748, section 6.1
  const bob = bytes('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
  const alicePk = bytes('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
  expect(toHex(x25519PublicKey(bob))).toBe(
    'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
  );
  expect(toHex(x25519Shared(bob, alicePk)!)).toBe(
    '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
  );
});

test('OpenSSL computes the same keys and secrets', () => {
  const pkcs8 = bytes('302e020100300506032b656e04220420');
  const spki = bytes('302a300506032b656e032100');
  for (let i = 0; i < 8; i++) {
    const [mine, theirs] = [named(`a${i}`), named(`b${i}`)];
    const privateKey = createPrivateKey({
      key: Buffer.concat([pkcs8, mine]),
      format: 'der',
      type: 'pkcs8',
    });
    const theirPk = x25519PublicKey(theirs);
    const publicKey = createPublicKey({ key: Buffer.concat([spki, theirPk]), format: 'der', type: 'spki' });
    expect(toHex(x25519Shared(mine, theirPk)!)).toBe(
      diffieHellman({ privateKey, publicKey }).toString('hex'),
    );
    const own = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(12);
    expect(toHex(x25519PublicKey(mine))).toBe(own.toString('hex'));
    expect(isX25519Key(theirPk)).toBe(true);
  }
});

// The points of order 1, 2, 4 and 8 of the curve and its twist.
const smallOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

test.each(smallOrder)('%s is of small order: no key, and nothing is shared with it', (hex) => {
  expect(isX25519Key(bytes(hex))).toBe(false);
  expect(x25519Shared(named('secret'), bytes(hex))).toBeUndefined();
});

test('a second spelling of a number, and another length, are no key', () => {
  const ff = 'ff'.repeat(30);
  expect(isX25519Key(bytes(`eb${ff}7f`))).toBe(true);
  expect(isX25519Key(bytes(`f6${ff}7f`))).toBe(false);
  expect(isX25519Key(bytes(`09${'00'.repeat(30)}80`))).toBe(false);
  expect(isX25519Key(bytes(`09${'00'.repeat(31)}`))).toBe(true);
  expect(isX25519Key(bytes(`09${'00'.repeat(30)}`))).toBe(false);
});

test('lengths that are none are our own mistake', () => {
  expect(() => x25519PublicKey(new Uint8Array(31))).toThrow(Bug);
  expect(() => x25519Shared(new Uint8Array(32), new Uint8Array(33))).toThrow(Bug);
});
