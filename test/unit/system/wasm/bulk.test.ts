import { describe, expect, it } from 'vitest';

import { Bug } from '../../../../src/crypto/errors.ts';
import { wasmBulk } from '../../../../src/system/wasm/bulk.ts';
import { type WebAssemblyInterface, webAssembly } from '../../../../src/system/wasm/machine.ts';

/** A platform whose compiler throws. */
function refusing(error: Error): WebAssemblyInterface {
  const { Module, Instance } = webAssembly()!;
  const failing = new Proxy(Module, {
    construct: () => {
      throw error;
    },
  });
  return { Module: failing, Instance };
}

describe('bulk arithmetic in WebAssembly', () => {
  it('is missing where the platform refuses the module, so that the pure one stays', () => {
    const compileError = Object.assign(new Error('no vectors'), { name: 'CompileError' });
    expect(wasmBulk(refusing(compileError))).toBeUndefined();
  });

  it('any other failure is not hidden', () => {
    expect(() => wasmBulk(refusing(new TypeError('ours')))).toThrow(TypeError);
  });

  it('a sum of more products than fit, or of none, is refused', () => {
    const bulk = wasmBulk()!;
    expect(() => bulk.weightedSums(new Uint8Array(128 * 417), new Uint8Array(32 * 417))).toThrow(Bug);
    expect(() => bulk.weightedSums(new Uint8Array(), new Uint8Array())).toThrow(Bug);
  });

  it('a failure gives the memory back', () => {
    const bulk = wasmBulk()!;
    const minusFive = new Uint8Array(64);
    minusFive.set([0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xfc, 0x2a], 56);
    minusFive.fill(0xff, 32, 56);
    minusFive[31] = 5;
    for (let n = 0; n < 50; n++) expect(() => bulk.mapToCurve(minusFive)).toThrow(Bug);
    expect(bulk.mapToCurve(new Uint8Array(64)).length).toBe(65);
  });
});
