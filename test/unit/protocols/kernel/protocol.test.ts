import { describe, expect, test } from 'vitest';

import type { PartyIndex } from '../../../../src/crypto/brand.ts';
import { None, encode, u8Codec } from '../../../../src/crypto/codec.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { emptyReply } from '../../../../src/protocols/kernel/endings.ts';
import { SIGNED_BYTES } from '../../../../src/protocols/kernel/envelope.ts';
import type { Evidence } from '../../../../src/protocols/kernel/evidence.ts';
import {
  type Delivery,
  type Effect,
  type PartyMap,
  type Protocol,
  ProtocolAbort,
  type Reply,
  type Round,
  at,
  blameUnless,
  echoBroadcast,
  exchange,
  exchangeRaw,
  forParties,
  mapParties,
  noDirects,
  openingEvidence,
} from '../../../../src/protocols/kernel/protocol.ts';
import { party } from '../support/envelopes.ts';

const parties = [1, 2, 3].map(party);
const said = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);
const opened = (...bytes: readonly number[]): Extract<Delivery, { kind: 'opened' }> => ({
  kind: 'opened',
  plaintext: said(...bytes),
  salt: said(7),
  signed: said(8),
});
const shut: Extract<Delivery, { kind: 'undecryptable' }> = {
  kind: 'undecryptable',
  envelope: said(1),
  reveal: () => ({ shared: said(3), proof: said(4) }),
};
const numbers: Round<number, number> = { name: 'test/numbers', broadcast: u8Codec, direct: u8Codec };
const replyOf = (
  broadcasts: (j: PartyIndex) => Uint8Array,
  directs: PartyMap<Delivery> = new Map(),
): Reply => ({
  broadcasts: forParties(parties, broadcasts),
  directs,
  view: said(5),
  signed: (j) => said(100 + j),
  sent: emptyReply.sent,
});

/** What a protocol asks for first, and how it goes on with the answer. */
function run<T>(protocol: Protocol<T>, reply: Reply): { asked: Effect | T; next: () => Effect | T } {
  return { asked: protocol.next(emptyReply).value, next: () => protocol.next(reply).value };
}
function abortOf(act: () => unknown): ProtocolAbort {
  try {
    act();
  } catch (error) {
    if (error instanceof ProtocolAbort) return error;
    throw error;
  }
  throw new RangeError('no abort');
}

