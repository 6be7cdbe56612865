import { expect, test } from 'vitest';

import { Bug } from '../../../../src/crypto/errors.ts';
import { SealBook, type Sealed } from '../../../../src/services/builder/seal-book.ts';
import { memoryDisk } from '../../node/helpers.ts';

const hash = new Uint8Array(32).fill(7);
const place = (epoch: bigint, view: bigint, number: bigint): Sealed => ({ epoch, view, number, hash });

test('a book is read back as it was written', () => {
  const disk = memoryDisk();
  SealBook.open(disk, 'seal', false).write(place(2n, 3n, 41n));
  expect(SealBook.open(disk, 'seal', false).last).toEqual(place(2n, 3n, 41n));
});

test('a number that was signed is built again in a later view only', () => {
  const book = SealBook.open(memoryDisk(), 'seal', false);
  expect(book.viewFor(0n, 5n, 0n)).toBe(0n);
  book.write(place(0n, 0n, 5n));
  expect(book.viewFor(0n, 6n, 0n)).toBe(0n);
  expect(book.viewFor(0n, 5n, 0n)).toBe(1n);
  expect(book.viewFor(0n, 1n, 0n)).toBe(1n);
  expect(book.viewFor(0n, 1n, 4n)).toBe(4n);
  expect(book.viewFor(1n, 5n, 0n)).toBe(0n);
});

test('the later view stays until the epoch ends', () => {
  const book = SealBook.open(memoryDisk(), 'seal', false);
  book.write(place(0n, 0n, 5n));
  book.write(place(0n, 1n, 2n));
  expect(book.viewFor(0n, 3n, 0n)).toBe(1n);
});

test('writing a place that was signed, or an epoch before, is a bug and writes nothing', () => {
  const disk = memoryDisk();
  const book = SealBook.open(disk, 'seal', false);
  book.write(place(1n, 0n, 5n));
  for (const again of [place(1n, 0n, 5n), place(1n, 0n, 4n), place(0n, 0n, 9n)])
    expect(() => book.write(again)).toThrow(Bug);
  expect(SealBook.open(disk, 'seal', false).last).toEqual(place(1n, 0n, 5n));
});

test('every damaged byte, and every cut, stops the node with the remedy', () => {
  const disk = memoryDisk();
  SealBook.open(disk, 'seal', false).write(place(1n, 0n, 5n));
  const bytes = disk.read('seal') ?? new Uint8Array(0);
  const opened = (damaged: Uint8Array) => () => {
    const other = memoryDisk();
    other.replace('seal', damaged);
    return SealBook.open(other, 'seal', false);
  };
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
    expect(opened(flipped)).toThrow(expect.objectContaining({ code: 'safety-state-damaged' }));
    expect(opened(bytes.subarray(0, at))).toThrow(expect.objectContaining({ code: 'safety-state-damaged' }));
  }
});

test('a lost book stops the node where blocks were built, and is begun anew for another key only', () => {
  const disk = memoryDisk();
  const open = () => SealBook.open(disk, 'seal', true);
  expect(open).toThrow(expect.objectContaining({ code: 'safety-state-missing' }));
  expect(open).toThrow('"conclave sequencer repair --another-key"');
  SealBook.begin(disk, 'seal');
  expect(open().viewFor(0n, 1n, 0n)).toBe(0n);
  expect(() => SealBook.begin(disk, 'seal')).toThrow(expect.objectContaining({ code: 'would-overwrite' }));
});
