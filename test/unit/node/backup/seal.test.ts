import { describe, expect, test } from 'vitest';

import { fromHex, latin1, to0x } from '../../../../src/crypto/bytes.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { taggedHash } from '../../../../src/crypto/hash.ts';
import { writeJsonFile } from '../../../../src/crypto/json-file.ts';
import { tags } from '../../../../src/crypto/tags.ts';
import { newRecipient, readRecipientKey } from '../../../../src/node/backup/recipient.ts';
import { type BackupKey, openBackup, readBackup } from '../../../../src/node/backup/seal.ts';
import { associatedData } from '../../../../src/node/sealed-file.ts';
import { cuts, flips, leafMutations } from '../../audit/support/tamper.ts';
import { quickKdf, seededRng } from '../helpers.ts';
import { partsOf, password, recipient, sealedBy, seatOf } from './backup-fixture.ts';

const parts = partsOf(seatOf('backup'));
const kinds = ['recipient', 'password'] as const;
const files = { recipient: sealedBy('recipient', parts), password: sealedBy('password', parts) };
const keyOf = (kind: (typeof kinds)[number]): BackupKey =>
  kind === 'password' ? { kind, password } : { kind, secret: readRecipientKey(recipient.file, 'key') };
const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'accepted';
  } catch (error) {
    return error instanceof InputError ? error.code : 'another error';
  }
};
const open = (kind: (typeof kinds)[number], bytes: Uint8Array, key = keyOf(kind)) =>
  openBackup(bytes, key, quickKdf, 'backup.json');

interface BackupJson {
  uuid: string;
  public: Record<string, string | number>;
  crypto: {
    kdf: { function: string; params: Record<string, string | number> };
    checksum: { function: string; message: string };
    cipher: { params: { nonce: string }; message: string };
  };
}

/** The file after a change, with the checksum that anybody can make again. */
function forged(bytes: Uint8Array, change: (file: BackupJson) => void): Uint8Array {
  const file = JSON.parse(latin1(bytes)) as BackupJson;
  change(file);
  const { kdf, cipher } = file.crypto;
  const aad = associatedData('conclave-backup', file.uuid, Object.entries(file.public), [
    ['function', kdf.function],
    ...Object.entries(kdf.params),
  ]);
  const [nonce, message] = [cipher.params.nonce, cipher.message].map((hex) => fromHex(hex)!);
  file.crypto.checksum.message = to0x(taggedHash(tags.fileChecksum, aad, nonce!, message!));
  return writeJsonFile(file);
}

const other = (value: string | number): string | number => {
  if (typeof value === 'number') return value + 1;
  if (/^[0-9]+$/.test(value)) return String(BigInt(value) + 1n);
  return value.slice(0, -1) + (value.endsWith('0') ? '1' : '0');
};

describe.each(kinds)('a backup that is sealed to a %s', (kind) => {
  const bytes = files[kind];

  test('is opened with its key, and its header is as it was given', () => {
    const opened = open(kind, bytes);
    expect(opened.header).toEqual(parts.header);
    const secret = opened.secret.use((plaintext) => plaintext.slice(1, 65));
    expect(secret).toEqual(parts.content.secret.use((s) => s.slice()));
    expect(String(opened.secret)).toBe('[secret conclave-backup]');
  });

  test('says the same without any key, and nothing of its secret', () => {
    expect(readBackup(bytes, 'b').header).toEqual(parts.header);
    const secret = parts.content.secret.use(to0x).slice(2, 66);
    expect(latin1(bytes)).not.toContain(secret);
  });

  test('is refused for every field that is changed', () => {
    const mutations = leafMutations(bytes);
    expect(mutations.length).toBeGreaterThan(18);
    for (const { what, bytes: changed } of mutations)
      expect(
        codeOf(() => open(kind, changed)),
        what,
      ).toMatch(/^(file-damaged|file-tampered)$/);
  });

  test('is refused for every field of the header, also when its checksum is made again', () => {
    const control = forged(bytes, () => undefined);
    expect(control).toEqual(bytes);
    for (const field of Object.keys(parts.header)) {
      const changed = forged(bytes, (file) => (file.public[field] = other(file.public[field]!)));
      expect(
        codeOf(() => open(kind, changed)),
        field,
      ).toMatch(/^(wrong-backup-key|file-damaged|bad-)/);
    }
    const renamed = forged(
      bytes,
      (file) => (file.uuid = file.uuid.replace(/^./, (c) => (c === '0' ? '1' : '0'))),
    );
    expect(codeOf(() => open(kind, renamed))).toBe('wrong-backup-key');
    const salted = forged(bytes, ({ crypto }) => {
      crypto.kdf.params['salt'] = other(crypto.kdf.params['salt']!);
    });
    expect(codeOf(() => open(kind, salted))).toBe('wrong-backup-key');
  });

  test('is refused where it ends early, and with any bit turned', () => {
    for (const { bytes: cut } of cuts(bytes, 20)) expect(codeOf(() => open(kind, cut))).toMatch(/^file-/);
    for (const { what, bytes: turned } of flips(bytes, 60))
      expect(
        codeOf(() => open(kind, turned)),
        what,
      ).toMatch(/^file-/);
  });

  test('is not opened by what opens the other kind', () => {
    const wrong = keyOf(kind === 'recipient' ? 'password' : 'recipient');
    expect(codeOf(() => open(kind, bytes, wrong))).toBe('wrong-backup-key');
  });
});

test('a wrong password, and one that is too short, open nothing and are in no message', () => {
  const wrong = 'another password of some length';
  const attempt = (): unknown => open('password', files.password, { kind: 'password', password: wrong });
  expect(codeOf(attempt)).toBe('wrong-backup-key');
  expect(attempt).not.toThrow(wrong);
  expect(codeOf(() => open('password', files.password, { kind: 'password', password: 'short' }))).toBe(
    'weak-password',
  );
});

test('the key of another recipient opens nothing, and the message names who can', () => {
  const { file } = newRecipient(seededRng('somebody else'));
  const key: BackupKey = { kind: 'recipient', secret: readRecipientKey(file, 'key') };
  expect(() => open('recipient', files.recipient, key)).toThrow(/sealed to the recipient x25519:/);
  expect(codeOf(() => open('recipient', files.recipient, key))).toBe('wrong-backup-key');
});

test('an ephemeral key of small order opens nothing', () => {
  const zero = forged(
    files.recipient,
    ({ crypto }) => (crypto.kdf.params['ephemeral'] = `0x${'00'.repeat(32)}`),
  );
  expect(codeOf(() => open('recipient', zero))).toBe('wrong-backup-key');
});

test('a password that would be cheap to guess, or a cost that would stop the node, is refused', () => {
  for (const n of [1024, 65_536, 2 ** 21, 131_073]) {
    const cheap = forged(files.password, ({ crypto }) => (crypto.kdf.params['n'] = n));
    expect(codeOf(() => open('password', cheap))).toBe('weak-kdf');
  }
});

test('two backups of the same share have nothing in common but what is public', () => {
  const again = sealedBy('recipient', { ...parts, header: { ...parts.header } });
  expect(again).toEqual(files.recipient); // the same randomness, hence the same bytes
  const [one, two] = [files.recipient, files.password].map((b) => JSON.parse(latin1(b)) as BackupJson);
  expect(one!.crypto.cipher.message).not.toBe(two!.crypto.cipher.message);
  expect(one!.public).toEqual(two!.public);
});
