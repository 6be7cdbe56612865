import { describe, expect, test } from 'vitest';

import type { PendingOrigin } from '../../../../src/chain/derivation-state.ts';
import { type BlockExtra, type L2Header, blockHash, encodeExtra } from '../../../../src/chain/block.ts';
import { soleSequencer } from '../../../../src/chain/sequencer-set.ts';
import { type SignedBlock, sealDigest } from '../../../../src/chain/signed-block.ts';
import { bigintToBytes, concat, u8 } from '../../../../src/crypto/bytes.ts';
import { parseAddress } from '../../../../src/ethereum/address.ts';
import { type OwnView, judgeBlock } from '../../../../src/services/follower/check.ts';
import { insecureTestAccount, signDigest } from '../../../../scripts/lib/test-transactions.ts';

const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const user = parseAddress(`0x${'aa'.repeat(20)}`);
const leader = insecureTestAccount('follower', 1);
const stranger = insecureTestAccount('follower', 2);
const chain = 71_001n;
const originOf = (number: bigint, timestamp: bigint) => ({
  ...{ number, timestamp, hash: word(Number(number)), messageRoot: word(9) },
});
const next: PendingOrigin = {
  origin: originOf(6n, 1_001n),
  credits: [{ nonce: 0n, to: user, gwei: 7n }],
  forced: [Uint8Array.of(1), Uint8Array.of(2)],
};
const own: OwnView = {
  rollup: { l2ChainId: chain, slotMs: 250, maxDrift: 30n },
  set: soleSequencer(leader.address),
  parent: {
    ...{ number: 3n, hash: word(3), timestamp: 1_000n, origin: 5n },
    ...{ epoch: 0n, view: 1n, orderedUpTo: 8n },
  },
  origin: originOf(5n, 990n),
  next,
  now: 1_001n,
};
const extra: BlockExtra = { epoch: 0n, view: 1n, orderedUpTo: 8n, origin: 5n };

interface Change {
  readonly header?: Partial<L2Header>;
  readonly extra?: Partial<BlockExtra>;
  readonly transactions?: readonly Uint8Array[];
  readonly by?: typeof leader;
}

function signed({ header: fields, extra: words, transactions = [], by = leader }: Change = {}): SignedBlock {
  const header: L2Header = {
    ...{ parentHash: word(3), number: 4n, timestamp: 1_001n, coinbase: user, gasUsed: 0n },
    ...{ gasLimit: 30_000_000n, baseFeePerGas: 7n, extraData: encodeExtra({ ...extra, ...words }) },
    ...{ prevRandao: word(2), parentBeaconBlockRoot: word(3), stateRoot: word(4) },
    ...{ transactionsRoot: word(5), receiptsRoot: word(6), withdrawalsRoot: word(7) },
    logsBloom: new Uint8Array(256),
    ...fields,
  };
  const block = { header, hash: blockHash(header), transactions, withdrawals: [] };
  const { r, s, yParity } = signDigest(sealDigest(chain, block), by.secret);
  return { block, signature: concat(bigintToBytes(r, 32), bigintToBytes(s, 32), u8(27 + yParity)) };
}

test('a good block is executed with what this node knows of L1', () => {
  const judged = judgeBlock(signed({ transactions: [Uint8Array.of(9)] }), own);
  expect(judged).toEqual({
    kind: 'execute',
    transactions: [Uint8Array.of(9)],
    attributes: {
      ...{ timestamp: 1_001n, epoch: 0n, view: 1n, orderedUpTo: 8n, origin: own.origin },
      ...{ credits: [], forced: [] },
    },
  });
});

test('the first block of an origin brings its credits; forced transactions are not those of users', () => {
  const transactions = [Uint8Array.of(2), Uint8Array.of(9)];
  const judged = judgeBlock(signed({ extra: { origin: 6n }, transactions }), own);
  expect(judged).toMatchObject({
    transactions: [Uint8Array.of(9)],
    attributes: { origin: next.origin, credits: next.credits, forced: next.forced },
  });
});

test('a block whose origin was not seen yet waits', () => {
  const judged = judgeBlock(signed({ extra: { origin: 6n } }), { ...own, next: undefined });
  expect(judged).toEqual({ kind: 'wait' });
});

