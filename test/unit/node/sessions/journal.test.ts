import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { ascii, toHex } from '../../../../src/crypto/bytes.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { type Inbound, Journal, senderOf } from '../../../../src/node/sessions/journal.ts';
import { type WalEntry, walHash } from '../../../../src/node/wal.ts';
import { sealEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import { named } from '../helpers.ts';

/** An envelope of a member; the text tells one from another. */
function envelope(from: number, text: string, size = 0): Uint8Array {
  const base = { kind: 0, proto: 1, suite: 1, sid: named('sid'), epochId: named('e'), round: 1, to: 0 };
  const chain = { prev: named(text), view: named('v'), ph: named('h') };
  const fields = { ...base, ...chain, from: partyIndex(from) };
  return sealEnvelope(fields, new Uint8Array(size), named('seed')).bytes;
}
const [a, b, c] = [envelope(2, 'a'), envelope(3, 'b'), envelope(2, 'c')];
const received = (bytes: Uint8Array): WalEntry => ({ kind: 'received', bytes });
const sent = (to: number, text: string): WalEntry => ({ kind: 'sent', to, hash: walHash(to, ascii(text)) });

/** A journal, and everything that it does, in one story in which the order shows. */
function made(entries: readonly WalEntry[] = []) {
  const story: string[] = [];
  const given: Inbound[] = [];
  const box: { fault: OperationError | undefined } = { fault: undefined };
  const check = (): void => {
    if (box.fault !== undefined) throw box.fault;
  };
  const journal = new Journal(
    {
      wal: {
        append: (...more) => {
          check();
          story.push(`log ${more.map(({ kind }) => kind).join(' ')}`);
        },
      },
      give: (step) => {
        given.push(step);
        story.push(`give ${step.kind}`);
      },
      send: ({ to, bytes }) => void story.push(`send ${to} ${String.fromCharCode(...bytes)}`),
      persist: (bytes) => {
        check();
        story.push(`persist ${String.fromCharCode(...bytes)}`);
      },
      broke: (code) => void story.push(`broke ${code}`),
      live: () => void story.push('live'),
    },
    entries,
  );
  const say = (text: string, to = 0, hasMore = false): void => {
    journal.send({ to, bytes: ascii(text) }, hasMore);
  };
  const got = (): readonly string[] =>
    given.flatMap((one) => (one.kind === 'receive' ? [toHex(one.bytes)] : []));
  return { journal, story, box, say, got };
}
const full = new OperationError('disk-full', 'retry', 'no room');

describe('a journal', () => {
  it('logs what comes before the session has it, and what goes before it leaves, once for a step', () => {
    const { journal, story, say } = made();
    journal.begin();
    journal.receive(a);
    say('one', 2, true);
    say('two');
    expect(story).toEqual(['log received', 'give receive', 'log sent sent', 'send 2 one', 'send 0 two']);
  });

  it('lets the session go on when its state is on disk and that is logged, and wipes its copy', () => {
    const { journal, story } = made();
    const bytes = ascii('share');
    journal.persist(bytes);
    expect(story).toEqual(['persist share', 'log persisted', 'give persisted']);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('logs that this node has ended the session before it is ended', () => {
    const { journal, story } = made();
    journal.abort('timed-out');
    expect(story).toEqual(['log aborted', 'give abort']);
  });

  it('takes an envelope once, and of one peer no more than a session can need', () => {
    const { journal, got, story } = made();
    for (const one of [a, b, a]) journal.receive(one);
    expect(got()).toEqual([a, b].map(toHex));
    for (let i = 0; i < 100; i++) journal.receive(envelope(2, `flood ${i}`));
    expect(got()).toHaveLength(65);
    journal.receive(envelope(4, 'large', (1 << 20) + 1));
    journal.receive(envelope(4, 'half', 1 << 19));
    journal.receive(ascii('junk'));
    expect(got()).toHaveLength(66);
    expect(story.filter((line) => line === 'log received')).toHaveLength(66);
  });

  it('remembers what it sent to whom', () => {
    const { journal, say } = made();
    say('all');
    say('for two', 2);
    say('for three', 3);
    expect(journal.sentTo(partyIndex(2))).toEqual([ascii('all'), ascii('for two')]);
  });
});

describe('a disk that refuses', () => {
  it.each<[string, (journal: Journal) => void]>([
    ['what comes', (journal) => journal.receive(a)],
    ['what goes', (journal) => journal.send({ to: 0, bytes: ascii('x') }, false)],
    ['the state', (journal) => journal.persist(ascii('share'))],
    ['the end', (journal) => journal.abort('x')],
  ])('to log %s ends the session, and nothing of it leaves any more', (_, act) => {
    const { journal, story, box, say } = made();
    box.fault = full;
    act(journal);
    expect(story).toEqual(['broke disk-full']);
    box.fault = undefined;
    const late = ascii('late');
    journal.receive(b);
    journal.persist(late);
    journal.abort('y');
    say('more');
    expect(story).toEqual(['broke disk-full']);
    expect(late.every((byte) => byte === 0)).toBe(true);
  });

  it('in an unknown state is not survived', () => {
    const { journal, box } = made();
    box.fault = new OperationError('fsync-failed', 'fatal', 'gone');
    expect(() => journal.receive(a)).toThrow('gone');
  });
});

describe('a journal after a restart', () => {
  const log = [sent(0, 'hello'), received(a), received(b), sent(2, 'two'), sent(0, 'three')];

  it('gives the same again, sends the same again, and then goes on live', () => {
    const { journal, story, say } = made(log);
    say('hello');
    expect(journal.isReplaying).toBe(true);
    journal.begin();
    expect(story).toEqual(['send 0 hello', 'give receive', 'give receive', 'give mark']);
    say('two', 2, true);
    say('three');
    journal.marked();
    expect(journal.isReplaying).toBe(false);
    expect(story.slice(4)).toEqual(['send 2 two', 'send 0 three', 'live']);
    say('four');
    expect(story.slice(7)).toEqual(['log sent', 'send 0 four']);
  });

  it('puts what comes meanwhile behind what came before, and goes live when all has been worked on', () => {
    const { journal, story, got, say } = made([received(a), { kind: 'persisted' }, received(b)]);
    journal.begin();
    journal.receive(c);
    expect(story).toEqual(['give receive', 'give mark', 'log received', 'give mark']);
    journal.persist(ascii('share'));
    expect(story.slice(4)).toEqual([
      ...['persist share', 'give persisted', 'give receive', 'give receive', 'give mark'],
    ]);
    journal.marked();
    journal.marked();
    expect(journal.isReplaying).toBe(true);
    say('new');
    journal.marked();
    expect(got()).toEqual([a, b, c].map(toHex));
    expect(story.slice(9)).toEqual(['log sent', 'send 0 new', 'live']);
  });

  it('makes durable for the first time what the crash came before', () => {
    const { journal, story } = made([received(a)]);
    journal.begin();
    journal.persist(ascii('share'));
    expect(story.slice(2)).toEqual(['persist share', 'log persisted', 'give persisted', 'give mark']);
  });

  it('that holds nothing is live from the start', () => {
    const { journal, story } = made([]);
    journal.begin();
    expect(journal.isReplaying).toBe(false);
    expect(story).toEqual([]);
  });

  it.each<[string, (node: ReturnType<typeof made>) => void]>([
    ['other bytes', ({ say }) => say('hullo')],
    ['another addressee', ({ say }) => say('hello', 3)],
    [
      'the wrong half of a step',
      ({ say }) => {
        say('hello', 0, true);
        say('not two', 2);
      },
    ],
    [
      'less than was said',
      ({ say, journal }) => {
        say('hello');
        journal.begin();
        journal.marked();
      },
    ],
    [
      'less than was said, and an end',
      ({ say, journal }) => {
        say('hello');
        journal.begin();
        journal.closed(true);
      },
    ],
  ])('ends the session at %s, of which nothing leaves', (_, act) => {
    const node = made(log);
    act(node);
    expect(node.story.at(-1)).toBe('broke replay-differs');
    const before = node.story.length;
    node.say('anything');
    node.journal.receive(c);
    node.journal.marked();
    expect(node.story).toHaveLength(before);
    expect(node.story.filter((line) => /^send (?!0 hello)/.test(line))).toEqual([]);
  });

  it('ends it when the session never asks for what it once asked for', () => {
    const { journal, story } = made([received(a), { kind: 'persisted' }]);
    journal.begin();
    journal.marked();
    expect(story.at(-1)).toBe('broke replay-differs');
  });

  it('says nothing of a session whose host is gone', () => {
    const { journal, story, say } = made(log);
    say('hello');
    journal.begin();
    journal.closed(false);
    expect(story.at(-1)).toBe('live');
  });
});

describe('the sender of an envelope', () => {
  it('is who it says, and nobody for what is no envelope', () => {
    expect([a, b, ascii('x'), new Uint8Array(300)].map(senderOf)).toEqual([2, 3, undefined, undefined]);
  });
});
