import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { toHex } from '../../../../src/crypto/bytes.ts';
import { columnHashes } from '../../../../src/system/wasm/column-hash.ts';
import { Machine, webAssembly } from '../../../../src/system/wasm/machine.ts';

describe('column hashes', () => {
  it('each byte of the input is in its place', () => {
    const machine = new Machine(webAssembly()!);
    const input = Uint8Array.from({ length: 37 }, (_, k) => 0x80 + 3 * k);
    input[20] = 2;
    const row = input.subarray(21);
    const shift = new Uint8Array(16).fill(0x5a);
    const out = machine.room(128);
    const column = machine.put(row.map((byte) => byte ^ 0x5a));
    const prefix = machine.put(input.subarray(0, 16));
    const number = new DataView(input.buffer).getUint32(16);
    machine.call(columnHashes().name)(prefix, column, number, machine.put(shift), 1, out);
    // OpenSSL's hash of the same 37 bytes.
    expect(toHex(machine.read(out + 64, 32))).toBe(createHash('sha256').update(input).digest('hex'));
  });
});
