import { expect, test } from 'vitest';

import type { Lock } from '../../../../src/chain/lock.ts';
import { Secret } from '../../../../src/crypto/secret.ts';
import { type ExamineOptions, backupName, examineBackup } from '../../../../src/node/backup/examine.ts';
import { readRecipientKey } from '../../../../src/node/backup/recipient.ts';
import { quickKdf } from '../helpers.ts';
import { partsOf, password, recipient, sealedBy, seatOf } from './backup-fixture.ts';

const seat = seatOf('backup');
const foreign = seatOf('foreign');
const parts = partsOf(seat);
const options = (change: Partial<ExamineOptions> = {}): ExamineOptions => ({
  name: backupName('forest-basin', parts.header),
  path: 'backup.json',
  kdf: quickKdf,
  key: { kind: 'recipient', secret: readRecipientKey(recipient.file, 'key') },
  newest: [seat.lock],
  ...change,
});
const verdicts = (of: ReturnType<typeof partsOf>, change?: Partial<ExamineOptions>): string =>
  examineBackup(sealedBy('recipient', of), options(change))
    .checks.map(({ id, verdict }) => `${id} ${verdict}`)
    .join(', ');
const good =
  'whole pass, name pass, opened pass, lock pass, header pass, share pass, guard pass, newest pass';
const later = (lock: Lock, epochNo: number): Lock => ({ ...lock, record: { ...lock.record, epochNo } });

test('a good backup passes every check, and gives back what was backed up', () => {
  expect(verdicts(parts)).toBe(good);
  const { content, lock, header } = examineBackup(sealedBy('recipient', parts), options());
  expect(content?.secret.use((bytes) => bytes.slice())).toEqual(seat.secret);
  expect({ ...content, secret: undefined }).toEqual({ ...parts.content, secret: undefined });
  expect([lock?.record, header]).toEqual([seat.lock.record, parts.header]);
  const byPassword = examineBackup(
    sealedBy('password', parts),
    options({ key: { kind: 'password', password } }),
  );
  expect(byPassword.checks.every(({ verdict }) => verdict === 'pass')).toBe(true);
});

test('without a key nothing that is sealed passes: it is skipped', () => {
  expect(verdicts(parts, { key: undefined })).toBe(
    'whole pass, name pass, opened skip, lock skip, header skip, share skip, guard skip, newest pass',
  );
  const { content, checks } = examineBackup(sealedBy('recipient', parts), options({ key: undefined }));
  expect(content).toBeUndefined();
  expect(checks.find(({ id }) => id === 'share')?.detail).toContain('give the key');
});

test.each(['network', 'keyId', 'address', 'epoch', 'index', 'node', 'lockHash'] as const)(
  'a backup that was labelled with another %s fails',
  (field) => {
    const other = { ...partsOf(seatOf('foreign', 3)).header, network: 'mainnet', epoch: 1 };
    const header = { ...parts.header, [field]: other[field] };
    expect(verdicts({ ...parts, header })).toContain('header fail');
  },
);

test('a share or chain code of another key, seat or epoch fails', () => {
  const change = (secret: Uint8Array): string =>
    verdicts({ ...parts, content: { ...parts.content, secret: new Secret('share', secret.slice()) } });
  expect(change(seat.secret)).toBe(good);
  const [share, chainCode] = [seat.secret.subarray(0, 32), seat.secret.subarray(32)];
  for (const secret of [
    foreign.secret,
    seatOf('backup', 3).secret,
    [...foreign.secret.subarray(0, 32), ...chainCode],
    [...share, ...foreign.secret.subarray(32)],
    new Uint8Array(64),
    new Uint8Array(64).fill(255),
  ])
    expect(change(Uint8Array.from(secret))).toContain('share fail');
});

test('a lock that does not hold fails, and nothing is compared with it', () => {
  const lockFile = seat.lockFile.slice();
  lockFile[lockFile.length - 40]! ^= 1;
  const broken = verdicts({ ...parts, content: { ...parts.content, lockFile } });
  expect(broken).toContain('lock fail, header skip, share skip');
  expect(verdicts({ ...parts, content: { ...parts.content, lockFile: foreign.lockFile } })).toContain(
    'lock pass, header fail, share fail',
  );
});

test('a guard that is empty, or another than the header states, fails', () => {
  const { guard } = parts.content;
  for (const other of [
    { ...guard, seq: 0 },
    { ...guard, seq: 13 },
    { ...guard, head: new Uint8Array(32) },
  ])
    expect(verdicts({ ...parts, content: { ...parts.content, guard: other } })).toContain('guard fail');
});

test('a newer epoch, or another key of the same epoch, fails; other keys say nothing', () => {
  expect(verdicts(parts, { newest: [seat.lock, later(seat.lock, 1)] })).toContain('newest fail');
  expect(verdicts(parts, { newest: [later(seat.lock, 1)], key: undefined })).toContain('newest fail');
  const branch: Lock = { ...seat.lock, record: { ...seat.lock.record, ccHash: new Uint8Array(32) } };
  expect(verdicts(parts, { newest: [branch] })).toContain('newest fail');
  expect(verdicts(parts, { newest: [foreign.lock] })).toContain('newest skip');
  expect(verdicts(parts, { newest: [] })).toContain('newest skip');
});

test('a name of another epoch or address fails, and any other name is only noted', () => {
  const right = backupName('forest-basin', parts.header);
  expect(right).toMatch(/^backup-forest-basin-0x[0-9a-f]{40}-epoch-000000\.json$/);
  expect(verdicts(parts, { name: right.replace('000000', '000001') })).toContain('name fail');
  expect(verdicts(parts, { name: backupName('x', partsOf(foreign).header) })).toContain('name fail');
  expect(verdicts(parts, { name: 'mine.json' })).toContain('name skip');
});
