import { expect, test } from 'vitest';

import { ascii, toHex } from '../../../../src/crypto/bytes.ts';
import { x25519PublicKey } from '../../../../src/crypto/x25519.ts';
import {
  newRecipient,
  parseRecipient,
  readRecipientKey,
  recipientText,
} from '../../../../src/node/backup/recipient.ts';
import { named, seededRng } from '../helpers.ts';

const made = newRecipient(seededRng('recipient'));
const text = recipientText(made.publicKey);

test('what is written for people is read again', () => {
  expect(text).toMatch(/^x25519:[0-9a-f]{64}#[0-9a-f]{8}$/);
  expect(parseRecipient(`${text}\n`)).toEqual(made.publicKey);
});

test('every character that is lost or changed is noticed', () => {
  for (let i = 0; i < text.length; i++) {
    expect(() => parseRecipient(text.slice(0, i) + text.slice(i + 1))).toThrow(/recipient/);
    const other = text[i] === '0' ? '1' : '0';
    expect(() => parseRecipient(text.slice(0, i) + other + text.slice(i + 1))).toThrow(/recipient/);
  }
});

test('a key of small order is refused: its backups would be open to everybody', () => {
  const zero = recipientText(new Uint8Array(32));
  expect(() => parseRecipient(zero)).toThrow('keeps nothing secret');
});

test('a key file gives the secret of the recipient that it names', () => {
  const secret = readRecipientKey(made.file, 'key');
  expect(secret.use(x25519PublicKey)).toEqual(made.publicKey);
  expect(String(secret)).toBe('[secret key of a backup recipient]');
});

test.each([
  ['cut at its end', made.file.slice(0, -1)],
  ['cut in its secret', made.file.slice(0, -10)],
  ['with a line more', Uint8Array.from([...made.file, 0x0a])],
  ['with another secret', swapped()],
  ['with digits that are none', made.file.map((b, i) => (i === made.file.length - 2 ? 0x67 : b))],
  ['of another version', made.file.map((b, i) => (i === 31 ? 0x32 : b))],
  ['of another kind', ascii('{}\n')],
  ['empty', new Uint8Array(0)],
])('a key file %s is refused, and its secret is in no message', (_, file) => {
  let message = 'accepted';
  try {
    readRecipientKey(file, 'key');
  } catch (error) {
    message = error instanceof Error && 'code' in error ? `${String(error.code)} ${error.message}` : '?';
  }
  expect(message).toMatch(/^bad-recipient key /);
  expect(message).not.toMatch(/[0-9a-f]{16}/);
});

function swapped(): Uint8Array {
  const other = newRecipient(() => named('another')).file;
  return Uint8Array.from([...made.file.slice(0, -65), ...other.slice(-65)]);
}

test('two recipients differ', () => {
  const rng = seededRng('two');
  expect(toHex(newRecipient(rng).publicKey)).not.toBe(toHex(newRecipient(rng).publicKey));
});
