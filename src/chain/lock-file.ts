import { type PartyIndex, partyIndex, sessionId } from '../crypto/brand.ts';
import { bigintToBytes, bytesToBigint, equalBytes, to0x } from '../crypto/bytes.ts';
import type { Signature } from '../crypto/ecdsa.ts';
import { InputError } from '../crypto/errors.ts';
import {
  type JsonObject,
  anyObjectIn,
  decimalIn,
  hexIn,
  integerIn,
  integersIn,
  literalIn,
  objectIn,
  objectsIn,
  readJsonFile,
  textIn,
  textsIn,
  withKeys,
  writeJsonFile,
} from '../crypto/json-file.ts';
import { Point, q, scalar } from '../crypto/secp256k1.ts';
import { addressOf } from '../ethereum/address.ts';
import { definitionIn, definitionJson } from '../protocols/ceremony/definition-file.ts';
import { isFullySigned } from '../protocols/ceremony/definition.ts';
import { identityText, parseIdentity } from '../protocols/ceremony/names.ts';
import {
  type EpochRecord,
  checkCommittee,
  epochIdOf,
  publicKeyOf,
  publicShareOf,
} from '../protocols/epoch.ts';
import {
  type KeyProof,
  type Lock,
  type SeatSignature,
  coreHash,
  fitsDefinition,
  isCertified,
  isCountersigned,
  isProvenByKey,
  lockHash,
} from './lock.ts';

const KIND = 'conclave-lock';
const FIELDS = [
  'kind',
  'version',
  'definition',
  'attempt',
  'keys',
  'previousLockHash',
  'coreHash',
  'lockHash',
].concat('signatures');
const KEY_FIELDS = [
  'purpose',
  'keyId',
  'keyEpoch',
  'required',
  'members',
  'commitments',
  'ccHash',
  'prevEpochId',
].concat(['originSid', 'epochId', 'address', 'publicKey', 'publicShares', 'root', 'certificate', 'proofs']);

/**
 * The file of a lock, as JSON for people; what follows from other fields is in it too, and checked when read.
 */
export function writeLock(lock: Lock): Uint8Array {
  return writeJsonFile({
    kind: KIND,
    version: 1,
    definition: definitionJson(lock.definition),
    attempt: { number: lock.attempt, sid: to0x(lock.sid) },
    keys: [keyJson(lock)],
    previousLockHash: null,
    coreHash: to0x(coreHash(lock)),
    lockHash: to0x(lockHash(lock)),
    signatures: lock.signatures.map(seatJson),
  });
}

const seatJson = ({ index, signature }: SeatSignature): object => ({ index, signature: to0x(signature) });

function keyJson({ definition, record, root, certificate, proofs }: Lock): object {
  return {
    purpose: definition.definition.purpose,
    keyId: to0x(record.keyId),
    keyEpoch: record.epochNo.toString(),
    required: record.threshold,
    members: record.members.map(({ index, identityPk }) => ({ index, identity: identityText(identityPk) })),
    commitments: record.commitments.map((C) => to0x(C.toBytes())),
    ccHash: to0x(record.ccHash),
    prevEpochId: to0x(record.prevEpochId),
    originSid: to0x(record.originSid),
    epochId: to0x(epochIdOf(record)),
    address: addressOf(publicKeyOf(record)),
    publicKey: to0x(publicKeyOf(record).toBytes()),
    publicShares: publicSharesJson(record),
    root: to0x(root),
    certificate: { hash: to0x(certificate.hash), signatures: certificate.signatures.map(seatJson) },
    proofs: proofs.map(({ window, signers, signature: { r, s, yParity } }) => ({
      kind: 'keygen-test',
      window,
      signers,
      r: to0x(bigintToBytes(r, 32)),
      s: to0x(bigintToBytes(s, 32)),
      yParity,
    })),
  };
}

const publicSharesJson = (record: EpochRecord): readonly { index: number; point: string }[] =>
  record.members.map(({ index }) => ({ index, point: to0x(publicShareOf(record, index).toBytes()) }));

/**
 * Reads a lock and checks all that it states: hashes, certificate, proofs by the key, signatures of all
 * members, and everything derived. @throws InputError file-truncated | file-damaged | lock-mismatch, naming
 * what is wrong
 */
export function readLock(bytes: Uint8Array, path: string): Lock {
  const lock = parseLock(bytes, path);
  for (const { what, holds } of lockRules) if (!holds(lock)) throw mismatch(path, what);
  return lock;
}

/**
 * What a lock must satisfy beyond its form, each with its meaning: a node applies them, and so does the
 * audit.
 */
export const lockRules: readonly { readonly what: string; readonly holds: (lock: Lock) => boolean }[] = [
  { what: 'every member has signed the definition', holds: ({ definition }) => isFullySigned(definition) },
  { what: 'the committee of the key is that of the definition', holds: fitsDefinition },
  { what: 'every member has signed the certificate of the key', holds: isCertified },
  { what: 'the new key has signed by quorums that hold every member', holds: isProvenByKey },
  { what: 'every member has countersigned the lock', holds: isCountersigned },
];

const mismatch = (path: string, what: string): InputError =>
  new InputError('lock-mismatch', path, `${path}: it does not hold that ${what}`);

