import { checkChange, keyRefOf } from '../chain/change.ts';
import type { Lock } from '../chain/lock.ts';
import { type PartyIndex, partyIndex } from '../crypto/brand.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import {
  type Change,
  type ChangeDefinition,
  type Definition,
  type Seat,
  isChange,
} from '../protocols/ceremony/definition.ts';
import { type Invitation, namesOf } from '../protocols/ceremony/names.ts';
import { type ChangePreview, type Committee, obstacleOf, previewOf } from '../protocols/ceremony/preview.ts';
import { checkDefinition } from '../protocols/ceremony/rules.ts';
import { type ProposalTimes, timingOf } from './proposal.ts';

/** A member that makes room, by name or index, and who takes its part. */
export interface Replacement {
  readonly former: string;
  readonly by: Invitation;
}

/** What a proposer of an epoch change states; the rest follows from the newest lock. */
export interface ChangeWish extends ProposalTimes {
  readonly kind: ChangeDefinition['ceremony'];
  readonly name: string;
  /** The lock of the epoch from which the change starts. */
  readonly previous: Lock;
  /** Identity key of the proposer. */
  readonly self: Uint8Array;
  readonly add: readonly Invitation[];
  /** Names or indices, as in the two below. */
  readonly remove: readonly string[];
  readonly replace: readonly Replacement[];
  /** Members whose share is gone: they deal none, and get a new one where they stay. */
  readonly lost: readonly string[];
  /** Left out: as before. */
  readonly required?: number | undefined;
  readonly policyHash: Uint8Array;
  /** Left out: the time, which grows. */
  readonly sequence?: bigint | undefined;
}

/** The committee of a lock, for people. */
export const committeeOf = (lock: Lock): Committee => ({
  members: lock.definition.definition.committee,
  required: lock.record.threshold,
});

/** What the plan of an epoch change changes. */
export const previewOfPlan = (definition: ChangeDefinition, previous: Lock): ChangePreview =>
  previewOf(committeeOf(previous), { members: definition.committee, required: definition.required });

/**
 * The plan of an epoch change. A change that could not be carried out, or after which nobody could sign, is
 * refused here. @throws InputError member-unknown | usage | bad-identity | bad-threshold | change-mismatch,
 * and those of `checkDefinition` and `checkChange`
 */
export function changeOf(wish: ChangeWish): ChangeDefinition {
  const { kind, previous, required = previous.record.threshold } = wish;
  const seats = seatsAfter(wish);
  checkKind(wish, seats);
  const { change, committee, leavers } = seats;
  const { members } = previous.record;
  const holders = members.filter(({ index }) => !change.lost.includes(index));
  const obstacle = obstacleOf(committeeOf(previous), { members: committee, required }, holders.length);
  if (obstacle !== undefined) throw new InputError(obstacle.code, 'committee', obstacle.message);
  const before = previous.definition.definition;
  const definition: Definition = {
    name: wish.name,
    ceremony: kind,
    sequence: wish.sequence ?? BigInt(wish.nowMs),
    network: before.network,
    purpose: before.purpose,
    required,
    committee,
    proposer: proposerOf([...committee, ...leavers], wish.self),
    timing: timingOf(wish),
    policyHash: wish.policyHash,
    key: keyRefOf(previous),
    change,
    leavers,
  };
  return checkChange(checkDefinition(definition), previous);
}

interface SeatsAfter {
  readonly change: Change;
  readonly committee: readonly Seat[];
  readonly leavers: readonly Seat[];
}

