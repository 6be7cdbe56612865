import { describe, expect, test } from 'vitest';

import type { PartyIndex } from '../../../../src/crypto/brand.ts';
import { concat } from '../../../../src/crypto/bytes.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import {
  type Envelope,
  type HeaderFields,
  SIGNED_BYTES,
  directsCodec,
  sealEnvelope,
} from '../../../../src/protocols/kernel/envelope.ts';
import {
  type RoundContext,
  type RoundFinding,
  checkRound,
  followsItself,
  hasPlainHeader,
  namesDirect,
  sawWhatWeSaw,
  sendersTo,
} from '../../../../src/protocols/kernel/round-checks.ts';
import { broadcastOf, fieldsOf, flipped, party, seedOf } from '../support/envelopes.ts';

const parties = [1, 2, 3].map(party);
const [self, cheat] = [party(1), party(2)];
const view = new Uint8Array(32).fill(9);
const past = new Map(parties.map((j) => [j, broadcastOf(j, 1)]));
const pastOf = (j: PartyIndex): Envelope => past.get(j) ?? broadcastOf(j, 1);
const inPlace = (from: PartyIndex): Partial<HeaderFields> => ({ prev: pastOf(from).eid, view });

/** What party 2 does otherwise than it should, in a round that is in order. */
interface Lie {
  readonly header?: Partial<HeaderFields>;
  readonly direct?: Partial<HeaderFields>;
  /** Head of the broadcast in place of the list of direct messages. */
  readonly head?: (direct: Envelope) => Uint8Array;
  readonly isFirst?: boolean;
}

const listing = (to: readonly number[], eid: (to: number) => Uint8Array): Uint8Array =>
  encode(
    directsCodec,
    to.map((j) => ({ to: party(j), eid: eid(j) })),
  );
const othersOf = (from: PartyIndex): readonly number[] => parties.filter((j) => j !== from);

function contextOf(lie: Lie = {}, hasDirects = true): RoundContext {
  const broadcasts = new Map<PartyIndex, Envelope>();
  const directs = new Map<PartyIndex, Envelope>();
  for (const from of [cheat, party(3)]) {
    const [told, change] = [inPlace(from), from === cheat ? lie : {}];
    const direct = sealEnvelope(
      { ...fieldsOf(from, 2, 'direct', self), ...told, ph: view, ...change.direct },
      Uint8Array.of(1),
      seedOf(from),
    );
    const eid = (to: number): Uint8Array => (to === self ? direct.eid : new Uint8Array(32));
    const head = change.head?.(direct) ?? listing(othersOf(from), eid);
    const body = hasDirects ? concat(head, Uint8Array.of(42)) : Uint8Array.of(42);
    const fields = { ...fieldsOf(from, 2), ...told, ...change.header };
    broadcasts.set(from, sealEnvelope(fields, body, seedOf(from)));
    directs.set(from, direct);
  }
  return {
    self,
    others: [cheat, party(3)],
    inbox: { broadcasts, directs },
    sending: { directs: hasDirects ? new Map() : undefined },
    view,
    eids: new Map(parties.map((j) => [j, pastOf(j).eid])),
    before: (j) => (lie.isFirst === true ? undefined : pastOf(j).bytes),
  };
}

const abortOf = (found: RoundFinding): unknown => (found.kind === 'fault' ? found.abort : found.kind);
const fault = (lie: Lie, hasDirects = true): unknown => abortOf(checkRound(contextOf(lie, hasDirects)));

describe('a complete round', () => {
  test.each([true, false])('in order gives what follows the direct messages, if any (%s)', (hasDirects) => {
    const found = checkRound(contextOf({}, hasDirects));
    expect(found).toMatchObject({ kind: 'in-order' });
    const payloads = found.kind === 'in-order' ? [...found.payloads] : [];
    expect(payloads.map(([j, bytes]) => [j, [...bytes]])).toEqual([
      [1, []],
      [2, [42]],
      [3, [42]],
    ]);
  });

  test.each([{ suite: 2 }, { ph: view }])('hasPlainHeader: a header of %o blames its sender', (header) => {
    const context = contextOf({ header });
    const broadcast = context.inbox.broadcasts.get(cheat);
    expect(broadcast && hasPlainHeader(broadcast)).toBe(false);
    expect(abortOf(checkRound(context))).toMatchObject({
      ...{ code: 'malformed', culprits: [2], grade: 'A', check: 'V1' },
      evidence: { kind: 'malformed', envelopes: [broadcast?.bytes] },
    });
  });

  test('hasPlainHeader: nothing precedes round 0', () => {
    expect(hasPlainHeader(broadcastOf(2, 0))).toBe(true);
    expect(hasPlainHeader(broadcastOf(2, 0, 0, { prev: view }))).toBe(false);
    expect(hasPlainHeader(broadcastOf(2, 0, 0, { view }))).toBe(false);
    expect(hasPlainHeader(broadcastOf(2, 1, 0, { view, prev: view }))).toBe(true);
  });

  test('sawWhatWeSaw: another view opens a dispute and blames nobody yet', () => {
    const other = flipped(view, 0);
    expect(sawWhatWeSaw(broadcastOf(2, 2, 0, { view }), view)).toBe(true);
    expect(sawWhatWeSaw(broadcastOf(2, 2, 0, { view: other }), view)).toBe(false);
    expect(checkRound(contextOf({ header: { view: other } }))).toEqual({ kind: 'view-mismatch' });
  });

  test('another view explains a broken chain, and comes before it', () => {
    const header = { view: flipped(view, 0), prev: view };
    expect(checkRound(contextOf({ header }))).toEqual({ kind: 'view-mismatch' });
  });

  test('followsItself: another predecessor blames its sender, with both headers', () => {
    const header = { prev: flipped(pastOf(cheat).eid, 31) };
    const context = contextOf({ header });
    const broadcast = context.inbox.broadcasts.get(cheat);
    expect(broadcast && followsItself(broadcast, cheat, context.eids)).toBe(false);
    const envelopes = [pastOf(cheat), broadcast].map((one) => one?.bytes.slice(0, SIGNED_BYTES));
    expect(abortOf(checkRound(context))).toMatchObject({
      ...{ code: 'malformed', culprits: [2], grade: 'A', check: 'V7' },
      evidence: { kind: 'public-check', accused: 2, envelopes },
    });
  });

  test('followsItself: where the round before was of another session, only we know', () => {
    const abort = fault({ header: { prev: view }, isFirst: true });
    expect(abort).toMatchObject({ culprits: [2], grade: 'B', check: 'V7', evidence: undefined });
  });
});

