import { describe, expect, it } from 'vitest';

import { readRollupFile, writeRollupFile } from '../../../src/apps/rollup-file.ts';
import { ascii, latin1 } from '../../../src/crypto/bytes.ts';
import { rollup } from '../chain/fake-executor.ts';

const text = latin1(writeRollupFile(rollup));
const read = (changed: string): unknown => readRollupFile(ascii(changed), 'rollup.json');
const damaged = expect.objectContaining({ code: 'file-damaged' });

describe('the file of a rollup', () => {
  it('is read as it was written', () => {
    expect(readRollupFile(writeRollupFile(rollup), 'rollup.json')).toEqual(rollup);
  });

  it.each([
    ['another format', '"conclave-rollup-1"', '"conclave-rollup-2"'],
    ['no L1', '"l1ChainId": "31337"', '"l1ChainId": "0"'],
    ['no L2', '"l2ChainId": "71001"', '"l2ChainId": "0"'],
    ['a number that is none', '"maxDrift": "120"', '"maxDrift": "0x78"'],
    ['no drift', '"maxDrift": "120"', '"maxDrift": "0"'],
    ['no window', '"sequencingWindow": "10"', '"sequencingWindow": "0"'],
    ['a window of months', '"sequencingWindow": "10"', '"sequencingWindow": "30001"'],
    ['slots without length', '"slotMs": 1000', '"slotMs": 0'],
    ['slots of minutes', '"slotMs": 1000', '"slotMs": 60001'],
    ['another field', '"slotMs": 1000', '"slotMs": 1000,\n  "more": 1'],
    ['messages from before its origin', '"messageRoot": "0x2', '"messageRoot": "0x3'],
  ])('with %s is refused', (_, from, to) => {
    expect(text).toContain(from);
    expect(() => read(text.replace(from, to))).toThrow(damaged);
  });

  it('with an account that is none is refused, and so is one that ends early', () => {
    expect(() => read(text.replace(rollup.inbox, '0x12'))).toThrow(
      expect.objectContaining({ code: 'bad-account' }),
    );
    expect(() => read(text.slice(0, -2))).toThrow(expect.objectContaining({ code: 'file-truncated' }));
  });
});
