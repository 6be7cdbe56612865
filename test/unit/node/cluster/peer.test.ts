import { describe, expect, it } from 'vitest';

import { ascii } from '../../../../src/crypto/bytes.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { Door } from '../../../../src/node/cluster/door.ts';
import { type Frame, decodeFrame, encodeFrame } from '../../../../src/node/cluster/frames.ts';
import type { Handshake, Hello } from '../../../../src/node/cluster/handshake.ts';
import { SealedLink } from '../../../../src/node/cluster/link.ts';
import { Pace } from '../../../../src/node/cluster/pace.ts';
import { Peer } from '../../../../src/node/cluster/peer.ts';
import type { Connection } from '../../../../src/system/ports.ts';
import { SimClock } from '../../../sim/clock.ts';
import { rosterOf, selfOf } from '../../../sim/meshes.ts';

const roster = rosterOf(2);
const [own, other] = roster;
if (own === undefined || other === undefined) throw new Error('a roster of two');
const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

function* never(): Handshake {
  for (;;) yield undefined;
}
const helloOf = (bootCounter: bigint, id = 7): Hello => ({
  ...selfOf('node-2', roster).hello,
  ...{ bootCounter, bootId: new Uint8Array(16).fill(id) },
});

/** A peer, and links to it of which the test is the other end. */
function made(refuses = false) {
  const clock = new SimClock();
  const delivered: string[] = [];
  const peer = new Peer(other ?? roster[0]!, own?.identityPublicKey ?? one, {
    clock,
    deliver: (channel, bytes) => {
      if (refuses) throw new OperationError('fsync-failed', 'fatal', 'not on disk');
      delivered.push(`${channel} ${String.fromCharCode(...bytes)}`);
    },
    changed: () => undefined,
  });
  const link = (isDialledByUs = peer.isDialledByUs, hello = helloOf(1n)) => {
    const far = new SealedLink({ send: two, receive: one });
    const got: Frame[] = [];
    const closed: string[] = [];
    const connection: Connection = {
      ...{ remote: 'x', bufferedBytes: () => 0, admitted: () => undefined, onFrame: () => undefined },
      onClose: () => undefined,
      close: (reason) => void closed.push(reason),
      send: (frame) => {
        const plain = far.open(frame);
        const inner = plain === undefined ? undefined : decodeFrame(plain);
        if (inner !== undefined) got.push(inner);
        return inner !== undefined;
      },
    };
    const silent = { onEnd: () => undefined, onFrame: () => undefined, onClose: () => undefined };
    const door = new Door(connection, never(), silent, { clock, pace: new Pace(clock) });
    const reason = peer.offer({ door, keys: { send: one, receive: two }, hello, isDialledByUs });
    const say = (frame: Frame) => peer.receive(door, far.seal(encodeFrame(frame)));
    return { door, got, closed, reason, say };
  };
  return { clock, peer, delivered, link };
}
const start = (seq: number, text: string): Frame => ({
  ...{ kind: 'start', seq, channel: 5, total: text.length, part: ascii(text) },
});
const fresh: Frame = { kind: 'resume', isNew: true, received: 0 };

