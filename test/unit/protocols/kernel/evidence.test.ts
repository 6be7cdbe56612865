import { describe, expect, test } from 'vitest';

import { concat, toHex } from '../../../../src/crypto/bytes.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { taggedHash } from '../../../../src/crypto/hash.ts';
import { tags } from '../../../../src/crypto/tags.ts';
import {
  type Evidence,
  decodeEvidence,
  encodeEvidence,
  opensSeed,
} from '../../../../src/protocols/kernel/evidence.ts';
import { broadcastOf, party } from '../support/envelopes.ts';

const base = {
  accused: party(2),
  check: 'V4',
  envelopes: [broadcastOf(2, 1).bytes, broadcastOf(2, 2).bytes],
};
const [some, others] = [new Uint8Array(32).fill(1), new Uint8Array(50).fill(2)];
const shown = { salt: some, plaintext: others };
const all: readonly Evidence[] = [
  { ...base, kind: 'malformed' },
  { ...base, kind: 'equivocation' },
  { ...base, kind: 'public-check' },
  { ...base, kind: 'opening', salt: some, plaintext: others },
  { ...base, kind: 'undecryptable', shared: some, proof: others },
  { ...base, kind: 'false-accusation' },
  { ...base, kind: 'extension-opening', seed: some, salt: some, answer: shown },
  { ...base, kind: 'product-opening', seed: some, salt: some, instance: 300, offer: shown, product: shown },
];
const plain = all.filter(({ kind }) =>
  ['malformed', 'equivocation', 'public-check', 'false-accusation'].includes(kind),
);

describe('evidence', () => {
  test.each(all)('of the kind $kind goes to bytes and back', (evidence) => {
    expect(decodeEvidence(encodeEvidence(evidence))).toEqual(evidence);
  });

  test('begins with the number of its kind, which never changes', () => {
    expect(all.map((evidence) => encodeEvidence(evidence)[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('has the bytes that it had when each kind was released', () => {
    const hashes = all.map((evidence) => toHex(taggedHash(tags.test, encodeEvidence(evidence))).slice(0, 16));
    expect(hashes).toEqual([
      'c23bb2eed65e98c7',
      '54bb95546c103d61',
      'fb29341c1d76cb63',
      '69ceddfe9cb4939b',
      '9d27df0396c69854',
      'b57471af7fb03d02',
      'af1aae368f1213c5',
      'e25264a03e6a5671',
    ]);
  });

  test.each([8, 255])('of the unknown kind %i is refused', (kind) => {
    const bytes = Uint8Array.from(encodeEvidence({ ...base, kind: 'malformed' }));
    bytes[0] = kind;
    expect(() => decodeEvidence(bytes)).toThrow(`there is no evidence of kind ${kind}`);
  });

  test.each(plain)('of the kind $kind that carries an opening is refused', ({ kind }) => {
    const bytes = Uint8Array.from(
      encodeEvidence({ ...base, kind: 'opening', salt: some, plaintext: others }),
    );
    bytes[0] = all.findIndex((evidence) => evidence.kind === kind);
    expect(() => decodeEvidence(bytes)).toThrow(`${kind} evidence carries no opening`);
  });

  test('opens a seed in the kinds of which nobody makes two in a session', () => {
    expect(all.filter(opensSeed).map(({ kind }) => kind)).toEqual(['extension-opening', 'product-opening']);
  });

  test.each(all)('of the kind $kind is refused at every truncation, and with one byte too many', (whole) => {
    const bytes = encodeEvidence({ ...whole, envelopes: [others] });
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeEvidence(bytes.subarray(0, length))).toThrow(InputError);
    expect(() => decodeEvidence(concat(bytes, Uint8Array.of(0)))).toThrow(InputError);
  });
});
