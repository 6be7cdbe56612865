import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { bigintToBytes, bytesToBigint } from '../../../../src/crypto/bytes.ts';
import { p } from '../../../../src/crypto/secp256k1.ts';
import { ELEMENT_BYTES } from '../../../../src/system/wasm/field.ts';
import { Machine, webAssembly } from '../../../../src/system/wasm/machine.ts';

const machine = new Machine(webAssembly()!);
const room = (): number => machine.room(ELEMENT_BYTES);
const [a, b, out, bytes] = [room(), room(), room(), machine.room(32)];
const put = (at: number, value: bigint): void => {
  machine.write(bytes, bigintToBytes(value, 32));
  machine.call('fromBytes')(at, bytes, 0, 0);
};
const value = (at: number): bigint => {
  machine.call('toBytes')(bytes, at, 0, 0);
  return bytesToBigint(machine.read(bytes, 32));
};
const element = fc.oneof(
  fc.constantFrom(
    0n,
    1n,
    2n,
    p - 1n,
    p - 2n,
    2n ** 255n,
    2n ** 32n + 977n,
    2n ** 256n - 2n ** 33n,
    2n ** 26n - 1n,
  ),
  fc.bigInt({ min: 0n, max: p - 1n }),
);
const mod = (n: bigint): bigint => ((n % p) + p) % p;

describe('field arithmetic', () => {
  it('sums, differences and products are those of the integers modulo p', () => {
    fc.assert(
      fc.property(element, element, (x, y) => {
        put(a, x);
        put(b, y);
        machine.call('add')(out, a, b, 0);
        expect(value(out)).toBe(mod(x + y));
        machine.call('subtract')(out, a, b, 0);
        expect(value(out)).toBe(mod(x - y));
        machine.call('multiply')(out, a, b, 0);
        expect(value(out)).toBe(mod(x * y));
      }),
      { numRuns: 400 },
    );
  });

  it('a square is repeated as often as asked', () => {
    fc.assert(
      fc.property(element, fc.integer({ min: 1, max: 88 }), (x, times) => {
        put(a, x);
        machine.call('square')(out, a, 0, times);
        let expected = x;
        for (let n = 0; n < times; n++) expected = mod(expected * expected);
        expect(value(out)).toBe(expected);
      }),
    );
  });

  it('long chains stay exact: results of any operation are arguments of any other', () => {
    const operations = ['add', 'subtract', 'multiply'] as const;
    const plan = fc.array(fc.tuple(fc.constantFrom(...operations), fc.boolean()), {
      minLength: 60,
      maxLength: 60,
    });
    fc.assert(
      fc.property(element, element, plan, (x, y, steps) => {
        let [u, v] = [x, y];
        put(a, x);
        put(b, y);
        for (const [operation, swap] of steps) {
          machine.call(operation)(swap ? b : a, a, b, 0);
          const result = mod(operation === 'add' ? u + v : operation === 'subtract' ? u - v : u * v);
          if (swap) v = result;
          else u = result;
        }
        expect([value(a), value(b)]).toEqual([u, v]);
      }),
    );
  });

  it('selection takes one of two', () => {
    put(a, 5n);
    put(b, p - 5n);
    machine.call('select')(out, a, b, 0);
    expect(value(out)).toBe(5n);
    machine.call('select')(out, a, b, 1);
    expect(value(out)).toBe(p - 5n);
  });

  it('bytes of a value at or above p come out reduced', () => {
    for (const extra of [0n, 1n, 2n ** 32n + 976n]) {
      put(a, p + extra);
      expect(value(a)).toBe(extra);
    }
  });
});
