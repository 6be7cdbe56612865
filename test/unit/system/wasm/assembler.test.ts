import { describe, expect, it } from 'vitest';

import {
  type Code,
  encodeModule,
  get,
  i32,
  i64,
  lanes,
  repeat,
  set,
} from '../../../../src/system/wasm/assembler.ts';
import { webAssembly } from '../../../../src/system/wasm/machine.ts';

/** Runs code of one parameter, with two locals of 32 bits, two of 64 and two of 128 behind it. */
function run(body: Code, parameter = 0, input = new Uint8Array()): DataView {
  const platform = webAssembly()!;
  const code = encodeModule([{ name: 'run', parameters: 1, i32: 2, i64: 2, v128: 2, body }], 1);
  const { exports } = new platform.Instance(new platform.Module(code));
  const { memory, run: call } = exports as {
    readonly memory: { readonly buffer: ArrayBuffer };
    readonly run: (n: number) => void;
  };
  new Uint8Array(memory.buffer).set(input);
  call(parameter);
  return new DataView(memory.buffer);
}
const at = (address: number): Code => i32.constant(address);

describe('assembler', () => {
  it('constants keep their value whatever their length and sign', () => {
    for (const value of [0, 1, 63, 64, 127, 128, -1, -64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)])
      expect(run(i32.store(at(8), i32.constant(value))).getInt32(8, true)).toBe(value);
    for (const value of [0n, -1n, 64n, -65n, 2n ** 62n, -(2n ** 63n), 2n ** 63n - 1n])
      expect(run(i64.store(at(8), i64.constant(value))).getBigInt64(8, true)).toBe(value);
    expect(run(i64.store(at(8), i64.constant(2n ** 64n - 1n))).getBigUint64(8, true)).toBe(2n ** 64n - 1n);
  });

  it('integers of 32 bits', () => {
    const [a, b] = [0xdeadbeef | 0, 12];
    const results: readonly (readonly [Code, number])[] = [
      [i32.add(at(a), at(b)), (a + b) | 0],
      [i32.multiply(at(a), at(b)), Math.imul(a, b)],
      [i32.and(at(a), at(b)), a & b],
      [i32.or(at(a), at(b)), a | b],
      [i32.xor(at(a), at(b)), a ^ b],
      [i32.shiftLeft(at(a), at(b)), a << b],
      [i32.shiftRight(at(a), at(b)), (a >>> b) | 0],
    ];
    for (const [code, expected] of results)
      expect(run(i32.store(at(0), code)).getInt32(0, true)).toBe(expected);
  });

  it('integers of 64 bits', () => {
    const [a, b] = [-0x123456789abcdefn, 7n];
    const results: readonly (readonly [Code, bigint])[] = [
      [i64.add(i64.constant(a), i64.constant(b)), a + b],
      [i64.subtract(i64.constant(a), i64.constant(b)), a - b],
      [i64.multiply(i64.constant(a), i64.constant(b)), a * b],
      [i64.and(i64.constant(a), i64.constant(b)), a & b],
      [i64.or(i64.constant(a), i64.constant(b)), a | b],
      [i64.xor(i64.constant(a), i64.constant(b)), a ^ b],
      [i64.shiftLeft(i64.constant(a), i64.constant(b)), a << b],
      [i64.shiftRightSigned(i64.constant(a), i64.constant(b)), a >> b],
      [i64.shiftRight(i64.constant(a), i64.constant(b)), BigInt.asUintN(64, a) >> b],
      [i64.fromU32(at(-1)), 0xffffffffn],
    ];
    for (const [code, expected] of results)
      expect(run(i64.store(at(0), code)).getBigInt64(0, true)).toBe(BigInt.asIntN(64, expected));
  });

  it('memory is read and written at address and offset', () => {
    const input = Uint8Array.from({ length: 64 }, (_, k) => k);
    const view = run(
      [
        ...i32.store(at(100), i32.loadByte(at(3), 2), 4),
        ...i64.store(at(112), i64.load(at(8), 1)),
        ...lanes.store(at(128), lanes.load(at(16), 5), 16),
      ],
      0,
      input,
    );
    expect(view.getInt32(104, true)).toBe(5);
    expect(view.getBigUint64(112, true)).toBe(0x100f0e0d0c0b0a09n);
    expect(new Uint8Array(view.buffer, 144, 16)).toEqual(input.subarray(21, 37));
  });

  it('a loop runs as often as its count says', () => {
    const body = set(2, i32.add(get(2), i32.multiply(get(1), i32.constant(10))));
    for (const count of [1, 2, 9])
      expect(run([...repeat(1, 0, body), ...i32.store(at(0), get(2))], count).getInt32(0, true)).toBe(
        (10 * count * (count - 1)) / 2,
      );
  });

  it('lanes', () => {
    const pair = Uint8Array.from({ length: 32 }, (_, k) => (k * 37 + 1) & 255);
    const [a, b] = [lanes.load(at(0)), lanes.load(at(16))];
    const words = new DataView(pair.buffer);
    const lane = (k: number): number => words.getUint32(4 * k, true);
    const expectLanes = (code: Code, expected: (k: number) => number): void => {
      const view = run(lanes.store(at(64), code), 0, pair);
      for (let k = 0; k < 4; k++) expect(view.getUint32(64 + 4 * k, true)).toBe(expected(k) >>> 0);
    };
    expectLanes(lanes.add(a, b), (k) => lane(k) + lane(k + 4));
    expectLanes(lanes.xor(a, b), (k) => lane(k) ^ lane(k + 4));
    expectLanes(lanes.or(a, b), (k) => lane(k) | lane(k + 4));
    expectLanes(lanes.and(a, b), (k) => lane(k) & lane(k + 4));
    expectLanes(lanes.shiftLeft(a, 5), (k) => lane(k) << 5);
    expectLanes(lanes.shiftRight(a, 5), (k) => lane(k) >>> 5);
    expectLanes(lanes.splat(at(77)), () => 77);
    expectLanes(lanes.choose(a, b, lanes.splat(at(0))), (k) => lane(k) & lane(k + 4));
    const swapped = lanes.shuffle(a, b, [4, 5, 6, 7, 16, 17, 18, 19, 0, 1, 2, 3, 28, 29, 30, 31]);
    expectLanes(swapped, (k) => lane([1, 4, 0, 7][k]!));
    const halves = run(
      [...i64.store(at(64), lanes.half(a, 0)), ...i64.store(at(72), lanes.half(a, 1))],
      0,
      pair,
    );
    expect(new Uint8Array(halves.buffer, 64, 16)).toEqual(pair.subarray(0, 16));
  });
});