describe('refused is a block', () => {
  const refusals: readonly (readonly [string, Change, RegExp])[] = [
    ['of another number', { header: { number: 5n } }, /number 5/],
    ['on another parent', { header: { parentHash: word(4) } }, /stands on another/],
    ['that goes back in time', { header: { timestamp: 999n } }, /back in time/],
    ['from the future', { header: { timestamp: 1_004n } }, /future/],
    ['of an earlier view', { extra: { view: 0n } }, /epoch 0, view 0/],
    ['of another epoch', { extra: { epoch: 1n } }, /epoch 1, view 1/],
    ['that covers less of the order', { extra: { orderedUpTo: 7n } }, /less of the order/],
    ['that jumps over an origin', { extra: { origin: 7n } }, /jumps from origin 5 to 7/],
    ['that goes back to an origin', { extra: { origin: 4n } }, /jumps from origin 5 to 4/],
  ];
  test.each(refusals)('%s', (_, change, words) => {
    expect(() => judgeBlock(signed(change), own)).toThrow(words);
    expect(() => judgeBlock(signed(change), own)).toThrow(expect.objectContaining({ code: 'block-refused' }));
  });

  test('that is older than its origin', () => {
    const view = { ...own, next: { ...next, origin: originOf(6n, 1_002n) } };
    expect(() => judgeBlock(signed({ extra: { origin: 6n } }), view)).toThrow(/older than its origin/);
  });

  test('with transactions of users that lags too far behind L1; an empty one is not', () => {
    const view = { ...own, origin: originOf(5n, 970n) };
    expect(() => judgeBlock(signed({ transactions: [word(1)] }), view)).toThrow(/lags behind L1/);
    expect(judgeBlock(signed(), view).kind).toBe('execute');
    expect(judgeBlock(signed({ transactions: [word(1)] }), { ...own, origin: originOf(5n, 971n) }).kind).toBe(
      'execute',
    );
  });

  test('that keeps an origin whose successor is as old: no batch with it would be derived', () => {
    const view = { ...own, now: 1_040n, origin: originOf(5n, 970n) };
    const at = (timestamp: bigint) => signed({ header: { timestamp } });
    expect(judgeBlock(at(1_031n), view).kind).toBe('execute');
    expect(() => judgeBlock(at(1_032n), view)).toThrow(/keeps origin 5, whose successor is old/);
    expect(judgeBlock(at(1_032n), { ...view, next: undefined }).kind).toBe('execute');
    expect(judgeBlock(signed({ header: { timestamp: 1_032n }, extra: { origin: 6n } }), view).kind).toBe(
      'execute',
    );
  });

  test('of the same second where slots are whole seconds', () => {
    const change = { header: { timestamp: 1_000n } };
    expect(judgeBlock(signed(change), own).kind).toBe('execute');
    const view = { ...own, rollup: { ...own.rollup, slotMs: 1_000 } };
    expect(() => judgeBlock(signed(change), view)).toThrow(/back in time/);
  });

  test('of a view before the one of its leader; an epoch begins with any view', () => {
    const set = { leaderAt: () => ({ signer: leader.address, epoch: 2n, view: 3n }) };
    const view = { ...own, set, parent: { ...own.parent, epoch: 1n, view: 9n } };
    const of = (words: Partial<BlockExtra>) => signed({ extra: { epoch: 2n, ...words } });
    expect(judgeBlock(of({ view: 3n }), view).kind).toBe('execute');
    expect(() => judgeBlock(of({ view: 2n }), view)).toThrow(/epoch 2, view 2/);
    const behind = { ...view, parent: { ...own.parent, epoch: 2n, view: 4n } };
    expect(() => judgeBlock(of({ view: 3n }), behind)).toThrow(/epoch 2, view 3/);
  });

  test('more than two seconds ahead', () => {
    const at = (timestamp: bigint) => signed({ header: { timestamp } });
    expect(judgeBlock(at(1_003n), own).kind).toBe('execute');
    expect(() => judgeBlock(at(1_004n), own)).toThrow(/future/);
  });

  test('that somebody signed who does not lead', () => {
    const byStranger = signed({ by: stranger });
    expect(() => judgeBlock(byStranger, own)).toThrow(expect.objectContaining({ code: 'block-foreign' }));
    const early = { ...own, set: soleSequencer(leader.address, 5n) };
    expect(() => judgeBlock(signed(), early)).toThrow(expect.objectContaining({ code: 'block-foreign' }));
  });
});
