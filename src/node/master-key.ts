import { equalBytes, to0x } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import { primitives } from '../crypto/primitives.ts';
import { Secret } from '../crypto/secret.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import { tags } from '../crypto/tags.ts';
import type { Kdf, ScryptCost } from '../system/ports.ts';
import {
  type JsonObject,
  booleanIn,
  hexIn,
  integerIn,
  literalIn,
  objectIn,
  withKeys,
  writeJsonFile,
} from '../crypto/json-file.ts';
import { type MasterKey, associatedData, newUuid, readCipher, readSealed } from './sealed-file.ts';

/** How much work a guess of the password costs. Development keys are marked in their file. */
export type KdfProfile = 'production' | 'insecure-development';

/** What wrapping needs beside the password. */
export interface WrapOptions {
  readonly kdf: Kdf;
  readonly profile: KdfProfile;
  /** Development keys are refused for Ethereum's main chain, 1. */
  readonly l1ChainId: bigint;
}

/** Least characters of a password, after normalisation. */
const MIN_PASSWORD_CHARACTERS = 12;
const KIND = 'conclave-master';
const MAIN_CHAIN_ID = 1n;
/** What one guess of a password costs, by profile. */
export const scryptCosts: Readonly<Record<KdfProfile, ScryptCost>> = {
  production: { n: 131_072, r: 8, p: 1 },
  'insecure-development': { n: 1024, r: 8, p: 1 },
};
/** The most that a file may ask for: 1 GiB, so that a foreign file cannot stop the node by its cost. */
const MOST: ScryptCost = { n: 1_048_576, r: 8, p: 4 };

/**
 * The bytes of a password: NFKD, without control characters, UTF-8. [EIP-2335] @throws InputError
 * weak-password
 */
export function passwordBytes(password: string): Uint8Array {
  const normal = password.normalize('NFKD').replace(/\p{Cc}/gu, '');
  if (Array.from(normal).length < MIN_PASSWORD_CHARACTERS)
    throw new InputError(
      'weak-password',
      'password',
      `the password has fewer than ${MIN_PASSWORD_CHARACTERS} characters that count`,
    );
  return new TextEncoder().encode(normal);
}

/**
 * A fresh master key and the bytes of its `master.json`. @throws InputError weak-password |
 * insecure-keys-refused
 */
export function createMaster(
  password: string,
  options: WrapOptions,
  rng: Rng,
): { readonly master: MasterKey; readonly bytes: Uint8Array } {
  const master: MasterKey = { uuid: newUuid(rng), secret: new Secret('master key', rng(32).slice()) };
  return { master, bytes: wrapMaster(master, password, options, rng) };
}

/** The bytes of `master.json` under a password, possibly a new one. @throws InputError as `createMaster` */
export function wrapMaster(master: MasterKey, password: string, options: WrapOptions, rng: Rng): Uint8Array {
  const isInsecure = options.profile === 'insecure-development';
  refuseInsecure(isInsecure, options.l1ChainId, 'profile');
  const cost = scryptCosts[options.profile];
  const [salt, nonce] = [rng(32), rng(12)];
  const params = { dklen: 32, ...cost, salt: to0x(salt) };
  const publicFields = { insecureDevKeys: isInsecure };
  const aad = associatedData(KIND, master.uuid, Object.entries(publicFields), Object.entries(params));
  const key = stretch(password, salt, cost, options.kdf);
  const message = master.secret.use((secret) => primitives().aeadSeal(key, nonce, aad, secret));
  key.fill(0);
  return writeJsonFile({
    kind: KIND,
    version: 1,
    uuid: master.uuid,
    public: publicFields,
    crypto: {
      kdf: { function: 'scrypt', params },
      checksum: { function: 'sha256', params: {}, message: to0x(checksum(aad, nonce, message)) },
      cipher: { function: 'chacha20-poly1305', params: { nonce: to0x(nonce) }, message: to0x(message) },
    },
  });
}

