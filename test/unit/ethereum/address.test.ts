import fc from 'fast-check';
import { getAddress } from 'viem/utils';
import { describe, expect, it } from 'vitest';

import { fromHex, to0x } from '../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';
import { Point, actBase, scalar } from '../../../src/crypto/secp256k1.ts';
import {
  addressBytes,
  addressCodec,
  addressFromBytes,
  addressOf,
  parseAddress,
} from '../../../src/ethereum/address.ts';

// EIP-55, section "Test Cases", those in mixed case.
const checksummed = [
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
];
const refused = expect.objectContaining({ code: 'bad-account' });

describe('an address', () => {
  it('of the key 1 is the one that everybody knows', () => {
    expect(addressOf(actBase(scalar(1n)))).toBe('0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf');
  });

  it.each(checksummed)('%s is read with its checksum and in lower case, and is one value', (text) => {
    expect(parseAddress(text)).toBe(text);
    expect(parseAddress(text.toLowerCase())).toBe(text);
  });

  it.each([
    ['a wrong checksum', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed'],
    ['upper case throughout', '0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED'],
    ['no prefix', '5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
    ['an upper-case prefix', '0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
    ['a digit less', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe'],
    ['a blank behind it', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed '],
    ['what is no hex', '0xgaAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
    ['nothing', ''],
  ])('with %s is refused', (_, text) => {
    expect(() => parseAddress(text, 'to')).toThrow(refused);
  });

  it('has the checksum that the library gives, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        expect(addressFromBytes(bytes)).toBe(getAddress(to0x(bytes)));
      }),
    );
  });

  it('goes over the wire as 20 bytes and back', () => {
    const address = parseAddress(checksummed[0]!);
    expect(encode(addressCodec, address)).toEqual(fromHex(checksummed[0]!.toLowerCase()));
    expect(decode(addressCodec, addressBytes(address))).toBe(address);
    expect(() => decode(addressCodec, addressBytes(address).subarray(1))).toThrow('ends 1 bytes early');
  });

  it('of the identity does not exist', () => {
    expect(() => addressOf(Point.identity)).toThrow(expect.objectContaining({ code: 'identity' }));
  });
});
