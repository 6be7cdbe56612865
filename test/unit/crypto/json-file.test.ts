import { expect, test } from 'vitest';

import { InputError } from '../../../src/crypto/errors.ts';
import * as json from '../../../src/crypto/json-file.ts';

const file = (text: string): Uint8Array => new TextEncoder().encode(text);
const refused = (action: () => unknown): boolean => {
  try {
    action();
    return false;
  } catch (error) {
    return error instanceof InputError;
  }
};
const value = { a: 'text', n: 7, b: true, h: '0x00ff', o: { x: 1, y: 2 } };
const object = json.readJsonFile(json.writeJsonFile(value), 'f');

test('what is written reads back field by field', () => {
  expect(json.textIn(object, 'a', 'f')).toBe('text');
  expect(json.integerIn(object, 'n', 'f')).toBe(7);
  expect(json.booleanIn(object, 'b', 'f')).toBe(true);
  expect(json.hexIn(object, 'h', 'f', 2)).toEqual(Uint8Array.of(0, 255));
  expect([...json.objectIn(object, 'o', ['x', 'y'], 'f').keys()]).toEqual(['x', 'y']);
  expect([...json.anyObjectIn(object, 'o', 'f').values()]).toEqual([1, 2]);
});

test('a duplicate key, another layout, an array or a truncated file is refused', () => {
  for (const text of [
    '{\n  "a": 1,\n  "a": 1\n}\n',
    '{"a":1}\n',
    '[]\n',
    '{\n  "a": 1',
    '',
    '}\n',
    'null}\n',
  ])
    expect(refused(() => json.readJsonFile(file(text), 'f'))).toBe(true);
});

test('a field of the wrong type or range is refused', () => {
  const wrong: readonly (() => unknown)[] = [
    () => json.textIn(object, 'n', 'f'),
    () => json.integerIn(object, 'a', 'f'),
    () => json.booleanIn(object, 'n', 'f'),
    () => json.hexIn(object, 'a', 'f'),
    () => json.hexIn(object, 'h', 'f', 3),
    () => json.objectIn(object, 'a', [], 'f'),
    () => json.objectIn(object, 'o', ['y', 'x'], 'f'),
    () => json.objectIn(object, 'o', ['x'], 'f'),
    () => json.literalIn(object, 'a', 'other', 'f'),
    () => json.withKeys(object, ['a'], 'f'),
    () => json.integerIn(new Map([['n', -1]]), 'n', 'f'),
    () => json.integerIn(new Map([['n', 1.5]]), 'n', 'f'),
    () => json.textIn(new Map([['a', 'ä']]), 'a', 'f'),
    () => json.hexIn(new Map([['h', '0xAB']]), 'h', 'f'),
  ];
  for (const action of wrong) expect(refused(action)).toBe(true);
});

test('what is nested deeper than any file of ours is refused as damaged, without an end of the stack', () => {
  const nested = (depth: number): string => '{"a":'.repeat(depth - 1) + '[' + ']' + '}'.repeat(depth - 1);
  expect(json.parseJson(nested(16), 'f')).toBeTypeOf('object');
  for (const depth of [17, 200_000])
    for (const text of [nested(depth), '['.repeat(depth) + ']'.repeat(depth)])
      expect(() => json.parseJson(text, 'f')).toThrow('f is nested more than 16 levels deep');
  const deep = file(`{\n  "a": ${'['.repeat(100_000)}${']'.repeat(100_000)}\n}\n`);
  expect(() => json.readJsonFile(deep, 'f')).toThrow(expect.objectContaining({ code: 'file-damaged' }));
});

test('brackets in strings are no levels, whatever stands before a quote', () => {
  const brackets = '[{'.repeat(40);
  for (const text of [brackets, `\\"${brackets}`, `\\\\\\"${brackets}`, `${brackets}\\\\`])
    expect(json.parseJson(`["${text}",{"${text}":[]}]`, 'f')).toBeInstanceOf(Array);
  expect(refused(() => json.parseJson(`["\\\\",${'['.repeat(16)}${']'.repeat(16)}]`, 'f'))).toBe(true);
  expect(refused(() => json.parseJson('["', 'f'))).toBe(true);
});
