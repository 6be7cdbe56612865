import { describe, expect, test } from 'vitest';

import { InputError } from '../../../src/crypto/errors.ts';
import { createMaster, passwordBytes, unlockMaster, wrapMaster } from '../../../src/node/master-key.ts';
import { quickKdf, seededRng } from './helpers.ts';

const PASSWORD = 'correct horse battery';
const options = { kdf: quickKdf, profile: 'production', l1ChainId: 31_337n } as const;
const made = createMaster(PASSWORD, options, seededRng('master'));
const unlock = (bytes: Uint8Array, password = PASSWORD, l1ChainId = 31_337n): unknown =>
  unlockMaster(bytes, password, { kdf: quickKdf, l1ChainId }, 'keys/master.json');
const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'accepted';
  } catch (error) {
    return error instanceof InputError ? error.code : 'another error';
  }
};
const edit = (bytes: Uint8Array, change: (text: string) => string): Uint8Array =>
  new TextEncoder().encode(change(new TextDecoder().decode(bytes)));

describe('master.json', () => {
  test('opens under its password and gives the same key', () => {
    const opened = unlockMaster(made.bytes, PASSWORD, options, 'master.json');
    expect(opened.uuid).toBe(made.master.uuid);
    const raw = (key: typeof opened): string => key.secret.use((bytes) => bytes.join());
    expect(raw(opened)).toBe(raw(made.master));
  });

  test('states scrypt at its full cost and holds no plaintext', () => {
    const text = new TextDecoder().decode(made.bytes);
    expect(JSON.parse(text)).toMatchObject({
      kind: 'conclave-master',
      version: 1,
      public: { insecureDevKeys: false },
      crypto: { kdf: { function: 'scrypt', params: { dklen: 32, n: 131_072, r: 8, p: 1 } } },
    });
    expect(text).not.toContain(made.master.secret.use((bytes) => Buffer.from(bytes).toString('hex')));
  });

  test('tells a wrong password from a damaged file', () => {
    expect(codeOf(() => unlock(made.bytes, 'another long password'))).toBe('wrong-password');
    const flipped = edit(made.bytes, (text) =>
      text.replace(/("message": "0x..)(.)/g, (_, a: string, b: string) => a + (b === '0' ? '1' : '0')),
    );
    expect(codeOf(() => unlock(flipped))).toBe('file-tampered');
    expect(codeOf(() => unlock(made.bytes.subarray(0, 100)))).toBe('file-truncated');
    expect(codeOf(() => unlock(edit(made.bytes, (text) => text.replace('{', '['))))).toBe('file-damaged');
  });

  test('is refused when any byte of it is changed', () => {
    for (let i = 0; i < made.bytes.length; i++)
      expect(codeOf(() => unlock(made.bytes.map((byte, k) => (k === i ? byte ^ 1 : byte))))).not.toBe(
        'accepted',
      );
  });

  test('gets a new password without a new key', () => {
    const bytes = wrapMaster(made.master, 'a new long password', options, seededRng('again'));
    expect(codeOf(() => unlock(bytes))).toBe('wrong-password');
    expect(codeOf(() => unlock(bytes, 'a new long password'))).toBe('accepted');
  });

  test('of development is marked, and refused on the main chain when made and when opened', () => {
    const cheap = { ...options, profile: 'insecure-development' } as const;
    const dev = createMaster(PASSWORD, cheap, seededRng('dev'));
    expect(JSON.parse(new TextDecoder().decode(dev.bytes))).toMatchObject({
      public: { insecureDevKeys: true },
    });
    expect(codeOf(() => unlock(dev.bytes))).toBe('accepted');
    expect(codeOf(() => unlock(dev.bytes, PASSWORD, 1n))).toBe('insecure-keys-refused');
    expect(codeOf(() => createMaster(PASSWORD, { ...cheap, l1ChainId: 1n }, seededRng('dev')))).toBe(
      'insecure-keys-refused',
    );
    expect(codeOf(() => unlock(made.bytes, PASSWORD, 1n))).toBe('accepted');
  });

  test('with a cheap derivation that is not marked is refused', () => {
    const dev = createMaster(PASSWORD, { ...options, profile: 'insecure-development' }, seededRng('dev'));
    const unmarked = edit(dev.bytes, (text) =>
      text.replace('"insecureDevKeys": true', '"insecureDevKeys": false'),
    );
    expect(codeOf(() => unlock(unmarked))).toBe('file-tampered');
  });
});

describe('a password', () => {
  test('has at least twelve characters that count', () => {
    expect(codeOf(() => passwordBytes(''))).toBe('weak-password');
    expect(codeOf(() => passwordBytes('elevenchars'))).toBe('weak-password');
    expect(codeOf(() => passwordBytes('elevenchars\u0007\u007f\u0085'))).toBe('weak-password');
    expect(codeOf(() => passwordBytes('twelve chars'))).toBe('accepted');
  });

  test('is the same in composed and decomposed form, and with control characters', () => {
    expect(passwordBytes('caf\u00e9 caf\u00e9 caf\u00e9')).toEqual(
      passwordBytes('cafe\u0301 cafe\u0301 caf\u00e9\u0000'),
    );
  });
});