/**
 * The lock that a file states, its derived fields compared, its signatures not yet verified: `lockRules` does
 * that.
 * @throws InputError file-truncated | file-damaged | lock-mismatch
 */
export function parseLock(bytes: Uint8Array, path: string): Lock {
  const file = withKeys(readJsonFile(bytes, path), FIELDS, path);
  literalIn(file, 'kind', KIND, path);
  literalIn(file, 'version', 1, path);
  if (file.get('previousLockHash') !== null) throw mismatch(path, 'a new key has no lock before it');
  const attempt = objectIn(file, 'attempt', ['number', 'sid'], path);
  const [key, ...more] = objectsIn(file, 'keys', 8, path);
  if (key === undefined || more.length > 0) throw mismatch(path, 'a lock of this release has one key');
  withKeys(key, KEY_FIELDS, `${path}: keys[0]`);
  const record = recordIn(key, `${path}: keys[0]`);
  const certificate = objectIn(key, 'certificate', ['hash', 'signatures'], path);
  const lock: Lock = {
    definition: definitionIn(anyObjectIn(file, 'definition', path), `${path}: definition`),
    attempt: integerIn(attempt, 'number', path),
    sid: sessionId(hexIn(attempt, 'sid', path, 32)),
    record,
    root: hexIn(key, 'root', path, 32),
    certificate: {
      hash: hexIn(certificate, 'hash', path, 32),
      signatures: seatSignaturesIn(certificate, path),
    },
    proofs: objectsIn(key, 'proofs', 64, path).map((proof, i) => proofIn(proof, `${path}: proofs[${i}]`)),
    signatures: seatSignaturesIn(file, path),
  };
  checkDerived(lock, file, key, path);
  return lock;
}

function recordIn(key: JsonObject, path: string): EpochRecord {
  return checkCommittee(
    {
      keyId: hexIn(key, 'keyId', path, 32),
      epochNo: Number(decimalIn(key, 'keyEpoch', path)),
      threshold: integerIn(key, 'required', path),
      members: objectsIn(key, 'members', 64, path).map((member, i) => {
        const where = `${path}: members[${i}]`;
        withKeys(member, ['index', 'identity'], where);
        return {
          index: partyIndex(integerIn(member, 'index', where), where),
          identityPk: parseIdentity(textIn(member, 'identity', where), where),
        };
      }),
      commitments: textsIn(key, 'commitments', 64, path).map((text, i) =>
        Point.fromBytes(hexIn(new Map([['point', text]]), 'point', path, 33), `${path}: commitments[${i}]`),
      ),
      ccHash: hexIn(key, 'ccHash', path, 32),
      prevEpochId: hexIn(key, 'prevEpochId', path, 32),
      originSid: sessionId(hexIn(key, 'originSid', path, 32)),
    },
    path,
  );
}

const seatSignaturesIn = (object: JsonObject, path: string): readonly SeatSignature[] =>
  objectsIn(object, 'signatures', 64, path).map((one, i) => {
    const where = `${path}: signatures[${i}]`;
    withKeys(one, ['index', 'signature'], where);
    return {
      index: partyIndex(integerIn(one, 'index', where), where),
      signature: hexIn(one, 'signature', where, 64),
    };
  });

function proofIn(proof: JsonObject, path: string): KeyProof {
  withKeys(proof, ['kind', 'window', 'signers', 'r', 's', 'yParity'], path);
  literalIn(proof, 'kind', 'keygen-test', path);
  const signers: readonly PartyIndex[] = integersIn(proof, 'signers', 64, path).map((i) =>
    partyIndex(i, path),
  );
  return { window: integerIn(proof, 'window', path), signers, signature: signatureIn(proof, path) };
}

function signatureIn(proof: JsonObject, path: string): Signature {
  const [r, s] = ['r', 's'].map((key) => bytesToBigint(hexIn(proof, key, path, 32)));
  const yParity = integerIn(proof, 'yParity', path);
  if (r === undefined || s === undefined || r >= q || s >= q || (yParity !== 0 && yParity !== 1))
    throw new InputError('file-damaged', path, `${path} is no signature`);
  return { r: scalar(r), s: scalar(s), yParity };
}

/** Everything in the file that follows from the rest must be what follows from it. */
function checkDerived(lock: Lock, file: JsonObject, key: JsonObject, path: string): void {
  const { record } = lock;
  const derived: readonly (readonly [string, Uint8Array, JsonObject])[] = [
    ['epochId', epochIdOf(record), key],
    ['publicKey', publicKeyOf(record).toBytes(), key],
    ['coreHash', coreHash(lock), file],
    ['lockHash', lockHash(lock), file],
  ];
  for (const [field, value, object] of derived)
    if (!equalBytes(hexIn(object, field, path), value))
      throw mismatch(path, `${field} follows from the other fields`);
  const isSame =
    key.get('address') === addressOf(publicKeyOf(record)) &&
    key.get('purpose') === lock.definition.definition.purpose &&
    JSON.stringify(key.get('publicShares')) === JSON.stringify(publicSharesJson(record)) &&
    equalBytes(record.originSid, lock.sid);
  if (!isSame) throw mismatch(path, 'address, purpose and public shares follow from the other fields');
}
