import { describe, expect, it } from 'vitest';

import { Bug } from '../../../../src/crypto/errors.ts';
import { MEMORY_BYTES, Machine, webAssembly } from '../../../../src/system/wasm/machine.ts';

const machine = (): Machine => new Machine(webAssembly()!);

describe('the memory of the bulk arithmetic', () => {
  it('is wiped and given back when the work is done, and when it fails', () => {
    const m = machine();
    let at = 0;
    const secret = Uint8Array.of(1, 2, 3);
    expect(m.within(() => m.read((at = m.put(secret)), 3))).toEqual(secret);
    expect(m.read(at, 3)).toEqual(new Uint8Array(3));
    expect(() =>
      m.within(() => {
        at = m.put(secret);
        throw new RangeError('stopped');
      }),
    ).toThrow(RangeError);
    expect(m.read(at, 3)).toEqual(new Uint8Array(3));
    expect(m.room(1)).toBe(at);
  });

  it('nests: the inner work gives back only its own room', () => {
    const m = machine();
    m.within(() => {
      const outer = m.put(Uint8Array.of(9));
      m.within(() => m.put(Uint8Array.of(8)));
      expect(m.read(outer, 1)).toEqual(Uint8Array.of(9));
      expect(m.room(1)).toBe(outer + 16);
    });
  });

  it('constants stay, and neither side grows into the other', () => {
    const m = machine();
    const constant = m.keep(80);
    m.write(constant, Uint8Array.of(7));
    m.within(() => m.room(1000));
    expect(m.read(constant, 1)).toEqual(Uint8Array.of(7));
    expect(() => m.room(MEMORY_BYTES)).toThrow(Bug);
    const other = machine();
    other.room(MEMORY_BYTES - 16);
    expect(() => other.keep(17)).toThrow(Bug);
  });

  it('flags are those of 32 bytes', () => {
    const m = machine();
    const at = m.put(new Uint8Array(32));
    expect(m.flags(at)).toEqual({ isZero: 1, parity: 0 });
    for (const k of [0, 15, 31]) {
      m.write(at, new Uint8Array(32).fill(255, k, k + 1));
      expect(m.flags(at)).toEqual({ isZero: 0, parity: k === 31 ? 1 : 0 });
    }
  });

  it('a function that is not in the module is a bug', () => {
    expect(() => machine().call('divide')).toThrow(Bug);
    expect(() => machine().call('memory')).toThrow(Bug);
  });
});
