import { describe, expect, it } from 'vitest';

import { type Frame, PART_BYTES } from '../../../../src/node/cluster/frames.ts';
import { MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES, Outbox } from '../../../../src/node/cluster/outbox.ts';

function all(outbox: Outbox): readonly Frame[] {
  const frames: Frame[] = [];
  for (let frame = outbox.next(); frame !== undefined; frame = outbox.next()) frames.push(frame);
  return frames;
}
const seqs = (outbox: Outbox): readonly (number | string)[] =>
  all(outbox).map((frame) => (frame.kind === 'start' ? frame.seq : frame.kind));
function filled(count: number): Outbox {
  const outbox = new Outbox();
  for (let i = 0; i < count; i++) outbox.push(i, new Uint8Array(10));
  return outbox;
}

describe('an outbox', () => {
  it('sends messages in order, numbered from 1, and once', () => {
    const outbox = filled(3);
    expect(outbox.hasMore).toBe(true);
    expect(seqs(outbox)).toEqual([1, 2, 3]);
    expect(outbox.hasMore).toBe(false);
    outbox.push(0, new Uint8Array(1));
    expect(seqs(outbox)).toEqual([4]);
  });

  it('keeps messages until they are confirmed, and begins again behind those', () => {
    const outbox = filled(4);
    all(outbox);
    expect(outbox.confirm(1)).toBe(true);
    expect(outbox.queuedBytes).toBe(30);
    expect(outbox.resume(2)).toBe(true);
    expect(seqs(outbox)).toEqual([3, 4]);
    expect(outbox.confirm(4)).toBe(true);
    expect(outbox.queuedBytes).toBe(0);
  });

  it('begins a message that was interrupted from its start', () => {
    const outbox = new Outbox();
    outbox.push(1, new Uint8Array(2 * PART_BYTES));
    expect(outbox.next()?.kind).toBe('start');
    expect(outbox.resume(0)).toBe(true);
    expect(seqs(outbox)).toEqual([1, 'part']);
  });

  it('goes on with a message while an earlier one is confirmed', () => {
    const outbox = filled(1);
    outbox.push(1, new Uint8Array(2 * PART_BYTES));
    outbox.next();
    outbox.next();
    outbox.confirm(1);
    expect(seqs(outbox)).toEqual(['part']);
  });

  it('refuses confirmations that cannot be', () => {
    const outbox = filled(3);
    all(outbox);
    expect(outbox.confirm(4)).toBe(false);
    expect(outbox.confirm(2)).toBe(true);
    expect(outbox.confirm(1)).toBe(false);
    expect(outbox.resume(1)).toBe(false);
  });

  it('numbers what is left anew for a process that is new', () => {
    const outbox = filled(3);
    all(outbox);
    outbox.confirm(1);
    outbox.renumber();
    expect(seqs(outbox)).toEqual([1, 2]);
    outbox.push(0, new Uint8Array(1));
    expect(seqs(outbox)).toEqual([3]);
    expect(outbox.confirm(3)).toBe(true);
  });

  it('numbers what is left behind the last that the other end has', () => {
    const outbox = filled(2);
    outbox.renumber(17);
    expect(outbox.resume(17)).toBe(true);
    expect(seqs(outbox)).toEqual([18, 19]);
    expect(outbox.confirm(20)).toBe(false);
    expect(outbox.confirm(19)).toBe(true);
    expect(outbox.queuedBytes).toBe(0);
  });

  it('takes at most 16 MiB, or one message', () => {
    const outbox = new Outbox();
    expect(outbox.push(0, new Uint8Array(MAX_QUEUED_BYTES))).toBe(true);
    expect(outbox.push(0, new Uint8Array(1))).toBe(false);
    all(outbox);
    outbox.confirm(1);
    expect(outbox.push(0, new Uint8Array(1))).toBe(true);
  });

  it('takes at most 16384 messages, however small', () => {
    const outbox = filled(0);
    for (let i = 0; i < MAX_QUEUED_MESSAGES; i++) expect(outbox.push(0, new Uint8Array(0))).toBe(true);
    expect(outbox.push(0, new Uint8Array(0))).toBe(false);
  });
});
