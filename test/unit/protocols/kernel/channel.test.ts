import { describe, expect, test } from 'vitest';

import { type PartyIndex, sessionId } from '../../../../src/crypto/brand.ts';
import { decode } from '../../../../src/crypto/codec.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { directKey, sealDirect } from '../../../../src/crypto/seal.ts';
import * as dleq from '../../../../src/crypto/proofs/dleq.ts';
import { actBase, pointCodec, randomScalar, scalarToBytes } from '../../../../src/crypto/secp256k1.ts';
import { Channel, type FieldsFor } from '../../../../src/protocols/kernel/channel.ts';
import {
  type Envelope,
  SIGNED_BYTES,
  associatedData,
  directsCodec,
  isSignedBy,
  plaintextHash,
  sealEnvelope,
} from '../../../../src/protocols/kernel/envelope.ts';
import { type Party, type Sending, at, forParties } from '../../../../src/protocols/kernel/protocol.ts';
import { isSharedKey } from '../../../../src/protocols/kernel/shared-key.ts';
import { rngOf } from '../../../sim/cluster.ts';
import { fieldsOf, flipped, identityOf, party, seedOf, sid } from '../support/envelopes.ts';

const parties = [1, 2, 3].map(party);
const secret = Uint8Array.of(5, 4, 3, 2, 1);

/** A party whose pairs share a number that depends on both. */
function partyOf(self: PartyIndex): Party {
  const others = parties.filter((j) => j !== self);
  const rng = rngOf('channel', self);
  return {
    sid: sessionId(sid),
    self,
    parties,
    others,
    threshold: 2,
    pids: new Map(),
    rng,
    keys: {
      esk: new Uint8Array(32),
      epks: forParties(parties, () => actBase(randomScalar(rng))),
      sharedX: forParties(others, (j) => new Uint8Array(32).fill(Number(j) * Number(self))),
      wipe: () => undefined,
    },
  };
}

function channelOf(self: number): Channel {
  const channel = new Channel(seedOf(self), rngOf('channel/wire', party(self)));
  channel.bind(partyOf(party(self)));
  return channel;
}

const fieldsFrom =
  (from: number, round = 2): FieldsFor =>
  (kind, to) =>
    fieldsOf(from, round, kind, to);
const sending = (directs?: Sending['directs']): Sending => ({
  name: 'test',
  broadcast: Uint8Array.of(42),
  directs,
  isPromise: false,
});
const toBoth = new Map([party(2), party(3)].map((j) => [j, secret]));
const sealed = channelOf(1).seal(sending(toBoth), fieldsFrom(1));
const [toTwo] = sealed.directs;
const direct = (): Envelope => {
  if (toTwo === undefined) throw new RangeError('nothing to party 2');
  return toTwo;
};

