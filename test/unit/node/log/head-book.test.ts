import { describe, expect, it } from 'vitest';

import { countersignHead } from '../../../../src/chain/log/head.ts';
import type { HeadRecord } from '../../../../src/chain/log/heads-file.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { HeadBook } from '../../../../src/node/log/head-book.ts';
import { type MemoryDisk, memoryDisk, memoryLog } from '../helpers.ts';
import { headOf, identityOf, logWith, refusal, subject } from './samples.ts';

const owner = identityOf(1);
/** Heads of a log of growing size. */
function headsUpTo(count: number, identity = owner): readonly HeadRecord[] {
  const { log } = logWith(0, identity);
  return Array.from({ length: count }, (_, i) => {
    log.append(refusal(i), subject);
    const signed = headOf(log, identity, 1_000 + i);
    return { owner: identity.publicKey, instance: log.of.instance, signed, countersignatures: [] };
  });
}
const open = (disk: MemoryDisk, keep = 3, lines = memoryLog()): HeadBook =>
  HeadBook.open(disk, { path: 'data/log/heads.log', keep }, lines);
const witnessOf = ({ signed: { head } }: HeadRecord, i: number) => {
  const identity = identityOf(i);
  const signature = identity.lend((seed) => countersignHead(seed, head, partyIndex(i)));
  const one = { ...signature, identityPk: identity.publicKey };
  return { logId: head.logId, size: head.size, one };
};
const [first, second, third, fourth] = headsUpTo(4);
if (first === undefined || second === undefined || third === undefined || fourth === undefined)
  throw new RangeError('no heads');

describe('a book of heads', () => {
  it('remembers the newest of each log, over restarts too', () => {
    const disk = memoryDisk();
    const book = open(disk);
    const [foreign] = headsUpTo(1, identityOf(2));
    if (foreign === undefined) expect.fail('no head');
    for (const head of [first, second, foreign, third, fourth]) book.add(head);
    for (const one of [book, open(disk)]) {
      expect(one.records.map(({ signed }) => signed.head.size).sort()).toEqual([1, 2, 3, 4]);
      expect(one.newest(first.signed.head.logId)).toEqual(fourth);
      expect(one.newestOf(foreign.owner)).toEqual([foreign]);
      expect(one.newest(new Uint8Array(32))).toBeUndefined();
    }
  });

  it('forgets a log that is closed for good, over restarts and when it is written anew too', () => {
    const disk = memoryDisk();
    const book = open(disk, 1);
    const [foreign] = headsUpTo(1, identityOf(2));
    if (foreign === undefined) expect.fail('no head');
    for (const head of [first, foreign]) book.add(head);
    book.close(first);
    for (let i = 0; i < 300; i++) book.add(foreign);
    for (const one of [book, open(disk, 1)]) {
      expect(one.records).toEqual([foreign]);
      expect([first, foreign].map(({ signed }) => one.isClosed(signed.head.logId))).toEqual([true, false]);
      expect([owner, identityOf(2)].map(({ publicKey }) => one.closedOf(publicKey))).toEqual([1, 0]);
    }
  });

  it('adds a countersignature to its head, one of each member, over restarts too', () => {
    const disk = memoryDisk();
    const book = open(disk);
    for (const head of [first, second]) book.add(head);
    expect(book.witness(witnessOf(first, 2))).toBe(true);
    expect(book.witness(witnessOf(first, 2))).toBe(false);
    expect(book.witness(witnessOf(first, 3))).toBe(true);
    expect(book.witness(witnessOf(fourth, 2))).toBe(false);
    for (const one of [book, open(disk)])
      expect(one.records.map((head) => head.countersignatures.map(({ member }) => member))).toEqual([
        [2, 3],
        [],
      ]);
  });

  it('is written anew when much of it is forgotten, and says the same', () => {
    const disk = memoryDisk();
    const book = open(disk, 1);
    let longest = 0;
    for (let i = 0; i < 300; i++) {
      book.add(i % 2 === 0 ? first : second);
      longest = Math.max(longest, disk.files.get('data/log/heads.log')?.length ?? 0);
    }
    const length = disk.files.get('data/log/heads.log')?.length ?? 0;
    expect(length).toBeLessThan(longest / 4);
    expect(open(disk, 1).records).toEqual([second]);
  });

  it('holds what it has written where there is no room to write it anew, and goes on', () => {
    const disk = memoryDisk();
    let hasRoom = false;
    const full: MemoryDisk = {
      ...disk,
      replace: (path, bytes) => {
        if (!hasRoom) throw new OperationError('disk-full', 'retry', 'no room');
        disk.replace(path, bytes);
      },
    };
    const book = open(full, 1);
    for (let i = 0; i < 300; i++) book.add(i % 2 === 0 ? first : second);
    const length = (): number => disk.files.get('data/log/heads.log')?.length ?? 0;
    const longest = length();
    hasRoom = true;
    book.add(first);
    book.add(second);
    expect(length()).toBeLessThan(longest / 4);
    expect(open(disk, 1).records).toEqual([second]);
  });

  it('that is damaged is put aside, under a name of its own each time, and begun anew', () => {
    const disk = memoryDisk();
    for (let n = 1; n <= 2; n++) {
      open(disk).add(first);
      const bytes = disk.files.get('data/log/heads.log') ?? new Uint8Array(0);
      disk.files.set('data/log/heads.log', bytes.with(30, (bytes[30] ?? 0) ^ 1));
      const lines = memoryLog();
      expect(open(disk, 3, lines).records).toEqual([]);
      expect(disk.files.has(`data/log/heads.log.damaged-${n}`)).toBe(true);
      expect(lines.lines).toMatchObject([{ level: 'error', event: 'book of heads damaged' }]);
    }
  });
});
