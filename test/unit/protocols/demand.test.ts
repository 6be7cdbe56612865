import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';
import {
  type Demand,
  answers,
  askedBy,
  demandCodec,
  demandHash,
  signDemand,
} from '../../../src/protocols/demand.ts';
import {
  type HeaderFields,
  SIGNED_BYTES,
  envelopeKinds,
  protos,
  sealEnvelope,
  zero32,
} from '../../../src/protocols/kernel/envelope.ts';
import { identityPublicKey } from '../../../src/crypto/ed25519.ts';
import { type Spec, specCodec, specHash } from '../../../src/protocols/kernel/spec.ts';
import { suite } from '../../../src/protocols/params.ts';
import { named } from '../node/helpers.ts';

const seedOf = (index: number): Uint8Array => named(`identity ${index}`);
const [one, two] = [partyIndex(1), partyIndex(2)];
const spec: Spec = {
  ...{ version: 1, suite: suite.name, proto: protos.presign, keyId: named('key'), epochId: named('epoch') },
  participants: [1, 2, 3].map((i) => ({ index: partyIndex(i), identityPk: identityPublicKey(seedOf(i)) })),
  ...{ threshold: 3, batch: 4, purpose: 'batch', context: zero32, position: 1n, coordinator: one },
  ...{ coordinatorNonce: named('nonce'), notAfterMs: 9n, roundTimeoutMs: 5_000 },
};
const sid = named('sid');

/** An envelope of member 2, with what is changed in it. */
function said(change: Partial<HeaderFields> = {}, by = 2): ReturnType<typeof sealEnvelope> {
  const fields: HeaderFields = {
    ...{ kind: envelopeKinds.broadcast, proto: spec.proto, suite: 1, sid, epochId: spec.epochId, round: 1 },
    ...{ from: partyIndex(by), to: 0, prev: named('before'), view: named('view'), ph: zero32 },
    ...change,
  };
  return sealEnvelope(fields, Uint8Array.of(7), seedOf(by));
}
const hello = said({ round: 0, sid: specHash(spec) });
const shownAs = (envelope: ReturnType<typeof said>): Uint8Array => envelope.bytes.slice(0, SIGNED_BYTES);
const demand = (change: Partial<Demand> = {}, by = 1) =>
  signDemand(
    {
      ...{ spec: encode(specCodec, spec), joined: shownAs(hello), round: 2, by: one, deadlineMs: 99n },
      ...change,
    },
    seedOf(by),
  );

describe('a demand', () => {
  it('names who is asked, and has one form', () => {
    expect(askedBy(demand())).toEqual({ member: 2, eid: hello.eid });
    expect(decode(demandCodec, encode(demandCodec, demand()))).toEqual(demand());
    expect(demandHash(demand({ round: 3 }))).not.toEqual(demandHash(demand()));
  });

  it.each([
    ['is signed by another', demand({}, 3)],
    ['was changed after it was signed', { ...demand(), round: 3 }],
    ['comes from nobody of the session', demand({ by: partyIndex(9) }, 9)],
    ['asks its own author', demand({ by: two }, 2)],
    ['asks for the round that it shows itself', demand({ round: 0 })],
    ['shows a message that names no session', demand({ joined: shownAs(said()) })],
    ['shows a message of another session', demand({ joined: shownAs(said({ round: 0 })) })],
    ['shows a message that nobody signed', demand({ joined: new Uint8Array(SIGNED_BYTES) })],
    [
      'shows a message of another epoch',
      demand({ joined: shownAs(said({ round: 0, sid: specHash(spec), epochId: named('other') })) }),
    ],
    [
      'shows a direct message',
      demand({
        joined: shownAs(said({ round: 0, sid: specHash(spec), kind: envelopeKinds.direct, to: one })),
      }),
    ],
    ['is about no session', demand({ spec: Uint8Array.of(1) })],
  ])('asks nobody when it %s', (_, bad) => {
    expect(askedBy(bad)).toBeUndefined();
  });
});

describe('an answer', () => {
  it.each([
    ['the message that was missing', demand(), said({ round: 2 })],
    ['a later one', demand(), said({ round: 4 })],
    ['an abort', demand(), said({ kind: envelopeKinds.abort, sid: specHash(spec) })],
    ['a close', demand(), said({ kind: envelopeKinds.close })],
    ['what follows the first', demand({ round: 1 }), said({ prev: hello.eid })],
  ])('is %s', (_, asked, envelope) => {
    expect(answers(asked, envelope.bytes)).toBe(true);
  });

  it.each([
    ['an earlier message', demand(), said()],
    ['an abort of another session', demand(), said({ kind: envelopeKinds.abort, sid: named('other') })],
    ['what does not follow', demand({ round: 1 }), said()],
    ['a message of another member', demand(), said({ round: 2 }, 3)],
    ['an exhibit', demand(), said({ kind: envelopeKinds.exhibit })],
  ])('is not %s', (_, asked, envelope) => {
    expect(answers(asked, envelope.bytes)).toBe(false);
  });

  it('is no bytes that are no envelope, and nothing answers a demand that asks nobody', () => {
    expect(answers(demand(), Uint8Array.of(1))).toBe(false);
    expect(answers(demand({}, 3), said({ round: 2 }).bytes)).toBe(false);
  });
});
