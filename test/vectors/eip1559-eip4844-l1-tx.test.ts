import fc from 'fast-check';
import { Transaction } from 'micro-eth-signer';
import { describe, expect, it } from 'vitest';

import { fromHex, to0x } from '../../src/crypto/bytes.ts';
import { addressFromBytes, keccak256 } from '../../src/ethereum/address.ts';
import {
  type Eip4844Tx,
  type UnsignedL1Tx,
  assembleSigned,
  decodeSigned,
  encodeUnsigned,
  signingDigest,
} from '../../src/ethereum/l1-tx.ts';
import { decodeL2Tx } from '../../src/ethereum/l2-tx.ts';
import { makeTransactions, signDigest } from '../../scripts/lib/test-transactions.ts';
import { elsewhere } from './implementations-l1-tx.ts';

// EIP-1559 and EIP-4844, held against micro-eth-signer, and one plain copy of what it writes.
const key = new Uint8Array(32).fill(0x46);
const sender = addressFromBytes(fromHex('9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f')!);
const u = (bits: number): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
const hash = fc.uint8Array({ minLength: 31, maxLength: 31 }).map((bytes) => Uint8Array.from([1, ...bytes]));
const common = {
  chainId: fc.bigInt({ min: 1n, max: (1n << 32n) - 1n }),
  nonce: u(32),
  to: fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => addressFromBytes(bytes)),
  value: u(90),
  gasLimit: fc.bigInt({ min: 21_000n, max: 30_000_000n }),
  maxFeePerGas: fc.bigInt({ min: 1n << 30n, max: 1n << 38n }),
  maxPriorityFeePerGas: u(30),
  data: fc.uint8Array({ maxLength: 100 }),
};
const anyTx: fc.Arbitrary<UnsignedL1Tx> = fc.oneof(
  fc.record({ type: fc.constant('eip1559' as const), ...common }),
  fc.record({
    type: fc.constant('eip4844' as const),
    ...common,
    maxFeePerBlobGas: u(40),
    blobVersionedHashes: fc.array(hash, { minLength: 1, maxLength: 3 }),
  }),
);

const sample: Eip4844Tx = {
  type: 'eip4844',
  chainId: 31_337n,
  nonce: 4n,
  to: addressFromBytes(fromHex('7e5f4552091a69125d5dfcb7b8c2659029395bdf')!),
  value: 0n,
  gasLimit: 600_000n,
  maxFeePerGas: 41_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000n,
  data: Uint8Array.of(1, 2, 3),
  maxFeePerBlobGas: 9n,
  blobVersionedHashes: [Uint8Array.from([1, ...new Uint8Array(31).fill(0x22)])],
};
const sampleUnsigned =
  '0x03f851827a6904843b9aca0085098bca5a00830927c0947e5f4552091a69125d5dfcb7b8c2659029395bdf8083010203c009e1a001' +
  '22'.repeat(31);
const sampleSigned =
  '0x03f894827a6904843b9aca0085098bca5a00830927c0947e5f4552091a69125d5dfcb7b8c2659029395bdf8083010203c009e1a001' +
  '22'.repeat(31) +
  '01a029988bb0ca38252f4614fd7c2816aa94027e32caa71340c0d858a354808d5b66' +
  'a048fd4c152d17f80f221eee1ffb2bae05a5306eecf5ec68131678293baeb2538f';

describe('an L1 transaction in two implementations', () => {
  it('is signed as the same bytes, and has the same digest', () => {
    fc.assert(
      fc.property(anyTx, (tx) => {
        const other = elsewhere(tx).toHex({ includeSignature: false });
        expect(to0x(encodeUnsigned(tx))).toBe(other);
        expect(to0x(signingDigest(tx))).toBe(to0x(keccak256(fromHex(other)!)));
      }),
      { seed: 8, numRuns: 100 },
    );
  });

  it('that the other signs is read here with its sender and hash, and here joined to the same bytes', () => {
    fc.assert(
      fc.property(anyTx, (tx) => {
        const theirs = elsewhere(tx).signBy(key);
        const read = decodeSigned(fromHex(theirs.toHex())!);
        expect(read).toMatchObject({ tx, sender });
        expect(to0x(read.hash)).toBe(theirs.hash);
        expect(read.sender).toBe(theirs.sender);
        expect(to0x(assembleSigned(tx, read.signature, sender).raw)).toBe(theirs.toHex());
      }),
      { seed: 9, numRuns: 20 },
    );
  });

  it('that is signed here is accepted there', () => {
    const { raw, hash: ours } = assembleSigned(sample, signDigest(signingDigest(sample), key), sender);
    const theirs = Transaction.fromHex(to0x(raw), false);
    expect([theirs.hash, theirs.sender]).toEqual([to0x(ours), sender]);
  });

  it('is the copy that was written down once', () => {
    expect(to0x(encodeUnsigned(sample))).toBe(sampleUnsigned);
    const read = decodeSigned(fromHex(sampleSigned)!);
    expect(read.sender).toBe(sender);
    expect(to0x(read.hash)).toBe('0x6ae6f699d449847d2750e55a4cdb746378faf00070c4ee0f2c38727f0c1d30d2');
  });
});

describe('an L2 transaction in two implementations', () => {
  it('has one sender and one hash, for all three types', () => {
    for (const raw of makeTransactions({ seed: 'two', l2ChainId: 71_001n, accounts: 3, transactions: 12 })) {
      const theirs = Transaction.fromBytes(raw, false);
      const ours = decodeL2Tx(raw, 71_001n);
      expect([ours.sender, to0x(ours.hash)]).toEqual([theirs.sender, theirs.hash]);
    }
  });
});
