import { keccak_256 } from '@noble/hashes/sha3.js';
import { describe, expect, test } from 'vitest';

import { wasmKeccak } from '../../../../src/system/wasm/keccak.ts';
import { type WebAssemblyInterface, webAssembly } from '../../../../src/system/wasm/machine.ts';

const keccak256 = wasmKeccak()!;
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => 7 * i + length);

describe('Keccak-256 in WebAssembly', () => {
  test('agrees with the library on every length up to four blocks', () => {
    for (let length = 0; length <= 4 * 136 + 1; length++)
      expect(keccak256(counting(length))).toEqual(keccak_256(counting(length)));
  });

  test.each([-137, -136, -1, 0, 1, 136, 137])('agrees %i bytes from the end of its memory', (more) => {
    const capacity = 136 * Math.floor((2 * 65_536 - 400) / 136);
    for (const length of [capacity + more, 2 * capacity + more])
      expect(keccak256(counting(length))).toEqual(keccak_256(counting(length)));
  });

  test('keeps nothing of one input for the next, and leaves it as it was', () => {
    const long = counting(1000);
    const first = keccak256(long);
    expect(keccak256(new Uint8Array(0))).toEqual(keccak_256(new Uint8Array(0)));
    expect(long).toEqual(counting(1000));
    expect(first).toEqual(keccak_256(long));
  });

  test('wipes what it has hashed: the memory holds no byte of it', () => {
    const memories: Uint8Array[] = [];
    const real = webAssembly()!;
    const Instance = class {
      readonly exports: Readonly<Record<string, unknown>>;
      constructor(module: object) {
        this.exports = new real.Instance(module).exports;
        const { memory } = this.exports as { readonly memory: { readonly buffer: ArrayBuffer } };
        memories.push(new Uint8Array(memory.buffer));
      }
    };
    const watched = wasmKeccak({ Module: real.Module, Instance })!;
    for (const length of [10, 136, 200_000]) {
      watched(new Uint8Array(length).fill(0xee));
      expect(memories[0]!.subarray(400).every((byte) => byte === 0)).toBe(true);
    }
  });

  test('is absent where the platform refuses the module, and no other fault is taken for that', () => {
    const { Module, Instance } = webAssembly()!;
    const refusing = (error: Error): WebAssemblyInterface => {
      const construct = (): never => {
        throw error;
      };
      return { Module: new Proxy(Module, { construct }), Instance };
    };
    const compileError = Object.assign(new Error('no'), { name: 'CompileError' });
    expect(wasmKeccak(refusing(compileError))).toBeUndefined();
    expect(() => wasmKeccak(refusing(new TypeError('ours')))).toThrow(TypeError);
  });
});
