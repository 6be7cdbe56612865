import { describe, expect, it } from 'vitest';

import { latin1 } from '../../../../src/crypto/bytes.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { readJsonFile, writeJsonFile } from '../../../../src/crypto/json-file.ts';
import { definitionIn, definitionJson } from '../../../../src/protocols/ceremony/definition-json.ts';
import type { SignedDefinition } from '../../../../src/protocols/ceremony/definition.ts';
import { changeOf, firstEpoch, signedBy } from '../../audit/support/epochs.ts';
import { signedDefinition } from '../../audit/support/folders.ts';
import { leafMutations } from '../../audit/support/tamper.ts';

const { lock } = firstEpoch(4, 3);
const signed = signedBy(changeOf(lock, { committee: [1, 2, 3, 5], lost: [2] }));
const bytesOf = (one: SignedDefinition): Uint8Array => writeJsonFile(definitionJson(one));
const codeOf = (bytes: Uint8Array): string => {
  try {
    definitionIn(readJsonFile(bytes, 'definition'), 'definition');
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
  return 'read';
};
const changed = (change: (file: Record<string, unknown>) => object): Uint8Array =>
  writeJsonFile(change(JSON.parse(latin1(bytesOf(signed))) as Record<string, unknown>));

describe('a definition as JSON', () => {
  it('is read as it was written, of a key generation and of an epoch change', () => {
    for (const one of [signedDefinition(4, 3), signed, { ...signed, signatures: [] }])
      expect(definitionIn(readJsonFile(bytesOf(one), 'x'), 'x')).toEqual(one);
  });

  it('is refused with a code for every value of an epoch change that is changed', () => {
    const mutations = leafMutations(bytesOf(signed)).filter(({ what }) => !what.endsWith('signedAtMs'));
    expect(mutations.length).toBeGreaterThan(60);
    for (const { what, bytes } of mutations)
      expect(`${what}: ${codeOf(bytes)}`).toMatch(
        /: (file-damaged|malformed|definition-mismatch|suite-mismatch|bad-[a-z-]+)$/,
      );
  });

  it('is refused with the fields of another ceremony, and of none', () => {
    const { key: _, ...keyless } = JSON.parse(latin1(bytesOf(signed))) as Record<string, unknown>;
    expect(codeOf(writeJsonFile(keyless))).toBe('file-damaged');
    expect(codeOf(changed((file) => ({ ...file, ceremony: 'keygen' })))).toBe('file-damaged');
    expect(codeOf(changed((file) => ({ ...file, ceremony: 'wedding' })))).toBe('file-damaged');
    expect(codeOf(changed((file) => ({ ...file, ceremony: 'repair' })))).toBe('malformed');
    const far = ({ key }: Record<string, unknown>): unknown =>
      Object.assign({}, key, { epoch: '4294967296' });
    expect(codeOf(changed((file) => ({ ...file, key: far(file) })))).toBe('file-damaged');
  });

  it('is refused where somebody has signed in another role', () => {
    const file = JSON.parse(latin1(bytesOf(signed))) as { signatures: { role: string }[] };
    expect(file.signatures.map(({ role }) => role)).toEqual([
      ...['member', 'member', 'member', 'leaving', 'joining'],
    ]);
    for (const role of ['joining', 'leaving', 'king']) {
      const signatures = file.signatures.map((one, i) => (i === 0 ? { ...one, role } : one));
      expect(codeOf(writeJsonFile({ ...file, signatures }))).toBe('file-damaged');
    }
    const swapped = signed.signatures.map((one, i) => ({
      ...one,
      signature: signed.signatures[(i + 1) % 5]?.signature ?? one.signature,
    }));
    expect(codeOf(bytesOf({ ...signed, signatures: swapped }))).toBe('bad-signature');
  });
});
