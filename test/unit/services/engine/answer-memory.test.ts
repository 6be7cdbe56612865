import { describe, expect, it } from 'vitest';

import { Bug } from '../../../../src/crypto/errors.ts';
import { AnswerMemory } from '../../../../src/services/engine/answer-memory.ts';

/** Two sides of one memory; the answer comes while it is being asked for. */
function told(answer: Parameters<AnswerMemory['answer']>[0]): Uint8Array | undefined {
  const asking = new AnswerMemory();
  const answering = new AnswerMemory(asking.shared);
  return asking.await(() => answering.answer(answer));
}

describe('memory of two threads', () => {
  it('carries bytes of any length up to the longest code, and that there are none', () => {
    for (const length of [0, 1, 32, 24_576, 262_144])
      expect(Buffer.compare(told(new Uint8Array(length).fill(7))!, Buffer.alloc(length, 7))).toBe(0);
    expect(told(undefined)).toBeUndefined();
  });

  it('says that something cannot be had, or is too long', () => {
    expect(() => told('failed')).toThrow(Bug);
    expect(() => told(new Uint8Array(262_145))).toThrow(Bug);
  });

  it('gives bytes that the next answer leaves alone', () => {
    const asking = new AnswerMemory();
    const answering = new AnswerMemory(asking.shared);
    const first = asking.await(() => answering.answer(Uint8Array.of(1, 2)));
    asking.await(() => answering.answer(Uint8Array.of(3)));
    expect(first).toEqual(Uint8Array.of(1, 2));
  });
});
