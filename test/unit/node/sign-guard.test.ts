import { expect, test } from 'vitest';

import { ascii } from '../../../src/crypto/bytes.ts';
import { Bug, OperationError } from '../../../src/crypto/errors.ts';
import { type GuardClaim, defaultGuardLimits } from '../../../src/node/guard-rules.ts';
import { SignGuard } from '../../../src/node/sign-guard.ts';
import { memoryDisk, memoryLog, named } from './helpers.ts';

const options = { path: 'guard/000001.log', keyId: named('key'), limits: defaultGuardLimits };
const slot = { lane: 'nonce', scope: ascii('a'), number: 0n } as const;
const claim = (content: string): GuardClaim => ({
  slots: [slot],
  kind: 'l1-tx',
  contentHash: named(content),
  digest: named(content),
  fees: undefined,
  feeCaps: undefined,
  requestHash: named('r'),
  presigId: named('p'),
  tau0: named('t'),
  posRef: new Uint8Array(),
  boot: 1n,
  epoch: 0,
});

test('the record is on the disk when the guard answers new', () => {
  const disk = memoryDisk();
  const guard = SignGuard.create(options, 'keygen', { disk, log: memoryLog() });
  const before = disk.files.get(options.path)!.length;
  expect(guard.check(claim('A')).kind).toBe('new');
  expect(disk.files.get(options.path)!.length).toBeGreaterThan(before);
  const copy = memoryDisk();
  copy.files.set(options.path, disk.files.get(options.path)!);
  const reopened = SignGuard.open(options, { disk: copy, log: memoryLog() });
  expect(reopened.recordsAt(slot)[0]?.presigId).toEqual(named('p'));
  expect([reopened.seq, reopened.head]).toEqual([guard.seq, guard.head]);
});

test('the place of what is signed is that of its row, also when it is asked for again', () => {
  const guard = SignGuard.create(options, 'keygen', { disk: memoryDisk(), log: memoryLog() });
  const [first, second] = [claim('A'), { ...claim('B'), slots: [{ ...slot, number: 1n }] }];
  expect([guard.check(first).kind, guard.placeOf(first)]).toEqual(['new', 1]);
  expect([guard.check(second).kind, guard.placeOf(second)]).toEqual(['new', 2]);
  expect([guard.check(first).kind, guard.placeOf(first)]).toEqual(['repeat', 1]);
  expect(() => guard.placeOf(claim('C'))).toThrow(Bug);
});

test('it holds a content only where each slot has a row of it', () => {
  const guard = SignGuard.create(options, 'keygen', { disk: memoryDisk(), log: memoryLog() });
  guard.check(claim('A'));
  expect(guard.holds([slot], named('A'))).toBe(true);
  expect(guard.holds([slot], named('B'))).toBe(false);
  expect(guard.holds([slot, { ...slot, number: 1n }], named('A'))).toBe(false);
});

test('a conflict is alarmed', () => {
  const log = memoryLog();
  const guard = SignGuard.create(options, 'keygen', { disk: memoryDisk(), log });
  guard.check(claim('A'));
  guard.check(claim('B'));
  expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error', event: 'guard conflict' }));
});

test('a missing register names the commands that make a new one', () => {
  const open = (): unknown => SignGuard.open(options, { disk: memoryDisk(), log: memoryLog() });
  expect(open).toThrow(/put your own newest copy back.*guard init --from-l1 --from-peers.*sign without it/);
});

test('a quarantine is on the disk before it counts, and ends with a release', () => {
  const disk = memoryDisk();
  const guard = SignGuard.create(options, 'keygen', { disk, log: memoryLog() });
  const reopened = (): SignGuard => SignGuard.open(options, { disk, log: memoryLog() });
  expect(guard.isQuarantined).toBe(false);
  guard.quarantine('manifest lost');
  guard.quarantine('manifest lost');
  expect(reopened().quarantineReason).toBe('manifest lost');
  expect(reopened().seq).toBe(2);
  expect(guard.check(claim('A'))).toMatchObject({ kind: 'refused', reason: 'quarantine' });
  guard.release('marks of two peers');
  guard.release('marks of two peers');
  expect([guard.isQuarantined, reopened().isQuarantined, reopened().seq]).toEqual([false, false, 3]);
  expect(guard.check(claim('A')).kind).toBe('new');
});

