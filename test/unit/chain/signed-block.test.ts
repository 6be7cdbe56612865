import { encodeAbiParameters, keccak256, toHex } from 'viem';
import { expect, test } from 'vitest';

import { type L2Block, type L2Header, blockHash, encodeExtra } from '../../../src/chain/block.ts';
import {
  type SignedBlock,
  decodeSignedBlock,
  encodeSignedBlock,
  sealDigest,
  sealerOf,
} from '../../../src/chain/signed-block.ts';
import { bigintToBytes, concat, to0x, u8 } from '../../../src/crypto/bytes.ts';
import { decodeRlp, encodeRlp } from '../../../src/ethereum/rlp.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import { insecureTestAccount, signDigest } from '../../../scripts/lib/test-transactions.ts';

const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const hexWord = (byte: number): string => to0x(word(byte));
const user = parseAddress(`0x${'aa'.repeat(20)}`);
const header: L2Header = {
  ...{ parentHash: word(1), number: 4n, timestamp: 100n, coinbase: user },
  ...{ gasLimit: 30_000_000n, gasUsed: 21_000n, baseFeePerGas: 100_000n },
  extraData: encodeExtra({ epoch: 3n, view: 1n, orderedUpTo: 9n, origin: 8n }),
  ...{ prevRandao: word(2), parentBeaconBlockRoot: word(3), stateRoot: word(4) },
  ...{ transactionsRoot: word(5), receiptsRoot: word(6), withdrawalsRoot: word(7) },
  logsBloom: new Uint8Array(256),
};
const block: L2Block = {
  ...{ header, hash: blockHash(header) },
  transactions: [Uint8Array.of(2, 3), Uint8Array.of(1)],
  withdrawals: [{ index: 7n, address: user, gwei: 5n }],
};
const leader = insecureTestAccount('signed-block', 1);
function seal(of: L2Block = block, chain = 71_001n): SignedBlock {
  const { r, s, yParity } = signDigest(sealDigest(chain, of), leader.secret);
  return { block: of, signature: concat(bigintToBytes(r, 32), bigintToBytes(s, 32), u8(27 + yParity)) };
}

test('the seal of a block names who built it', () => {
  expect(sealerOf(71_001n, seal())).toBe(leader.address);
});

test('a seal counts with either parity, and names its signer with its own only', () => {
  const parities = new Set<number>();
  for (let chain = 1n; parities.size < 2; chain++) {
    const { signature } = seal(block, chain);
    const v = signature[64]!;
    parities.add(v);
    expect(sealerOf(chain, { block, signature })).toBe(leader.address);
    const other = concat(signature.subarray(0, 64), u8(55 - v));
    expect(sealerOf(chain, { block, signature: other })).not.toBe(leader.address);
  }
});

test('a seal is for one chain, one place and one content', () => {
  const { signature } = seal();
  const others: readonly L2Header[] = [
    { ...header, number: 5n },
    { ...header, parentHash: word(8) },
    { ...header, extraData: encodeExtra({ epoch: 4n, view: 1n, orderedUpTo: 9n, origin: 8n }) },
    { ...header, extraData: encodeExtra({ epoch: 3n, view: 2n, orderedUpTo: 9n, origin: 8n }) },
    { ...header, extraData: encodeExtra({ epoch: 3n, view: 1n, orderedUpTo: 8n, origin: 8n }) },
  ];
  for (const other of others)
    expect(sealerOf(71_001n, { block: { ...block, header: other }, signature })).not.toBe(leader.address);
  expect(sealerOf(71_001n, { block: { ...block, hash: word(5) }, signature })).not.toBe(leader.address);
  expect(sealerOf(71_002n, { block, signature })).not.toBe(leader.address);
});

test('the digest is that of Slasher: seven words behind the tag of blocks', () => {
  const types = ['bytes32', 'uint256', 'uint64', 'uint64', 'uint64', 'bytes32', 'bytes32', 'uint64'];
  const values = [keccak256(toHex('conclave/v1/block')), 71_001n, 3n, 1n, 4n, ...[1, 6].map(hexWord), 9n];
  const abi = types.map((type) => ({ type }));
  const expected = keccak256(encodeAbiParameters(abi, values));
  expect(to0x(sealDigest(71_001n, { header, hash: word(6) }))).toBe(expected);
});

test('a signature of another form is refused', () => {
  const { signature } = seal();
  const forms = [signature.subarray(1), concat(signature.subarray(0, 64), u8(0)), new Uint8Array(65)];
  forms.push(concat(signature, u8(0)));
  for (const bad of forms) expect(() => sealerOf(71_001n, { block, signature: bad })).toThrow(/signature/);
});

test('a signed block is read as it was written, and its hash is computed', () => {
  const signed = seal();
  expect(decodeSignedBlock(encodeSignedBlock(signed))).toEqual(signed);
  const lying = encodeSignedBlock({ ...signed, block: { ...block, hash: word(1) } });
  expect(decodeSignedBlock(lying).block.hash).toEqual(block.hash);
});

test('what is no signed block is refused, cut or flipped anywhere, under one code', () => {
  const bytes = encodeSignedBlock(seal());
  for (let at = 0; at < bytes.length; at++)
    expect(() => decodeSignedBlock(bytes.subarray(0, at))).toThrow(
      expect.objectContaining({ code: 'block-malformed' }),
    );
  let accepted = 0;
  for (let at = 0; at < bytes.length; at++)
    try {
      const read = decodeSignedBlock(bytes.map((byte, i) => (i === at ? byte ^ 0x80 : byte)));
      accepted++;
      expect(encodeSignedBlock(read)).not.toEqual(bytes);
    } catch (error) {
      expect(error).toMatchObject({ code: 'block-malformed' });
    }
  expect(accepted).toBeGreaterThan(0);
});

test('a signed block has four parts, and a withdrawal three fields', () => {
  const parts = decodeRlp(encodeSignedBlock(seal()), 'block');
  if (parts instanceof Uint8Array) throw new Error('a list');
  expect(() => decodeSignedBlock(encodeRlp([...parts, u8(1)]))).toThrow('block has 5 parts');
  const paid = parts.map((part, i) => (i === 2 ? [[u8(1), new Uint8Array(20), u8(1), u8(1)]] : part));
  expect(() => decodeSignedBlock(encodeRlp(paid))).toThrow('withdrawals[0] has 4 fields');
});

test('a block with more than a block can hold is refused before anything else', () => {
  const many = { ...block, transactions: Array.from({ length: 1_501 }, () => Uint8Array.of(1)) };
  expect(() => decodeSignedBlock(encodeSignedBlock(seal(many)))).toThrow(/more than a block can/);
  const paid = { ...block, withdrawals: Array.from({ length: 1_025 }, () => block.withdrawals).flat() };
  expect(() => decodeSignedBlock(encodeSignedBlock(seal(paid)))).toThrow(/more than a block can/);
  expect(() => decodeSignedBlock(new Uint8Array(16_777_217))).toThrow(/16777217 bytes/);
});