describe('a channel', () => {
  test('names the direct messages at the head of the broadcast, and signs everything', () => {
    const { broadcast, directs } = sealed;
    const head = decode(directsCodec, broadcast.body.subarray(0, -1), 'directs');
    expect(head).toEqual(directs.map(({ header, eid }) => ({ to: header.to, eid })));
    expect(broadcast.body.at(-1)).toBe(42);
    for (const envelope of [broadcast, ...directs]) expect(isSignedBy(envelope, identityOf(1))).toBe(true);
  });

  test('has no head where a round has no direct messages', () => {
    const { broadcast, directs } = channelOf(1).seal(sending(), fieldsFrom(1));
    expect([directs, broadcast.body]).toEqual([[], Uint8Array.of(42)]);
  });

  test('opens for the addressee, with what it needs to show the message', () => {
    const delivery = channelOf(2).open(direct(), party(2));
    expect(delivery).toMatchObject({
      ...{ kind: 'opened', plaintext: secret },
      signed: direct().bytes.slice(0, SIGNED_BYTES),
    });
    expect(delivery.kind === 'opened' && delivery.salt).toHaveLength(32);
  });

  test('seals the same message to two parties differently', () => {
    const [one, other] = sealed.directs;
    expect(one?.body).not.toEqual(other?.body);
    expect(one?.header.ph).not.toEqual(other?.header.ph);
  });

  test('does not open for another party, or for the way back', () => {
    expect(channelOf(3).open(direct(), party(3)).kind).toBe('undecryptable');
    const mirrored = sealEnvelope({ ...direct().header, from: party(2), to: 1 }, direct().body, seedOf(2));
    expect(channelOf(1).open(mirrored, party(1)).kind).toBe('undecryptable');
  });

  test('does not open in another round, under another header, or with another body', () => {
    const { header, body } = direct();
    const forged = [
      sealEnvelope({ ...header, round: 3 }, body, seedOf(1)),
      sealEnvelope({ ...header, prev: flipped(header.prev, 0) }, body, seedOf(1)),
      sealEnvelope({ ...header, ph: flipped(header.ph, 0) }, body, seedOf(1)),
      sealEnvelope(header, flipped(body, 0), seedOf(1)),
      sealEnvelope(header, body.subarray(1), seedOf(1)),
    ];
    for (const envelope of forged)
      expect(channelOf(2).open(envelope, party(2))).toMatchObject({
        kind: 'undecryptable',
        envelope: envelope.bytes,
      });
  });

  test('does not open to a plaintext that its header does not commit to, or that has no whole salt', () => {
    const key = directKey(new Uint8Array(32).fill(2), sessionId(sid), party(1), party(2));
    const forge = (opened: Uint8Array, salt: number): Envelope => {
      const slot = fieldsOf(1, 2, 'direct', 2);
      const ph = plaintextHash(slot, opened.subarray(0, salt), opened.subarray(salt));
      const fields = { ...slot, ph };
      return sealEnvelope(fields, sealDirect(key, 2, associatedData(fields), opened), seedOf(1));
    };
    const kinds = [
      forge(new Uint8Array(40), 32),
      forge(new Uint8Array(40), 31),
      forge(new Uint8Array(31), 31),
    ];
    expect(kinds.map((envelope) => channelOf(2).open(envelope, party(2)).kind)).toEqual([
      'opened',
      'undecryptable',
      'undecryptable',
    ]);
  });

  test('has no keys before it is bound, and none after it has let them go', () => {
    const unbound = new Channel(seedOf(1), rngOf('channel/wire', party(1)));
    expect(() => unbound.seal(sending(toBoth), fieldsFrom(1))).toThrow(Bug);
    const forgetful = channelOf(2);
    forgetful.forget();
    expect(() => forgetful.open(direct(), party(2))).toThrow(Bug);
    expect(isSignedBy(forgetful.sign(fieldsOf(2, 1), secret), identityOf(2))).toBe(true);
  });

  test('shows its own direct messages by header and salt, until it has forgotten them', () => {
    const channel = channelOf(1);
    const [sent] = channel.seal(sending(toBoth), fieldsFrom(1)).directs;
    const { signed, salt } = channel.sent(2, party(2));
    expect(signed).toEqual(sent?.bytes.slice(0, SIGNED_BYTES));
    expect(sent && plaintextHash(sent.header, salt, secret)).toEqual(sent?.header.ph);
    expect(() => channel.sent(3, party(2))).toThrow(Bug);
    channel.forget();
    expect(() => channel.sent(2, party(2))).toThrow(Bug);
    expect(salt.some((byte) => byte !== 0)).toBe(true);
  });

  test('shows what it shares with the sender of a message that does not open, until it has forgotten', () => {
    const forged = sealEnvelope(direct().header, flipped(direct().body, 0), seedOf(1));
    const bound = partyOf(party(2));
    const esk = randomScalar(bound.rng);
    const epks = new Map([...bound.keys.epks, [party(2), actBase(esk)]]);
    const channel = new Channel(seedOf(2), bound.rng);
    channel.bind({ ...bound, keys: { ...bound.keys, epks, esk: scalarToBytes(esk) } });
    const delivery = channel.open(forged, party(2));
    if (delivery.kind !== 'undecryptable') throw new RangeError('it opened');
    const { shared, proof } = delivery.reveal();
    const of = { shownBy: party(2), peer: party(1) };
    const key = { D: decode(pointCodec, shared), proof: decode(dleq.proofCodec, proof) };
    expect(isSharedKey({ sid: bound.sid, epks }, of, key)).toBe(true);
    channel.forget();
    expect(() => delivery.reveal()).toThrow(Bug);
  });

  test('wipes nothing but its own keys when it forgets', () => {
    const bound = partyOf(party(2));
    const channel = new Channel(seedOf(2), bound.rng);
    channel.bind(bound);
    channel.forget();
    expect(at(bound.keys.sharedX, party(3))).toEqual(new Uint8Array(32).fill(6));
  });
});
