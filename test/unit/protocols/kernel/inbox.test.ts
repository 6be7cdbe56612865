import { describe, expect, test } from 'vitest';

import { SIGNED_BYTES, sealEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import { Inbox } from '../../../../src/protocols/kernel/inbox.ts';
import { broadcastOf, fieldsOf, party, seedOf } from '../support/envelopes.ts';

describe('an inbox', () => {
  test('files what is for the current round and for the next, and nothing else', () => {
    const inbox = new Inbox();
    const kinds = [1, 2, 3, 4, 5].map((round) => inbox.file(broadcastOf(2, round), 2).kind);
    expect(kinds).toEqual(['out-of-window', 'filed', 'filed', 'out-of-window', 'out-of-window']);
    expect(inbox.round(2).broadcasts.get(party(2))).toEqual(broadcastOf(2, 2));
    expect(inbox.round(4).broadcasts.size).toBe(0);
  });

  test('keeps broadcasts and direct messages of one sender apart', () => {
    const inbox = new Inbox();
    const direct = sealEnvelope(fieldsOf(2, 1, 'direct', 1), Uint8Array.of(5), seedOf(2));
    expect(inbox.file(direct, 1).kind).toBe('filed');
    expect(inbox.file(broadcastOf(2, 1), 1).kind).toBe('filed');
    expect(inbox.round(1).directs.get(party(2))).toBe(direct);
    expect(inbox.round(1).broadcasts.size).toBe(1);
  });

  test('takes the same envelope twice for what it is, also when its round has passed', () => {
    const inbox = new Inbox();
    inbox.file(broadcastOf(2, 1), 1);
    expect(inbox.file(broadcastOf(2, 1), 1).kind).toBe('duplicate');
    inbox.drop(1);
    expect(inbox.round(1).broadcasts.size).toBe(0);
    expect(inbox.file(broadcastOf(2, 1), 9).kind).toBe('duplicate');
  });

  test('shows both headers when a second envelope for a slot differs, also after its round', () => {
    const inbox = new Inbox();
    const [first, second] = [broadcastOf(2, 1, 0), broadcastOf(2, 1, 1)];
    inbox.file(first, 1);
    const conflict = {
      kind: 'conflict',
      first: first.bytes.slice(0, SIGNED_BYTES),
      second: second.bytes.slice(0, SIGNED_BYTES),
    };
    expect(inbox.file(second, 1)).toEqual(conflict);
    expect(inbox.round(1).broadcasts.get(party(2))).toBe(first);
    inbox.drop(1);
    expect(inbox.file(second, 5)).toEqual(conflict);
  });

  test('keeps what overtakes round 0, four of each sender, once each, until it is taken', () => {
    const inbox = new Inbox();
    const early = [1, 2, 3, 4, 5].map((body) => broadcastOf(2, 1, body));
    for (const envelope of [...early, ...early, broadcastOf(3, 1), broadcastOf(2, 2)]) inbox.keep(envelope);
    expect(inbox.takeKept()).toEqual([...early.slice(0, 4), broadcastOf(3, 1)]);
    expect(inbox.takeKept()).toEqual([]);
  });

  test('does not keep what follows another round 0 of its sender', () => {
    const inbox = new Inbox();
    const hello = broadcastOf(2, 0);
    inbox.file(hello, 0);
    const next = broadcastOf(2, 1, 0, { prev: hello.eid });
    for (const envelope of [broadcastOf(2, 1), next]) inbox.keep(envelope);
    expect(inbox.takeKept()).toEqual([next]);
  });

  test('tells what a party has broadcast in rounds that are not used up', () => {
    const inbox = new Inbox();
    for (const envelope of [broadcastOf(2, 1), broadcastOf(2, 2), broadcastOf(3, 1)]) inbox.file(envelope, 1);
    expect(inbox.broadcastsOf(party(2))).toEqual([broadcastOf(2, 1).bytes, broadcastOf(2, 2).bytes]);
    inbox.drop(1);
    expect(inbox.broadcastsOf(party(2))).toEqual([broadcastOf(2, 2).bytes]);
    expect(inbox.broadcastsOf(party(4))).toEqual([]);
  });
});
