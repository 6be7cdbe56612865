import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { completeSignatures, isSpecOf, newSpec, specOf } from '../../../../src/node/ceremony/attempt.ts';
import { type Spec, decodeSpec, specCodec } from '../../../../src/protocols/kernel/spec.ts';
import { signedDefinition } from '../../audit/support/folders.ts';
import { named, seededRng } from '../helpers.ts';

const signed = signedDefinition(4, 3);
const { definition } = signed;
const takingPart = definition.committee.map(({ index }) => index);
const spec = specOf(signed, 1, { takingPart, nonce: named('nonce') });

describe('the session of an attempt', () => {
  it('follows from the definition, but for the nonce of the proposer', () => {
    const rng = seededRng('attempt');
    const [first, second] = [newSpec(signed, 1, takingPart, rng), newSpec(signed, 1, takingPart, rng)];
    expect(first).not.toEqual(second);
    for (const bytes of [first, second]) expect(isSpecOf(signed, 1, bytes)).toBe(true);
    expect(decodeSpec(first).threshold).toBe(definition.required);
  });

  const changes: Readonly<Record<Exclude<keyof Spec, 'coordinatorNonce' | 'reshare'>, Partial<Spec>>> = {
    version: { version: 2 },
    suite: { suite: 'another' },
    proto: { proto: 2 },
    keyId: { keyId: named('x') },
    epochId: { epochId: named('x') },
    participants: { participants: spec.participants.slice(0, 3) },
    threshold: { threshold: 2 },
    batch: { batch: 1 },
    purpose: { purpose: 'blob' },
    context: { context: named('x') },
    position: { position: 9n },
    coordinator: { coordinator: partyIndex(2) },
    notAfterMs: { notAfterMs: 9n },
    roundTimeoutMs: { roundTimeoutMs: 9 },
  };
  it.each(Object.entries(changes))('is another one with another %s', (_, change) => {
    expect(isSpecOf(signed, 1, encode(specCodec, { ...spec, ...change }))).toBe(false);
  });
  it('is another one with another number of the attempt, another definition, or other identities', () => {
    const bytes = encode(specCodec, spec);
    expect(isSpecOf(signed, 1, bytes)).toBe(true);
    expect(isSpecOf(signed, 2, bytes)).toBe(false);
    expect(isSpecOf({ ...signed, definition: { ...definition, name: 'another' } }, 1, bytes)).toBe(false);
    const [first, ...rest] = spec.participants;
    if (first === undefined) throw new RangeError('four participants');
    const swapped = { ...spec, participants: [{ ...first, identityPk: named('x') }, ...rest] };
    expect(isSpecOf(signed, 1, encode(specCodec, swapped))).toBe(false);
  });
});

it('signatures are complete when every seat has one, in the order of the seats', () => {
  const collected = new Map([4, 2, 1, 3].map((j) => [partyIndex(j), named(`signature ${j}`)]));
  expect(completeSignatures(definition, collected)?.map(({ index }) => index)).toEqual([1, 2, 3, 4]);
  collected.delete(partyIndex(2));
  expect(completeSignatures(definition, collected)).toBeUndefined();
});