/**
 * Opens `master.json`: one slow derivation, which unlocks everything. The checksum, which needs no password,
 * tells a damaged file from a wrong password. @throws InputError wrong-password | weak-password |
 * file-truncated | file-damaged | file-tampered | weak-kdf | insecure-keys-refused
 */
export function unlockMaster(
  bytes: Uint8Array,
  password: string,
  options: Omit<WrapOptions, 'profile'>,
  path: string,
): MasterKey {
  const { uuid, fields, crypto } = readSealed(bytes, KIND, path);
  withKeys(fields, ['insecureDevKeys'], path);
  const isInsecure = booleanIn(fields, 'insecureDevKeys', path);
  const kdf = objectIn(
    withKeys(crypto, ['kdf', 'checksum', 'cipher'], path),
    'kdf',
    ['function', 'params'],
    path,
  );
  literalIn(kdf, 'function', 'scrypt', path);
  const params = objectIn(kdf, 'params', ['dklen', 'n', 'r', 'p', 'salt'], path);
  literalIn(params, 'dklen', 32, path);
  const { nonce, message } = readCipher(crypto, path);
  const aad = associatedData(KIND, uuid, fields, params);
  if (!equalBytes(readChecksum(crypto, path), checksum(aad, nonce, message)))
    throw new InputError('file-tampered', path, `${path} is damaged: restore it from its backup`);
  refuseInsecure(isInsecure, options.l1ChainId, path);
  const cost = readCost(params, isInsecure, path);
  const key = stretch(password, hexIn(params, 'salt', path, 32), cost, options.kdf);
  const secret = primitives().aeadOpen(key, nonce, aad, message);
  key.fill(0);
  if (secret?.length !== 32)
    throw new InputError(
      'wrong-password',
      path,
      `the password does not open ${path}; the file itself is whole`,
    );
  return { uuid, secret: new Secret('master key', secret) };
}

const checksum = (aad: Uint8Array, nonce: Uint8Array, message: Uint8Array): Uint8Array =>
  taggedHash(tags.fileChecksum, aad, nonce, message);

function readChecksum(crypto: JsonObject, path: string): Uint8Array {
  const part = objectIn(crypto, 'checksum', ['function', 'params', 'message'], path);
  literalIn(part, 'function', 'sha256', path);
  objectIn(part, 'params', [], path);
  return hexIn(part, 'message', path, 32);
}

/** The cost that a file asks for, within bounds. @throws InputError weak-kdf | file-damaged */
export function readCost(params: JsonObject, isInsecure: boolean, path: string): ScryptCost {
  const cost = {
    n: integerIn(params, 'n', path),
    r: integerIn(params, 'r', path),
    p: integerIn(params, 'p', path),
  };
  const least = scryptCosts[isInsecure ? 'insecure-development' : 'production'];
  const isWithin = (['n', 'r', 'p'] as const).every((k) => cost[k] >= least[k] && cost[k] <= MOST[k]);
  if (!isWithin || !Number.isInteger(Math.log2(cost.n)))
    throw new InputError(
      'weak-kdf',
      path,
      `${path}: scrypt with n = ${cost.n}, r = ${cost.r}, p = ${cost.p} is refused`,
    );
  return cost;
}

function refuseInsecure(isInsecure: boolean, l1ChainId: bigint, path: string): void {
  if (isInsecure && l1ChainId === MAIN_CHAIN_ID)
    throw new InputError(
      'insecure-keys-refused',
      path,
      'development keys are refused on chain 1: make new keys',
    );
}

/** 32 bytes of a password and a salt, slowly. @throws InputError weak-password; OperationError kdf-failed */
export function stretch(password: string, salt: Uint8Array, cost: ScryptCost, kdf: Kdf): Uint8Array {
  const bytes = passwordBytes(password);
  const key = kdf.scrypt(bytes, salt, cost, 32);
  bytes.fill(0);
  if (key.length !== 32) throw new OperationError('kdf-failed', 'fatal', 'scrypt gave no key');
  return key;
}
