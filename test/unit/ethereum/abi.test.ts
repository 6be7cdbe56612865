import fc from 'fast-check';
import { encodeFunctionData, hexToBytes } from 'viem/utils';
import { describe, expect, it } from 'vitest';

import { concat, to0x } from '../../../src/crypto/bytes.ts';
import { type InboxCall, decodeInboxCall, encodeInboxCall, inboxErrorOf } from '../../../src/ethereum/abi.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';
import { batchInboxAbi } from '../../../src/ethereum/contracts/batch-inbox.ts';

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const header = fc.record({
  ...{ index: u64, firstBlock: u64, lastBlock: u64, lastOrigin: u64, setId: fc.constant(0n) },
  ...{ parentHash: hash, lastHash: hash, blocksRoot: hash, payloadHash: hash },
  ...{ da: fc.nat(255), compression: fc.nat(255), payloadSize: fc.nat(0xffff_ffff) },
});
const call: fc.Arbitrary<InboxCall> = fc.oneof(
  fc.record({
    kind: fc.constant('submit-batch' as const),
    header,
    payload: fc.uint8Array({ maxLength: 200 }),
  }),
  fc.record({ kind: fc.constant('submit-blob-batch' as const), header }),
);
const filled = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const sample: InboxCall = {
  kind: 'submit-batch',
  header: {
    ...{ index: 5n, firstBlock: 6n, lastBlock: 7n, lastOrigin: 8n, setId: 0n },
    ...{ parentHash: filled(1), lastHash: filled(2), blocksRoot: filled(3), payloadHash: filled(9) },
    ...{ da: 0, compression: 12, payloadSize: 3 },
  },
  payload: Uint8Array.of(1, 2, 3),
};
/** The sample as someone writes it who adds what no cluster signs. */
const written = (setId: bigint, cert: `0x${string}`): Uint8Array => {
  const { parentHash, lastHash, blocksRoot, payloadHash, ...rest } = sample.header;
  const hashes = { parentHash: to0x(parentHash), lastHash: to0x(lastHash), blocksRoot: to0x(blocksRoot) };
  const tuple = { ...rest, ...hashes, payloadHash: to0x(payloadHash), setId };
  const call = { abi: batchInboxAbi, functionName: 'submitBatch' } as const;
  return hexToBytes(encodeFunctionData({ ...call, args: [tuple, '0x010203', cert] }));
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
    const types = 'uint64,uint64,uint64,bytes32,bytes32,bytes32,uint64,uint8,uint8,uint32,bytes32,uint64';
    const selector = keccak256(new TextEncoder().encode(`submitBatch((${types}),bytes,bytes)`)).subarray(
      0,
      4,
    );
    expect(to0x(encodeInboxCall(sample).subarray(0, 4))).toBe(to0x(selector));
  });

  it('is not made of a header whose hashes have another length', () => {
    const header = { ...sample.header, lastHash: new Uint8Array(31) };
    expect(() => encodeInboxCall({ ...sample, header })).toThrow('a hash of 31 bytes in a header');
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
    // From the payload on everything stands a word later, and both offsets say so.
    const [head, tail] = [bytes.slice(0, 4 + 14 * 32), bytes.subarray(4 + 14 * 32)];
    head[4 + 13 * 32 - 1]! += 32;
    head[4 + 14 * 32 - 1]! += 32;
    expect(() => decodeInboxCall(concat(head, new Uint8Array(32), tail))).toThrow(refused);
  });

  it('with a certificate, or the number of a set that made none, is refused', () => {
    expect(to0x(written(0n, '0x'))).toBe(to0x(encodeInboxCall(sample)));
    expect(() => decodeInboxCall(written(0n, '0x00'))).toThrow(refused);
    expect(() => decodeInboxCall(written(0n, `0x${'ab'.repeat(66)}`))).toThrow(refused);
    expect(() => decodeInboxCall(written(1n, '0x'))).toThrow(/set of a certificate/);
  });

  it('of every other function of the contract is refused', () => {
    const other = keccak256(new TextEncoder().encode('isOpenToAll()')).subarray(0, 4);
    expect(() => decodeInboxCall(other)).toThrow(refused);
    expect(() => decodeInboxCall(Uint8Array.of(1, 2, 3, 4))).toThrow(refused);
  });
});

describe('a refusal of the inbox', () => {
  const selector = (text: string): Uint8Array => keccak256(new TextEncoder().encode(text)).subarray(0, 4);

  it('is named with what it says, also where the registry of keys refuses', () => {
    const five = new Uint8Array(32).fill(5, 31);
    expect(inboxErrorOf(concat(selector('BadIndex(uint64)'), five))).toBe('BadIndex(5)');
    expect(inboxErrorOf(selector('NotBatchSender()'))).toBe('NotBatchSender');
    expect(inboxErrorOf(selector('UnknownPurpose()'))).toBe('UnknownPurpose');
  });

  it('of another contract has no name', () => {
    expect(inboxErrorOf(selector('NoSuchError()'))).toBeUndefined();
    expect(inboxErrorOf(new Uint8Array(3))).toBeUndefined();
  });
});
