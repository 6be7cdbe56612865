import { ascii, concat, equalBytes, to0x, wipe } from '../../crypto/bytes.ts';
import { InputError, assert } from '../../crypto/errors.ts';
import { deriveKey, taggedHash } from '../../crypto/hash.ts';
import {
  type JsonObject,
  hexIn,
  integerIn,
  literalIn,
  objectIn,
  textIn,
  withKeys,
  writeJsonFile,
} from '../../crypto/json-file.ts';
import { primitives } from '../../crypto/primitives.ts';
import { Secret } from '../../crypto/secret.ts';
import type { Rng } from '../../crypto/secp256k1.ts';
import { tags } from '../../crypto/tags.ts';
import { x25519PublicKey, x25519Shared } from '../../crypto/x25519.ts';
import type { Kdf } from '../../system/ports.ts';
import { parseIdentity } from '../../protocols/ceremony/names.ts';
import { readCost, scryptCosts, stretch } from '../master-key.ts';
import { associatedData, newUuid, readCipher, readSealed } from '../sealed-file.ts';
import { parseRecipient, recipientText } from './recipient.ts';

/** What anybody may read of a backup. The seal binds all of it to the secret. [product, 6.5] */
export interface BackupHeader {
  readonly network: string;
  /** `0x` and 64 hex digits. */
  readonly keyId: string;
  readonly address: string;
  readonly epoch: number;
  readonly index: number;
  /** `ed25519:…` of the only node that can use the share. */
  readonly node: string;
  /** `0x` and 64 hex digits. */
  readonly lockHash: string;
  /** Records of the sign guard when the backup was taken, and their chain hash. */
  readonly guardSeq: number;
  readonly guardHead: string;
  /** ISO 8601, for people. */
  readonly createdAt: string;
}

/** Whom a backup is sealed to. */
export type BackupTarget =
  | { readonly kind: 'recipient'; readonly publicKey: Uint8Array }
  | { readonly kind: 'password'; readonly password: string };

/** What opens a backup. */
export type BackupKey =
  | { readonly kind: 'recipient'; readonly secret: Secret }
  | { readonly kind: 'password'; readonly password: string };

/** What sealing takes beside the secret. */
export interface SealOptions {
  readonly target: BackupTarget;
  readonly kdf: Kdf;
  readonly rng: Rng;
}

/** A backup of which only the outside was read. */
export interface SealedBackup {
  readonly header: BackupHeader;
  /** The recipient in its text form, `undefined` for a password. */
  readonly recipient: string | undefined;
}

const KIND = 'conclave-backup';
const VERSION = 1;
const X25519 = 'x25519-hkdf-sha256';
const SCRYPT = 'scrypt';
const FIELDS = ['network', 'keyId', 'address', 'epoch', 'index', 'node', 'lockHash'].concat([
  'guardSeq',
  'guardHead',
  'createdAt',
]);

type Entries = readonly (readonly [name: string, value: unknown])[];

/** How the key of one backup is made: its name, its public parameters, and the 32 bytes. */
interface Derivation {
  readonly name: typeof X25519 | typeof SCRYPT;
  readonly params: Readonly<Record<string, string | number>>;
  readonly key: Uint8Array;
}

/**
 * The bytes of a backup. The plaintext stays the caller's to wipe. Either key is fresh in each file, by an
 * ephemeral key or a salt, so no nonce repeats under one. @throws InputError weak-password
 */
export function sealBackup(header: BackupHeader, plaintext: Uint8Array, options: SealOptions): Uint8Array {
  const { rng } = options;
  const [uuid, nonce] = [newUuid(rng), rng(12).slice()];
  const { name, params, key } = derivationFor(options);
  const publicFields = { ...header, epoch: header.epoch.toString() };
  const aad = aadOf(uuid, Object.entries(publicFields), name, Object.entries(params));
  const message = primitives().aeadSeal(key, nonce, aad, plaintext);
  wipe(key);
  return writeJsonFile({
    kind: KIND,
    version: VERSION,
    uuid,
    public: publicFields,
    crypto: {
      kdf: { function: name, params },
      checksum: { function: 'sha256', message: to0x(checksum(aad, nonce, message)) },
      cipher: { function: 'chacha20-poly1305', params: { nonce: to0x(nonce) }, message: to0x(message) },
    },
  });
}

/**
 * What a backup says of itself, without any key: whole, but its words not yet proven. @throws InputError
 * file-truncated | file-damaged | file-tampered
 */
export const readBackup = (bytes: Uint8Array, path: string): SealedBackup => parse(bytes, path);

/**
 * Opens a backup: its header is what was sealed with the secret. @throws InputError file-truncated |
 * file-damaged | file-tampered | wrong-backup-key | weak-kdf | weak-password
 */
export function openBackup(
  bytes: Uint8Array,
  key: BackupKey,
  kdf: Kdf,
  path: string,
): { readonly header: BackupHeader; readonly secret: Secret } {
  const sealed = parse(bytes, path);
  const derived = keyOf(sealed, key, kdf, path);
  const plaintext = primitives().aeadOpen(derived, sealed.nonce, sealed.aad, sealed.message);
  wipe(derived);
  if (plaintext === undefined)
    throw new InputError(
      'wrong-backup-key',
      path,
      `${path} is whole, and what was given does not open it: it is of another backup`,
    );
  return { header: sealed.header, secret: new Secret(KIND, plaintext) };
}

interface Parsed extends SealedBackup {
  readonly kdf: 'recipient' | 'password';
  readonly params: JsonObject;
  readonly aad: Uint8Array;
  readonly nonce: Uint8Array;
  readonly message: Uint8Array;
}

