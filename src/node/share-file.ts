import type { PartyIndex } from '../crypto/brand.ts';
import { concat, equalBytes, to0x, toHex } from '../crypto/bytes.ts';
import { decode } from '../crypto/codec.ts';
import { InputError } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import { type JsonObject, textIn, withKeys } from '../crypto/json-file.ts';
import type { Secret } from '../crypto/secret.ts';
import { type Rng, type Scalar, actBase, scalarCodec, scalarToBytes } from '../crypto/secp256k1.ts';
import { tags } from '../crypto/tags.ts';
import { addressOf } from '../ethereum/address.ts';
import { identityText } from '../protocols/ceremony/names.ts';
import { type EpochRecord, committeeHashOf, publicKeyOf, publicShareOf } from '../protocols/epoch.ts';
import { type MasterKey, type PublicFields, openFile, sealFile } from './sealed-file.ts';

/** The secret half of one seat of one epoch. */
export interface ShareSecret {
  readonly share: Scalar;
  /** 32 bytes */
  readonly chainCode: Uint8Array;
}

/** What the definition says of a share, beside the epoch record. */
export interface ShareContext {
  readonly purpose: string;
  /** 32 bytes */
  readonly definition: Uint8Array;
  /** ISO 8601, for people. */
  readonly createdAt: string;
}

/** Whose share, of which network, and what the lock says of it. */
export interface ShareSeat {
  readonly network: string;
  /** Ed25519 public key of this node, 32 bytes. */
  readonly identityPk: Uint8Array;
  readonly record: EpochRecord;
  readonly index: PartyIndex;
}

const SCHEME = 'dkls23-k256';
const FIELDS = [
  'scheme',
  'network',
  'keyId',
  'address',
  'publicKey',
  'purpose',
  'epoch',
  'index',
  'required',
].concat(['committee', 'definition', 'sid', 'node', 'createdAt']);

const refuse = (code: string, path: string, what: string): InputError =>
  new InputError(code, path, `${path} ${what}; nothing of it is used`);

/** H("cc/com"; cc): what a record says of the chain code. [protocol, 4.2] */
export const chainCodeHash = (chainCode: Uint8Array): Uint8Array => taggedHash(tags.ccCom, chainCode);

/** The folder of an epoch in the folder of its key. */
export const epochFolder = (keyFolder: string, epochNo: number): string =>
  `${keyFolder}/epoch-${String(epochNo).padStart(6, '0')}`;

/**
 * What tells the share files of one epoch number apart: 16 digits of the session. Epoch 0 needs none, because
 * another key generation makes another key. The name of a file is its name for ever.
 */
export const shareLabel = (epochNo: number, sid: Uint8Array): string =>
  epochNo === 0 || sid.every((byte) => byte === 0) ? '' : toHex(sid).slice(0, 16);

/** The name of a share file: `share-<index>.json` in epoch 0, `share-<index>-<label>.json` in later ones. */
export const shareFileName = (epochNo: number, sid: Uint8Array, index: number): string => {
  const label = shareLabel(epochNo, sid);
  return label === '' ? `share-${index}.json` : `share-${index}-${label}.json`;
};

/** The label in the name of a share file; `undefined` for a file of another kind. */
export const labelOfFile = (name: string): string | undefined =>
  /^share-[0-9]+(?:-([0-9a-f]{16}))?\.json$/.exec(name)?.slice(1).join('');

/** Seals a share with everything that a later start compares. */
export function sealShare(
  master: MasterKey,
  seat: ShareSeat,
  { secret, context }: { readonly secret: ShareSecret; readonly context: ShareContext },
  rng: Rng,
): Uint8Array {
  const plaintext = concat(scalarToBytes(secret.share), secret.chainCode);
  try {
    return sealFile(master, { kind: 'conclave-share', public: fieldsOf(seat, context), plaintext }, rng);
  } finally {
    plaintext.fill(0);
  }
}

/**
 * Opens a share and compares everything it claims with its seat. The secret is share (32) ‖ chain code (32).
 * @throws InputError wrong-cluster | stale-epoch | wrong-node | share-does-not-match-lock, and those of
 * `openFile`
 */
export function openShare(
  master: MasterKey,
  seat: ShareSeat,
  bytes: Uint8Array,
  path: string,
): { readonly secret: Secret; readonly purpose: string } {
  const opened = openFile(master, 'conclave-share', bytes, path);
  try {
    checkFields(withKeys(opened.public, FIELDS, path), seat, path);
    opened.secret.use((plaintext) => {
      checkShare(seat, readSecret(plaintext, path), path);
    });
    return { secret: opened.secret, purpose: textIn(opened.public, 'purpose', path) };
  } catch (error) {
    opened.secret.wipe();
    throw error;
  }
}

/**
 * s·G = S_i and H(cc) = ccHash: the one proof that a secret is what the lock says. @throws InputError
 * share-does-not-match-lock
 */
export function checkShare(
  { record, index }: Pick<ShareSeat, 'record' | 'index'>,
  secret: ShareSecret,
  path: string,
): void {
  const isShare = actBase(secret.share).equals(publicShareOf(record, index));
  const isChainCode = equalBytes(chainCodeHash(secret.chainCode), record.ccHash);
  if (!isShare || !isChainCode)
    throw refuse(
      'share-does-not-match-lock',
      path,
      `does not match the public share of seat ${index} in the lock`,
    );
}

function fieldsOf({ network, identityPk, record, index }: ShareSeat, context: ShareContext): PublicFields {
  const publicKey = publicKeyOf(record);
  return {
    scheme: SCHEME,
    network,
    keyId: to0x(record.keyId),
    address: addressOf(publicKey),
    publicKey: to0x(publicKey.toBytes()),
    purpose: context.purpose,
    epoch: String(record.epochNo),
    index,
    required: record.threshold,
    committee: to0x(committeeHashOf(record)),
    definition: to0x(context.definition),
    sid: to0x(record.originSid),
    node: identityText(identityPk),
    createdAt: context.createdAt,
  };
}

function checkFields(found: JsonObject, seat: ShareSeat, path: string): void {
  const wanted = fieldsOf(seat, { purpose: '', definition: new Uint8Array(), createdAt: '' });
  const differs = (name: string): boolean => found.get(name) !== wanted[name];
  for (const name of ['scheme', 'network', 'keyId', 'address', 'publicKey'])
    if (differs(name)) throw refuse('wrong-cluster', path, `is of another cluster: its ${name} differs`);
  if (differs('epoch')) throw refuse('stale-epoch', path, `is of epoch ${textIn(found, 'epoch', path)}`);
  if (differs('node')) throw refuse('wrong-node', path, `belongs to ${textIn(found, 'node', path)}`);
  for (const name of ['index', 'required', 'committee', 'sid'])
    if (differs(name)) throw refuse('share-does-not-match-lock', path, `has another ${name} than the lock`);
}

function readSecret(plaintext: Uint8Array, path: string): ShareSecret {
  if (plaintext.length !== 64)
    throw refuse('file-damaged', path, `seals ${plaintext.length} bytes instead of 64`);
  return { share: decode(scalarCodec, plaintext.subarray(0, 32), path), chainCode: plaintext.subarray(32) };
}