describe('a peer', () => {
  it('says first what it has, and sends nothing before it knows what the other end has', () => {
    const { peer, link } = made();
    peer.send(1, ascii('early'));
    const { got, say } = link();
    expect(got.map(({ kind }) => kind)).toEqual(['resume', 'ping']);
    say(fresh);
    expect(got.at(-1)).toMatchObject({ kind: 'start', seq: 1, channel: 1 });
  });

  it('delivers and confirms messages in order; a number out of order ends the link', () => {
    const { delivered, link } = made();
    const { got, say, closed } = link();
    say(fresh);
    expect(say(start(1, 'a'))).toBeUndefined();
    expect(got.at(-1)).toEqual({ kind: 'ack', received: 1 });
    expect(say(start(1, 'a'))).toBe('bad-frame');
    expect(delivered).toEqual(['5 a']);
    expect(closed).toEqual(['bad-frame']);
  });

  it('does not confirm a message before it has been worked on: the other end keeps it until then', () => {
    const { link } = made(true);
    const { got, say } = link();
    say(fresh);
    expect(() => say(start(1, 'a'))).toThrow('not on disk');
    expect(got.map(({ kind }) => kind)).not.toContain('ack');
  });

  it.each<[string, Frame[]]>([
    ['a second resume', [fresh, fresh]],
    ['a confirmation before the resume', [{ kind: 'ack', received: 0 }]],
    ['a confirmation of what was never sent', [fresh, { kind: 'ack', received: 1 }]],
    ['a resume of a new process that has more than there is', [{ ...fresh, received: 3 }]],
    ['a resume beyond all numbers', [{ kind: 'resume', isNew: false, received: 2 ** 40 + 1 }]],
    ['a part without its start', [fresh, { kind: 'part', part: new Uint8Array(1) }]],
    ['a message left out', [fresh, start(2, 'b')]],
  ])('ends the link at %s', (_, frames) => {
    const { peer, link } = made();
    const { say } = link();
    expect(frames.map(say).at(-1)).toBe('bad-frame');
    expect(peer.status()).toMatchObject({ state: 'connecting', reason: 'bad-frame' });
  });

  it('goes on over a new link of the same process, and tells it how far it has come', () => {
    const { peer, delivered, link } = made();
    const first = link();
    first.say(fresh);
    first.say(start(1, 'a'));
    peer.send(1, ascii('x'));
    peer.lost(first.door, 'reset');
    const second = link();
    expect(second.got[0]).toEqual({ kind: 'resume', isNew: false, received: 1 });
    second.say({ kind: 'resume', isNew: false, received: 0 });
    expect(second.got.at(-1)).toMatchObject({ kind: 'start', seq: 1 });
    second.say(start(2, 'b'));
    expect(delivered).toEqual(['5 a', '5 b']);
  });

  it('ends a later link at a resume behind what was never sent', () => {
    const { peer, link } = made();
    const first = link();
    first.say(fresh);
    peer.lost(first.door, 'reset');
    expect(link().say({ kind: 'resume', isNew: false, received: 3 })).toBe('bad-frame');
  });

  it('goes on behind the numbers that the other end kept while this one forgot them', () => {
    const { peer, link } = made();
    peer.send(1, ascii('x'));
    const { got, say } = link();
    say({ kind: 'resume', isNew: false, received: 17 });
    expect(got.at(-1)).toMatchObject({ kind: 'start', seq: 18, channel: 1 });
    expect(say({ kind: 'ack', received: 18 })).toBeUndefined();
  });

  it('says that it is new until something has arrived: the first link may break too early', () => {
    const { peer, link } = made();
    peer.lost(link().door, 'reset');
    expect(link().got[0]).toEqual({ kind: 'resume', isNew: true, received: 0 });
  });

  it('moves to another address, where the first attempt does not wait for those before', () => {
    const { peer } = made();
    peer.noteTry();
    peer.move({ ...peer.entry, name: 'renamed' });
    expect(peer.tries).toBe(1);
    peer.move({ ...peer.entry, address: 'elsewhere:1' });
    expect(peer.tries).toBe(0);
    expect(peer.status().name).toBe('renamed');
  });

  it('begins anew with a later process', () => {
    const { peer, delivered, link } = made();
    const first = link();
    first.say(fresh);
    first.say(start(1, 'a'));
    const second = link(peer.isDialledByUs, helloOf(2n, 8));
    expect(second.reason).toBeUndefined();
    expect(first.closed).toEqual(['replaced']);
    expect(second.got[0]).toEqual({ kind: 'resume', isNew: true, received: 0 });
    second.say(fresh);
    second.say(start(1, 'c'));
    expect(delivered).toEqual(['5 a', '5 c']);
  });

  it('keeps the connection that the lower identity dialled, unless it is silent', async () => {
    const { peer, clock, link } = made();
    const ordinary = link();
    expect(link(!peer.isDialledByUs).reason).toBe('replaced');
    expect(ordinary.closed).toEqual([]);
    await clock.advance(7_000);
    expect(link(!peer.isDialledByUs).reason).toBeUndefined();
    expect(ordinary.closed).toContain('replaced');
    expect(link(peer.isDialledByUs).reason).toBeUndefined();
  });

  it('fences two processes of one identity, and ends the link that stood', () => {
    const { peer, link } = made();
    const first = link();
    expect(link(true, helloOf(1n, 8)).reason).toBe('duplicate-identity');
    expect(first.closed).toEqual(['duplicate-identity']);
    expect(link().reason).toBe('duplicate-identity');
    expect(peer.isFenced).toBe(true);
    peer.readmit();
    expect(link().reason).toBeUndefined();
  });

  it('answers pings, measures its own, and gives a silent link up', async () => {
    const { peer, clock, link } = made();
    const { got, closed, say } = link();
    say({ kind: 'ping', id: 44 });
    expect(got.at(-1)).toEqual({ kind: 'pong', id: 44 });
    await clock.advance(30);
    const ping = got.find(({ kind }) => kind === 'ping');
    say({ kind: 'pong', id: ping?.kind === 'ping' ? ping.id : 0 });
    expect(peer.status().rttMs).toBe(30);
    await clock.advance(20_000);
    expect(closed).toContain('no-answer');
  });

  it('ignores frames of a connection that is not its link', () => {
    const { delivered, link } = made();
    const old = link();
    old.say(fresh);
    const now = link();
    now.say(fresh);
    expect(old.say(start(1, 'late'))).toBeUndefined();
    expect(delivered).toEqual([]);
  });
});
