import { type PartyIndex, partyIndex, sessionId } from '../crypto/brand.ts';
import { bigintToBytes, bytesToBigint, equalBytes, to0x } from '../crypto/bytes.ts';
import { decode, encode } from '../crypto/codec.ts';
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
import { proofCodec } from '../crypto/proofs/dlog.ts';
import { Point, q, scalar } from '../crypto/secp256k1.ts';
import { addressOf } from '../ethereum/address.ts';
import { definitionIn, definitionJson } from '../protocols/ceremony/definition-json.ts';
import { identityText, parseIdentity } from '../protocols/ceremony/names.ts';
import {
  type EpochRecord,
  checkCommittee,
  epochIdOf,
  publicKeyOf,
  publicShareOf,
} from '../protocols/epoch.ts';
import type { TestRequest } from './duty.ts';
import { lockProblems } from './lock-rules.ts';
import {
  type EpochCertificate,
  type KeyProof,
  type KeygenCertificate,
  type Lock,
  type SeatSignature,
  coreHash,
  isWhole,
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
const ACTIVATION_FIELDS = ['kind', 'hash', 'dealers', 'acks', 'commits'];
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
export const writeLock = (lock: Lock): Uint8Array => writeJsonFile(lockJson(lock));

/** The same as a plain object, for the plan of the next epoch. */
export function lockJson(lock: Lock): object {
  return {
    kind: KIND,
    version: 1,
    definition: definitionJson(lock.definition),
    attempt: { number: lock.attempt, sid: to0x(lock.sid) },
    keys: [keyJson(lock)],
    previousLockHash: lock.previousLockHash === undefined ? null : to0x(lock.previousLockHash),
    coreHash: to0x(coreHash(lock)),
    lockHash: to0x(lockHash(lock)),
    signatures: lock.signatures.map(seatJson),
  };
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
    certificate: certificateJson(certificate),
    proofs: proofs.map(({ window, signers, signature: { r, s, yParity } }) => ({
      kind: testKindOf(certificate),
      window,
      signers,
      r: to0x(bigintToBytes(r, 32)),
      s: to0x(bigintToBytes(s, 32)),
      yParity,
    })),
  };
}

function certificateJson(certificate: Lock['certificate']): object {
  const hash = to0x(certificate.hash);
  if (certificate.kind === 'keygen') return { hash, signatures: certificate.signatures.map(seatJson) };
  const { prepared, acks, commits } = certificate;
  return {
    kind: 'activation',
    hash,
    dealers: prepared.dealers.map((dealer) => ({
      index: dealer.index,
      feldmanHash: to0x(dealer.feldmanHash),
    })),
    acks: acks.map(({ index, proof }) => ({ index, proof: to0x(encode(proofCodec, proof)) })),
    commits: commits.map(seatJson),
  };
}

/** The kind of test message that a certificate is proven by. */
const testKindOf = ({ kind }: Pick<Lock['certificate'], 'kind'>): TestRequest['kind'] =>
  kind === 'keygen' ? 'keygen-test' : 'reshare-test';

const publicSharesJson = (record: EpochRecord): readonly { index: number; point: string }[] =>
  record.members.map(({ index }) => ({ index, point: to0x(publicShareOf(record, index).toBytes()) }));

/**
 * Reads a lock and checks all that it states: hashes, certificate, signatures, proofs by the key, and
 * everything derived.
 * @param previous the lock of the epoch before, which an epoch change is compared with; without it only what
 * the lock shows by itself is
 * @throws InputError file-truncated | file-damaged | lock-mismatch, naming what is wrong
 */
export function readLock(bytes: Uint8Array, path: string, previous?: Lock): Lock {
  const lock = parseLock(bytes, path);
  const [what] = lockProblems(lock, previous);
  if (what !== undefined) throw mismatch(path, what);
  return lock;
}

const mismatch = (path: string, what: string): InputError =>
  new InputError('lock-mismatch', path, `${path}: it does not hold that ${what}`);

/**
 * The lock of a file, without judging it: the audit says of each rule whether it holds. Hashes and derived
 * values are checked, since without them it is no lock. @throws InputError file-truncated | file-damaged |
 * lock-mismatch
 */
export const parseLock = (bytes: Uint8Array, path: string): Lock => lockIn(readJsonFile(bytes, path), path);

