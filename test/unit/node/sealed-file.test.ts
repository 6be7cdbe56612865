import { describe, expect, test } from 'vitest';

import { ascii } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { hasPublicFields, newUuid, openFile, sealFile } from '../../../src/node/sealed-file.ts';
import { named, seededRng } from './helpers.ts';

const master = (name: string): { uuid: string; secret: Secret } => ({
  uuid: newUuid(seededRng(name)),
  secret: new Secret('master', named(name)),
});
const fields = { node: 'ed25519:x', index: 2 };
const content = { kind: 'conclave-wal', public: fields, plaintext: ascii('the plaintext') } as const;
const sealed = sealFile(master('m'), content, seededRng('s'));
const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'accepted';
  } catch (error) {
    return error instanceof InputError ? error.code : 'another error';
  }
};

describe('a sealed file', () => {
  test('opens under its master key with its public fields', () => {
    const opened = openFile(master('m'), 'conclave-wal', sealed, 'f');
    expect(opened.secret.use((bytes) => bytes.slice())).toEqual(content.plaintext);
    expect(hasPublicFields(opened.public, fields)).toBe(true);
    expect(hasPublicFields(opened.public, { ...fields, index: 3 })).toBe(false);
    expect(hasPublicFields(opened.public, { node: fields.node })).toBe(false);
  });

  test('has another key and nonce each time', () => {
    const rng = seededRng('s');
    expect(sealFile(master('m'), content, rng)).not.toEqual(sealFile(master('m'), content, rng));
  });

  test('is refused whichever byte is changed', () => {
    for (let i = 0; i < sealed.length; i++)
      for (const mask of [1, 0x20, 0x80]) {
        const changed = sealed.map((byte, k) => (k === i ? byte ^ mask : byte));
        expect(codeOf(() => openFile(master('m'), 'conclave-wal', changed, 'f'))).not.toBe('accepted');
      }
  });

  test('is refused at every length but its own', () => {
    for (let length = 0; length < sealed.length; length++)
      expect(codeOf(() => openFile(master('m'), 'conclave-wal', sealed.subarray(0, length), 'f'))).not.toBe(
        'accepted',
      );
    expect(
      codeOf(() => openFile(master('m'), 'conclave-wal', Uint8Array.from([...sealed, 10]), 'f')),
    ).not.toBe('accepted');
  });

  test('is not opened as another kind, nor under another master key', () => {
    expect(codeOf(() => openFile(master('m'), 'conclave-share', sealed, 'f'))).toBe('file-damaged');
    expect(codeOf(() => openFile(master('other'), 'conclave-wal', sealed, 'f'))).toBe('wrong-master-key');
    const sameName = { uuid: master('m').uuid, secret: new Secret('master', named('other')) };
    expect(codeOf(() => openFile(sameName, 'conclave-wal', sealed, 'f'))).toBe('file-tampered');
  });

  test('is refused with a field too many, a relabelled field, or in another layout', () => {
    const edits: readonly ((text: string) => string)[] = [
      (text) => text.replace('"index": 2', '"index": 3'),
      (text) => text.replace('"index": 2', '"index": 2,\n    "more": 1'),
      (text) => JSON.stringify(JSON.parse(text)),
      (text) => text.replace('"version": 1', '"version": 2'),
      (text) => text.replace('chacha20-poly1305', 'aes-128-ctr'),
    ];
    for (const edit of edits) {
      const changed = new TextEncoder().encode(edit(new TextDecoder().decode(sealed)));
      expect(codeOf(() => openFile(master('m'), 'conclave-wal', changed, 'f'))).not.toBe('accepted');
    }
  });
});

test('a uuid has version 4 and its variant', () => {
  expect(newUuid(seededRng('u'))).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});
