import { describe, expect, test } from 'vitest';

import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import * as names from '../../../../src/protocols/ceremony/names.ts';
import { named } from '../../node/helpers.ts';

const pk = identityPublicKey(named('seed'));
const invitation = { identityPk: pk, host: 'node2.example.org', port: 7610 };
const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'accepted';
  } catch (error) {
    return error instanceof InputError ? error.code : 'another error';
  }
};

describe('the name of a node', () => {
  test('is two words of its fingerprint', () => {
    expect(names.nameOf(pk)).toMatch(/^[a-z]+-[a-z]+$/);
    expect(names.fingerprintOf(pk)).toHaveLength(8);
  });

  test('carries four digits when two members have the same words', () => {
    const seen = new Map<string, Uint8Array>();
    let pair: readonly Uint8Array[] | undefined;
    for (let i = 0; pair === undefined; i++) {
      const candidate = named(`node ${i}`);
      const other = seen.get(names.nameOf(candidate));
      if (other !== undefined) pair = [other, candidate];
      seen.set(names.nameOf(candidate), candidate);
    }
    const [one, two, three] = names.namesOf([...pair, named('a third')]);
    expect(one).toMatch(/^[a-z]+-[a-z]+-[0-9a-f]{4}$/);
    expect(two).toMatch(/^[a-z]+-[a-z]+-[0-9a-f]{4}$/);
    expect(one).not.toBe(two);
    expect(three).toMatch(/^[a-z]+-[a-z]+$/);
  });

  test('may be a nickname of lower-case letters, digits and hyphens', () => {
    expect(['quiet-maple', 'a', 'x'.repeat(32)].every(names.isNickname)).toBe(true);
    expect(['', 'Quiet', 'a b', 'ä', 'x'.repeat(33)].some(names.isNickname)).toBe(false);
  });
});

describe('the text of an identity', () => {
  test('is base64url as Node writes it, and reads back', () => {
    for (let i = 0; i < 20; i++) {
      const key = identityPublicKey(named(`key ${i}`));
      expect(names.identityText(key)).toBe(`ed25519:${Buffer.from(key).toString('base64url')}`);
      expect(names.parseIdentity(names.identityText(key))).toEqual(key);
    }
  });

  test('is refused in any other spelling', () => {
    const text = names.identityText(pk);
    for (const other of [
      text.slice(0, -1),
      `${text}A`,
      text.replace('ed25519', 'ED25519'),
      `${text.slice(0, -1)}+`,
      ` ${text}`,
    ])
      expect(codeOf(() => names.parseIdentity(other))).toBe('bad-identity');
  });

  test('is refused when the unused bits of its last character are set', () => {
    const text = names.identityText(pk);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(text.at(-1)!);
    expect(codeOf(() => names.parseIdentity(text.slice(0, -1) + alphabet[last ^ 1]!))).toBe('bad-identity');
  });

  test('is refused for a key under which anyone can sign', () => {
    const zero = names.identityText(new Uint8Array(32));
    expect(codeOf(() => names.parseIdentity(zero))).toBe('bad-identity-key');
  });
});

describe('an invitation line', () => {
  test('reads back, for names, IPv4 and IPv6', () => {
    for (const host of ['node2.example.org', '10.0.0.7', '[::1]'])
      expect(names.parseInvitation(names.invitationLine({ ...invitation, host }))).toEqual({
        ...invitation,
        host,
      });
    expect(names.invitationLine(invitation)).toMatch(
      /^conclave:ed25519:[A-Za-z0-9_-]{43}@node2\.example\.org:7610#[0-9a-f]{4}$/,
    );
  });

  test('is refused when any one character is changed', () => {
    const line = names.invitationLine(invitation);
    let accepted = 0;
    for (let i = 0; i < line.length; i++) {
      const other = line[i] === 'a' ? 'b' : 'a';
      if (codeOf(() => names.parseInvitation(line.slice(0, i) + other + line.slice(i + 1))) === 'accepted')
        accepted += 1;
    }
    expect(accepted).toBe(0);
  });

  test('is refused with an impossible port or host', () => {
    for (const change of [{ port: 65_536 }, { host: '-x' }, { host: '[zz]' }])
      expect(codeOf(() => names.parseInvitation(names.invitationLine({ ...invitation, ...change })))).toBe(
        'bad-invitation',
      );
  });
});
