import { describe, expect, test } from 'vitest';

import type { PartyIndex } from '../../../../src/crypto/brand.ts';
import { bigintToBytes, toHex } from '../../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { emptyReply } from '../../../../src/protocols/kernel/endings.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import {
  type Effect,
  type Party,
  type PartyMap,
  type Protocol,
  ProtocolAbort,
  type Reply,
  at,
  forParties,
  mapParties,
} from '../../../../src/protocols/kernel/protocol.ts';
import {
  type Hello,
  Setup,
  helloCodec,
  knowsEphemeralKey,
  ownsEphemeralKey,
  setup,
  sharedPoint,
  sidOf,
} from '../../../../src/protocols/kernel/setup.ts';
import { type Spec, pidsOf, specHash } from '../../../../src/protocols/kernel/spec.ts';
import { members, rngOf, specFor } from '../../../sim/cluster.ts';
import { flipped, party } from '../support/envelopes.ts';

const spec = specFor(members(3), { proto: protos.keygen, threshold: 2 });
const parties = [1, 2, 3].map(party);
const [one, two, three] = [party(1), party(2), party(3)];
const name = specHash(spec);
const pidOf = (j: PartyIndex) => at(pidsOf(spec), j);

const started = (self: PartyIndex, of: Spec = spec): { running: Protocol<Party>; hello: Uint8Array } => {
  const running = setup(of, self, rngOf('setup', self));
  const effect = running.next(emptyReply).value;
  if (!('kind' in effect) || effect.kind !== 'round') throw new RangeError('no round');
  return { running, hello: effect.send.broadcast };
};
const sent: PartyMap<Uint8Array> = forParties(parties, (j) => started(j).hello);
const hellos: PartyMap<Hello> = mapParties(sent, (_, bytes) => decode(helloCodec, bytes, 'hello'));
const replyOf = (broadcasts: PartyMap<Uint8Array>): Reply => ({
  ...emptyReply,
  broadcasts,
  signed: (j) => Uint8Array.of(j),
});
const withHello = (j: PartyIndex, hello: Hello): PartyMap<Uint8Array> =>
  mapParties(sent, (k, bytes) => (k === j ? encode(helloCodec, hello) : bytes));
const boundParty = (effect: Effect | Party): Party => {
  if (!('kind' in effect) || effect.kind !== 'bind') throw new RangeError('not bound');
  return effect.party;
};
function abortOf(broadcasts: PartyMap<Uint8Array>): ProtocolAbort {
  try {
    started(one).running.next(replyOf(broadcasts));
  } catch (error) {
    if (error instanceof ProtocolAbort) return error;
    throw error;
  }
  throw new RangeError('no abort');
}

describe('a hello', () => {
  test('is 130 bytes, and goes to bytes and back', () => {
    for (const [j, bytes] of sent) {
      expect(bytes).toHaveLength(130);
      expect(encode(Setup.broadcast, at(hellos, j))).toEqual(bytes);
    }
  });

  test('is refused at every truncation', () => {
    for (let length = 0; length < 130; length++)
      expect(() => decode(helloCodec, at(sent, one).subarray(0, length), 'hello')).toThrow(InputError);
  });
});

describe('knowsEphemeralKey', () => {
  const hello = at(hellos, two);

  test('holds for the proof of its maker, for this session', () => {
    expect(knowsEphemeralKey(name, two, pidOf(two), hello)).toBe(true);
  });

  test('fails for another specification, index, identity, nonce or key', () => {
    const fails = [
      knowsEphemeralKey(flipped(name, 0), two, pidOf(two), hello),
      knowsEphemeralKey(name, three, pidOf(two), hello),
      knowsEphemeralKey(name, two, pidOf(three), hello),
      knowsEphemeralKey(name, two, pidOf(two), { ...hello, nonce: flipped(hello.nonce, 31) }),
      knowsEphemeralKey(name, two, pidOf(two), { ...hello, epk: at(hellos, one).epk }),
    ];
    expect(fails).toEqual(fails.map(() => false));
  });

  test('stops who copies the hello of another party', () => {
    expect(abortOf(withHello(two, at(hellos, three)))).toMatchObject({
      ...{ code: 'bad-proof', culprits: [2], grade: 'A', check: 'P2' },
      evidence: { kind: 'public-check', accused: 2, envelopes: parties.map((j) => Uint8Array.of(j)) },
    });
  });
});

describe('ownsEphemeralKey', () => {
  const epk = at(hellos, three).epk;
  const pairs = [
    ['equal', epk],
    ['negated', epk.negate()],
  ] as const;
  test.each(pairs)('fails for both parties of an %s key', (_, same) => {
    const doubled = mapParties(hellos, (j, hello) => (j === two ? { ...hello, epk: same } : hello));
    expect(parties.map((j) => ownsEphemeralKey(j, doubled))).toEqual([true, false, false]);
    expect(parties.every((j) => ownsEphemeralKey(j, hellos))).toBe(true);
  });

  test('stops a session in which two parties have one key, though both know its secret', () => {
    const twin = specFor(members(3), { proto: protos.keygen, threshold: 2 });
    const running = setup(twin, two, rngOf('setup', three)); // the randomness, hence the key, of party 3
    const effect = running.next(emptyReply).value;
    if (!('kind' in effect) || effect.kind !== 'round') throw new RangeError('no round');
    const hello = decode(helloCodec, effect.send.broadcast, 'hello');
    expect(hello.epk.equals(epk)).toBe(true);
    expect(abortOf(withHello(two, hello))).toMatchObject({
      code: 'bad-proof',
      culprits: [2, 3],
      check: 'P2',
    });
  });
});

describe('a session id', () => {
  test('binds the specification, and each nonce and key to its party, in order', () => {
    const swapped = new Map([...hellos].reverse());
    const crossed = mapParties(hellos, (j) => at(hellos, party(j === 1 ? 2 : j === 2 ? 1 : 3)));
    const ids = [
      sidOf(name, hellos),
      sidOf(flipped(name, 0), hellos),
      sidOf(name, swapped),
      sidOf(name, crossed),
      sidOf(
        name,
        mapParties(hellos, (_, hello) => ({ ...hello, nonce: flipped(hello.nonce, 0) })),
      ),
      sidOf(
        name,
        mapParties(hellos, (_, hello) => ({ ...hello, epk: hello.epk.negate() })),
      ),
    ];
    expect(new Set(ids.map(toHex)).size).toBe(ids.length);
  });

  test('and a shared point of each pair are the same at all parties', () => {
    const bound = forParties(parties, (j) => boundParty(started(j).running.next(replyOf(sent)).value));
    expect(new Set([...bound.values()].map(({ sid }) => toHex(sid)))).toEqual(
      new Set([toHex(sidOf(name, hellos))]),
    );
    for (const j of parties)
      for (const k of at(bound, j).others) {
        const point = sharedPoint(at(bound, j), k);
        expect(point.equals(sharedPoint(at(bound, k), j))).toBe(true);
        expect(at(at(bound, j).keys.sharedX, k)).toEqual(bigintToBytes(point.x, 32));
      }
  });

  test('comes with keys that are useless after they are wiped', () => {
    const { keys } = boundParty(started(one).running.next(replyOf(sent)).value);
    keys.wipe();
    expect([keys.esk, ...keys.sharedX.values()].every((bytes) => bytes.every((byte) => byte === 0))).toBe(
      true,
    );
  });
});
