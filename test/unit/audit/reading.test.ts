import { describe, expect, test } from 'vitest';

import { inOrder, readFrom } from '../../../src/audit/reading.ts';
import { Bug, InputError } from '../../../src/crypto/errors.ts';

const folder = { path: '.', files: new Map([['a', Uint8Array.of(1)]]) };

describe('reading a file', () => {
  test('gives what the decoder gives', () => {
    expect(readFrom(folder, 'a', (bytes) => bytes[0])).toEqual({ value: 1, problem: undefined });
  });

  test('says that a file is missing', () => {
    expect(readFrom(folder, 'b', () => 1).problem).toBe('b is missing');
  });

  test('says why a file that lies there could not be read', () => {
    const unread = new Map([['b', 'x/b is a link now']]);
    expect(readFrom({ ...folder, unread }, 'b', () => 1).problem).toBe('x/b is a link now');
  });

  test('names the file in a refusal, once', () => {
    const refuse = (message: string) => (): never => {
      throw new InputError('file-damaged', 'x', message);
    };
    expect(readFrom(folder, 'a', refuse('point is none')).problem).toBe('a: point is none');
    expect(readFrom(folder, 'a', refuse('a line 3: is none')).problem).toBe('a line 3: is none');
  });

  test('does not hide a mistake of our own', () => {
    expect(() =>
      readFrom(folder, 'a', () => {
        throw new Bug('ours');
      }),
    ).toThrow(Bug);
  });

  test('puts names in the order of their code units', () => {
    expect(['b', 'a', 'B', 'a'].sort(inOrder)).toEqual(['B', 'a', 'a', 'b']);
  });
});
