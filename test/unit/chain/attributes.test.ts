import { expect, test } from 'vitest';

import { type ParentBlock, originRoot, planBlock } from '../../../src/chain/attributes.ts';
import { type L2Header, decodeExtra } from '../../../src/chain/block.ts';
import { ascii, concat, to0x, u64 } from '../../../src/crypto/bytes.ts';
import { keccak256, parseAddress } from '../../../src/ethereum/address.ts';
import { predeploys } from '../../../src/ethereum/l2-genesis.ts';

const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const header: L2Header = {
  ...{ parentHash: word(1), number: 4n, timestamp: 100n, coinbase: predeploys.FeeVault },
  ...{ gasLimit: 30_000_000n, gasUsed: 21_000n, baseFeePerGas: 100_000n, extraData: new Uint8Array(0) },
  ...{ prevRandao: word(2), parentBeaconBlockRoot: word(3), stateRoot: word(4) },
  ...{ transactionsRoot: word(5), receiptsRoot: word(6), withdrawalsRoot: word(7) },
  logsBloom: new Uint8Array(256),
};
const parent: ParentBlock = { hash: word(9), header, carry: 900_000_001n, nextWithdrawal: 11n };
const origin = { number: 50n, hash: word(10), timestamp: 99n, messageRoot: word(11) };
const attributes = {
  ...{ timestamp: 101n, epoch: 1n, view: 2n, orderedUpTo: 3n, origin, credits: [], forced: [] },
};
const user = parseAddress(`0x${'aa'.repeat(20)}`);

test('a plan fixes every field that execution does not decide', () => {
  const { header: planned } = planBlock(parent, attributes);
  expect(planned).toMatchObject({ parentHash: word(9), number: 5n, timestamp: 101n, gasLimit: 30_000_000n });
  expect(planned.coinbase).toBe(predeploys.FeeVault);
  expect(planned.baseFeePerGas).toBe(87_518n);
  expect(decodeExtra(planned.extraData)).toEqual({ epoch: 1n, view: 2n, orderedUpTo: 3n, origin: 50n });
  expect(planned.parentBeaconBlockRoot).toEqual(originRoot(origin));
  const tag = keccak256(ascii('conclave/v1/randao'));
  expect(to0x(planned.prevRandao)).toBe(to0x(keccak256(concat(tag, origin.hash, u64(5)))));
});

test('what a header says of L1 is the digest that Messenger makes', () => {
  const tag = keccak256(ascii('conclave/v1/l1-origin'));
  const expected = keccak256(concat(tag, new Uint8Array(31), Uint8Array.of(50), word(10), word(11)));
  expect(originRoot(origin)).toEqual(expected);
});

test('burnt fees go back to their vault in whole gwei, and the rest is carried over', () => {
  const plan = planBlock(parent, attributes);
  // 900,000,001 carried over, and 21,000 gas at 100,000 wei burnt.
  expect(plan.withdrawals).toEqual([{ index: 11n, address: predeploys.FeeVault, gwei: 3n }]);
  expect([plan.carry, plan.nextWithdrawal]).toEqual([1n, 12n]);
});

test('less than a gwei waits, and makes no withdrawal', () => {
  const plan = planBlock({ ...parent, carry: 0n, header: { ...header, gasUsed: 1n } }, attributes);
  expect([plan.withdrawals, plan.carry, plan.nextWithdrawal]).toEqual([[], 100_000n, 11n]);
});

test('credits come first, in their order, numbered on', () => {
  const credits = [
    { nonce: 0n, to: user, gwei: 5n },
    { nonce: 1n, to: predeploys.WMETIS, gwei: 6n },
  ];
  expect(planBlock(parent, { ...attributes, credits }).withdrawals).toEqual([
    { index: 11n, address: user, gwei: 5n },
    { index: 12n, address: predeploys.WMETIS, gwei: 6n },
    { index: 13n, address: predeploys.FeeVault, gwei: 3n },
  ]);
});
