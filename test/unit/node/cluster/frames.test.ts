import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  Assembler,
  type Frame,
  MAX_MESSAGE_BYTES,
  PART_BYTES,
  decodeFrame,
  encodeFrame,
  partOf,
  partsOf,
} from '../../../../src/node/cluster/frames.ts';

const frames: readonly Frame[] = [
  { kind: 'resume', isNew: true, received: 0 },
  { kind: 'resume', isNew: false, received: 2 ** 40 },
  { kind: 'ack', received: 7 },
  { kind: 'ping', id: 1 },
  { kind: 'pong', id: 2 ** 32 - 1 },
  { kind: 'start', seq: 9, channel: 255, total: 3, part: new Uint8Array([1, 2, 3]) },
  { kind: 'part', part: new Uint8Array([4]) },
];
const start = (total: number, length = total): Frame & { kind: 'start' } => ({
  ...{ kind: 'start', seq: 1, channel: 0, total, part: new Uint8Array(length) },
});
const part = (length: number): Frame & { kind: 'part' } => ({ kind: 'part', part: new Uint8Array(length) });

describe('frames', () => {
  it('are what they were after encoding', () => {
    for (const frame of frames) expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
  });

  it('of fixed length have no other length', () => {
    for (const frame of frames.slice(0, 5)) {
      const bytes = encodeFrame(frame);
      for (let length = 0; length < bytes.length; length++)
        expect(decodeFrame(bytes.slice(0, length))).toBeUndefined();
      expect(decodeFrame(Uint8Array.of(...bytes, 0))).toBeUndefined();
    }
    expect(decodeFrame(encodeFrame(start(0)).slice(0, -1))).toBeUndefined();
  });

  it('are nothing else, and nothing crashes the decoder', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const frame = decodeFrame(bytes);
        if (frame !== undefined) expect(encodeFrame(frame)).toEqual(bytes);
      }),
      { numRuns: 2_000 },
    );
    expect(decodeFrame(new Uint8Array([6, 0, 0, 0, 0]))).toBeUndefined();
    expect(decodeFrame(new Uint8Array([1, 255, 255, 255, 255, 255, 255, 255, 255]))).toBeUndefined();
  });
});

describe('a message in parts', () => {
  it('is put together again, at every size around a part', () => {
    for (const size of [
      0,
      1,
      PART_BYTES - 1,
      PART_BYTES,
      PART_BYTES + 1,
      2 * PART_BYTES,
      3 * PART_BYTES + 5,
    ]) {
      const message = { seq: 4, channel: 2, bytes: new Uint8Array(size).fill(size % 251) };
      const assembler = new Assembler();
      const results = Array.from({ length: partsOf(message) }, (_, at) => {
        const frame = partOf(message, at);
        return frame.kind === 'start' || frame.kind === 'part' ? assembler.accept(frame) : 'bad';
      });
      expect(results.slice(0, -1).every((result) => result === 'more')).toBe(true);
      expect(results.at(-1)).toEqual(message);
    }
  });

  it.each([
    ['a part without a start', [part(1)]],
    ['two starts', [start(PART_BYTES + 1, PART_BYTES), start(1)]],
    ['a length beyond 16 MiB', [start(MAX_MESSAGE_BYTES + 1, PART_BYTES)]],
    ['a length of 4 GiB', [start(2 ** 32 - 1, PART_BYTES)]],
    ['a first part that is too short', [start(PART_BYTES + 1, PART_BYTES - 1)]],
    ['a first part that is too long', [start(3, 4)]],
    ['a last part that is too long', [start(PART_BYTES + 1, PART_BYTES), part(2)]],
    ['an empty part', [start(PART_BYTES + 1, PART_BYTES), part(0)]],
    ['a part too many', [start(3), part(1)]],
  ])('refuses %s', (_, parts) => {
    const assembler = new Assembler();
    const results = parts.map((frame) => assembler.accept(frame));
    expect(results.at(-1)).toBe('bad');
    expect(results.slice(0, -1)).not.toContain('bad');
  });
});
