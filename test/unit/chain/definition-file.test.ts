import { describe, expect, it } from 'vitest';

import { latin1 } from '../../../src/crypto/bytes.ts';
import type { Lock } from '../../../src/chain/lock.ts';
import { lockJson } from '../../../src/chain/lock-file.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { writeJsonFile } from '../../../src/crypto/json-file.ts';
import { readDefinition, writeDefinition } from '../../../src/chain/definition-file.ts';
import { definitionJson } from '../../../src/protocols/ceremony/definition-json.ts';
import { changeOf, firstEpoch, nextEpoch, signedBy } from '../audit/support/epochs.ts';
import { signedDefinition } from '../audit/support/folders.ts';
import { cuts, leafMutations } from '../audit/support/tamper.ts';

const signed = signedDefinition(4, 3);
const bytes = writeDefinition(signed);
const codeOf = (changed: Uint8Array): string => {
  try {
    readDefinition(changed, 'definition.json');
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
  return 'read';
};
/** The file with some of its fields changed, whatever follows from them. */
const changed = (change: (file: Record<string, unknown>) => Record<string, unknown>): Uint8Array =>
  writeJsonFile(change(JSON.parse(latin1(bytes)) as Record<string, unknown>));

describe('the file of a definition', () => {
  it('is read as it was written, with any number of signatures', () => {
    expect(readDefinition(bytes, 'definition.json')).toEqual(signed);
    const none = { ...signed, signatures: [] };
    expect(readDefinition(writeDefinition(none), 'definition.json')).toEqual(none);
  });

  it('is refused with a code for every value that is changed', () => {
    const mutations = leafMutations(bytes).filter(({ what }) => !what.endsWith('signedAtMs'));
    expect(mutations.length).toBeGreaterThan(30);
    for (const { what, bytes: file } of mutations)
      expect(`${what}: ${codeOf(file)}`).toMatch(
        /: (file-damaged|malformed|definition-mismatch|suite-mismatch|bad-[a-z-]+)$/,
      );
  });

  it('is refused where it ends early', () => {
    for (const { bytes: cut } of cuts(bytes, 24)) expect(codeOf(cut)).toMatch(/file-(truncated|damaged)/);
  });

  it('names what is wrong by its code', () => {
    const cases: readonly (readonly [code: string, change: Parameters<typeof changed>[0]])[] = [
      ['file-damaged', (file) => ({ ...file, more: 1 })],
      ['file-damaged', ({ policyHash: _, ...file }) => file],
      ['file-damaged', (file) => ({ ...file, version: 2 })],
      ['file-damaged', (file) => ({ ...file, kind: 'another' })],
      ['file-damaged', (file) => ({ ...file, ceremony: 'reshare' })],
      ['file-damaged', (file) => ({ ...file, keys: [{ purpose: 'test' }, { purpose: 'blob' }] })],
      ['file-damaged', (file) => ({ ...file, keys: [] })],
      ['suite-mismatch', (file) => ({ ...file, suite: { ...Object(file['suite']), scheme: 'another' } })],
      ['suite-mismatch', (file) => ({ ...file, suite: { ...Object(file['suite']), paramsHash: '0x00' } })],
      ['bad-threshold', (file) => ({ ...file, required: 2 })],
      ['bad-threshold', (file) => ({ ...file, required: 5 })],
      ['bad-index', (file) => ({ ...file, proposer: 0 })],
      ['definition-mismatch', (file) => ({ ...file, name: 'another' })],
    ];
    for (const [code, change] of cases) expect(codeOf(changed(change))).toBe(code);
  });

  it('refuses a signature that is not a member’s, or not for this definition', () => {
    const [first, second] = signed.signatures;
    if (first === undefined || second === undefined) throw new RangeError('four signatures');
    const swapped = { ...signed, signatures: [{ ...first, signature: second.signature }] };
    expect(codeOf(writeDefinition(swapped))).toBe('bad-signature');
  });
});

describe('the file of the plan of an epoch change', () => {
  const first = firstEpoch(4, 3);
  const second = nextEpoch(first);
  const planned = signedBy(changeOf(first.lock, { committee: [1, 2, 3, 5] }));
  const file = writeDefinition({ ...planned, previous: first.lock });
  const with_ = (previous: Lock | undefined): Uint8Array =>
    writeJsonFile({
      ...definitionJson(planned),
      ...(previous && { previousLock: lockJson(previous) }),
    });

  it('is read as it was written, with the lock from which it starts', () => {
    expect(with_(first.lock)).toEqual(file);
    expect(readDefinition(file, 'definition.json')).toEqual({ ...planned, previous: first.lock });
    const later = { ...signedBy(changeOf(second.lock)), previous: second.lock };
    expect(readDefinition(writeDefinition(later), 'definition.json')).toEqual(later);
  });

  it('is refused without that lock, with another one, and with one that does not hold', () => {
    expect(codeOf(with_(undefined))).toBe('file-damaged');
    expect(codeOf(with_(second.lock))).toBe('stale-epoch');
    expect(codeOf(with_(firstEpoch(4, 3, 'other').lock))).toBe('change-mismatch');
    expect(codeOf(with_({ ...first.lock, signatures: [] }))).toBe('lock-mismatch');
    expect(codeOf(with_({ ...first.lock, proofs: [] }))).toBe('lock-mismatch');
  });

  it('is refused where the lock stands elsewhere, and of a key generation where there is one', () => {
    const { kind, ...rest } = JSON.parse(latin1(file)) as Record<string, unknown>;
    const { previousLock, ...others } = rest;
    expect(codeOf(writeJsonFile({ previousLock, kind, ...others }))).toBe('file-damaged');
    const whole = JSON.parse(latin1(bytes)) as object;
    expect(codeOf(writeJsonFile({ ...whole, previousLock }))).toBe('change-mismatch');
  });

  it('is refused where the plan does not fit the lock that it names', () => {
    const { definition } = planned;
    const bent = signedBy({ ...definition, purpose: 'batch' });
    expect(codeOf(writeDefinition({ ...bent, previous: first.lock }))).toBe('change-mismatch');
  });

  it('is not written without its lock, nor that of a key generation with one', () => {
    expect(() => writeDefinition(planned)).toThrow(/lock before it/);
    expect(() => writeDefinition({ ...signed, previous: first.lock })).toThrow(/lock before it/);
  });
});
