import { describe, expect, it } from 'vitest';

import { Door, HANDSHAKE_MS, MAX_INBOUND_BYTES } from '../../../../src/node/cluster/door.ts';
import type { Handshake, HandshakeEnd } from '../../../../src/node/cluster/handshake.ts';
import { Pace } from '../../../../src/node/cluster/pace.ts';
import type { Connection } from '../../../../src/system/ports.ts';
import { SimClock } from '../../../sim/clock.ts';
import { rosterOf, selfOf } from '../../../sim/meshes.ts';

const [peer] = rosterOf(1);
if (peer === undefined) throw new Error('a roster of one');
const done: HandshakeEnd = {
  ...{ kind: 'done', peer, hello: selfOf('node-1', [peer]).hello, last: new Uint8Array([9]) },
  keys: { send: new Uint8Array(32), receive: new Uint8Array(32) },
};
/** Sends one frame, waits for one, then ends as told. */
function* script(end: HandshakeEnd): Handshake {
  yield new Uint8Array([1]);
  return end;
}

function opened(end: HandshakeEnd = done) {
  const clock = new SimClock();
  const sent: number[] = [];
  const events: string[] = [];
  const handlers = { frame: (_: Uint8Array): void => undefined, close: (_: string): void => undefined };
  const connection: Connection = {
    ...{ remote: 'x', bufferedBytes: () => 0, admitted: () => void events.push('admitted') },
    send: (frame) => sent.push(frame[0] ?? 0) > 0,
    close: (reason) => void events.push(`closed: ${reason}`),
    onFrame: (handler) => void (handlers.frame = handler),
    onClose: (handler) => void (handlers.close = handler),
  };
  const door = new Door(
    connection,
    script(end),
    {
      onEnd: (how) => void events.push(how.kind === 'done' ? 'done' : `refused: ${how.reason}`),
      onFrame: (frame) => void events.push(`frame ${frame[0]}`),
      onClose: (reason) => void events.push(`lost: ${reason}`),
    },
    { clock, pace: new Pace(clock) },
  );
  return { clock, sent, events, handlers, door };
}

describe('a door', () => {
  it('admits who has shown who it is, then hands frames on, later and in order', () => {
    const { clock, sent, events, handlers } = opened();
    for (const byte of [2, 3, 4]) handlers.frame(new Uint8Array([byte]));
    expect(events).toEqual([]);
    clock.step();
    expect(sent).toEqual([1, 9]);
    expect(events).toEqual(['admitted', 'done', 'frame 3', 'frame 4']);
  });

  it('closes on a refusal, after the last frame of the handshake', () => {
    const { clock, sent, events, handlers } = opened({
      kind: 'refused',
      reason: 'definition-mismatch',
      last: new Uint8Array([8]),
    });
    handlers.frame(new Uint8Array([2]));
    handlers.frame(new Uint8Array([3]));
    clock.step();
    expect(sent).toEqual([1, 8]);
    expect(events).toEqual(['closed: definition-mismatch', 'refused: definition-mismatch']);
  });

  it('waits five seconds for a handshake, and no longer', async () => {
    const { clock, events } = opened();
    await clock.advance(HANDSHAKE_MS - 1);
    expect(events).toEqual([]);
    await clock.advance(1);
    expect(events).toEqual(['closed: handshake-timeout', 'refused: handshake-timeout']);
  });

  it('has no deadline once it is open', async () => {
    const { clock, events, handlers } = opened();
    handlers.frame(new Uint8Array([2]));
    await clock.advance(10 * HANDSHAKE_MS);
    expect(events).toEqual(['admitted', 'done']);
  });

  it('tells a loss before and after the handshake apart', async () => {
    const early = opened();
    early.handlers.close('reset');
    await early.clock.advance(1);
    expect(early.events.at(-1)).toBe('refused: handshake-closed');
    const late = opened();
    late.handlers.frame(new Uint8Array([2]));
    late.handlers.close('reset');
    await late.clock.advance(1);
    expect(late.events).toEqual(['admitted', 'done', 'lost: reset']);
    expect(late.door.isClosed).toBe(true);
  });

  it('closes on who sends faster than we work', () => {
    const { clock, events, handlers } = opened();
    handlers.frame(new Uint8Array(1));
    const frame = new Uint8Array(1024 * 1024);
    for (let bytes = 0; bytes <= MAX_INBOUND_BYTES; bytes += frame.length) handlers.frame(frame);
    expect(events).toEqual(['closed: inbound-full']);
    for (let i = 0; i < 40; i++) handlers.frame(frame);
    while (clock.step());
    expect(events.filter((event) => event.startsWith('frame'))).toHaveLength(19);
    expect(events.filter((event) => event.startsWith('closed'))).toHaveLength(1);
  });

  it('tells nothing any more once its owner has closed it', async () => {
    const { clock, events, handlers, door } = opened();
    handlers.frame(new Uint8Array([2]));
    door.close('stopped');
    handlers.close('closed');
    await clock.advance(60_000);
    expect(events).toEqual(['closed: stopped']);
  });
});
