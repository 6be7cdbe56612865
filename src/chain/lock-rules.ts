import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { isApproved } from '../protocols/ceremony/change.ts';
import {
  type ChangeDefinition,
  isChange,
  isFullySigned,
  seatsOf,
  signersOf,
} from '../protocols/ceremony/definition.ts';
import { type EpochRecord, publicKeyOf } from '../protocols/epoch.ts';
import {
  type ActivationCertificate,
  checkActivation,
  isAcknowledgedByAll,
  isCommittedByEnough,
  keepsSeats,
} from '../protocols/reshare/activation.ts';
import { addressOf } from '../ethereum/address.ts';
import { checkChange } from './change.ts';
import {
  type Lock,
  fitsDefinition,
  hasSoundProofs,
  hasSoundSignatures,
  isCertified,
  isCountersigned,
  isProvenByKey,
  isWhole,
  lockHash,
} from './lock.ts';

/** Something that must hold of a lock, with its meaning. */
export interface LockRule {
  readonly what: string;
  readonly holds: (lock: Lock) => boolean;
}

/** What the lock of a new key must satisfy beyond its form: a node applies it, and so does the audit. */
export const keygenRules: readonly LockRule[] = [
  { what: 'every member has signed the definition', holds: ({ definition }) => isFullySigned(definition) },
  { what: 'the committee of the key is that of the definition', holds: fitsDefinition },
  { what: 'every member has signed the certificate of the key', holds: isCertified },
  { what: 'the new key has signed by quorums that hold every member', holds: isProvenByKey },
  { what: 'every member has countersigned the lock', holds: isCountersigned },
];

/** What the lock of every epoch change must satisfy, whether or not the epoch before is known. */
const changeRules: readonly LockRule[] = [
  {
    what: 'every new member has signed the definition',
    holds: ({ definition }) => isFullySigned(definition),
  },
  { what: 'the committee of the key is that of the definition', holds: fitsDefinition },
  { what: 'the test signatures in it are by the key', holds: hasSoundProofs },
  { what: 'the countersignatures in it are of its members', holds: hasSoundSignatures },
];

/** The same, against the lock of the epoch before. */
const succeeding = (previous: Lock): readonly LockRule[] => [
  {
    what: 'it names the lock before it',
    holds: ({ previousLockHash: named }) => named !== undefined && equalBytes(named, lockHash(previous)),
  },
  {
    what: 'its definition fits the epoch before',
    holds: ({ definition }) => passes(() => checkChange(definition.definition, previous)),
  },
  {
    what: 'enough members of the epoch before have signed the definition',
    holds: ({ definition }) => isApproved(definition, previous.record),
  },
  {
    what: 'its certificate makes it follow the epoch before',
    holds: ({ certificate }) =>
      certificate.kind === 'activation' && passes(() => checkActivation(previous.record, certificate)),
  },
];

/** The same, where only its own definition says who was in the epoch before. */
const standingAlone: readonly LockRule[] = [
  {
    what: 'it is the epoch after the one that its definition names',
    holds: ({ definition: { definition }, record, previousLockHash }) =>
      isChange(definition) &&
      equalBytes(record.keyId, definition.key.keyId) &&
      record.epochNo === definition.key.epochNo + 1 &&
      addressOf(publicKeyOf(record)) === definition.key.address &&
      equalBytes(previousLockHash ?? new Uint8Array(0), definition.key.lockHash),
  },
  {
    what: 'enough members of the epoch before have signed the definition',
    holds: (lock) =>
      whereChanged(lock, (definition, { prepared }) => {
        const dealing = oldMembersOf(definition).map(({ index }) => index);
        const signers = signersOf(lock.definition).filter((index) => dealing.includes(index));
        return signers.length >= prepared.dealers.length;
      }),
  },
  {
    what: 'all new members have proven their shares, and enough of the epoch before have committed',
    holds: (lock) =>
      whereChanged(lock, (definition, activation) => {
        const threshold = activation.prepared.dealers.length;
        const old = { members: oldMembersOf(definition), threshold };
        return (
          threshold >= 2 &&
          keepsSeats(old, activation.prepared) &&
          isAcknowledgedByAll(activation) &&
          isCommittedByEnough(old, activation)
        );
      }),
  },
];

const whereChanged = (
  { definition: { definition }, certificate }: Lock,
  holds: (definition: ChangeDefinition, activation: ActivationCertificate) => boolean,
): boolean => isChange(definition) && certificate.kind === 'activation' && holds(definition, certificate);

/** Who was in the epoch before, as the definition says. */
const oldMembersOf = (definition: ChangeDefinition): EpochRecord['members'] =>
  seatsOf(definition).filter(({ index }) => !definition.change.joining.includes(index));

const passes = (check: () => unknown): boolean => {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
};

/** The rules for a lock: of a new key, of an epoch change, or of one whose predecessor is not at hand. */
export function rulesFor(lock: Lock, previous: Lock | undefined): readonly LockRule[] {
  if (lock.definition.definition.ceremony === 'keygen') return keygenRules;
  return [...changeRules, ...successionRules(previous)];
}

/** The rules by which an epoch change follows the epoch before, or what its lock shows of that by itself. */
export const successionRules = (previous: Lock | undefined): readonly LockRule[] => [
  { what: 'its parts belong to one epoch', holds: isWhole },
  ...(previous === undefined ? standingAlone : succeeding(previous)),
];

/** What does not hold of a lock, as sentences that should be true; empty for one that may serve. */
export const lockProblems = (lock: Lock, previous: Lock | undefined): readonly string[] =>
  rulesFor(lock, previous)
    .filter(({ holds }) => !holds(lock))
    .map(({ what }) => what);

/**
 * Whether sessions may run under the epoch of this lock. A new key must be complete; an epoch change serves
 * as soon as its certificate holds against the epoch before, so that no single member can freeze the key.
 */
export const isServable = (lock: Lock, previous: Lock | undefined): boolean =>
  (lock.definition.definition.ceremony === 'keygen' || previous !== undefined) &&
  lockProblems(lock, previous).length === 0;

/**
 * What the audit demands of an epoch change that has been in service: so many members have countersigned that
 * they could sign themselves. That the shares are good, their proofs in the certificate show; test signatures
 * are looked at where they are there, because one member that is away can keep all of them from being made.
 */
export const settledRules: readonly LockRule[] = [
  {
    what: 'as many members as are required to sign have countersigned the lock',
    holds: ({ signatures, record }) => signatures.length >= record.threshold,
  },
];
