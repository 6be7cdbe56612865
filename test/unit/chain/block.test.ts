import { createBlockHeader } from '@ethereumjs/block';
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { expect, test } from 'vitest';

import {
  type L2Header,
  blockHash,
  decodeExtra,
  decodeHeader,
  encodeExtra,
  encodeHeader,
  encodeWithdrawal,
  nextBaseFee,
} from '../../../src/chain/block.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';

const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const header: L2Header = {
  ...{ parentHash: word(1), number: 300n, timestamp: 1_700_000_000n },
  coinbase: parseAddress('0x4c32000000000000000000000000000000000004'),
  ...{ gasLimit: 30_000_000n, gasUsed: 21_000n, baseFeePerGas: 1_000_000_000n },
  extraData: encodeExtra({ epoch: 7n, view: 1n, orderedUpTo: 12n, origin: 99n }),
  ...{ prevRandao: word(2), parentBeaconBlockRoot: word(3), stateRoot: word(4) },
  ...{ transactionsRoot: word(5), receiptsRoot: word(6), withdrawalsRoot: word(7) },
  logsBloom: new Uint8Array(256).fill(8),
};

const common = new Common({ chain: Mainnet, hardfork: Hardfork.Cancun });
/** The same header in an implementation that nobody here wrote. */
const foreign = (h: L2Header) =>
  createBlockHeader(
    {
      ...{ parentHash: h.parentHash, number: h.number, timestamp: h.timestamp, coinbase: h.coinbase },
      ...{ gasLimit: h.gasLimit, gasUsed: h.gasUsed, baseFeePerGas: h.baseFeePerGas },
      ...{ extraData: h.extraData, mixHash: h.prevRandao, stateRoot: h.stateRoot },
      ...{ parentBeaconBlockRoot: h.parentBeaconBlockRoot, transactionsTrie: h.transactionsRoot },
      ...{ receiptTrie: h.receiptsRoot, withdrawalsRoot: h.withdrawalsRoot, logsBloom: h.logsBloom },
      ...{ blobGasUsed: 0n, excessBlobGas: 0n, difficulty: 0n },
    },
    { common },
  );

test('a header has the bytes and the hash that another implementation gives it', () => {
  expect(to0x(encodeHeader(header))).toBe(to0x(foreign(header).serialize()));
  expect(to0x(blockHash(header))).toBe(to0x(foreign(header).hash()));
});

test('a header is read as it was written', () => {
  expect(decodeHeader(encodeHeader(header))).toEqual(header);
  const genesis = { ...header, number: 0n, extraData: new Uint8Array(0), gasUsed: 0n };
  expect(decodeHeader(encodeHeader(genesis))).toEqual(genesis);
});

test('a header that no block of this chain has is refused', () => {
  const bytes = encodeHeader(header);
  const uncles = bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte));
  expect(() => decodeHeader(uncles)).toThrow(expect.objectContaining({ code: 'block-malformed' }));
  const blobs = foreign(header).raw();
  expect(() => decodeHeader(bytes.subarray(0, -1))).toThrow(/no RLP|canonical/);
  expect(blobs).toHaveLength(20);
});

test('the base fee follows the gas of the parent as EIP-1559 says', () => {
  for (const gasUsed of [0n, 1n, 14_999_999n, 15_000_000n, 15_000_001n, 30_000_000n])
    for (const baseFeePerGas of [0n, 7n, 8n, 1_000_000_000n, 10n ** 24n]) {
      const parent = { ...header, gasUsed, baseFeePerGas };
      expect(nextBaseFee(parent)).toBe(foreign(parent).calcNextBaseFee());
    }
});

test('extra data is 32 bytes, and is read as it was written', () => {
  const extra = { epoch: 1n << 63n, view: 0xffff_ffffn, orderedUpTo: 5n, origin: 6n };
  const bytes = encodeExtra(extra);
  expect(bytes).toHaveLength(32);
  expect(decodeExtra(bytes)).toEqual(extra);
  expect(to0x(encodeExtra({ epoch: 1n, view: 2n, orderedUpTo: 3n, origin: 4n }))).toBe(
    '0x01000000000000000100000002000000000000000300000000000000040000' + '00',
  );
});

test('extra data of another length, version, or with a flag is refused', () => {
  const bytes = encodeExtra({ epoch: 1n, view: 0n, orderedUpTo: 0n, origin: 0n });
  const flagged = bytes.map((byte, i) => (i === 31 ? 1 : byte));
  const versioned = bytes.map((byte, i) => (i === 0 ? 2 : byte));
  for (const bad of [flagged, versioned, bytes.subarray(1), new Uint8Array(0)])
    expect(() => decodeExtra(bad)).toThrow(expect.objectContaining({ code: 'block-malformed' }));
});

test('a withdrawal stands in its trie as EIP-4895 has it', () => {
  const address = parseAddress(`0x${'aa'.repeat(20)}`);
  expect(to0x(encodeWithdrawal({ index: 0n, address, gwei: 256n }))).toBe(
    `0xda808094${'aa'.repeat(20)}820100`,
  );
});