function parse(bytes: Uint8Array, path: string): Parsed {
  const { uuid, fields, crypto } = readSealed(bytes, KIND, path);
  withKeys(crypto, ['kdf', 'checksum', 'cipher'], path);
  const kdf = objectIn(crypto, 'kdf', ['function', 'params'], path);
  const name = textIn(kdf, 'function', path);
  const isRecipient = name === X25519;
  if (!isRecipient && name !== SCRYPT)
    throw new InputError('file-damaged', path, `${path} names no way to its key that there is: ${name}`);
  const keys = isRecipient ? ['recipient', 'ephemeral', 'salt'] : ['dklen', 'n', 'r', 'p', 'salt'];
  const params = objectIn(kdf, 'params', keys, path);
  const sum = objectIn(crypto, 'checksum', ['function', 'message'], path);
  literalIn(sum, 'function', 'sha256', path);
  const { nonce, message } = readCipher(crypto, path);
  const aad = aadOf(uuid, [...fields], name, [...params]);
  // Needs no key, so damage is found by whoever stores the file, and is not taken for a wrong password.
  if (!equalBytes(hexIn(sum, 'message', path, 32), checksum(aad, nonce, message)))
    throw new InputError('file-tampered', path, `${path} is damaged: use another copy of this backup`);
  const recipient = isRecipient ? textIn(params, 'recipient', path) : undefined;
  const header = headerIn(withKeys(fields, FIELDS, path), path);
  return { header, recipient, kdf: isRecipient ? 'recipient' : 'password', params, aad, nonce, message };
}

function headerIn(fields: JsonObject, path: string): BackupHeader {
  const epoch = textIn(fields, 'epoch', path);
  if (!/^(0|[1-9][0-9]{0,9})$/.test(epoch) || Number(epoch) > 0xffff_ffff)
    throw new InputError('file-damaged', path, `${path}: ${epoch} is no epoch`);
  const node = textIn(fields, 'node', path);
  parseIdentity(node, `${path}: node`);
  return {
    network: textIn(fields, 'network', path),
    keyId: to0x(hexIn(fields, 'keyId', path, 32)),
    address: textIn(fields, 'address', path),
    epoch: Number(epoch),
    index: integerIn(fields, 'index', path),
    node,
    lockHash: to0x(hexIn(fields, 'lockHash', path, 32)),
    guardSeq: integerIn(fields, 'guardSeq', path),
    guardHead: to0x(hexIn(fields, 'guardHead', path, 32)),
    createdAt: textIn(fields, 'createdAt', path),
  };
}

const aadOf = (uuid: string, fields: Entries, name: string, params: Entries): Uint8Array =>
  associatedData(KIND, uuid, fields, [['function', name], ...params]);

const checksum = (aad: Uint8Array, nonce: Uint8Array, message: Uint8Array): Uint8Array =>
  taggedHash(tags.fileChecksum, aad, nonce, message);

function derivationFor({ target, kdf, rng }: SealOptions): Derivation {
  const salt = rng(32).slice();
  if (target.kind === 'password') {
    const cost = scryptCosts.production;
    const params = { dklen: 32, ...cost, salt: to0x(salt) };
    const stretched = stretch(target.password, salt, cost, kdf);
    return { name: SCRYPT, params, key: passwordKey(stretched, salt) };
  }
  const ephemeral = rng(32).slice();
  const ephemeralPk = x25519PublicKey(ephemeral);
  const shared = x25519Shared(ephemeral, target.publicKey);
  wipe(ephemeral);
  assert(shared !== undefined, 'a recipient of small order passed its decoder');
  const params = {
    recipient: recipientText(target.publicKey),
    ephemeral: to0x(ephemeralPk),
    salt: to0x(salt),
  };
  return { name: X25519, params, key: recipientKey(shared, salt, ephemeralPk, target.publicKey) };
}

function keyOf(sealed: Parsed, key: BackupKey, kdf: Kdf, path: string): Uint8Array {
  const { params, recipient } = sealed;
  const salt = hexIn(params, 'salt', path, 32);
  if (sealed.kdf !== key.kind)
    throw new InputError(
      'wrong-backup-key',
      path,
      `${path} is sealed to ${recipient === undefined ? 'a password' : `the recipient ${recipient}`}`,
    );
  if (key.kind === 'password') {
    literalIn(params, 'dklen', 32, path);
    return passwordKey(stretch(key.password, salt, readCost(params, false, path), kdf), salt);
  }
  const recipientPk = parseRecipient(recipient ?? '', path);
  const ephemeralPk = hexIn(params, 'ephemeral', path, 32);
  const shared = key.secret.use((secret) =>
    equalBytes(x25519PublicKey(secret), recipientPk) ? x25519Shared(secret, ephemeralPk) : undefined,
  );
  if (shared === undefined)
    throw new InputError(
      'wrong-backup-key',
      path,
      `${path} is sealed to the recipient ${recipient ?? ''}, and the key given is another`,
    );
  return recipientKey(shared, salt, ephemeralPk, recipientPk);
}

/** Both take the secret over, and wipe it. Own contexts: a key of one way is never a key of the other. */
function passwordKey(stretched: Uint8Array, salt: Uint8Array): Uint8Array {
  const key = deriveKey(stretched, salt, 'backup', ascii('/password'));
  wipe(stretched);
  return key;
}

function recipientKey(
  shared: Uint8Array,
  salt: Uint8Array,
  ephemeralPk: Uint8Array,
  recipientPk: Uint8Array,
): Uint8Array {
  const key = deriveKey(shared, salt, 'backup', concat(ascii('/x25519'), ephemeralPk, recipientPk));
  wipe(shared);
  return key;
}
