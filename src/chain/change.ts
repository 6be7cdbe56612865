import { equalBytes, to0x } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { addressOf } from '../ethereum/address.ts';
import { holdersOf } from '../protocols/ceremony/change.ts';
import { clusterOf } from '../protocols/ceremony/cluster.ts';
import {
  type ChangeDefinition,
  type Definition,
  type KeyRef,
  isChange,
  seatsOf,
} from '../protocols/ceremony/definition.ts';
import { publicKeyOf } from '../protocols/epoch.ts';
import { type Lock, lockHash } from './lock.ts';

/** How the plan of the next epoch names the key of a lock. */
export function keyRefOf(lock: Lock): KeyRef {
  const { definition } = lock.definition;
  const { record } = lock;
  return {
    keyId: record.keyId,
    address: addressOf(publicKeyOf(record)),
    epochNo: record.epochNo,
    lockHash: lockHash(lock),
    cluster: clusterOf(definition),
    highestIndex: Math.max(definition.key?.highestIndex ?? 0, ...record.members.map(({ index }) => index)),
  };
}

type Rule = readonly [
  code: 'stale-epoch' | 'change-mismatch',
  what: string,
  holds: (definition: ChangeDefinition, key: KeyRef, previous: Lock) => boolean,
];

const rules: readonly Rule[] = [
  ['change-mismatch', 'is about another key', ({ key }, { keyId }) => equalBytes(key.keyId, keyId)],
  ['change-mismatch', 'names another account', ({ key }, { address }) => key.address === address],
  ['stale-epoch', 'starts from another epoch', ({ key }, { epochNo }) => key.epochNo === epochNo],
  ['stale-epoch', 'names another lock', ({ key }, known) => equalBytes(key.lockHash, known.lockHash)],
  ['change-mismatch', 'names another cluster', ({ key }, { cluster }) => equalBytes(key.cluster, cluster)],
  [
    'change-mismatch',
    'names another highest index',
    ({ key }, { highestIndex }) => key.highestIndex === highestIndex,
  ],
  [
    'change-mismatch',
    'changes the purpose of the key',
    (definition, _, previous) => definition.purpose === previous.definition.definition.purpose,
  ],
  [
    'change-mismatch',
    'is for another network',
    (definition, _, previous) => isSameNetwork(definition, previous),
  ],
  [
    'change-mismatch',
    'is older than the definition before it',
    ({ sequence }, _, previous) => sequence > previous.definition.definition.sequence,
  ],
  ['change-mismatch', 'lists others than the members of the epoch before', keepsOldCommittee],
  [
    'change-mismatch',
    'changes how many sign, in a ceremony that only makes new shares',
    ({ ceremony, required }, _, { record }) => ceremony === 'reshare' || required === record.threshold,
  ],
  [
    'change-mismatch',
    'leaves fewer members to deal than are required to sign',
    (definition, _, { record }) => holdersOf(definition, record).length >= record.threshold,
  ],
];

const isSameNetwork = ({ network }: Definition, previous: Lock): boolean => {
  const before = previous.definition.definition.network;
  return (
    network.name === before.name &&
    network.l1ChainId === before.l1ChainId &&
    network.l2ChainId === before.l2ChainId
  );
};

/** Everybody of the old committee stays or leaves, with its own index and identity, and nobody else does. */
function keepsOldCommittee(definition: ChangeDefinition, _: KeyRef, { record }: Lock): boolean {
  const { remaining, leaving } = definition.change;
  const old = seatsOf(definition).filter(({ index }) => remaining.includes(index) || leaving.includes(index));
  return (
    old.length === record.members.length &&
    record.members.every(({ index, identityPk }, i) => {
      const seat = old[i];
      return seat?.index === index && equalBytes(seat.identityPk, identityPk);
    })
  );
}

/**
 * Compares the plan of an epoch change with the lock from which it starts. Nodes do so before they sign it,
 * and the audit before it believes it. @throws InputError stale-epoch | change-mismatch, naming the rule
 */
export function checkChange(definition: Definition, previous: Lock, path = 'definition'): ChangeDefinition {
  if (!isChange(definition))
    throw new InputError('change-mismatch', path, `${path} makes a new key, and changes none`);
  const known = keyRefOf(previous);
  for (const [code, what, holds] of rules)
    if (!holds(definition, known, previous))
      throw new InputError(
        code,
        path,
        `${path} ${what} (epoch ${known.epochNo} of ${known.address}, lock ${to0x(known.lockHash)})`,
      );
  return definition;
}