describe('the direct messages of a round', () => {
  const heads: readonly (readonly [string, (direct: Envelope) => Uint8Array])[] = [
    ['are not listed at all', () => new Uint8Array(0)],
    ['are listed for too few', ({ eid }) => listing([1], () => eid)],
    ['are listed for the sender itself', ({ eid }) => listing([1, 2], () => eid)],
    ['are listed in another order', ({ eid }) => listing([3, 1], () => eid)],
  ];
  test.each(heads)('that %s blame their sender', (_, head) => {
    expect(fault({ head })).toMatchObject({
      ...{ code: 'malformed', culprits: [2], grade: 'A', check: 'V9' },
      evidence: { kind: 'malformed' },
    });
  });

  test('namesDirect: another direct message than the listed one is equivocation', () => {
    const direct = broadcastOf(2, 1);
    expect(namesDirect(direct.eid, direct)).toBe(true);
    expect(namesDirect(undefined, direct)).toBe(false);
    expect(namesDirect(flipped(direct.eid, 0), direct)).toBe(false);
    expect(fault({ head: ({ eid }) => listing([1, 3], () => flipped(eid, 0)) })).toMatchObject({
      ...{ code: 'equivocation', culprits: [2], grade: 'A', check: 'V9' },
      evidence: { kind: 'equivocation', accused: 2 },
    });
  });

  const others: readonly Partial<HeaderFields>[] = [{ suite: 2 }, { view: sidLike(1) }, { prev: sidLike(2) }];
  test.each(others)('with a header that contradicts the broadcast are equivocation: %o', (direct) => {
    expect(fault({ direct })).toMatchObject({ code: 'equivocation', culprits: [2], check: 'V9' });
  });

  test('are not looked for in a round that has none', () => {
    expect(fault({ direct: { suite: 2 } }, false)).toBe('in-order');
  });
});

function sidLike(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}

describe('a round in which only some send direct messages, to some', () => {
  /** Party 2 sends one to party 3 only, party 3 to nobody. */
  const pairs = (from: PartyIndex, to: PartyIndex): boolean => from === cheat && to === party(3);
  const nobody: readonly number[] = [];
  function contextOfPairs(listed: readonly number[]): RoundContext {
    const broadcasts = new Map(
      [cheat, party(3)].map((from) => {
        const head = listing(from === cheat ? listed : nobody, () => view);
        return [from, sealEnvelope({ ...fieldsOf(from, 2), ...inPlace(from) }, head, seedOf(from))] as const;
      }),
    );
    return {
      ...contextOf(),
      inbox: { broadcasts, directs: new Map() },
      sending: { directs: new Map(), pairs },
    };
  }

  test('waits for those who owe us one, and for nobody in a round without', () => {
    const others = [cheat, party(3)];
    expect(sendersTo(self, others, { directs: new Map() })).toEqual(others);
    expect(sendersTo(self, others, { directs: new Map(), pairs })).toEqual([]);
    expect(sendersTo(party(3), [self, cheat], { directs: new Map(), pairs })).toEqual([cheat]);
    expect(sendersTo(party(3), [self, cheat], { directs: undefined, pairs })).toEqual([]);
  });
  test('is in order when each names exactly those to whom it sends one', () => {
    const found = checkRound(contextOfPairs([3]));
    expect(found.kind === 'in-order' && [...found.payloads.values()].map((bytes) => bytes.length)).toEqual([
      0, 0, 0,
    ]);
  });
  test.each([[[]], [[1]], [[1, 3]]])('blames a sender that names %j instead of 3', (listed) => {
    expect(abortOf(checkRound(contextOfPairs(listed)))).toMatchObject({
      ...{ code: 'malformed', culprits: [2], grade: 'A', check: 'V9' },
    });
  });
});
