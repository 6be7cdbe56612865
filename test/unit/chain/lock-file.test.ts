import { describe, expect, it } from 'vitest';

import { parseLock, readLock, writeLock } from '../../../src/chain/lock-file.ts';
import type { Lock } from '../../../src/chain/lock.ts';
import { keygenRules } from '../../../src/chain/lock-rules.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { ascii, latin1 } from '../../../src/crypto/bytes.ts';
import { writeJsonFile } from '../../../src/crypto/json-file.ts';
import { firstEpoch, nextEpoch } from '../audit/support/epochs.ts';
import { makeCeremony } from '../audit/support/folders.ts';
import { cuts, leafMutations } from '../audit/support/tamper.ts';

const { lock } = makeCeremony(3, 2, 'lock file');
const { certificate } = lock;
if (certificate.kind !== 'keygen') throw new RangeError('a new key');
const bytes = writeLock(lock);
const codeOf = (changed: Uint8Array, previous?: Lock): string => {
  try {
    readLock(changed, 'lock.json', previous);
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
  return 'read';
};
const codes = new Set([
  ...['file-damaged', 'file-truncated', 'lock-mismatch', 'definition-mismatch', 'bad-signature', 'malformed'],
  ...[
    'bad-threshold',
    'bad-index',
    'bad-identity',
    'bad-identity-key',
    'suite-mismatch',
    'bad-committee',
    'bad-point',
  ],
]);

/** Names and times of signatures are for people: nothing follows from the second. */
const unsigned = /signedAtMs$/;

describe('the file of a lock', () => {
  it('is read as it was written', () => {
    expect(writeLock(readLock(bytes, 'lock.json'))).toEqual(bytes);
  });

  it('is refused with a code for every value in it that is changed', () => {
    const mutations = leafMutations(bytes).filter(({ what }) => !unsigned.test(what));
    expect(mutations.length).toBeGreaterThan(60);
    for (const { what, bytes: changed } of mutations) {
      const code = codeOf(changed);
      expect(codes.has(code), `${what}: ${code}`).toBe(true);
    }
  });

  it('is refused with a code for every field that is removed or added', () => {
    const whole = JSON.parse(latin1(bytes)) as object;
    const changed = [...(without(whole) as readonly object[]), { ...whole, more: 1 }];
    expect(changed.length).toBeGreaterThan(60);
    for (const file of changed)
      expect(codeOf(writeJsonFile(file))).toMatch(/file-damaged|(lock|definition)-mismatch|malformed|bad-/);
  });

  it('is refused where it ends early, and in every other spelling', () => {
    for (const { bytes: cut } of cuts(bytes, 24)) expect(codes.has(codeOf(cut))).toBe(true);
    expect(codeOf(ascii(latin1(bytes).replaceAll('  ', ' ')))).toBe('file-damaged');
  });

  it('is refused unsigned, uncertified and unproven, saying which', () => {
    const cases = [
      [{ ...lock, signatures: lock.signatures.slice(1) }, /countersigned/],
      [{ ...lock, signatures: [] }, /countersigned/],
      [{ ...lock, definition: { ...lock.definition, signatures: [] } }, /signed the definition/],
      [{ ...lock, certificate: { ...certificate, signatures: [] } }, /certificate/],
      [{ ...lock, proofs: [] }, /signed by quorums/],
    ] as const;
    for (const [changed, what] of cases) {
      const file = writeLock(changed);
      expect(() => readLock(file, 'lock.json')).toThrow(expect.objectContaining({ code: 'lock-mismatch' }));
      expect(() => readLock(file, 'lock.json')).toThrow(what);
      expect(parseLock(file, 'lock.json').attempt).toBe(lock.attempt); // its form is good
    }
    expect(keygenRules).toHaveLength(5);
  });
});

describe('the file of the lock of an epoch change', () => {
  const before = firstEpoch(4, 3);
  const next = nextEpoch(before, { committee: [1, 2, 5], required: 2 }).lock;
  const file = writeLock(next);
  const read = (changed: Uint8Array): string => codeOf(changed, before.lock);

  it('is read as it was written, with any number of proofs and signatures', () => {
    for (const one of [
      next,
      { ...next, proofs: [], signatures: [] },
      { ...next, proofs: next.proofs.slice(1) },
    ]) {
      expect(readLock(writeLock(one), 'lock.json', before.lock)).toEqual(one);
      expect(readLock(writeLock(one), 'lock.json')).toEqual(one);
    }
  });

  it('is refused with a code for every value in it that is changed', () => {
    const mutations = leafMutations(file).filter(({ what }) => !unsigned.test(what));
    expect(mutations.length).toBeGreaterThan(100);
    for (const { what, bytes: changed } of mutations)
      expect(codes.has(read(changed)), `${what}: ${read(changed)}`).toBe(true);
  });

  it('is refused with a code for every field that is removed', () => {
    const all = without(JSON.parse(latin1(file))) as readonly object[];
    for (const changed of all.filter((_, i) => i % 4 === 0)) {
      const code = read(writeJsonFile(changed));
      // Proofs and countersignatures come in one by one: fewer of them are a lock too.
      if (code !== 'read') expect(code).toMatch(/file-damaged|(lock|definition)-mismatch|malformed|bad-/);
    }
    const { previousLockHash: _, ...less } = JSON.parse(latin1(file)) as Record<string, unknown>;
    expect(read(writeJsonFile(less))).toBe('file-damaged');
  });

  it('names no lock before a new key, and one before a later epoch', () => {
    const whole = JSON.parse(latin1(bytes)) as object;
    const some = `0x${'01'.repeat(32)}`;
    expect(codeOf(writeJsonFile({ ...whole, previousLockHash: some }))).toBe('file-damaged');
    const later = JSON.parse(latin1(file)) as object;
    expect(read(writeJsonFile({ ...later, previousLockHash: null }))).toBe('file-damaged');
    expect(read(writeJsonFile({ ...later, previousLockHash: some }))).toBe('lock-mismatch');
  });

  it('is refused over the lock of another key', () => {
    expect(codeOf(file, lock)).toBe('lock-mismatch');
  });
});

/** The value with one of its fields or items taken out, for each of them at any depth. */
function without(value: unknown): readonly unknown[] {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, i) => [
      value.filter((_, k) => k !== i),
      ...without(item).map((inner) => value.map((one: unknown, k) => (k === i ? inner : one))),
    ]);
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  return entries.flatMap(([key, inner]) => [
    Object.fromEntries(entries.filter(([name]) => name !== key)),
    ...without(inner).map((less) => Object.fromEntries(entries.map(([n, v]) => [n, n === key ? less : v]))),
  ]);
}