/** The lock that a JSON object states. @throws InputError as `parseLock` */
export function lockIn(file: JsonObject, path: string): Lock {
  withKeys(file, FIELDS, path);
  literalIn(file, 'kind', KIND, path);
  literalIn(file, 'version', 1, path);
  const attempt = objectIn(file, 'attempt', ['number', 'sid'], path);
  const [key, ...more] = objectsIn(file, 'keys', 8, path);
  if (key === undefined || more.length > 0)
    throw new InputError('file-damaged', `${path}: keys`, `${path}: this release makes one key a ceremony`);
  const where = `${path}: keys[0]`;
  withKeys(key, KEY_FIELDS, where);
  const definition = definitionIn(anyObjectIn(file, 'definition', path), `${path}: definition`);
  const record = recordIn(key, where);
  const isNew = definition.definition.ceremony === 'keygen';
  const certificate = isNew ? keygenCertificateIn(key, where) : activationIn(key, record, where);
  const lock: Lock = {
    definition,
    attempt: integerIn(attempt, 'number', path),
    sid: sessionId(hexIn(attempt, 'sid', path, 32)),
    record,
    root: hexIn(key, 'root', where, 32),
    certificate,
    proofs: objectsIn(key, 'proofs', 64, where).map((proof, i) =>
      proofIn(proof, testKindOf(certificate), `${where}: proofs[${i}]`),
    ),
    previousLockHash: previousHashIn(file, isNew, path),
    signatures: seatSignaturesIn(file, 'signatures', path),
  };
  checkDerived(lock, file, key, path);
  return lock;
}

function previousHashIn(file: JsonObject, isNew: boolean, path: string): Uint8Array | undefined {
  if (!isNew) return hexIn(file, 'previousLockHash', path, 32);
  const where = `${path}: previousLockHash`;
  if (file.get('previousLockHash') !== null)
    throw new InputError('file-damaged', where, `${where}: there is no lock before a new key`);
  return undefined;
}

function keygenCertificateIn(key: JsonObject, path: string): KeygenCertificate {
  const stated = objectIn(key, 'certificate', ['hash', 'signatures'], path);
  const hash = hexIn(stated, 'hash', path, 32);
  return { kind: 'keygen', hash, signatures: seatSignaturesIn(stated, 'signatures', path) };
}

function activationIn(key: JsonObject, record: EpochRecord, path: string): EpochCertificate {
  const stated = objectIn(key, 'certificate', ACTIVATION_FIELDS, path);
  literalIn(stated, 'kind', 'activation', path);
  const indexed = <T>(
    name: string,
    field: string,
    read: (one: JsonObject, where: string) => T,
  ): readonly { readonly index: PartyIndex; readonly value: T }[] =>
    objectsIn(stated, name, 64, path).map((one, i) => {
      const where = `${path}: ${name}[${i}]`;
      withKeys(one, ['index', field], where);
      return { index: partyIndex(integerIn(one, 'index', where), where), value: read(one, where) };
    });
  const dealers = indexed('dealers', 'feldmanHash', (one, where) => hexIn(one, 'feldmanHash', where, 32));
  const acks = indexed('acks', 'proof', (one, where) =>
    decode(proofCodec, hexIn(one, 'proof', where, 65), `${where}: proof`),
  );
  return {
    kind: 'activation',
    hash: hexIn(stated, 'hash', path, 32),
    prepared: { record, dealers: dealers.map(({ index, value }) => ({ index, feldmanHash: value })) },
    acks: acks.map(({ index, value }) => ({ index, proof: value })),
    commits: seatSignaturesIn(stated, 'commits', path),
  };
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

const seatSignaturesIn = (object: JsonObject, name: string, path: string): readonly SeatSignature[] =>
  objectsIn(object, name, 64, path).map((one, i) => {
    const where = `${path}: ${name}[${i}]`;
    withKeys(one, ['index', 'signature'], where);
    return {
      index: partyIndex(integerIn(one, 'index', where), where),
      signature: hexIn(one, 'signature', where, 64),
    };
  });

function proofIn(proof: JsonObject, kind: TestRequest['kind'], path: string): KeyProof {
  withKeys(proof, ['kind', 'window', 'signers', 'r', 's', 'yParity'], path);
  literalIn(proof, 'kind', kind, path);
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
  if (!isWhole(lock)) throw mismatch(path, 'root and certificate follow from the epoch and its dealers');
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