describe('an exchange', () => {
  test('sends one broadcast and the direct messages, and gives the decoded round', () => {
    const directs = new Map<PartyIndex, Delivery>([
      [party(2), opened(22)],
      [party(3), opened(33)],
    ]);
    const toAll = new Map([[party(2), 12]]);
    const { asked, next } = run(
      exchange(numbers, 11, toAll),
      replyOf((j) => said(j), directs),
    );
    expect(asked).toEqual({
      kind: 'round',
      send: {
        name: 'test/numbers',
        broadcast: said(11),
        directs: new Map([[2, said(12)]]),
        isPromise: false,
      },
    });
    const heard = next();
    expect(heard).toMatchObject({ view: said(5) });
    expect('direct' in heard && [...heard.direct]).toEqual([
      [2, 22],
      [3, 33],
    ]);
    expect('broadcast' in heard && [...heard.broadcast]).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  test('says whether what it sends is the promise, and sends no direct messages where there are none', () => {
    const round = { ...numbers, isPromise: (sent: number) => sent === 1 };
    const { asked } = run(exchange(round, 1, noDirects), emptyReply);
    expect(asked).toMatchObject({ send: { isPromise: true, directs: undefined } });
    expect(run(exchange(round, 2, noDirects), emptyReply).asked).toMatchObject({
      send: { isPromise: false },
    });
  });

  test('aborts over a broadcast that does not decode, with the signed bytes as evidence', () => {
    const { next } = run(
      exchange(numbers, 1, noDirects),
      replyOf((j) => (j === 2 ? said(1, 2) : said(1))),
    );
    expect(abortOf(next)).toMatchObject({
      ...{ code: 'malformed', culprits: [2], grade: 'A', check: 'V11' },
      evidence: { kind: 'malformed', accused: 2, check: 'V11', envelopes: [said(102)] },
    });
  });

  test('aborts over a direct message that does not decode, with its opening as evidence', () => {
    const { next } = run(
      exchange(numbers, 1, new Map()),
      replyOf(() => said(1), new Map([[party(3), opened()]])),
    );
    const evidence = openingEvidence('V11', party(3), opened());
    expect(evidence).toMatchObject({ kind: 'opening', salt: said(7), envelopes: [said(8)] });
    expect(abortOf(next)).toMatchObject({ culprits: [3], grade: 'A', check: 'V11', evidence });
  });

  test('shows no more than the header of a direct message that is too long', () => {
    const { next } = run(
      exchange(numbers, 1, new Map()),
      replyOf(() => said(1), new Map([[party(3), opened(1, 2)]])),
    );
    const evidence = { kind: 'opening', plaintext: new Uint8Array(0), envelopes: [said(8)] };
    expect(abortOf(next)).toMatchObject({ culprits: [3], grade: 'A', check: 'V11', evidence });
  });

  test.each([
    [SIGNED_BYTES + 49, SIGNED_BYTES + 49],
    [SIGNED_BYTES + 50, SIGNED_BYTES],
  ])('aborts over a direct message of %i bytes that does not open, and shows %i of them', (length, shown) => {
    const envelope = new Uint8Array(length).fill(6);
    const directs = new Map<PartyIndex, Delivery>([[party(3), { ...shut, envelope }]]);
    const { next } = run(
      exchange(numbers, 1, new Map()),
      replyOf(() => said(1), directs),
    );
    expect(abortOf(next)).toMatchObject({
      ...{ culprits: [3], grade: 'A', check: 'V10' },
      evidence: {
        kind: 'undecryptable',
        envelopes: [envelope.slice(0, shown)],
        shared: said(3),
        proof: said(4),
      },
    });
  });

  test('leaves the direct messages as they came where the protocol judges them itself', () => {
    const directs = new Map<PartyIndex, Delivery>([[party(3), shut]]);
    const { next } = run(
      exchangeRaw(numbers, 1, new Map()),
      replyOf(() => said(1), directs),
    );
    expect(next()).toMatchObject({ reply: { directs } });
  });
});

test('an echoed broadcast takes a second, empty round, which must be empty for all', () => {
  const round: Round<number, None> = { name: 'test/echoed', broadcast: u8Codec, direct: None };
  const start = (): Protocol<PartyMap<number>> => {
    const running = echoBroadcast(round, 9);
    expect(running.next(emptyReply).value).toMatchObject({
      send: { name: 'test/echoed', broadcast: said(9) },
    });
    const echo = running.next(replyOf((j) => said(j))).value;
    expect(echo).toMatchObject({ send: { name: 'test/echoed/echo', broadcast: encode(None, {}) } });
    return running;
  };
  expect(start().next(replyOf(() => said()))).toMatchObject({ done: true });
  expect(abortOf(() => start().next(replyOf((j) => (j === 3 ? said(1) : said()))))).toMatchObject({
    culprits: [3],
  });
});

describe('blame', () => {
  const failure = { code: 'bad-proof', check: 'P2', grade: 'A' } as const;

  test('names everybody who fails, after all have been looked at', () => {
    const seen: number[] = [];
    const shown: Evidence = { kind: 'public-check', accused: party(1), check: 'P2', envelopes: [] };
    const abort = abortOf(() =>
      blameUnless(
        failure,
        parties,
        (j) => {
          seen.push(j);
          return j === 2;
        },
        (culprits) => ({ ...shown, accused: culprits[0] ?? party(2) }),
      ),
    );
    expect(seen).toEqual([1, 2, 3]);
    expect(abort).toMatchObject({ ...failure, culprits: [1, 3], evidence: shown });
    expect(abort.message).toBe('bad-proof (P2), by party 1, 3');
  });

  test('falls on nobody when all is well', () => {
    expect(() => blameUnless(failure, parties, () => true)).not.toThrow();
  });
});

describe('a map of parties', () => {
  const map = forParties(parties, (j) => 10 * j);

  test('is made, changed and walked in the given order', () => {
    expect([...mapParties(map, (j, value) => value + j)]).toEqual([
      [1, 11],
      [2, 22],
      [3, 33],
    ]);
  });

  test('has a value of everybody, or it is a bug', () => {
    expect(at(map, party(2))).toBe(20);
    expect(() => at(map, party(4))).toThrow(Bug);
  });
});
