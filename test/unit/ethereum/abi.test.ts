import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { concat, to0x } from '../../../src/crypto/bytes.ts';
import { type InboxCall, decodeInboxCall, encodeInboxCall } from '../../../src/ethereum/abi.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';

const header = fc.record({
  index: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  da: fc.nat(255),
  compression: fc.nat(255),
  payloadSize: fc.nat(0xffff_ffff),
  payloadHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});
const call: fc.Arbitrary<InboxCall> = fc.oneof(
  fc.record({
    kind: fc.constant('submit-batch' as const),
    header,
    payload: fc.uint8Array({ maxLength: 200 }),
  }),
  fc.record({ kind: fc.constant('submit-blob-batch' as const), header }),
);
const sample: InboxCall = {
  kind: 'submit-batch',
  header: { index: 5n, da: 0, compression: 12, payloadSize: 3, payloadHash: new Uint8Array(32).fill(9) },
  payload: Uint8Array.of(1, 2, 3),
};
const refused = expect.objectContaining({ code: 'bad-calldata' });

describe('calldata of the inbox', () => {
  it('decodes to the call that it encodes', () => {
    fc.assert(
      fc.property(call, (value) => {
        expect(decodeInboxCall(encodeInboxCall(value))).toEqual(value);
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it('begins with the selector of the signature written in the contract', () => {
    const selector = keccak256(
      new TextEncoder().encode('submitBatch((uint64,uint8,uint8,uint32,bytes32),bytes)'),
    ).subarray(0, 4);
    expect(to0x(encodeInboxCall(sample).subarray(0, 4))).toBe(to0x(selector));
  });

  it('is refused with bytes behind it, cut, or with padding that is not zero', () => {
    const bytes = encodeInboxCall(sample);
    expect(() => decodeInboxCall(concat(bytes, new Uint8Array(32)))).toThrow(refused);
    for (let length = 0; length < bytes.length; length += 7)
      expect(() => decodeInboxCall(bytes.subarray(0, length))).toThrow(refused);
    const padded = bytes.slice();
    padded[padded.length - 1] = 1;
    expect(() => decodeInboxCall(padded)).toThrow(refused);
  });

  it('is refused when the payload stands elsewhere than the encoder puts it', () => {
    const bytes = encodeInboxCall(sample);
    const moved = concat(bytes.subarray(0, -64), new Uint8Array(32), bytes.subarray(-64));
    moved[4 + 6 * 32 - 1]! += 32;
    expect(() => decodeInboxCall(moved)).toThrow(refused);
  });

  it('of every other function of the contract is refused', () => {
    const accept = keccak256(new TextEncoder().encode('acceptSubmitter()')).subarray(0, 4);
    expect(() => decodeInboxCall(accept)).toThrow(refused);
    expect(() => decodeInboxCall(Uint8Array.of(1, 2, 3, 4))).toThrow(refused);
  });
});
