import type { PartyIndex } from '../../crypto/brand.ts';
import { compareBytes, equalBytes } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { MAX_MEMBERS, isLegalThreshold } from '../epoch.ts';
import {
  type Change,
  type ChangeDefinition,
  type Definition,
  MAX_NAME,
  MAX_NETWORK_NAME,
  type Seat,
  isChange,
  purposes,
  seatsOf,
} from './definition.ts';

/** Longest time from creation to the last moment to execute: 30 days. */
const MAX_AHEAD_MS = 30n * 86_400_000n;

type Rule = readonly [code: string, what: string, holds: (d: Definition) => boolean];

const rules: readonly Rule[] = [
  [
    'malformed',
    `has a name of more than ${MAX_NAME} characters, or a network's of more than ${MAX_NETWORK_NAME}`,
    (d) =>
      [d.name, ...seatsOf(d).map(({ name }) => name)].every(({ length }) => length <= MAX_NAME) &&
      d.network.name.length <= MAX_NETWORK_NAME,
  ],
  [
    'bad-threshold',
    'needs 2 <= required <= n and 2 * required > n',
    (d) => isLegalThreshold(d.required, d.committee.length),
  ],
  [
    'bad-index',
    'has indices that do not ascend from 1',
    ({ committee, leavers = [] }) => [committee, leavers].every((seats) => ascends(indicesOf(seats))),
  ],
  ['malformed', `names more than ${MAX_MEMBERS} seats`, (d) => seatsOf(d).length <= MAX_MEMBERS],
  ['bad-index', 'gives one index two seats', (d) => ascends(indicesOf(seatsOf(d)))],
  [
    'malformed',
    'names a key, a change or leavers where there are none, or lacks them',
    (d) => isChange(d) || (d.ceremony === 'keygen' && !(d.key ?? d.change ?? d.leavers)),
  ],
  [
    'bad-identity',
    'gives one identity two seats',
    (d) => distinct(seatsOf(d).map(({ identityPk }) => identityPk)),
  ],
  [
    'malformed',
    'gives two seats one address or name',
    (d) =>
      [seatsOf(d).map(({ address }) => address), seatsOf(d).map(({ name }) => name)].every(
        (values) => new Set(values).size === values.length,
      ),
  ],
  [
    'malformed',
    'names a proposer that takes no part',
    // Who leaves without a share has no part in the session that the proposer starts.
    (d) => indicesOf(seatsOf(d)).includes(d.proposer) && !(isGone(d) && leaves(d)),
  ],
  ['malformed', 'names no purpose that there is', (d) => purposes.some((purpose) => purpose === d.purpose)],
  [
    'malformed',
    'has times out of order, or more than 30 days ahead',
    ({ timing: t }) =>
      t.createdAtMs < t.acceptByMs &&
      t.acceptByMs <= t.executeByMs &&
      t.executeByMs - t.createdAtMs <= MAX_AHEAD_MS,
  ],
  [
    'malformed',
    'has a round timeout outside 1 s to 10 min',
    ({ timing: t }) => t.roundTimeoutMs >= 1_000 && t.roundTimeoutMs <= 600_000,
  ],
];

const indicesOf = (seats: readonly Seat[]): readonly PartyIndex[] => seats.map(({ index }) => index);
const isGone = (d: Definition): boolean => d.change?.lost.includes(d.proposer) === true;
const leaves = (d: Definition): boolean => d.change?.leaving.includes(d.proposer) === true;
const ascends = (values: readonly number[]): boolean => values.every((v, i) => v > (values[i - 1] ?? 0));
const distinct = (keys: readonly Uint8Array[]): boolean => {
  const sorted = [...keys].sort(compareBytes);
  return sorted.every((key, i) => i === 0 || !equalBytes(key, sorted[i - 1] ?? new Uint8Array(0)));
};

const isSame = (one: readonly number[], two: readonly number[]): boolean => one.join() === two.join();

type ChangeRule = readonly [code: string, what: string, holds: (d: ChangeDefinition) => boolean];

/** What the plan of an epoch change must say in itself. What it says of the key is compared with its lock. */
const changeRules: readonly ChangeRule[] = [
  [
    'malformed',
    'lists members out of order or twice',
    ({ change: { remaining, joining, leaving, lost } }) =>
      [remaining, joining, leaving, lost].every(ascends) &&
      new Set([...remaining, ...joining, ...leaving]).size ===
        remaining.length + joining.length + leaving.length,
  ],
  [
    'malformed',
    'lists others than its committee as remaining and joining',
    ({ committee, change: { remaining, joining } }) =>
      isSame(
        indicesOf(committee),
        [...remaining, ...joining].sort((a, b) => a - b),
      ),
  ],
  [
    'malformed',
    'lists others than its leavers as leaving',
    ({ leavers, change }) => isSame(indicesOf(leavers), change.leaving),
  ],
  [
    'malformed',
    'says of a stranger that its share is lost',
    ({ change: { remaining, leaving, lost } }) =>
      lost.every((j) => remaining.includes(j) || leaving.includes(j)),
  ],
  [
    'malformed',
    'changes the committee, or names lost shares, in a refresh',
    ({ ceremony, change }) => ceremony !== 'refresh' || (isKept(change) && change.lost.length === 0),
  ],
  [
    'malformed',
    'changes the committee in a repair, or repairs nobody',
    ({ ceremony, change }) => ceremony !== 'repair' || (isKept(change) && change.lost.length > 0),
  ],
  [
    'bad-index',
    'gives a new member an index that was used for this key before',
    ({ key, change }) =>
      change.joining.every((j) => j > key.highestIndex) &&
      [...change.remaining, ...change.leaving].every((j) => j <= key.highestIndex),
  ],
  ['malformed', 'names no account', ({ key }) => /^0x[0-9a-fA-F]{40}$/.test(key.address)],
];

const isKept = ({ joining, leaving }: Change): boolean => joining.length + leaving.length === 0;

/**
 * A definition that keeps every rule: nodes apply them before they sign it, and the audit before it believes
 * it. @throws InputError bad-threshold | bad-index | bad-identity | malformed, naming the rule
 */
export function checkDefinition(definition: Definition, path = 'definition'): Definition {
  const refuse = (code: string, what: string): InputError =>
    new InputError(
      code,
      path,
      `${path} ${what} (required ${definition.required}, n ${definition.committee.length})`,
    );
  for (const [code, what, holds] of rules) if (!holds(definition)) throw refuse(code, what);
  if (isChange(definition))
    for (const [code, what, holds] of changeRules) if (!holds(definition)) throw refuse(code, what);
  return definition;
}
