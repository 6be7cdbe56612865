import { describe, expect, it } from 'vitest';

import { concat, to0x } from '../../../src/crypto/bytes.ts';
import { MAX_RAW_TX_BYTES, decodeL2Tx, intrinsicGas, readSignedTx } from '../../../src/ethereum/l2-tx.ts';
import { type RlpItem, decodeRlp, encodeRlp } from '../../../src/ethereum/rlp.ts';
import { type TestTx, insecureTestAccount, signTestTx } from '../../../scripts/lib/test-transactions.ts';

const CHAIN = 71_001n;
const account = insecureTestAccount('l2-tx', 0);
const base: TestTx = {
  type: 2,
  chainId: CHAIN,
  nonce: 3n,
  to: account.address,
  value: 10n,
  gasLimit: 60_000n,
  fee: 20n,
  tip: 2n,
  data: Uint8Array.of(0, 1),
};
const sign = (change: Partial<TestTx>): Uint8Array => signTestTx({ ...base, ...change }, account.secret);
const coded = (code: string): unknown => expect.objectContaining({ code });

function withFields(raw: Uint8Array, change: (fields: RlpItem[]) => unknown): Uint8Array {
  const typed = raw[0]! < 0xc0 ? raw.subarray(0, 1) : new Uint8Array(0);
  const fields = [...(decodeRlp(raw.subarray(typed.length), 'tx') as RlpItem[])];
  change(fields);
  return concat(typed, encodeRlp(fields));
}
const types = [0, 1, 2] as const;

describe('a transaction of the L2', () => {
  it.each(types)('of type %i tells its sender and all it says', (type) => {
    const tx = decodeL2Tx(sign({ type }), CHAIN);
    expect(tx).toMatchObject({ type, chainId: CHAIN, nonce: 3n, to: account.address, value: 10n });
    expect(tx).toMatchObject({ sender: account.address, gasLimit: 60_000n, maxFeePerGas: 20n });
    expect(tx.maxPriorityFeePerGas).toBe(type === 2 ? 2n : 20n);
    expect(tx.data).toEqual(Uint8Array.of(0, 1));
  });

  it.each(types)('of type %i for another chain is refused as such', (type) => {
    expect(() => decodeL2Tx(sign({ type, chainId: 1n }), CHAIN, 'line 4')).toThrow(coded('wrong-chain'));
  });

  it('from before EIP-155 is refused, since it would be valid on every chain', () => {
    const raw = withFields(sign({ type: 0 }), (fields) => (fields[6] = Uint8Array.of(27)));
    expect(readSignedTx(raw).chainId).toBeUndefined();
    expect(() => decodeL2Tx(raw, CHAIN)).toThrow(coded('wrong-chain'));
  });

  it.each(types)('of type %i without a signature is named as unsigned, in both of its forms', (type) => {
    const cut = withFields(sign({ type }), (fields) => fields.splice(-3));
    const zeros = withFields(sign({ type }), (fields) =>
      fields.splice(
        -3,
        3,
        type === 0 ? Uint8Array.of(1) : new Uint8Array(0),
        new Uint8Array(0),
        new Uint8Array(0),
      ),
    );
    expect(() => decodeL2Tx(cut, CHAIN)).toThrow(coded('tx-unsigned'));
    expect(() => decodeL2Tx(zeros, CHAIN)).toThrow(coded('tx-unsigned'));
  });

  it.each(types)('of type %i is refused in every truncation and with a byte behind it', (type) => {
    const raw = sign({ type });
    for (let length = 0; length < raw.length; length++)
      expect(() => decodeL2Tx(raw.subarray(0, length), CHAIN)).toThrow();
    expect(() => decodeL2Tx(concat(raw, Uint8Array.of(0)), CHAIN)).toThrow(coded('tx-malformed'));
  });

  it('of any other type is refused', () => {
    for (const type of [3, 4, 0x7e, 0xb8])
      expect(() => decodeL2Tx(concat(Uint8Array.of(type), sign({}).subarray(1)), CHAIN)).toThrow(
        coded('tx-type'),
      );
  });

  it('with a high s is refused', () => {
    const raw = withFields(sign({}), (fields) => (fields[11] = new Uint8Array(32).fill(0xf0)));
    expect(() => decodeL2Tx(raw, CHAIN)).toThrow(coded('tx-signature'));
  });

  it.each([
    ['tx-gas', { gasLimit: 21_019n }],
    ['tx-tip', { tip: 21n }],
    ['tx-nonce', { nonce: (1n << 64n) - 1n }],
    ['tx-malformed', { fee: 1n << 255n }],
    ['tx-init-code', { to: undefined, data: new Uint8Array(49_153), gasLimit: 10_000_000n }],
    ['tx-malformed', { type: 1, accessList: [[new Uint8Array(19), []]] }],
    ['tx-malformed', { type: 1, accessList: [[new Uint8Array(20)]] }],
    ['tx-malformed', { type: 2, accessList: [[new Uint8Array(20), [new Uint8Array(31)]]] }],
    ['tx-too-large', { data: new Uint8Array(MAX_RAW_TX_BYTES), gasLimit: 10_000_000n }],
  ] as const)('is refused with %s for %o', (code, change) => {
    expect(() => decodeL2Tx(sign(change), CHAIN)).toThrow(coded(code));
  });

  it('may create a contract and announce storage', () => {
    const storageKeys = [new Uint8Array(32).fill(5)];
    const accessList = [[new Uint8Array(20).fill(9), storageKeys]];
    const tx = decodeL2Tx(sign({ to: undefined, accessList, gasLimit: 100_000n }), CHAIN);
    expect(tx.to).toBeUndefined();
    expect(tx.accessList[0]!.storageKeys).toEqual(storageKeys);
    expect(intrinsicGas(tx)).toBe(21_000n + 32_000n + 2n + 4n + 16n + 2_400n + 1_900n);
  });

  it('with one flipped bit is refused or is another transaction', () => {
    const raw = sign({});
    const hash = to0x(decodeL2Tx(raw, CHAIN).hash);
    for (let at = 0; at < raw.length; at++) {
      const changed = raw.slice();
      changed[at]! ^= 1;
      try {
        expect(to0x(readSignedTx(changed).hash)).not.toBe(hash);
      } catch (error) {
        expect(error).toMatchObject({ name: 'InputError' });
      }
    }
  });
});
