import { to0x } from '../crypto/bytes.ts';
import { type Lock, lockHash } from '../chain/lock.ts';
import { type Address, addressOf } from '../ethereum/address.ts';
import { committeeHashOf, publicKeyOf } from '../protocols/epoch.ts';
import { type Facts, type Result, skip, unless } from './report.ts';

/** What the caller knows from elsewhere. Without any of it, files can only be consistent with themselves. */
export interface Expectations {
  readonly address?: Address | undefined;
  /** Name of the committee and its threshold, 32 bytes. */
  readonly committee?: Uint8Array | undefined;
  /** Number of shares that sign. */
  readonly required?: number | undefined;
  /** Name of the lock, 32 bytes. */
  readonly lock?: Uint8Array | undefined;
}

/** Facts of a lock, as people compare them. */
export const lockFacts = (lock: Lock): Facts => ({
  address: addressOf(publicKeyOf(lock.record)),
  committee: to0x(committeeHashOf(lock.record)),
  required: String(lock.record.threshold),
  members: String(lock.record.members.length),
  lock: to0x(lockHash(lock)),
});

/**
 * Compares what the caller expects with the lock, or with another epoch of the same key: who knows one epoch
 * knows the key, as far as the locks between the two hold, which the report on the epochs says.
 */
export function recheckExpectations(
  id: string,
  lock: Lock,
  expected: Expectations,
  chain: readonly Lock[] = [lock],
): Result {
  const wanted: readonly (readonly [name: string, value: string | undefined])[] = [
    ['address', expected.address],
    ['committee', expected.committee && to0x(expected.committee)],
    ['required', expected.required === undefined ? undefined : String(expected.required)],
    ['lock', expected.lock && to0x(expected.lock)],
  ];
  const stated = wanted.filter(([, value]) => value !== undefined);
  const open = wanted.filter(([, value]) => value === undefined).map(([name]) => name);
  if (stated.length === 0)
    return skip(id, `nothing was expected: ${open.join(', ')} are consistent with themselves only`);
  const problemsOf = (found: Facts): readonly string[] =>
    stated
      .filter(([name, value]) => found[name] !== value)
      .map(([name, value]) => `${name} is ${found[name] ?? 'unknown'}, not ${value ?? ''}`);
  const fitting = chain.find((one) => problemsOf(lockFacts(one)).length === 0);
  const problems = fitting === undefined ? problemsOf(lockFacts(lock)) : [];
  const rest = open.length === 0 ? '' : `; not compared with anything: ${open.join(', ')}`;
  return unless(
    id,
    problems,
    `${stated.map(([name]) => name).join(', ')} as expected${epochOf(lock, fitting)}${rest}`,
  );
}

/** Says in which other epoch it is as expected. */
const epochOf = ({ record }: Lock, fitting: Lock | undefined): string =>
  fitting === undefined || fitting.record.epochNo === record.epochNo
    ? ''
    : ` in epoch ${fitting.record.epochNo} of the same key`;
