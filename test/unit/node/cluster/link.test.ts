import { describe, expect, it } from 'vitest';

import { ascii, toHex } from '../../../../src/crypto/bytes.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { SEAL_BYTES, SealedLink } from '../../../../src/node/cluster/link.ts';

const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const pair = (rekeyFrames?: number): readonly [SealedLink, SealedLink] => [
  new SealedLink({ send: one, receive: two }, rekeyFrames),
  new SealedLink({ send: two, receive: one }, rekeyFrames),
];

describe('a sealed link', () => {
  it('opens what the other end sealed, in order, both ways', () => {
    const [a, b] = pair();
    for (let i = 0; i < 5; i++) {
      expect(b.open(a.seal(ascii(`to b ${i}`)))).toEqual(ascii(`to b ${i}`));
      expect(a.open(b.seal(ascii(`to a ${i}`)))).toEqual(ascii(`to a ${i}`));
    }
    expect(a.seal(ascii('abc'))).toHaveLength(3 + SEAL_BYTES);
  });

  it.each([
    ['dropped', (frames: Uint8Array[]) => frames.slice(1)],
    ['doubled', (frames: Uint8Array[]) => [frames[0], frames[0], frames[1]]],
    ['swapped', (frames: Uint8Array[]) => [frames[1], frames[0]]],
    ['cut', (frames: Uint8Array[]) => [frames[0]?.slice(1), frames[1]]],
    ['lengthened', (frames: Uint8Array[]) => [Uint8Array.of(...(frames[0] ?? []), 0), frames[1]]],
    [
      'changed',
      (frames: Uint8Array[]) => [frames[0]?.map((byte, i) => (i === 3 ? byte ^ 1 : byte)), frames[1]],
    ],
    ['emptied', (frames: Uint8Array[]) => [new Uint8Array(0), frames[1]]],
  ])('opens nothing any more once a frame was %s', (_, change) => {
    const [a, b] = pair();
    const frames = ['first', 'second', 'third'].map((text) => a.seal(ascii(text)));
    const opened = change(frames).map((frame) => b.open(frame ?? new Uint8Array(0)));
    expect(opened.at(-1)).toBeUndefined();
    expect(b.open(a.seal(ascii('later')))).toBeUndefined();
  });

  it('does not open its own frames', () => {
    const [a] = pair();
    expect(a.open(a.seal(ascii('mirror')))).toBeUndefined();
  });

  it('derives new keys at the same frame on both ends', () => {
    const [a, b] = pair(3);
    const same = new Uint8Array(8);
    const seen = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const frame = a.seal(same);
      seen.add(toHex(frame));
      expect(b.open(frame)).toEqual(same);
    }
    expect(seen.size).toBe(20);
    const [c, d] = [pair(3)[0], pair(4)[1]];
    const opened = Array.from({ length: 4 }, () => d.open(c.seal(same)));
    expect(opened.map((plain) => plain !== undefined)).toEqual([true, true, true, false]);
  });

  it('forgets its keys, but not those of its caller', () => {
    const [a] = pair();
    a.destroy();
    expect(() => a.seal(ascii('x'))).toThrow(Bug);
    expect(a.open(new Uint8Array(16))).toBeUndefined();
    expect(one[0]).toBe(1);
  });
});