test('a quarantine that the disk does not take holds all the same, until the end of the process', () => {
  const disk = memoryDisk();
  const guard = SignGuard.create(options, 'keygen', { disk, log: memoryLog() });
  disk.fault = { code: 'disk-full', level: 'reset' };
  expect(() => guard.quarantine('manifest lost')).toThrow(OperationError);
  expect(guard.check(claim('A'))).toMatchObject({ reason: 'quarantine' });
});

test('a register that does not know what was signed begins in quarantine', () => {
  for (const origin of ['relearned', 'repaired', 'imported', 'joined']) {
    const disk = memoryDisk();
    const guard = SignGuard.create(options, origin, { disk, log: memoryLog() });
    const reopened = SignGuard.open(options, { disk, log: memoryLog() });
    expect([guard.quarantineReason, reopened.quarantineReason]).toEqual([origin, origin]);
  }
});

test('a damaged register names the repair command and the offset', () => {
  const disk = memoryDisk();
  SignGuard.create(options, 'keygen', { disk, log: memoryLog() }).check(claim('A'));
  disk.files.set(
    options.path,
    disk.files.get(options.path)!.map((byte, i) => (i === 100 ? byte ^ 1 : byte)),
  );
  const open = (): unknown => SignGuard.open(options, { disk, log: memoryLog() });
  expect(open).toThrow(/byte \d+.*"conclave guard repair"/);
});

test('an existing register is not started anew', () => {
  const ports = { disk: memoryDisk(), log: memoryLog() };
  SignGuard.create(options, 'keygen', ports);
  expect(() => SignGuard.create(options, 'keygen', ports)).toThrow(OperationError);
});

test('a failed fsync is not answered but thrown', () => {
  const disk = memoryDisk();
  const guard = SignGuard.create(options, 'keygen', { disk, log: memoryLog() });
  disk.fault = { code: 'fsync-failed', level: 'fatal' };
  expect(() => guard.check(claim('A'))).toThrow(OperationError);
});

test('the state of a lane shows its marks and its highest number', () => {
  const guard = SignGuard.create(options, 'keygen', { disk: memoryDisk(), log: memoryLog() });
  guard.check({ ...claim('A'), slots: [{ ...slot, number: 3n }] });
  guard.raise({ ...slot, low: 1n });
  expect(guard.laneState(slot)).toMatchObject({ low: 1n, high: undefined, highest: 3n });
});

test('a register that is older than the manifest, or went another way, is a rollback', () => {
  const disk = memoryDisk();
  const ports = { disk, log: memoryLog() };
  const guard = SignGuard.create(options, 'keygen', ports);
  const early = disk.files.get(options.path)!;
  guard.check(claim('A'));
  const noted = { seq: guard.seq, head: guard.head };
  expect(SignGuard.open(options, ports, noted).head).toEqual(guard.head);
  guard.check({ ...claim('A'), slots: [{ ...slot, number: 1n }] });
  expect(SignGuard.open(options, ports, noted).seq).toBe(3);
  disk.files.set(options.path, early);
  expect(() => SignGuard.open(options, ports, noted)).toThrow(/older copy/);
  SignGuard.open(options, ports).check(claim('B'));
  expect(() => SignGuard.open(options, ports, noted)).toThrow(/older copy/);
});

test('its watermarks refuse every number up to the highest, in each scope by itself', () => {
  const guard = SignGuard.create(options, 'keygen', { disk: memoryDisk(), log: memoryLog() });
  const other = { ...slot, scope: ascii('b') };
  guard.check({ ...claim('A'), slots: [{ ...slot, number: 3n }] });
  guard.raise({ ...slot, low: 1n, high: 9n });
  guard.raise({ ...other, low: 7n });
  expect(guard.watermarks()).toEqual([
    { lane: 'nonce', scope: slot.scope, low: 3n, high: 9n },
    { lane: 'nonce', scope: other.scope, low: 7n, high: undefined },
  ]);
});
