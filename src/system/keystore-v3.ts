import { createDecipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';

import { concat, constantTimeEqual, fromHex, wipe } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { type JsonObject, anyObjectIn, integerIn, literalIn, parseJson } from '../crypto/json-file.ts';
import { keccak256 } from '../ethereum/address.ts';

/** Bytes that the derivation of a key may take, and rounds: what a file states must not stop a machine. */
const MAX_MEMORY = 1_073_741_824;
const MAX_WORK = 16_777_216;

/**
 * The key in an encrypted keystore of wallets, 32 bytes, which are the caller's to wipe. [Web3 Secret
 * Storage, version 3] @throws InputError wrong-password | file-damaged
 */
export function openKeystore(text: string, password: string, path: string): Uint8Array {
  const file = anyObjectIn(new Map([['file', parseJson(text, path)]]), 'file', path);
  literalIn(file, 'version', 3, path);
  const sealed = anyObjectIn(file, file.has('crypto') ? 'crypto' : 'Crypto', path);
  literalIn(sealed, 'cipher', 'aes-128-ctr', path);
  const iv = bareHexIn(anyObjectIn(sealed, 'cipherparams', path), 'iv', path, 16);
  const ciphertext = bareHexIn(sealed, 'ciphertext', path, 32);
  const mac = bareHexIn(sealed, 'mac', path, 32);
  const derived = derivedKey(sealed, new TextEncoder().encode(password.normalize('NFKC')), path);
  try {
    if (!constantTimeEqual(keccak256(concat(derived.subarray(16, 32), ciphertext)), mac))
      throw new InputError('wrong-password', path, `the password does not open ${path}`);
    const cipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
    return Uint8Array.from(cipher.update(ciphertext));
  } finally {
    wipe(derived);
  }
}

function derivedKey(sealed: JsonObject, password: Uint8Array, path: string): Uint8Array {
  const parameters = anyObjectIn(sealed, 'kdfparams', path);
  const salt = bareHexIn(parameters, 'salt', path);
  literalIn(parameters, 'dklen', 32, path);
  const number = (key: string, most: number): number => {
    const value = integerIn(parameters, key, path);
    if (value >= 1 && value <= most) return value;
    throw damaged(path, `${key} is ${value}`);
  };
  if (sealed.get('kdf') === 'pbkdf2') {
    literalIn(parameters, 'prf', 'hmac-sha256', path);
    return Uint8Array.from(pbkdf2Sync(password, salt, number('c', MAX_WORK), 32, 'sha256'));
  }
  literalIn(sealed, 'kdf', 'scrypt', path);
  const [N, r, p] = [number('n', 1_048_576), number('r', 64), number('p', 64)];
  const maxmem = 256 * N * r + 128 * r * p;
  // RFC 7914 wants N below 2^(16 r), and so does our library; an old example of the format has it otherwise.
  if ((N & (N - 1)) !== 0 || N < 2 || N >= 2 ** (16 * r) || maxmem > MAX_MEMORY || N * r * p > MAX_WORK)
    throw damaged(path, 'asks for a derivation that is none, or too long');
  return Uint8Array.from(scryptSync(password, salt, 32, { N, r, p, maxmem }));
}

/** Hex without 0x, as wallets write it. */
function bareHexIn(object: JsonObject, key: string, path: string, length?: number): Uint8Array {
  const value = object.get(key);
  const bytes = typeof value === 'string' ? fromHex(value) : undefined;
  if (bytes !== undefined && (length === undefined || bytes.length === length)) return bytes;
  throw damaged(path, `${key} is no hex${length === undefined ? '' : ` of ${length} bytes`}`);
}

const damaged = (path: string, what: string): InputError =>
  new InputError('file-damaged', path, `${path} is no keystore of version 3: ${what}`);
