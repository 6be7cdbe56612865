import { describe, expect, test } from 'vitest';

import { ascii } from '../../../../src/crypto/bytes.ts';
import { Bug, InputError } from '../../../../src/crypto/errors.ts';
import { examineBackup } from '../../../../src/node/backup/examine.ts';
import { readRecipientKey } from '../../../../src/node/backup/recipient.ts';
import { readOnly } from '../../../../src/node/backup/take.ts';
import { memoryDisk, quickKdf } from '../helpers.ts';
import { recipient, seatOf } from './backup-fixture.ts';
import { backupOf, ceremonyOf, claim, holderOf } from './node-fixture.ts';

const seat = seatOf('take');
const examine = ({ name, bytes }: ReturnType<typeof backupOf>) =>
  examineBackup(bytes, {
    ...{ name, path: name, kdf: quickKdf, newest: [seat.lock] },
    key: { kind: 'recipient', secret: readRecipientKey(recipient.file, 'key') },
  });
const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'accepted';
  } catch (error) {
    return error instanceof InputError ? error.code : 'another error';
  }
};

describe('a backup of a node', () => {
  test('passes every check and holds share, lock and the bounds of the guard', () => {
    const holder = holderOf(seat);
    const { checks, content, header } = examine(backupOf(holder));
    expect(checks.map(({ verdict }) => verdict)).toEqual(checks.map(() => 'pass'));
    expect(content?.secret.use((bytes) => bytes.slice())).toEqual(seat.secret);
    expect(content?.lockFile).toEqual(seat.lockFile);
    expect(content?.definitionFile).toEqual(seat.definitionFile);
    expect(content?.guard).toEqual({
      seq: holder.guard.seq,
      head: holder.guard.head,
      marks: [
        { lane: 'nonce', scope: ascii('account'), low: 9n, high: undefined },
        { lane: 'batch', scope: ascii('inbox'), low: 10n, high: undefined },
      ],
    });
    expect(header).toMatchObject({ epoch: 0, index: 2, guardSeq: 11 });
  });

  test('changes nothing, also where the node is in the middle of a write', () => {
    const holder = holderOf(seat);
    const path = holder.keystore.guardPathOf(seat.lock.record);
    const torn = holder.disk.files.get(path)!;
    const [seq, head] = [holder.guard.seq, holder.guard.head];
    holder.guard.check(claim(10n));
    holder.disk.files.set(path, holder.disk.files.get(path)!.slice(0, torn.length + 40));
    const before = new Map(holder.disk.files);
    const { content } = examine(backupOf(holder));
    expect(content?.guard).toMatchObject({ seq, head });
    expect(new Map(holder.disk.files)).toEqual(before);
  });

  test('of one address is of that address', () => {
    const holder = holderOf(seat);
    const { header } = backupOf(holder);
    expect(backupOf(holder, header.address.toUpperCase().replace('0X', '0x')).header).toEqual(header);
    expect(codeOf(() => backupOf(holder, `0x${'00'.repeat(20)}`))).toBe('no-active-share');
  });

  test('is refused where there is no lock, and where share, lock or guard are not as they were', () => {
    const without = holderOf(seat);
    without.disk.files.delete(`${ceremonyOf(seat)}/lock.json`);
    expect(codeOf(() => backupOf(without))).toBe('no-active-share');
    const share = holderOf(seat);
    const path = [...share.disk.files.keys()].find((name) => name.includes('/share-'))!;
    share.disk.files.set(path, share.disk.files.get(path)!.slice(0, -9));
    expect(codeOf(() => backupOf(share))).toBe('file-truncated');
    const guard = holderOf(seat);
    guard.disk.files.delete(guard.keystore.guardPathOf(seat.lock.record));
    expect(codeOf(() => backupOf(guard))).toBe('safety-state-missing');
    const lock = holderOf(seat);
    lock.disk.files.set(`${ceremonyOf(seat)}/lock.json`, seat.lockFile.slice(0, 300));
    expect(codeOf(() => backupOf(lock))).toBe('file-truncated');
  });
});

test('a disk that is only read refuses every write, and cuts nothing off', () => {
  const disk = memoryDisk();
  disk.create('a', Uint8Array.of(1, 2));
  const frozen = readOnly(disk);
  frozen.truncate('a', 0);
  expect(frozen.read('a')).toEqual(Uint8Array.of(1, 2));
  for (const write of [
    () => frozen.replace('a', new Uint8Array(0)),
    () => frozen.create('b', new Uint8Array(0)),
    () => frozen.append('a', new Uint8Array(1)),
    () => frozen.move('a', 'b'),
    () => frozen.shred('a'),
    () => frozen.remove('a'),
  ])
    expect(write).toThrow(Bug);
  expect([...disk.files.keys()]).toEqual(['a']);
});
