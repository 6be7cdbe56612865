import { ascii, fromHex, latin1, toHex, wipe } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { Secret } from '../../crypto/secret.ts';
import type { Rng } from '../../crypto/secp256k1.ts';
import { tags } from '../../crypto/tags.ts';
import { X25519_BYTES, isX25519Key, x25519PublicKey } from '../../crypto/x25519.ts';

const PREFIX = 'x25519:';
const FORM = /^x25519:([0-9a-f]{64})#([0-9a-f]{8})$/;
const HEADING = 'conclave-recipient-key version 1\n';
const DIGITS = 2 * X25519_BYTES;

const refuse = (path: string, what: string): InputError => new InputError('bad-recipient', path, what);
const sumOf = (publicKey: Uint8Array): string => toHex(taggedHash(tags.recipient, publicKey).subarray(0, 4));

/**
 * Whom backups are sealed to, as people write it. The checksum is there because any 32 bytes would do as a
 * key: with a slip in them, nobody could ever open the backup.
 */
export const recipientText = (publicKey: Uint8Array): string =>
  `${PREFIX}${toHex(publicKey)}#${sumOf(publicKey)}`;

/**
 * The public key of a recipient, 32 bytes. @throws InputError bad-recipient for another form, a wrong
 * checksum, or a key of small order, whose backups anybody could open
 */
export function parseRecipient(text: string, path = 'recipient'): Uint8Array {
  const [, digits = '', sum] = FORM.exec(text.trim()) ?? [];
  const publicKey = fromHex(digits);
  if (sum === undefined || publicKey === undefined)
    throw refuse(path, `${path} is not x25519:<64 hex digits>#<8 hex digits>`);
  if (sumOf(publicKey) !== sum)
    throw refuse(path, `${path} has a wrong checksum: a character was lost or changed`);
  if (!isX25519Key(publicKey)) throw refuse(path, `${path} is a key that keeps nothing secret`);
  return publicKey;
}

/** A new recipient: the bytes of its key file, which belong on an offline host, and its public key. */
export function newRecipient(rng: Rng): { readonly file: Uint8Array; readonly publicKey: Uint8Array } {
  const secret = rng(X25519_BYTES).slice();
  const publicKey = x25519PublicKey(secret);
  const heading = ascii(`${HEADING}${recipientText(publicKey)}\n`);
  const file = new Uint8Array(heading.length + DIGITS + 1);
  file.set(heading);
  // Digit by digit: a text of the secret could not be wiped.
  secret.forEach((byte, i) => {
    file[heading.length + 2 * i] = codeOf(byte >> 4);
    file[heading.length + 2 * i + 1] = codeOf(byte & 15);
  });
  file[file.length - 1] = NEWLINE;
  wipe(secret);
  return { file, publicKey };
}

/**
 * The secret of a key file, 32 bytes. @throws InputError bad-recipient when it is no such file, or its secret
 * is not that of the recipient it names
 */
export function readRecipientKey(file: Uint8Array, path: string): Secret {
  const lines = linesOf(file);
  const [heading, named, digits, rest] = lines;
  const isForm = lines.length === 4 && heading !== undefined && named !== undefined && rest?.length === 0;
  if (!isForm || latin1(heading) !== HEADING.trimEnd())
    throw refuse(path, `${path} is no key file of a recipient`);
  const secret = digits === undefined ? undefined : secretOf(digits);
  if (secret === undefined) throw refuse(path, `${path} has no secret of ${DIGITS} hex digits`);
  if (recipientText(x25519PublicKey(secret)) === latin1(named))
    return new Secret('key of a backup recipient', secret);
  wipe(secret);
  throw refuse(path, `${path} holds the secret of another recipient than it names`);
}

const NEWLINE = 0x0a;
const codeOf = (nibble: number): number => (nibble < 10 ? 0x30 : 0x57) + nibble;
const nibbleOf = (code: number): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : 16;
};

function linesOf(file: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at <= file.length && lines.length < 5; at++)
    if (at === file.length || file[at] === NEWLINE) {
      lines.push(file.subarray(start, at));
      start = at + 1;
    }
  return lines;
}

function secretOf(digits: Uint8Array): Uint8Array | undefined {
  if (digits.length !== DIGITS) return undefined;
  const secret = new Uint8Array(X25519_BYTES);
  let worst = 0;
  secret.forEach((_, i) => {
    const [high, low] = [nibbleOf(digits[2 * i] ?? 0), nibbleOf(digits[2 * i + 1] ?? 0)];
    worst = Math.max(worst, high, low);
    secret[i] = ((high & 15) << 4) | (low & 15);
  });
  return worst < 16 ? secret : undefined;
}
