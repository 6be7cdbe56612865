import { describe, expect, it } from 'vitest';

import { latin1 } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { writeJsonFile } from '../../../src/crypto/json-file.ts';
import { readDefinition, writeDefinition } from '../../../src/chain/definition-file.ts';
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
