import { describe, expect, test } from 'vitest';

import { sessionId } from '../../../../src/crypto/brand.ts';
import {
  type Envelope,
  type EnvelopeKind,
  protos,
  sealEnvelope,
  zero32,
} from '../../../../src/protocols/kernel/envelope.ts';
import { Ledger } from '../../../../src/protocols/kernel/ledger.ts';
import { outcomes, sessionRoot } from '../../../../src/protocols/kernel/notices.ts';
import { members, specFor } from '../../../sim/cluster.ts';
import { broadcastOf, fieldsOf, party, seedOf, sid } from '../support/envelopes.ts';

const notice = (from: number, kind: EnvelopeKind, body = 0): Envelope =>
  sealEnvelope(fieldsOf(from, 0, kind), Uint8Array.of(body), seedOf(from));
const parties = [1, 2, 3].map(party);
const spec = specFor(members(3), { proto: protos.coinFlip, threshold: 2 });
const root = (ledger: Ledger): Uint8Array =>
  ledger.root({ sid, view: zero32, outcome: outcomes.aborted, outputHash: zero32 });

describe('a ledger', () => {
  test('keeps rounds in order, and each round in the order of the parties, whoever came first', () => {
    const ledger = new Ledger();
    for (const round of [0, 1]) {
      ledger.open(broadcastOf(2, round));
      const others = [3, 1].map((j) => [party(j), broadcastOf(j, round)] as const);
      expect(ledger.complete(new Map(others)).size).toBe(3);
    }
    const { broadcasts } = ledger.transcript(spec, sessionId(sid), parties);
    expect(broadcasts).toEqual([0, 1].map((round) => [1, 2, 3].map((j) => broadcastOf(j, round).bytes)));
    expect(ledger.round(-1)?.get(party(3))).toEqual(broadcastOf(3, 1));
    expect(ledger.bytesOf(0)).toHaveLength(3);
    expect(ledger.bytesOf(2)).toEqual([]);
    expect(ledger.broadcastsOf(party(3))).toEqual([0, 1].map((round) => broadcastOf(3, round).bytes));
    expect(ledger.broadcastsOf(party(4))).toEqual([]);
    expect(ledger.round(2)).toBeUndefined();
  });

  test('shows a round that is not complete with what was sent', () => {
    const ledger = new Ledger();
    ledger.open(broadcastOf(2, 0));
    expect(ledger.transcript(spec, undefined, parties)).toEqual({
      spec,
      sid: undefined,
      broadcasts: [[broadcastOf(2, 0).bytes]],
      notices: [],
    });
  });

  test('keeps one notice of a kind and sender: the first', () => {
    const ledger = new Ledger();
    const kept = [notice(1, 'abort'), notice(2, 'abort'), notice(1, 'exhibit'), notice(1, 'close')];
    for (const one of [...kept, notice(1, 'abort', 1), notice(1, 'close', 1), notice(2, 'abort')])
      ledger.note(one);
    expect(ledger.transcript(spec, undefined, parties).notices).toEqual(kept.map(({ bytes }) => bytes));
  });

  test('has one root for the same aborts in any order, and no other notice counts', () => {
    const [one, other] = [new Ledger(), new Ledger()];
    for (const j of [1, 2, 3]) one.note(notice(j, 'abort'));
    for (const j of [3, 1, 2]) other.note(notice(j, 'abort'));
    other.note(notice(1, 'close'));
    expect(root(one)).toEqual(root(other));
    expect(root(new Ledger())).not.toEqual(root(one));
    expect(root(new Ledger())).toEqual(
      sessionRoot({ sid, view: zero32, outcome: outcomes.aborted, outputHash: zero32, aborts: [] }),
    );
  });
});
