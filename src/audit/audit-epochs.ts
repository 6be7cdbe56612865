import { equalBytes, to0x } from '../crypto/bytes.ts';
import { lockProblems, settledRules } from '../chain/lock-rules.ts';
import { lockHash, unsignedBy } from '../chain/lock.ts';
import { addressOf } from '../ethereum/address.ts';
import { publicKeyOf } from '../protocols/epoch.ts';
import { isCommitOf } from '../protocols/reshare/activation.ts';
import type { FoundLock, Registry } from './registry.ts';
import { type CheckTable, type Report, type Result, fail, pass, reportOf, skip, unless } from './report.ts';

/** The checks of the epochs of one key, from first to last. [protocol, 14.3 A1] */
export const epochChecks: CheckTable = {
  C1: {
    title: 'beginning',
    meaning: 'The key was made by its first members, and everything follows from there.',
  },
  C2: {
    title: 'each follows',
    meaning:
      'Every epoch was agreed by the members before it, proven by the members after it, and given up by as ' +
      'many of the former as could have signed.',
  },
  C3: { title: 'same key', meaning: 'Members came and went; the key and its address stayed the same.' },
  C4: { title: 'seats', meaning: 'No seat was ever given to another member than the one who had it first.' },
  C5: { title: 'one story', meaning: 'There is one lock for each epoch.' },
  C6: { title: 'no double commitment', meaning: 'No member gave up the same epoch for two different ones.' },
  C7: {
    title: 'in service',
    meaning: 'Every epoch has shown that it signs, and as many members as that takes have signed its lock.',
  },
};

/** One report for each key that has had more than one epoch. */
export const auditEpochs = (path: string, registry: Registry): readonly Report[] =>
  registry
    .keys()
    .filter((found) => found.some(({ lock }) => lock.record.epochNo > 0))
    .map((found) => auditKey(path, found, registry));

function auditKey(path: string, found: readonly FoundLock[], registry: Registry): Report {
  const results = [
    recheckBeginning(found),
    unless('C2', linkProblems(found, registry), `${found.length} epochs, each after the one before it`),
    unless('C3', keyProblems(found), addressOfAll(found)),
    unless('C4', seatProblems(found), `${seatsOfAll(found).size} members in all`),
    unless('C5', doubleProblems(found), `epochs ${found.map(({ lock }) => lock.record.epochNo).join(', ')}`),
    unless('C6', commitProblems(found, registry), 'nobody has committed twice'),
    recheckService(found),
  ];
  return reportOf({ kind: 'epochs', path }, epochChecks, results, factsOf(found));
}

const isFirst = ({ lock }: FoundLock): boolean => lock.record.epochNo === 0;

/** A tree need not hold the whole history: who joined later has it from the epoch before on. */
function recheckBeginning(found: readonly FoundLock[]): Result {
  const first = found.find(isFirst);
  if (first === undefined)
    return skip(
      'C1',
      `the files begin with epoch ${found[0]?.lock.record.epochNo ?? ''}: ask for older locks`,
    );
  const problems = lockProblems(first.lock, undefined).map(
    (what) => `${first.path}: it does not hold that ${what}`,
  );
  return unless('C1', problems, `${first.path}, made by ${first.lock.record.members.length} members`);
}

function linkProblems(found: readonly FoundLock[], registry: Registry): readonly string[] {
  const [oldest] = found;
  return found.flatMap((one) => {
    if (isFirst(one)) return [];
    const previous = registry.previousOf(one.lock);
    if (previous === undefined && one !== oldest)
      return [`${one.path}: the lock before it is not here, and yet there are older ones`];
    return lockProblems(one.lock, previous).map((what) => `${one.path}: it does not hold that ${what}`);
  });
}

function keyProblems(found: readonly FoundLock[]): readonly string[] {
  const [first] = found;
  return found
    .filter(({ lock }) => first && !publicKeyOf(lock.record).equals(publicKeyOf(first.lock.record)))
    .map(({ path }) => `${path}: another public key than ${first?.path ?? ''}`);
}

const addressOfAll = ([first]: readonly FoundLock[]): string =>
  first === undefined ? '' : addressOf(publicKeyOf(first.lock.record));

