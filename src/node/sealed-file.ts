import { ascii, equalBytes, to0x, toHex } from '../crypto/bytes.ts';
import { encode, list, struct, text, u32Codec } from '../crypto/codec.ts';
import { InputError } from '../crypto/errors.ts';
import { deriveKey } from '../crypto/hash.ts';
import { primitives } from '../crypto/primitives.ts';
import { Secret } from '../crypto/secret.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import {
  type JsonObject,
  anyObjectIn,
  hexIn,
  literalIn,
  objectIn,
  readJsonFile,
  textIn,
  withKeys,
  writeJsonFile,
} from '../crypto/json-file.ts';

/** What a sealed file holds. */
export type SealedKind = 'conclave-share' | 'conclave-identity' | 'conclave-wal';

/** Fields that anyone may read, bound to the secret by the seal; printable ASCII. */
export type PublicFields = Readonly<Record<string, string | number | boolean>>;

/** The key of all sealed files of a node, and the name of the file that wraps it. */
export interface MasterKey {
  readonly uuid: string;
  readonly secret: Secret;
}

/** What is to be sealed. */
export interface ToSeal {
  readonly kind: SealedKind;
  readonly public: PublicFields;
  readonly plaintext: Uint8Array;
}

/**
 * An opened file. Its public fields are what was sealed with the secret; whether they are true is another
 * matter.
 */
export interface Opened {
  readonly uuid: string;
  readonly public: JsonObject;
  readonly secret: Secret;
}

const VERSION = 1;
const fieldCodec = struct<Field>({ name: text(64), value: text(512) });
const aadCodec = struct<Aad>({
  kind: text(64),
  version: u32Codec,
  uuid: text(36),
  public: list(fieldCodec, 64),
  kdf: list(fieldCodec, 16),
});
interface Field {
  readonly name: string;
  readonly value: string;
}
interface Aad {
  readonly kind: string;
  readonly version: number;
  readonly uuid: string;
  readonly public: readonly Field[];
  readonly kdf: readonly Field[];
}

const fieldsOf = (entries: Iterable<readonly [string, unknown]>): readonly Field[] =>
  Array.from(entries, ([name, value]) => ({ name, value: JSON.stringify(value) }));

/**
 * What the seal of a file binds beside the secret: kind, version, uuid, all public fields, and how the key is
 * made.
 */
export const associatedData = (
  kind: string,
  uuid: string,
  publicFields: Iterable<readonly [string, unknown]>,
  kdfParams: Iterable<readonly [string, unknown]>,
): Uint8Array =>
  encode(aadCodec, {
    kind,
    version: VERSION,
    uuid,
    public: fieldsOf(publicFields),
    kdf: fieldsOf(kdfParams),
  });

/** A random name for a file. [RFC 9562, 5.4] */
export function newUuid(rng: Rng): string {
  const bytes = rng(16).slice();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const keyOf = (master: MasterKey, salt: Uint8Array, kind: SealedKind): Uint8Array =>
  master.secret.use((secret) => deriveKey(secret, salt, 'seal', ascii(kind)));

/**
 * The bytes of a sealed file. A fresh salt makes a fresh key, so no nonce repeats under one. [product, 6.3]
 */
export function sealFile(master: MasterKey, content: ToSeal, rng: Rng): Uint8Array {
  const [uuid, salt, nonce] = [newUuid(rng), rng(32), rng(12)];
  const params = { master: master.uuid, salt: to0x(salt) };
  const aad = associatedData(content.kind, uuid, Object.entries(content.public), Object.entries(params));
  const key = keyOf(master, salt, content.kind);
  const message = to0x(primitives().aeadSeal(key, nonce, aad, content.plaintext));
  key.fill(0);
  return writeJsonFile({
    kind: content.kind,
    version: VERSION,
    uuid,
    public: content.public,
    crypto: {
      kdf: { function: 'hkdf-sha256', params },
      cipher: { function: 'chacha20-poly1305', params: { nonce: to0x(nonce) }, message },
    },
  });
}

/**
 * Opens a sealed file of this kind. The messages name how to get a whole file again.
 * @throws InputError file-truncated | file-damaged | file-tampered | wrong-master-key
 */
export function openFile(master: MasterKey, kind: SealedKind, bytes: Uint8Array, path: string): Opened {
  const { uuid, fields, crypto } = readSealed(bytes, kind, path);
  const kdf = objectIn(crypto, 'kdf', ['function', 'params'], path);
  literalIn(kdf, 'function', 'hkdf-sha256', path);
  const params = objectIn(kdf, 'params', ['master', 'salt'], path);
  const salt = hexIn(params, 'salt', path, 32);
  if (textIn(params, 'master', path) !== master.uuid)
    throw new InputError('wrong-master-key', path, `${path} was sealed under another master.json`);
  const { nonce, message } = readCipher(crypto, path);
  const key = keyOf(master, salt, kind);
  const plaintext = primitives().aeadOpen(key, nonce, associatedData(kind, uuid, fields, params), message);
  key.fill(0);
  if (plaintext === undefined) throw tampered(path);
  return { uuid, public: fields, secret: new Secret(kind, plaintext) };
}

/**
 * Kind, name, public fields and the rest of a sealed file. @throws InputError file-truncated | file-damaged
 */
export function readSealed(
  bytes: Uint8Array,
  kind: string,
  path: string,
): { readonly uuid: string; readonly fields: JsonObject; readonly crypto: JsonObject } {
  const file = withKeys(readJsonFile(bytes, path), ['kind', 'version', 'uuid', 'public', 'crypto'], path);
  literalIn(file, 'kind', kind, path);
  literalIn(file, 'version', VERSION, path);
  const uuid = textIn(file, 'uuid', path);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid))
    throw new InputError('file-damaged', path, `${path}: the uuid is none`);
  const fields = anyObjectIn(file, 'public', path);
  for (const [name, value] of fields)
    if (!/^[A-Za-z0-9]{1,64}$/.test(name) || !/^[ -~]{1,512}$/.test(JSON.stringify(value)))
      throw new InputError('file-damaged', path, `${path}: a public field is no printable text`);
  return { uuid, fields, crypto: anyObjectIn(file, 'crypto', path) };
}

/** The cipher part of a sealed file. @throws InputError file-damaged */
export function readCipher(
  crypto: JsonObject,
  path: string,
): { readonly nonce: Uint8Array; readonly message: Uint8Array } {
  const cipher = objectIn(crypto, 'cipher', ['function', 'params', 'message'], path);
  literalIn(cipher, 'function', 'chacha20-poly1305', path);
  const params = objectIn(cipher, 'params', ['nonce'], path);
  return { nonce: hexIn(params, 'nonce', path, 12), message: hexIn(cipher, 'message', path) };
}

/** The error of a seal that does not hold. */
const tampered = (path: string): InputError =>
  new InputError(
    'file-tampered',
    path,
    `${path} is not what was sealed: put your own newest copy back, or let the others sign ` +
      'without this node',
  );

/** Whether an opened file says these public fields, all of them and in this order. */
export function hasPublicFields(fields: JsonObject, expected: PublicFields): boolean {
  const [found, wanted] = [fieldsOf(fields), fieldsOf(Object.entries(expected))];
  return equalBytes(encode(list(fieldCodec, 64), found), encode(list(fieldCodec, 64), wanted));
}
