import type { PartyId } from '../crypto/brand.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { identityPublicKey, partyIdOf, signFor } from '../crypto/ed25519.ts';
import { InputError } from '../crypto/errors.ts';
import type { Secret } from '../crypto/secret.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import type { SigningPurpose } from '../crypto/tags.ts';
import type { Disk } from '../system/ports.ts';
import { textIn, withKeys, writeJsonFile } from '../crypto/json-file.ts';
import { identityText, isNickname, nameOf, parseIdentity } from '../protocols/ceremony/names.ts';
import { type MasterKey, openFile, sealFile } from './sealed-file.ts';

/** Where the secret half lies, below the folder of keys. */
export const IDENTITY_KEY_FILE = 'identity.key.json';
/** Where the public half lies. */
export const IDENTITY_FILE = 'identity.json';

/** What a new identity is told about itself. */
export interface NewIdentity {
  /** The folder of keys in the data folder. */
  readonly folder: string;
  /** Where others reach this node, as `host:port`. */
  readonly advertise: string;
  readonly nickname?: string;
  /** ISO 8601, for people. */
  readonly createdAt: string;
}

/** One node's name and voice. The secret stays inside. */
export class Identity {
  /** Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The node's name in hashes. */
  readonly pid: PartyId;
  /** Two words for people. */
  readonly name: string;
  readonly #seed: Secret;

  /** Takes the seed over. */
  constructor(seed: Secret) {
    this.#seed = seed;
    this.publicKey = seed.use(identityPublicKey);
    this.pid = partyIdOf(this.publicKey);
    this.name = nameOf(this.publicKey);
  }

  /** A signature, 64 bytes, over a 32-byte hash for one purpose. */
  sign(purpose: SigningPurpose, hash32: Uint8Array): Uint8Array {
    return this.#seed.use((seed) => signFor(purpose, seed, hash32));
  }

  /** Lends the seed to a component that signs by itself, such as the links. */
  lend<T>(borrower: (seed: Uint8Array) => T): T {
    return this.#seed.use(borrower);
  }

  /** Forgets the secret. */
  wipe(): void {
    this.#seed.wipe();
  }
}

/** Makes the identity of a node, once. @throws OperationError would-overwrite; InputError bad-nickname */
export function createIdentity(disk: Disk, master: MasterKey, options: NewIdentity, rng: Rng): Identity {
  const { folder, advertise, nickname, createdAt } = options;
  if (nickname !== undefined && !isNickname(nickname))
    throw new InputError('bad-nickname', 'nickname', 'a nickname is 1 to 32 of a-z, 0-9 and -');
  const seed = rng(32).slice();
  const publicKey = identityPublicKey(seed);
  const text = identityText(publicKey);
  const sealed = sealFile(
    master,
    { kind: 'conclave-identity', public: { node: text, createdAt }, plaintext: seed },
    rng,
  );
  seed.fill(0);
  disk.create(`${folder}/${IDENTITY_KEY_FILE}`, sealed);
  const name = nickname ?? nameOf(publicKey);
  disk.replace(
    `${folder}/${IDENTITY_FILE}`,
    writeJsonFile({ kind: 'conclave-node', version: 1, name, node: text, advertise }),
  );
  return loadIdentity(disk, master, folder);
}

/**
 * Loads the identity of this node. @throws InputError safety-state-missing, identity-mismatch when the secret
 * is not that of the named key, and those of `openFile`
 */
export function loadIdentity(disk: Disk, master: MasterKey, folder: string): Identity {
  const path = `${folder}/${IDENTITY_KEY_FILE}`;
  const bytes = disk.read(path);
  if (bytes === undefined)
    throw new InputError('safety-state-missing', path, `${path} is missing: restore it from its backup`);
  const opened = openFile(master, 'conclave-identity', bytes, path);
  const fields = withKeys(opened.public, ['node', 'createdAt'], path);
  const claimed = parseIdentity(textIn(fields, 'node', path), path);
  const identity = new Identity(opened.secret);
  if (equalBytes(identity.publicKey, claimed)) return identity;
  identity.wipe();
  throw new InputError(
    'identity-mismatch',
    path,
    `${path} holds the secret of another identity than it names`,
  );
}
