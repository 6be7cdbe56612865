import { readLock } from '../../chain/lock-file.ts';
import { type Lock, lockHash } from '../../chain/lock.ts';
import { bytesToBigint, equalBytes, to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { actBase, q, scalar } from '../../crypto/secp256k1.ts';
import { addressOf } from '../../ethereum/address.ts';
import { identityText } from '../../protocols/ceremony/names.ts';
import { epochIdOf, publicKeyOf, publicShareOf } from '../../protocols/epoch.ts';
import type { Kdf } from '../../system/ports.ts';
import { chainCodeHash } from '../share-file.ts';
import { type BackupContent, decodeContent } from './content.ts';
import { type BackupHeader, type BackupKey, openBackup, readBackup } from './seal.ts';

/** One question about a backup. What could not be asked is skipped, and never passes. */
export interface BackupCheck {
  readonly id: 'whole' | 'name' | 'opened' | 'lock' | 'header' | 'share' | 'guard' | 'newest';
  readonly what: string;
  readonly verdict: 'pass' | 'fail' | 'skip';
  /** What was found, or why nothing was asked. */
  readonly detail: string;
}

/** What a backup is examined with. */
export interface ExamineOptions {
  /** The name of the file, without its folder. */
  readonly name: string;
  /** For messages. */
  readonly path: string;
  readonly kdf: Kdf;
  /** Without one, only the outside is examined. */
  readonly key?: BackupKey | undefined;
  /** Locks that show how far the key has come. */
  readonly newest: readonly Lock[];
}

/** A backup, what was found, and what it holds if it was opened. */
export interface Examined {
  readonly header: BackupHeader;
  /** The recipient in its text form, `undefined` for a password. */
  readonly recipient: string | undefined;
  readonly checks: readonly BackupCheck[];
  /** The caller's to wipe. */
  readonly content: BackupContent | undefined;
  readonly lock: Lock | undefined;
}

/** `backup-<name>-<address>-epoch-000003.json` */
export const backupName = (node: string, { address, epoch }: BackupHeader): string =>
  `backup-${node}-${address.toLowerCase()}-epoch-${String(epoch).padStart(6, '0')}.json`;

/**
 * Examines a backup without a network: the drill of an operator, and what a restore asks before it writes.
 * @throws InputError file-truncated | file-damaged | file-tampered | wrong-backup-key | weak-password
 */
export function examineBackup(bytes: Uint8Array, options: ExamineOptions): Examined {
  const { path, kdf, key, name, newest } = options;
  const { header, recipient } = readBackup(bytes, path);
  const outside = [
    check('whole', 'the file is whole, and in its one form', true, `${bytes.length} bytes`),
    nameCheck(name, header),
  ];
  if (key === undefined) {
    const checks = [...outside, ...unopened, newestCheck(header, undefined, newest)];
    return { header, recipient, checks, content: undefined, lock: undefined };
  }
  const opened = openBackup(bytes, key, kdf, path).secret;
  try {
    const content = decodeContent(opened, path);
    const { lock, detail } = lockIn(content.lockFile, path);
    const checks = [
      ...outside,
      check('opened', questions.opened, true, 'the header is what was sealed with the share'),
      check('lock', questions.lock, lock !== undefined, detail),
      ...(lock === undefined ? withoutLock : [headerCheck(header, lock), shareCheck(header, content, lock)]),
      guardCheck(header, content),
      newestCheck(header, lock, newest),
    ];
    return { header, recipient, checks, content, lock };
  } finally {
    opened.wipe();
  }
}

const questions = {
  opened: 'the key that was given opens it',
  lock: 'the lock in it holds: certificate, proofs by the key, signatures of its members',
  header: 'network, key, epoch, seat and lock are those of the lock in it',
  share: 'share · G is the public share of the seat in the lock, and the chain code is that of the lock',
  guard: 'it says how far the sign guard had come',
  newest: 'no lock that is at hand is of a newer epoch',
} as const;

const check = (id: BackupCheck['id'], what: string, holds: boolean, detail: string): BackupCheck => ({
  ...{ id, what, detail },
  verdict: holds ? 'pass' : 'fail',
});

const skip = (id: 'opened' | 'lock' | 'header' | 'share' | 'guard' | 'newest', why: string): BackupCheck => ({
  ...{ id, what: questions[id], verdict: 'skip', detail: why },
});

const unopened: readonly BackupCheck[] = (['opened', 'lock', 'header', 'share', 'guard'] as const).map((id) =>
  skip(id, 'sealed; give the key of its recipient, or its password'),
);
const withoutLock: readonly BackupCheck[] = (['header', 'share'] as const).map((id) =>
  skip(id, 'there is no lock to compare with'),
);

function nameCheck(name: string, header: BackupHeader): BackupCheck {
  const what = 'the name of the file states its address and epoch';
  const match = /^backup-(.*)-0x[0-9a-f]{40}-epoch-[0-9]{6,}\.json$/.exec(name);
  if (match === null) return { id: 'name', what, verdict: 'skip', detail: `${name} is another name` };
  return check('name', what, name === backupName(match[1] ?? '', header), name);
}

function lockIn(
  file: Uint8Array,
  path: string,
): { readonly lock: Lock | undefined; readonly detail: string } {
  try {
    const lock = readLock(file, `${path}: lock`);
    return { lock, detail: `lock ${to0x(lockHash(lock))}` };
  } catch (error) {
    if (error instanceof InputError) return { lock: undefined, detail: error.message };
    throw error;
  }
}

/** Stops a share that was labelled as of another key, epoch, seat or node. */
function headerCheck(header: BackupHeader, lock: Lock): BackupCheck {
  const { record } = lock;
  const seat = record.members.find(({ index }) => index === header.index);
  const differing = [
    ['network', lock.definition.definition.network.name, header.network],
    ['keyId', to0x(record.keyId), header.keyId],
    ['address', addressOf(publicKeyOf(record)), header.address],
    ['epoch', record.epochNo, header.epoch],
    ['node', seat === undefined ? 'nobody' : identityText(seat.identityPk), header.node],
    ['lockHash', to0x(lockHash(lock)), header.lockHash],
  ].flatMap(([name, wanted, found]) => (wanted === found ? [] : [name]));
  const where = `epoch ${header.epoch}, seat ${header.index} of ${record.members.length}`;
  const holds = differing.length === 0;
  return check('header', questions.header, holds, holds ? where : `other ${differing.join(', ')}`);
}

/** Stops a backup whose share would not sign: s·G = S_i and H(cc) = ccHash, both looked at before either. */
function shareCheck({ index }: BackupHeader, { secret }: BackupContent, lock: Lock): BackupCheck {
  const { record } = lock;
  const seat = record.members.find((member) => member.index === index);
  const holds = secret.use((bytes) => {
    const value = bytesToBigint(bytes.subarray(0, 32));
    if (seat === undefined || value === 0n || value >= q) return false;
    const isShare = actBase(scalar(value)).equals(publicShareOf(record, seat.index));
    const isChainCode = equalBytes(chainCodeHash(bytes.subarray(32)), record.ccHash);
    return isShare && isChainCode;
  });
  return check('share', questions.share, holds, `seat ${index} of ${addressOf(publicKeyOf(record))}`);
}

function guardCheck(header: BackupHeader, { guard }: BackupContent): BackupCheck {
  const holds = guard.seq > 0 && header.guardSeq === guard.seq && header.guardHead === to0x(guard.head);
  const lanes = guard.marks.map(({ lane, low }) => `${lane} ${low ?? 'none'}`);
  const detail = `${guard.seq} records, head ${to0x(guard.head)}${lanes.map((one) => `, ${one}`).join('')}`;
  return check('guard', questions.guard, holds, detail);
}

/** Stops a share of an epoch that is over, and one of a branch that is not the one that is known. */
function newestCheck(header: BackupHeader, own: Lock | undefined, newest: readonly Lock[]): BackupCheck {
  const known = newest.filter(({ record }) => to0x(record.keyId) === header.keyId);
  const [first] = [...known].sort((a, b) => b.record.epochNo - a.record.epochNo);
  if (first === undefined) return skip('newest', 'no lock of this key is at hand');
  const { epochNo } = first.record;
  const isSame =
    epochNo !== header.epoch ||
    own === undefined ||
    equalBytes(epochIdOf(own.record), epochIdOf(first.record));
  const detail = `the newest lock is of epoch ${epochNo}${isSame ? '' : ', of another ceremony'}`;
  return check('newest', questions.newest, epochNo <= header.epoch && isSame, detail);
}
