import { describe, expect, test } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { concat, toHex } from '../../../../src/crypto/bytes.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { partyIdOf } from '../../../../src/crypto/ed25519.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import {
  MAX_PARTIES,
  type Spec,
  checkParticipants,
  decodeSpec,
  identitiesOf,
  partiesOf,
  pidsOf,
  specCodec,
  specHash,
} from '../../../../src/protocols/kernel/spec.ts';
import { members, specFor } from '../../../sim/cluster.ts';

const spec = specFor(members(4), { proto: protos.keygen, threshold: 3 });
const bytes = encode(specCodec, spec);
const seat = (i: number): Spec['participants'][number] => {
  const one = spec.participants[i];
  if (one === undefined) throw new RangeError(`no seat ${i}`);
  return one;
};
const refused = (change: Partial<Spec>, message: string): void => {
  const run = (): void => checkParticipants({ ...spec, ...change });
  expect(run).toThrow(InputError);
  expect(run).toThrow(message);
  expect(() => decodeSpec(encode(specCodec, { ...spec, ...change }))).toThrow(message);
};

describe('a specification', () => {
  test('goes to bytes and back', () => {
    expect(decodeSpec(bytes)).toEqual(spec);
  });

  test('is refused at every truncation, and with one byte too many', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeSpec(bytes.subarray(0, length))).toThrow(InputError);
    expect(() => decodeSpec(concat(bytes, Uint8Array.of(0)))).toThrow(InputError);
  });

  test('has another name when any field is another', () => {
    const other = new Uint8Array(32).fill(1);
    const changes: readonly Partial<Spec>[] = [
      ...[{}, { version: 2 }, { suite: 'another' }, { proto: 2 }, { keyId: other }, { epochId: other }],
      ...[{ participants: spec.participants.slice(1) }, { threshold: 2 }, { batch: 1 }, { purpose: 'x' }],
      ...[{ context: other }, { position: 1n }, { coordinator: partyIndex(2) }, { coordinatorNonce: other }],
      ...[{ notAfterMs: 1n }, { roundTimeoutMs: 1 }],
    ];
    const names = changes.map((change) => toHex(specHash({ ...spec, ...change })));
    expect(new Set(names).size).toBe(changes.length);
  });

  test('with one participant is refused', () => {
    refused({ participants: [seat(0)], threshold: 2 }, 'ascending and distinct');
  });

  test('whose participants do not ascend, or share an index, is refused', () => {
    refused({ participants: [seat(1), seat(0), seat(2)] }, 'ascending and distinct');
    refused({ participants: [seat(0), { ...seat(1), index: seat(0).index }] }, 'ascending and distinct');
  });

  test('in which one identity has two seats is refused', () => {
    refused(
      { participants: [seat(0), { ...seat(1), identityPk: seat(0).identityPk }, seat(2)] },
      'ascending and distinct',
    );
  });

  test('whose coordinator does not take part is refused', () => {
    refused({ coordinator: partyIndex(5) }, '5 does not take part');
  });

  test.each([0, 1, 5])('of four with a threshold of %i is refused', (threshold) => {
    refused({ threshold }, `${threshold} of 4 cannot sign`);
  });

  test('has room for the largest committee, and for nobody more', () => {
    const seats = Array.from({ length: MAX_PARTIES + 1 }, (_, i) => ({
      index: partyIndex(i + 1),
      identityPk: new Uint8Array(32).fill(i),
    }));
    const largest = { ...spec, participants: seats.slice(1), coordinator: partyIndex(2) };
    expect(decodeSpec(encode(specCodec, largest)).participants).toHaveLength(MAX_PARTIES);
    expect(() => encode(specCodec, { ...spec, participants: seats })).toThrow(/64|65/);
  });

  test('names its parties, their identities and their names in hashes, in order', () => {
    expect(partiesOf(spec)).toEqual([1, 2, 3, 4]);
    expect([...identitiesOf(spec)]).toEqual(spec.participants.map((one) => [one.index, one.identityPk]));
    expect([...pidsOf(spec)]).toEqual(
      spec.participants.map(({ index, identityPk }) => [index, partyIdOf(identityPk)]),
    );
  });
});
