import { encodeAbiParameters, keccak256 as viemKeccak, stringToHex } from 'viem/utils';
import { describe, expect, it } from 'vitest';

import { maxPayloadBytes } from '../../../src/chain/batch.ts';
import { type HeaderSource, batchDigest, batchHeader } from '../../../src/chain/batch-header.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { encodeInboxCall } from '../../../src/ethereum/abi.ts';
import { addressFromBytes } from '../../../src/ethereum/address.ts';
import { batchInboxAbi } from '../../../src/ethereum/contracts/batch-inbox.ts';

const source: HeaderSource = {
  ...{ l2ChainId: 71_001n, batchIndex: 7n, da: 'calldata' },
  payload: Uint8Array.of(0, 12, 1, 2, 3),
  blobVersionedHashes: [],
};
const blobs: HeaderSource = {
  ...{ ...source, da: 'blobs', blobVersionedHashes: [new Uint8Array(32).fill(1)] },
};
const place = { l2ChainId: 71_001n, l1ChainId: 31_337n, inbox: addressFromBytes(new Uint8Array(20).fill(5)) };
const [tupleType] = batchInboxAbi.flatMap((item) =>
  item.type === 'function' && item.name === 'batchDigest' ? item.inputs : [],
);

describe('the header of a batch without blocks', () => {
  it('has the numbers of one block that is called as its batch, and nothing that nobody knows', () => {
    expect(batchHeader(source)).toMatchObject({
      ...{ index: 7n, firstBlock: 7n, lastBlock: 7n, lastOrigin: 0n, setId: 0n },
      ...{ parentHash: new Uint8Array(32), da: 0, compression: 12, payloadSize: 5 },
    });
    expect(batchHeader(blobs)).toMatchObject({ da: 3, payloadSize: 5 });
  });

  it('names that block by its tag, the L2, the index and the payload, and the root by that one leaf', () => {
    const { lastHash, blocksRoot, payloadHash } = batchHeader(source);
    expect(to0x(payloadHash)).toBe(viemKeccak('0x000c010203'));
    const types = ['bytes32', 'uint64', 'uint64', 'bytes32'].map((type) => ({ type }));
    const tag = viemKeccak(stringToHex('conclave/v1/batch/block-v0'));
    const hash = viemKeccak(encodeAbiParameters(types, [tag, 71_001n, 7n, to0x(payloadHash)]));
    expect(to0x(lastHash)).toBe(hash);
    expect(to0x(blocksRoot)).toBe(viemKeccak(`0x00${hash.slice(2)}`));
  });

  it('is the same for all time', () => {
    const hex = (of: HeaderSource): readonly string[] => {
      const { payloadHash, lastHash, blocksRoot } = batchHeader(of);
      return [payloadHash, lastHash, blocksRoot, batchDigest(place, batchHeader(of))].map(to0x);
    };
    expect(hex(source)).toEqual([
      '0xef3e8e5cfd3071f5d0b113fa8b3fef92e5dc0353da4dd10d9d862a5a945d0444',
      '0x6a1fc15623d1baf1ec99d7fb1c4c2f6971ea135e0a5718dea3571c59a475bc8e',
      '0x4f1f2d5f9407d9266d3d0e448df88421fe4b8f5aa03b2e6e09d590acc7c17c82',
      '0xd3f909e8c3c65ac034d0ad5d7851f945d1d694524e52920ed74cac95546b599c',
    ]);
    expect(hex(blobs)).toEqual([
      '0xcebc8882fecbec7fb80d2cf4b312bec018884c2d66667c67a90508214bd8bafc',
      '0xe310d8a25fb947a917bc700411a5e3c177266533b247756d27d6a3b7b7c23a5b',
      '0x9372132816a9d0b8d91ca697e7a1c682ab822d781e779c727c419cc292efb246',
      '0x93b6b71c261273cd31d6288c8cfba54b91c05f63a1daf4181006aa9642c67ced',
    ]);
  });

  it('is named as the contract names it, over every field', () => {
    const { parentHash, lastHash, blocksRoot, payloadHash, ...rest } = batchHeader(source);
    const hashes = { parentHash: to0x(parentHash), lastHash: to0x(lastHash), blocksRoot: to0x(blocksRoot) };
    const record = { ...rest, ...hashes, payloadHash: to0x(payloadHash) };
    const types = [...['bytes32', 'uint64', 'uint256', 'address'].map((type) => ({ type })), tupleType!];
    const tag = viemKeccak(stringToHex('conclave/v1/batch'));
    const values = [tag, place.l2ChainId, place.l1ChainId, place.inbox, record];
    expect(to0x(batchDigest(place, batchHeader(source)))).toBe(
      viemKeccak(encodeAbiParameters(types, values)),
    );
  });

  it('makes a call within 120,000 bytes of the longest payload, and of no longer one', () => {
    const call = (length: number): Uint8Array => {
      const payload = new Uint8Array(length);
      return encodeInboxCall({ kind: 'submit-batch', header: batchHeader({ ...source, payload }), payload });
    };
    expect(call(maxPayloadBytes('calldata'))).toHaveLength(119_972);
    expect(call(maxPayloadBytes('calldata') + 1).length).toBeGreaterThan(120_000);
  });
});