function seatsAfter({ previous, add, remove, replace, lost }: ChangeWish): SeatsAfter {
  const old = previous.definition.definition.committee;
  const leaving = [...remove, ...replace.map(({ former }) => former)].map((text) => memberOf(old, text));
  const twice = leaving.find((seat, i) => leaving.indexOf(seat) < i);
  if (twice !== undefined)
    throw new InputError('usage', 'change', `${twice.name} is named twice among those who leave`);
  const invited = [...add, ...replace.map(({ by }) => by)];
  const { highestIndex } = keyRefOf(previous);
  const names = namesOf([...old, ...invited].map(({ identityPk }) => identityPk));
  const joiners = invited.map((one, i) => {
    checkIsNew(one, [...old, ...invited.slice(0, i)], `invitation ${i + 1}`);
    const index = partyIndex(highestIndex + 1 + i);
    const name = names[old.length + i] ?? '';
    return { index, name, identityPk: one.identityPk, address: `${one.host}:${one.port}` };
  });
  const remaining = old.filter((seat) => !leaving.includes(seat));
  const indices = (seats: readonly Seat[]): readonly PartyIndex[] =>
    [...new Set(seats.map(({ index }) => index))].sort((a, b) => a - b);
  return {
    committee: [...remaining, ...joiners],
    leavers: old.filter((seat) => leaving.includes(seat)),
    change: {
      ...{ remaining: indices(remaining), joining: indices(joiners), leaving: indices(leaving) },
      lost: indices(lost.map((text) => memberOf(old, text))),
    },
  };
}

function checkIsNew(
  one: Invitation,
  others: readonly { readonly identityPk: Uint8Array }[],
  path: string,
): void {
  if (others.some(({ identityPk }) => equalBytes(identityPk, one.identityPk)))
    throw new InputError('bad-identity', path, `${path} is of a node that is in the committee already`);
}

/** A seat by name or index. @throws InputError member-unknown */
export function memberOf(committee: readonly Seat[], text: string): Seat {
  const found = committee.find(({ index, name }) => name === text || String(index) === text);
  if (found !== undefined) return found;
  const known = committee.map(({ index, name }) => `${index} ${name}`).join(', ');
  throw new InputError('member-unknown', text, `the committee has no member ${text}; it has ${known}`);
}

/** A change says what it is: nobody consents to a new committee in the belief that it is a refresh. */
function checkKind({ kind, required, previous }: ChangeWish, { change }: SeatsAfter): void {
  const isSameSeats = change.joining.length + change.leaving.length === 0;
  const isSame = isSameSeats && (required === undefined || required === previous.record.threshold);
  const refuse = (message: string): InputError => new InputError('usage', '--kind', message);
  if (kind !== 'reshare' && !isSame)
    throw refuse(`a ${kind} changes neither members nor how many sign: propose --kind reshare`);
  if (kind === 'refresh' && change.lost.length > 0)
    throw refuse('a refresh needs the share of every member: propose --kind repair');
  if (kind === 'repair' && change.lost.length === 0)
    throw refuse('a repair needs --lost with the member whose share is gone');
  if (kind === 'reshare' && isSame && change.lost.length === 0)
    throw refuse('this changes nothing: propose --kind refresh to replace all shares');
}

function proposerOf(seats: readonly Seat[], self: Uint8Array): PartyIndex {
  const own = seats.find(({ identityPk }) => equalBytes(identityPk, self));
  if (own !== undefined) return own.index;
  throw new InputError(
    'bad-identity',
    'self',
    'this node has no part in the change, so it cannot propose it',
  );
}

/** A name for people, where the proposer gives none: what happens to whom. */
export function titleOf(wish: Pick<ChangeWish, 'kind' | 'add' | 'remove' | 'replace' | 'lost'>): string {
  const { add, remove, replace, lost } = wish;
  const parts = [
    ...counted('add', add.length),
    ...counted('remove', remove.length),
    ...counted('replace', replace.length),
    ...counted('repair', lost.length),
  ];
  return parts.length === 0 ? wish.kind : parts.join(', ');
}

const counted = (verb: string, count: number): readonly string[] =>
  count === 0 ? [] : [`${verb} ${count === 1 ? 'a member' : `${count} members`}`];

/** Whether a plan changes the epochs of a key; narrows what `readDefinition` gives. */
export const isChangePlan = <
  T extends { readonly definition: Definition; readonly previous?: Lock | undefined },
>(
  plan: T,
): plan is T & { readonly definition: ChangeDefinition; readonly previous: Lock } =>
  isChange(plan.definition) && plan.previous !== undefined;
