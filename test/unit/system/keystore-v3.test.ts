import { describe, expect, it } from 'vitest';

import { toHex } from '../../../src/crypto/bytes.ts';
import { openKeystore } from '../../../src/system/keystore-v3.ts';
import { makeKeystore } from './keystore.ts';

// The first example of the definition of the format.
const key = '7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d';
const published = {
  cipher: 'aes-128-ctr',
  cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
  ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
  kdf: 'pbkdf2',
  kdfparams: {
    ...{ c: 262_144, dklen: 32, prf: 'hmac-sha256' },
    salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
  },
  mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
} as const;
const open = (content: object, password = 'testpassword'): string =>
  toHex(openKeystore(JSON.stringify(content), password, 'f'));
const coded = (code: string): unknown => expect.objectContaining({ code });

describe('the keystore of a wallet', () => {
  it('with pbkdf2 is opened, as published', () => expect(open({ version: 3, crypto: published })).toBe(key));

  it('with scrypt is opened', () => expect(open(makeKeystore('testpassword'))).toBe('ab'.repeat(32)));

  it('may have its part with a capital, as old wallets write it', () => {
    const { crypto } = makeKeystore('testpassword');
    expect(open({ version: 3, Crypto: crypto })).toBe('ab'.repeat(32));
  });

  it('is not opened by another password', () =>
    expect(() => open(makeKeystore('another'))).toThrow(coded('wrong-password')));

  const { crypto } = makeKeystore('testpassword') as { crypto: Record<string, object> };
  const parameters = (more: object): object => ({
    ...crypto,
    kdfparams: { ...crypto['kdfparams'], ...more },
  });
  it.each<readonly [string, object]>([
    ['of another version', { version: 4, crypto }],
    ['of another cipher', { version: 3, crypto: { ...crypto, cipher: 'aes-256-ctr' } }],
    ['of another derivation', { version: 3, crypto: { ...crypto, kdf: 'argon2id' } }],
    ['of a short key', { version: 3, crypto: { ...crypto, ciphertext: 'abab' } }],
    ['that is no hex', { version: 3, crypto: { ...crypto, mac: 'zz'.repeat(32) } }],
    ['that derives too little', { version: 3, crypto: parameters({ dklen: 16 }) }],
    ['that would take all memory', { version: 3, crypto: parameters({ n: 1_048_576, r: 64 }) }],
    ['that would take for ever', { version: 3, crypto: parameters({ n: 1_048_576, p: 64, r: 1 }) }],
    ['whose n is no power of two', { version: 3, crypto: parameters({ n: 3 }) }],
    ['that scrypt does not know', { version: 3, crypto: parameters({ n: 65_536, r: 1 }) }],
    [
      'of another pseudo-random function',
      { version: 3, crypto: { ...published, kdfparams: { ...published.kdfparams, prf: 'md5' } } },
    ],
    ['whose r is zero', { version: 3, crypto: parameters({ r: 0 }) }],
    ['whose p is zero', { version: 3, crypto: parameters({ p: 0 }) }],
    [
      'without a round',
      { version: 3, crypto: { ...published, kdfparams: { ...published.kdfparams, c: 0 } } },
    ],
  ])('%s is refused', (_, content) => expect(() => open(content)).toThrow(coded('file-damaged')));
});
