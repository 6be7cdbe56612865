import { expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { ascii } from '../../../../src/crypto/bytes.ts';
import { AppendLog } from '../../../../src/node/append-log.ts';
import { ExclusionLog, Exclusions } from '../../../../src/node/blame/exclusions.ts';
import { epochFixture } from '../epoch-fixture.ts';
import { memoryDisk, named } from '../helpers.ts';

const { record } = epochFixture('excluded');
const [two, three] = [partyIndex(2), partyIndex(3)];
const proof = (member: typeof two, name = 'session') => ({
  ...{
    member,
    epochNo: 0,
    session: named(name),
    code: 'bad-opening',
    evidence: named(`of ${name}`),
    atMs: 7n,
  },
});

it('an excluded member stays so over a restart, until it is taken back', () => {
  const disk = memoryDisk();
  const first = new Exclusions(ExclusionLog.open(disk, 'x.log'), record);
  const { members } = first;
  expect(first.exclude(proof(two))).toBe(true);
  expect([...members]).toEqual([2]); // whoever holds the set sees it change
  const again = new Exclusions(ExclusionLog.open(disk, 'x.log'), record);
  expect([...again.members]).toEqual([2]);
  expect(again.standing).toMatchObject([{ ...proof(two), identityPk: record.members[1]?.identityPk }]);
  expect(again.readmit(two, 9n).session).toEqual(named('session'));
  expect([...again.members]).toEqual([]);
  expect([...new Exclusions(ExclusionLog.open(disk, 'x.log'), record).members]).toEqual([]);
});

it('what an operator has forgiven is not held against a member again, what is new is', () => {
  const disk = memoryDisk();
  const exclusions = new Exclusions(ExclusionLog.open(disk, 'x.log'), record);
  exclusions.exclude(proof(two));
  expect(exclusions.exclude(proof(two, 'while it is excluded'))).toBe(false);
  exclusions.readmit(two, 9n);
  const again = new Exclusions(ExclusionLog.open(disk, 'x.log'), record);
  expect(again.knows(two, named('session'))).toBe(true);
  expect(again.exclude(proof(two))).toBe(false);
  expect(again.exclude(proof(two, 'another'))).toBe(true);
  expect([...again.members]).toEqual([2]);
});

it('a readmission covers sessions that nobody could join any more by then, also over a restart', () => {
  const disk = memoryDisk();
  const first = new Exclusions(ExclusionLog.open(disk, 'x.log'), record);
  expect(first.isPardoned(two, 1n)).toBe(false);
  first.exclude(proof(two));
  first.readmit(two, 9n);
  first.exclude(proof(two, 'another'));
  first.readmit(two, 5n); // a clock that went back takes nothing away
  for (const exclusions of [first, new Exclusions(ExclusionLog.open(disk, 'x.log'), record)]) {
    expect([1n, 9n, 10n].map((notAfterMs) => exclusions.isPardoned(two, notAfterMs))).toEqual([
      true,
      true,
      false,
    ]);
    expect(exclusions.isPardoned(two, 0n)).toBe(false); // a session that says no time
    expect(exclusions.isPardoned(three, 1n)).toBe(false);
    expect(exclusions.isPardoned(partyIndex(9), 1n)).toBe(false);
  }
});

it('nobody is taken back who is not excluded, and nobody excluded who is no member', () => {
  const exclusions = new Exclusions(ExclusionLog.open(memoryDisk(), 'x.log'), record);
  expect(() => exclusions.readmit(three, 1n)).toThrow(expect.objectContaining({ code: 'not-excluded' }));
  expect(exclusions.exclude(proof(partyIndex(9)))).toBe(false);
  expect(exclusions.knows(partyIndex(9), named('session'))).toBe(false);
});

it('a new epoch keeps who stays under its identity, and lets go of who has come in its place', () => {
  const disk = memoryDisk();
  const log = ExclusionLog.open(disk, 'x.log');
  new Exclusions(log, record).exclude(proof(two));
  new Exclusions(log, record).exclude(proof(three));
  const { members } = record;
  const next = members.map((seat) =>
    seat.index === two ? { ...seat, identityPk: named('newcomer') } : seat,
  );
  expect([...new Exclusions(log, { members: next }).members]).toEqual([3]);
});

it('a log with a record of no known kind stops the node', () => {
  const disk = memoryDisk();
  const { log } = AppendLog.open(disk, { path: 'x.log', kind: 'exclusions', maxBodyBytes: 512 });
  log.append(ascii('\x01\x09what'));
  expect(() => ExclusionLog.open(disk, 'x.log')).toThrow(
    expect.objectContaining({ code: 'safety-state-damaged' }),
  );
});
