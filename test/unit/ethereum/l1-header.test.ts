import { describe, expect, it } from 'vitest';

import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { type L1Header, l1HeaderHash, mayHold } from '../../../src/ethereum/l1-header.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';

const hex = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0);

/** Block 1 of the main chain, whose hash everybody knows. */
const first: L1Header = {
  parentHash: hex('d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3'),
  sha3Uncles: hex('1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'),
  miner: hex('05a56e2d52c817161883f50c441c3228cfe54d9f'),
  stateRoot: hex('d67e4d450343046425ae4271474353857ab860dbc0a1dde64b41b5cd3a532bf3'),
  transactionsRoot: hex('56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'),
  receiptsRoot: hex('56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'),
  ...{ logsBloom: new Uint8Array(256), difficulty: 17_171_480_576n, number: 1n, gasLimit: 5_000n },
  ...{ gasUsed: 0n, timestamp: 1_438_269_988n },
  extraData: hex('476574682f76312e302e302f6c696e75782f676f312e342e32'),
  mixHash: hex('969b900de27b6ac6a67742365dd65f55a0526c41fd18e1b16f1a1215c2e66f59'),
  nonce: hex('539bd4979fef1ec4'),
  ...{
    baseFeePerGas: undefined,
    withdrawalsRoot: undefined,
    blobGasUsed: undefined,
    excessBlobGas: undefined,
  },
  ...{ parentBeaconBlockRoot: undefined, requestsHash: undefined },
};

describe('a header of L1', () => {
  it('has the hash under which everybody knows its block', () => {
    expect(toHex(l1HeaderHash(first))).toBe(
      '88e96d4537bea4d9c05d12549907b32561d3bf31f45aae734cdc119f13406cb6',
    );
  });

  it('has another hash with every field that a later fork adds', () => {
    const hash = new Uint8Array(32);
    const forks = [
      {},
      { baseFeePerGas: 7n },
      { withdrawalsRoot: hash },
      { blobGasUsed: 0n, excessBlobGas: 0n, parentBeaconBlockRoot: hash },
      { requestsHash: hash },
    ];
    let header = first;
    const seen = forks.map((fork) => {
      header = { ...header, ...fork };
      return toHex(l1HeaderHash(header));
    });
    expect(new Set(seen).size).toBe(forks.length);
  });

  it('says by its bloom where nobody of an address has logged', () => {
    const address = new Uint8Array(20).fill(1);
    const bloom = new Uint8Array(256);
    expect(mayHold(bloom, address)).toBe(false);
    expect(mayHold(new Uint8Array(256).fill(255), address)).toBe(true);
    const hash = keccak256(address);
    const bits = [0, 2, 4].map((at) => (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2047);
    for (const bit of bits) {
      expect(mayHold(bloom, address)).toBe(false);
      bloom[255 - (bit >> 3)] = (bloom[255 - (bit >> 3)] ?? 0) | (1 << (bit & 7));
    }
    expect(mayHold(bloom, address)).toBe(true);
  });
});
