import { expect, test } from 'vitest';

import { planBlock } from '../../../../src/chain/attributes.ts';
import { type L2Header, blockHash, encodeExtra } from '../../../../src/chain/block.ts';
import type { ExecutedBlock } from '../../../../src/chain/execution.ts';
import type { Rollup } from '../../../../src/chain/rollup.ts';
import { soleSequencer } from '../../../../src/chain/sequencer-set.ts';
import { encodeSignedBlock, sealDigest } from '../../../../src/chain/signed-block.ts';
import { bigintToBytes, concat, to0x, u8 } from '../../../../src/crypto/bytes.ts';
import { OperationError, assert } from '../../../../src/crypto/errors.ts';
import { parseAddress } from '../../../../src/ethereum/address.ts';
import { Follower } from '../../../../src/services/follower/service.ts';
import { insecureTestAccount, signDigest } from '../../../../scripts/lib/test-transactions.ts';
import { SimClock } from '../../../sim/clock.ts';
import { memoryLog } from '../../node/helpers.ts';

const zero = parseAddress(`0x${'00'.repeat(20)}`);
const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const leader = insecureTestAccount('follower', 1);
const origin = { number: 5n, hash: word(5), timestamp: 1_700_000_000n, messageRoot: word(6) };
const rollup: Rollup = {
  ...{ l1ChainId: 31_337n, l2ChainId: 71_001n },
  genesis: { hash: word(1), stateRoot: word(2), timestamp: 1n, origin },
  ...{ inbox: zero, bridge: zero, forcedInbox: zero, outputs: zero },
  ...{ slotMs: 250, maxDrift: 600n, sequencingWindow: 60n, phase2Height: 1n },
};
const genesis: L2Header = {
  ...{ parentHash: word(0), number: 0n, timestamp: 1_700_000_000n, coinbase: zero, gasUsed: 0n },
  ...{ gasLimit: 30_000_000n, baseFeePerGas: 1_000_000_000n, extraData: new Uint8Array(0) },
  ...{ prevRandao: word(0), parentBeaconBlockRoot: word(0), stateRoot: word(2), receiptsRoot: word(3) },
  ...{ transactionsRoot: word(3), withdrawalsRoot: word(3), logsBloom: new Uint8Array(256) },
};
/** A block whose state is decided by its first transaction, so that branches differ. */
function executedOn(parent: ExecutedBlock, transactions: readonly Uint8Array[]): ExecutedBlock {
  const attributes = {
    ...{ timestamp: 1_700_000_000n, epoch: 0n, view: 0n, orderedUpTo: 0n, origin },
    ...{ credits: [], forced: [] },
  };
  const plan = planBlock({ ...parent.block, carry: 0n, nextWithdrawal: 0n }, attributes);
  const header = { ...genesis, ...plan.header, stateRoot: word(transactions[0]?.[0] ?? 0) };
  return executed(header, transactions);
}
const executed = (header: L2Header, transactions: readonly Uint8Array[]): ExecutedBlock => ({
  block: { header, hash: blockHash(header), transactions, withdrawals: [] },
  ...{ receipts: [], forcedCount: 0, carry: 0n, nextWithdrawal: 0n },
});
const root = executed(genesis, []);
const tx = (byte: number): Uint8Array => Uint8Array.of(byte);

function bench() {
  const clock = new SimClock();
  const log = memoryLog();
  const held = new Map<string, ExecutedBlock>([[to0x(root.block.hash), root]]);
  const state = {
    ...{ head: root, safe: 0n, chain: [] as ExecutedBlock[], fault: false, isWrong: false },
    origin,
  };
  const canonical = (number: bigint): ExecutedBlock | undefined => {
    let at: ExecutedBlock | undefined = state.head;
    while (at !== undefined && at.block.header.number > number)
      at = held.get(to0x(at.block.header.parentHash));
    return at?.block.header.number === number ? at : undefined;
  };
  const follower = new Follower(
    { rollup, pollMs: 100 },
    {
      ...{ clock, log, set: soleSequencer(leader.address) },
      ask: (number) => {
        if (state.fault) return Promise.reject(new OperationError('l1-unreachable', 'retry', 'no answer'));
        const found = state.chain[Number(number) - 1];
        if (found === undefined) return Promise.resolve(undefined);
        const { r, s, yParity } = signDigest(sealDigest(rollup.l2ChainId, found.block), leader.secret);
        const signature = concat(bigintToBytes(r, 32), bigintToBytes(s, 32), u8(27 + yParity));
        return Promise.resolve(encodeSignedBlock({ block: found.block, signature }));
      },
      executor: {
        block: (at) => Promise.resolve(typeof at === 'bigint' ? canonical(at) : held.get(to0x(at))),
        build: ({ parent, ...request }) => {
          const transactions = [...request.transactions];
          const below = held.get(to0x(parent));
          assert(below !== undefined, 'the parent is held');
          if (transactions[0]?.raw[0] === 255)
            return Promise.resolve({ kind: 'not-executable', at: 0, reason: 'no-funds' });
          const raws = state.isWrong ? [tx(77)] : transactions.map(({ raw }) => raw);
          const built = executedOn(below, raws);
          held.set(to0x(built.block.hash), built);
          return Promise.resolve({ kind: 'built', executed: built, refused: [] });
        },
      },
      head: () => Promise.resolve(state.head),
      safeNumber: () => state.safe,
      originAt: (number) => (number === 5n ? { origin: state.origin, credits: [], forced: [] } : undefined),
      accept: (_, block) => {
        state.head = block;
        return Promise.resolve();
      },
    },
  );
  return { follower, state, clock, log };
}