/** Who sat where first, by index. */
function seatsOfAll(found: readonly FoundLock[]): ReadonlyMap<number, FoundLock> {
  const seats = new Map<number, FoundLock>();
  for (const one of found)
    for (const { index } of one.lock.record.members) if (!seats.has(index)) seats.set(index, one);
  return seats;
}

function seatProblems(found: readonly FoundLock[]): readonly string[] {
  const seats = seatsOfAll(found);
  return found.flatMap(({ path, lock }) => {
    const moved = lock.record.members.filter(({ index, identityPk }) => {
      const first = seats.get(index)?.lock.record.members.find((member) => member.index === index);
      return first !== undefined && !equalBytes(first.identityPk, identityPk);
    });
    return moved.map(
      ({ index }) => `${path}: seat ${index} was another member's in ${seats.get(index)?.path ?? ''}`,
    );
  });
}

const doubleProblems = (found: readonly FoundLock[]): readonly string[] =>
  pairs(found)
    .filter(([one, two]) => one.lock.record.epochNo === two.lock.record.epochNo)
    .map(([one, two]) => `${one.path} and ${two.path} are two locks of epoch ${one.lock.record.epochNo}`);

/** Two COMMITs of one member for one epoch are evidence of class A: its own signatures contradict. */
function commitProblems(found: readonly FoundLock[], registry: Registry): readonly string[] {
  return pairs(found).flatMap(([one, two]) => {
    const [mine, yours] = [one.lock.certificate, two.lock.certificate];
    if (mine.kind !== 'activation' || yours.kind !== 'activation' || equalBytes(mine.hash, yours.hash))
      return [];
    if (!equalBytes(one.lock.record.prevEpochId, two.lock.record.prevEpochId)) return [];
    const old = registry.previousOf(one.lock)?.record ?? registry.previousOf(two.lock)?.record;
    if (old === undefined) return [];
    const committed = (certificate: typeof mine): readonly number[] =>
      certificate.commits
        .filter((commit) => isCommitOf(old, certificate.hash, commit))
        .map(({ index }) => index);
    const second = committed(yours);
    return committed(mine)
      .filter((index) => second.includes(index))
      .map(
        (index) =>
          `${one.path} and ${two.path}: party ${index} of epoch ${old.epochNo} has signed COMMIT for ` +
          `${to0x(mine.hash)} and for ${to0x(yours.hash)} (class A)`,
      );
  });
}

const pairs = (found: readonly FoundLock[]): readonly (readonly [FoundLock, FoundLock])[] =>
  found.flatMap((one, i) => found.slice(i + 1).map((two) => [one, two] as const));

function recheckService(found: readonly FoundLock[]): Result {
  const later = found.filter((one) => !isFirst(one));
  const problems = later.flatMap(({ path, lock }) =>
    settledRules
      .filter(({ holds }) => !holds(lock))
      .map(({ what }) => `${path}: it does not hold that ${what}`),
  );
  const open = later.flatMap(({ lock }) => {
    const missing = unsignedBy(lock);
    return missing.length === 0 ? [] : [`epoch ${lock.record.epochNo}: not yet by ${missing.join(', ')}`];
  });
  if (problems.length > 0) return fail('C7', problems.join('; '));
  return pass('C7', open.length === 0 ? 'all locks signed by all members' : open.join('; '));
}

/** One line an epoch: who, how many of them sign, and under which lock. */
function factsOf(found: readonly FoundLock[]): Readonly<Record<string, string>> {
  const facts: Record<string, string> = { address: addressOfAll(found), key: keyOf(found) };
  for (const { lock } of found) {
    const { epochNo, threshold, members } = lock.record;
    const indices = members.map(({ index }) => index).join(', ');
    const { ceremony } = lock.definition.definition;
    const line = `${ceremony}: ${threshold} of {${indices}}, lock ${to0x(lockHash(lock))}`;
    const name = `epoch ${epochNo}`;
    facts[name] = facts[name] === undefined ? line : `${facts[name]}; and ${line}`;
  }
  return facts;
}

const keyOf = ([first]: readonly FoundLock[]): string =>
  first === undefined ? '' : to0x(first.lock.record.keyId);
