import { describe, expect, it } from 'vitest';

import * as params from '../../../../src/apps/rpc/params.ts';
import { named } from '../../node/helpers.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';

const refusalOf = <T>(read: params.Read<T>, value: unknown): string => {
  try {
    return `no refusal: ${String(read(value))}`;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('quantities', () => {
  it('are hex without leading zeros', () => {
    expect(params.aNumber('0x0')).toBe(0n);
    expect(params.aNumber('0xfF')).toBe(255n);
    expect(params.wei(`0x${'f'.repeat(64)}`)).toBe((1n << 256n) - 1n);
  });

  it('in any other form are refused, each with its reason', () => {
    for (const [value, message] of [
      ['', 'empty hex string'],
      ['1', 'hex string without 0x prefix'],
      ['0X1', 'hex string without 0x prefix'],
      ['0x', 'hex string "0x"'],
      ['0x01', 'hex number with leading zero digits'],
      ['0x00', 'hex number with leading zero digits'],
      ['0xg', 'invalid hex string'],
      ['0x-1', 'invalid hex string'],
      ['0x1\n', 'invalid hex string'],
      [`0x1${'0'.repeat(16)}`, 'hex number > 64 bits'],
      [1, 'not a hex string'],
      [true, 'not a hex string'],
      [['0x1'], 'not a hex string'],
      [{}, 'not a hex string'],
    ] as const)
      expect(refusalOf(params.aNumber, value), JSON.stringify(value)).toBe(message);
    expect(refusalOf(params.wei, `0x1${'0'.repeat(64)}`)).toBe('hex number > 256 bits');
  });
});

describe('bytes', () => {
  it('have an even number of digits', () => {
    expect(params.bytes('0x')).toEqual(new Uint8Array(0));
    expect(params.bytes('0x00fF')).toEqual(Uint8Array.of(0, 255));
    expect(refusalOf(params.bytes, '0x0')).toBe('hex string of odd length');
    expect(refusalOf(params.bytes, '0xzz')).toBe('invalid hex string');
    expect(refusalOf(params.bytes, '0x0x')).toBe('invalid hex string');
    expect(refusalOf(params.bytes, '00')).toBe('hex string without 0x prefix');
  });

  it('of a hash and of an account have their length', () => {
    expect(params.hash(to0x(named('a')))).toEqual(named('a'));
    expect(refusalOf(params.hash, '0x00')).toBe('hex string has length 2, want 64');
    expect(refusalOf(params.address, '0x00')).toBe('hex string has length 2, want 40');
    const lower = '0xd8da6bf26964af9d7eed9e03e53415d37aa96045';
    expect(params.address(lower)).toBe('0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045');
    expect(params.address(`0x${lower.slice(2).toUpperCase()}`)).toBe(params.address(lower));
  });

  it('of a place in storage get zeros in front', () => {
    expect(params.slot('0x0')).toEqual(new Uint8Array(32));
    expect(params.slot('0x102')).toEqual(Uint8Array.of(...new Uint8Array(30), 1, 2));
    expect(refusalOf(params.slot, `0x${'0'.repeat(65)}`)).toContain('storage key too long');
  });
});

describe('blocks', () => {
  it('are named by tags, numbers, hashes and objects', () => {
    for (const tag of ['latest', 'pending', 'earliest', 'safe', 'finalized', 'certified'])
      expect(params.blockRef(tag)).toEqual({ kind: 'tag', tag });
    const [hash, text] = [named('b'), to0x(named('b'))];
    expect(params.blockRef('0x1')).toEqual({ kind: 'number', number: 1n });
    expect(params.blockRef(text)).toEqual({ kind: 'hash', hash, mustBeCanonical: false });
    expect(params.blockRef({ blockNumber: 'safe' })).toEqual({ kind: 'tag', tag: 'safe' });
    expect(params.blockRef({ blockNumber: '0x2' })).toEqual({ kind: 'number', number: 2n });
    expect(params.blockRef({ blockHash: text, requireCanonical: true })).toEqual({
      kind: 'hash',
      hash,
      mustBeCanonical: true,
    });
  });

  it('in any other form are refused', () => {
    expect(refusalOf(params.blockRef, {})).toBe('neither blockHash nor blockNumber');
    expect(refusalOf(params.blockRef, { blockNumber: '0x1', blockHash: to0x(named('b')) })).toContain(
      'choose one or the other',
    );
    expect(refusalOf(params.blockRef, { blockHash: to0x(named('b')), requireCanonical: 1 })).toBe(
      'field requireCanonical: not a boolean',
    );
    for (const value of ['newest', 'Latest', '', 7, [], true])
      expect(refusalOf(params.blockRef, value), String(value)).not.toContain('no refusal');
    expect(refusalOf(params.blockNumber, to0x(named('b')))).toBe('hex number > 64 bits');
  });
});

describe('a list of parameters', () => {
  it('says which one is missing and which one is wrong', () => {
    const list = new params.Params(['0x1', null, 'x']);
    expect(list.at(0, params.aNumber)).toBe(1n);
    expect(list.maybe(1, params.aNumber)).toBeUndefined();
    expect(list.maybe(9, params.aNumber)).toBeUndefined();
    expect(() => list.at(1, params.aNumber)).toThrow('missing value for required argument 1');
    expect(() => list.at(2, params.aNumber)).toThrow('invalid argument 2: hex string without 0x prefix');
    expect(() => list.maybe(2, params.aNumber)).toThrow('invalid argument 2: hex string without 0x prefix');
  });

  it('reads lists, and fields that an object has itself', () => {
    const read = params.listOf(params.aNumber, 2);
    expect(read(['0x1', '0x2'])).toEqual([1n, 2n]);
    expect(refusalOf(read, ['0x1', 2])).toBe('item 1: not a hex string');
    expect(refusalOf(read, ['0x1', '0x1', '0x1'])).toBe('more than 2 items');
    expect(refusalOf(read, {})).toBe('not a list');
    expect(params.maybeField({}, 'constructor', params.bytes)).toBeUndefined();
    expect(refusalOf(params.anObject, [])).toBe('not an object');
    expect(refusalOf(params.aBoolean, 0)).toBe('not a boolean');
  });
});