function chainOf(...bytes: readonly number[]): ExecutedBlock[] {
  const chain: ExecutedBlock[] = [];
  for (const byte of bytes) chain.push(executedOn(chain.at(-1) ?? root, [tx(byte)]));
  return chain;
}

test('a block on another branch of L1 is no fault of the sequencer: both come to see the same', async () => {
  const { follower, state } = bench();
  state.chain = chainOf(1);
  state.origin = { ...origin, hash: word(55) };
  await expect(follower.step()).rejects.toThrow(
    expect.objectContaining({ name: 'OperationError', code: 'origin-differs', level: 'retry' }),
  );
  expect(state.head).toBe(root);
  state.origin = origin;
  expect(await follower.step()).toBe('followed');
});

test('blocks are followed one by one, and then there is nothing new', async () => {
  const { follower, state } = bench();
  state.chain = chainOf(1, 2);
  expect([await follower.step(), await follower.step(), await follower.step()]).toEqual([
    ...['followed', 'followed', 'nothing-new'],
  ]);
  expect(state.head.block.hash).toEqual(state.chain[1]?.block.hash);
});

test('another branch of the sequencer is followed from the block that both have', async () => {
  const { follower, state, log } = bench();
  state.chain = chainOf(1, 2, 3);
  for (let i = 0; i < 3; i++) await follower.step();
  state.chain = chainOf(1, 7);
  for (let i = 0; i < 4; i++) await follower.step();
  expect(state.head.block.hash).toEqual(state.chain[1]?.block.hash);
  expect(log.lines.map(({ event }) => event)).toContain('the sequencer turned to another branch');
});

test('a longer branch is followed too', async () => {
  const { follower, state } = bench();
  state.chain = chainOf(1, 2);
  for (let i = 0; i < 2; i++) await follower.step();
  state.chain = chainOf(5, 6, 7, 8);
  for (let i = 0; i < 8; i++) await follower.step();
  expect(state.head.block.hash).toEqual(state.chain[3]?.block.hash);
});

test('a sequencer that is behind this node changes nothing', async () => {
  const { follower, state, log } = bench();
  state.chain = chainOf(1, 2, 3);
  for (let i = 0; i < 3; i++) await follower.step();
  state.chain = state.chain.slice(0, 1);
  expect(await follower.step()).toBe('nothing-new');
  expect([state.head.block.header.number, log.lines]).toEqual([3n, []]);
});

test('what L1 fixed is never left', async () => {
  const { follower, state } = bench();
  state.chain = chainOf(1, 2);
  for (let i = 0; i < 2; i++) await follower.step();
  const kept = state.head;
  state.safe = 2n;
  state.chain = chainOf(1, 7, 8);
  expect(await follower.step()).toBe('nothing-new');
  expect(state.head).toBe(kept);
});

test('what L1 fixed is not left either for a block that is not the one that was asked for', async () => {
  const { follower, state } = bench();
  state.chain = chainOf(1, 2, 3);
  for (let i = 0; i < 3; i++) await follower.step();
  const kept = state.head;
  state.safe = 2n;
  // Asked for block 3, the sequencer gives another block 1.
  state.chain = [...state.chain.slice(0, 2), ...chainOf(7)];
  expect(await follower.step()).toBe('nothing-new');
  expect(state.head).toBe(kept);
});

test('a block that comes out otherwise is not followed, and says what differs', async () => {
  const { follower, state } = bench();
  state.chain = chainOf(1);
  state.isWrong = true;
  await expect(follower.step()).rejects.toThrow(/stateRoot came out otherwise/);
  expect(state.head).toBe(root);
});

test('a block with a transaction that cannot be executed is not followed', async () => {
  const { follower, state } = bench();
  state.chain = chainOf(255);
  await expect(follower.step()).rejects.toThrow(/transaction 0 of the block: no-funds/);
});

test('a block whose origin this node has not read waits', async () => {
  const { follower, state } = bench();
  const ahead = encodeExtra({ epoch: 0n, view: 0n, orderedUpTo: 0n, origin: 6n });
  const [first] = chainOf(1);
  assert(first !== undefined, 'one block');
  state.chain = [executed({ ...first.block.header, extraData: ahead }, [tx(1)])];
  expect(await follower.step()).toBe('waits-for-l1');
});

test('by itself it goes on through faults, and says each of them once', async () => {
  const { follower, state, clock, log } = bench();
  state.fault = true;
  follower.start();
  await clock.advance(350);
  state.fault = false;
  state.chain = chainOf(1, 2, 3);
  await clock.advance(500);
  await follower.stop();
  state.chain = chainOf(1, 2, 3, 4);
  await clock.advance(500);
  expect(state.head.block.header.number).toBe(3n);
  expect(log.lines).toMatchObject([{ event: 'no block followed', fields: { reason: 'l1-unreachable' } }]);
});
