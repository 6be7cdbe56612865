import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { concat, to0x } from '../../../src/crypto/bytes.ts';
import { addressBytes, addressFromBytes } from '../../../src/ethereum/address.ts';
import {
  type Eip4844Tx,
  type UnsignedL1Tx,
  assembleSigned,
  contentHash,
  decodeSigned,
  decodeUnsigned,
  encodeUnsigned,
  recoverSender,
  signingDigest,
} from '../../../src/ethereum/l1-tx.ts';
import { type RlpItem, decodeRlp, encodeRlp } from '../../../src/ethereum/rlp.ts';
import { insecureTestAccount, signDigest } from '../../../scripts/lib/test-transactions.ts';

const account = insecureTestAccount('l1-tx', 0);
const u = (bits: number): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const common = {
  chainId: u(64),
  nonce: u(64),
  to: fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => addressFromBytes(bytes)),
  value: u(256),
  gasLimit: u(64),
  maxFeePerGas: u(256),
  maxPriorityFeePerGas: u(256),
  data: fc.uint8Array({ maxLength: 300 }),
};
const anyTx: fc.Arbitrary<UnsignedL1Tx> = fc.oneof(
  fc.record({ type: fc.constant('eip1559' as const), ...common }),
  fc.record({
    type: fc.constant('eip4844' as const),
    ...common,
    maxFeePerBlobGas: u(256),
    blobVersionedHashes: fc.array(bytes32, { maxLength: 3 }),
  }),
);

const blobTx: Eip4844Tx = {
  type: 'eip4844',
  chainId: 31_337n,
  nonce: 4n,
  to: account.address,
  value: 0n,
  gasLimit: 600_000n,
  maxFeePerGas: 41n,
  maxPriorityFeePerGas: 1n,
  data: Uint8Array.of(1, 2, 3),
  maxFeePerBlobGas: 9n,
  blobVersionedHashes: [new Uint8Array(32).fill(1)],
};
const { maxFeePerBlobGas: _fee, blobVersionedHashes: _hashes, ...rest } = blobTx;
const callTx: UnsignedL1Tx = { ...rest, type: 'eip1559' };
const refused = expect.objectContaining({ code: 'tx-malformed' });

/** The bytes of a transaction after a change of its list of fields. */
function withFields(tx: UnsignedL1Tx, change: (fields: RlpItem[]) => unknown): Uint8Array {
  const bytes = encodeUnsigned(tx);
  const fields = [...(decodeRlp(bytes.subarray(1), 'tx') as RlpItem[])];
  change(fields);
  return concat(bytes.subarray(0, 1), encodeRlp(fields));
}

describe('an unsigned L1 transaction', () => {
  it('decodes to what was encoded', () => {
    fc.assert(
      fc.property(anyTx, (tx) => {
        expect(decodeUnsigned(encodeUnsigned(tx))).toEqual(tx);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it.each([callTx, blobTx])(
    'of type $type is refused in every truncation and with a byte behind it',
    (tx) => {
      const bytes = encodeUnsigned(tx);
      for (let length = 0; length < bytes.length; length++)
        expect(() => decodeUnsigned(bytes.subarray(0, length))).toThrow();
      expect(() => decodeUnsigned(concat(bytes, Uint8Array.of(0)))).toThrow(refused);
    },
  );

  it.each([callTx, blobTx])('of type $type never survives a flipped bit as itself', (tx) => {
    const bytes = encodeUnsigned(tx);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      let again: Uint8Array;
      try {
        again = encodeUnsigned(decodeUnsigned(changed));
      } catch {
        continue; // refused
      }
      expect(to0x(again)).toBe(to0x(changed));
    }
  });

  it('of any other type is refused', () => {
    const bytes = encodeUnsigned(callTx);
    for (const type of [0, 1, 4, 0x7e, 0xc0]) {
      const changed = bytes.slice();
      changed[0] = type;
      expect(() => decodeUnsigned(changed)).toThrow(expect.objectContaining({ code: 'tx-type' }));
    }
  });

  it.each([
    ['an access list', (fields: RlpItem[]) => (fields[8] = [[addressBytes(account.address), []]])],
    ['no recipient, a creation', (fields: RlpItem[]) => (fields[5] = new Uint8Array(0))],
    ['a recipient of 21 bytes', (fields: RlpItem[]) => (fields[5] = new Uint8Array(21))],
    ['a nonce with leading zeros', (fields: RlpItem[]) => (fields[1] = Uint8Array.of(0, 4))],
    ['a nonce beyond 64 bits', (fields: RlpItem[]) => (fields[1] = new Uint8Array(9).fill(1))],
    ['a list as value', (fields: RlpItem[]) => (fields[6] = [])],
    ['a field too many', (fields: RlpItem[]) => fields.push(new Uint8Array(0))],
    ['a field too few', (fields: RlpItem[]) => fields.pop()],
  ])('with %s is refused', (_, change) => {
    expect(() => decodeUnsigned(withFields(callTx, change))).toThrow();
  });

  it('with a versioned hash of 31 bytes is refused', () => {
    const bytes = withFields(blobTx, (fields) => (fields[10] = [new Uint8Array(31)]));
    expect(() => decodeUnsigned(bytes)).toThrow(refused);
  });
});

describe('a signed L1 transaction', () => {
  it.each([callTx, blobTx])('of type $type is taken apart into what it was made of', (tx) => {
    const signature = signDigest(signingDigest(tx), account.secret);
    const { raw, hash } = assembleSigned(tx, signature, account.address);
    expect(decodeSigned(raw)).toEqual({ tx, signature, sender: account.address, hash });
    expect(recoverSender(tx, signature)).toBe(account.address);
  });

  it('is not made of the signature of another account', () => {
    const stranger = insecureTestAccount('l1-tx', 1);
    const signature = signDigest(signingDigest(callTx), stranger.secret);
    expect(() => assembleSigned(callTx, signature, account.address)).toThrow(
      expect.objectContaining({ code: 'tx-sender' }),
    );
  });

  it('is not read without its signature, nor as an unsigned one', () => {
    const signature = signDigest(signingDigest(callTx), account.secret);
    const { raw } = assembleSigned(callTx, signature, account.address);
    expect(() => decodeSigned(encodeUnsigned(callTx))).toThrow(refused);
    expect(() => decodeUnsigned(raw)).toThrow(refused);
  });
});

describe('the content of a transaction', () => {
  const content = (change: Partial<Eip4844Tx>): string =>
    to0x(contentHash('submit-batch', { ...blobTx, ...change }));

  it('is the same under another nonce and other fees', () => {
    const fees = { maxFeePerGas: 82n, maxPriorityFeePerGas: 2n, maxFeePerBlobGas: 18n };
    expect(content({ nonce: 5n, ...fees })).toBe(content({}));
  });

  it.each([
    { to: addressFromBytes(new Uint8Array(20)) },
    { value: 1n },
    { gasLimit: 600_001n },
    { data: Uint8Array.of(1, 2) },
    { blobVersionedHashes: [] },
    { blobVersionedHashes: [new Uint8Array(32).fill(2)] },
  ])('is another with %o', (change) => {
    expect(content(change)).not.toBe(content({}));
  });

  it('is another for another kind of request and another type of transaction', () => {
    expect(to0x(contentHash('cancel-nonce', blobTx))).not.toBe(content({}));
    expect(to0x(contentHash('submit-batch', callTx))).not.toBe(content({ blobVersionedHashes: [] }));
  });
});
