import { describe, expect, it } from 'vitest';

import { fieldOf, isObject, readJson } from '../../../../src/apps/rpc/json-text.ts';

const read = (text: string, most = 4): unknown => readJson(new TextEncoder().encode(text), most);

describe('the JSON of a body', () => {
  it('is read up to its depth', () => {
    expect(read('[[[[1]]]]')).toEqual([[[[1]]]]);
    expect(() => read('[[[[[1]]]]]')).toThrow('nested deeper than 4');
    expect(() => read('{"a":{"a":{"a":{"a":{}}}}}')).toThrow('nested deeper than 4');
    expect(() => read('['.repeat(500_000), 32)).toThrow('nested deeper than 32');
  });

  it('may hold brackets in its texts, behind quotes and backslashes', () => {
    expect(read(String.raw`["[[[[[[", "\"[[[[[", "\\"]`)).toEqual(['[[[[[[', '"[[[[[', '\\']);
    expect(() => read(String.raw`["\\",[[[[]]]]]`)).toThrow('nested deeper');
  });

  it('is refused as a whole when it is none', () => {
    for (const text of ['', '{', 'nul', '{"a":1,}', "{'a':1}", '[1] 2', '\u0000', '{"a":01}'])
      expect(() => read(text), text).toThrow('parse error');
    expect(() => readJson(Uint8Array.of(0x22, 0xff, 0x22), 4)).toThrow('parse error');
    expect(() => readJson(Uint8Array.of(0x22, 0xc0, 0x80, 0x22), 4)).toThrow('parse error');
  });

  it('gives no field that the object has not itself, and changes no prototype', () => {
    const value = read('{"__proto__":{"a":1},"a":1,"a":2}');
    if (!isObject(value)) throw new Error('an object');
    expect(fieldOf(value, '__proto__')).toEqual({ a: 1 });
    expect(fieldOf(value, 'a')).toBe(2);
    expect(fieldOf(value, 'toString')).toBeUndefined();
    expect(fieldOf({}, 'a')).toBeUndefined();
    for (const other of [null, [], 'a', 1]) expect(isObject(other)).toBe(false);
  });
});
