import { describe, expect, it } from 'vitest';

import { blockHash, encodeWithdrawal } from '../../../../src/chain/block.ts';
import type { ExecutedBlock } from '../../../../src/chain/execution.ts';
import { ascii, bigintToBytes } from '../../../../src/crypto/bytes.ts';
import { addressFromBytes, keccak256 } from '../../../../src/ethereum/address.ts';
import { orderedRoot } from '../../../../src/ethereum/ordered-root.ts';
import type { Executor } from '../../../../src/system/ports.ts';
import { chatty, creationOf } from '../../../corpus/programs.ts';
import { built, labAccounts, labGenesis, labRequest, labTx } from '../../../corpus/lab.ts';
import { labRollup, withExecutor } from '../../../corpus/with-executor.ts';

const accounts = labAccounts(4);
const genesis = labGenesis(accounts);
const [alice, bob, carol] = accounts as [(typeof accounts)[0], (typeof accounts)[0], (typeof accounts)[0]];
const nobody = addressFromBytes(new Uint8Array(20).fill(0xee));

const zeroOf = async (engine: Executor): Promise<ExecutedBlock> => (await engine.block(0n))!;
const follow = async (engine: Executor, { block }: ExecutedBlock): Promise<void> =>
  engine.setHeads({ unsafe: block.hash, safe: block.hash, finalized: block.hash });

describe('the canonical chain', () => {
  it('has a block by its number once the heads are named, and not while they are being written', () =>
    withExecutor(genesis, async (engine) => {
      const raw = labTx(alice, 0n, nobody);
      const one = built(await engine.build(labRequest(await zeroOf(engine), [raw])));
      const named = follow(engine, one);
      // Long enough for the disk; but this thread does not hear of it before it rests.
      const endMs = performance.now() + 300;
      while (performance.now() < endMs) {
        expect(await engine.block(1n)).toBeUndefined();
        expect(await engine.transaction(keccak256(raw))).toBeUndefined();
      }
      expect((await engine.heads()).unsafe).not.toEqual(one.block.hash);
      await named;
      expect((await engine.block(1n))?.block.hash).toEqual(one.block.hash);
      expect(await engine.transaction(keccak256(raw))).toEqual({ blockHash: one.block.hash, index: 0 });
    }));

  it('has the transactions and logs of its blocks, and of no others', () =>
    withExecutor(genesis, async (engine) => {
      const zero = await zeroOf(engine);
      const noise = labTx(alice, 0n, undefined, {
        value: 0n,
        gasLimit: 300_000n,
        data: creationOf(chatty(3)),
      });
      const one = built(await engine.build(labRequest(zero, [noise])));
      const to = one.receipts[0]!.created!;
      const call = (nonce: bigint): Uint8Array => labTx(alice, nonce, to, { value: 0n, gasLimit: 300_000n });
      const shared = labTx(carol, 0n, nobody);
      const left = built(await engine.build(labRequest(one, [labTx(bob, 0n, nobody), call(1n), shared])));
      const right = built(
        await engine.build(labRequest(one, [shared, labTx(bob, 0n, nobody, { value: 3n })])),
      );
      const far = built(await engine.build(labRequest(right, [call(1n), call(2n)])));
      const logs = (change: object = {}, most = 100) =>
        engine.logs({ from: 0n, to: 9n, addresses: [], topics: [], ...change }, most);
      const place = (raw: Uint8Array) => engine.transaction(keccak256(raw));

      expect(await engine.transaction(one.receipts[0]!.hash)).toBeUndefined();
      await follow(engine, left);
      expect(await place(shared)).toEqual({ blockHash: left.block.hash, index: 2 });
      expect(
        (await logs()).map(({ blockNumber, logIndex, transactionIndex }) => [
          blockNumber,
          logIndex,
          transactionIndex,
        ]),
      ).toEqual([0, 1, 2].map((index) => [2n, index, 1]));
      await follow(engine, far);
      expect(await place(shared)).toEqual({ blockHash: right.block.hash, index: 0 });
      expect(await place(labTx(bob, 0n, nobody))).toBeUndefined();
      expect((await engine.block(2n))?.block.hash).toEqual(right.block.hash);
      expect((await logs()).length).toBe(6);
      expect(
        (await logs()).every(
          ({ blockHash, address }) => blockHash.join() === far.block.hash.join() && address === to,
        ),
      ).toBe(true);
      const topic = bigintToBytes(2n, 32);
      expect((await logs({ topics: [[topic]] })).map(({ logIndex }) => logIndex)).toEqual([1, 4]);
      expect((await logs({ topics: [[], [bigintToBytes(1n, 32), topic]] })).length).toBe(4);
      expect((await logs({ topics: [[], [], []] })).length).toBe(0);
      expect((await logs({ addresses: [nobody, to] })).length).toBe(6);
      expect((await logs({ addresses: [nobody] })).length).toBe(0);
      expect((await logs({ to: 2n })).length).toBe(0);
      // One more than asked for says that there are more.
      expect((await logs({}, 4)).length).toBe(5);
      await follow(engine, one);
      expect(await engine.block(2n)).toBeUndefined();
      expect(await place(shared)).toBeUndefined();
      expect(await logs()).toEqual([]);
      expect((await engine.block(far.block.hash))?.receipts).toEqual(far.receipts);
    }));
  it('refuses a block that says other things than its chain must', () =>
    withExecutor(genesis, async (engine) => {
      const one = built(
        await engine.build(labRequest(await zeroOf(engine), [labTx(alice, 0n, bob.address)])),
      );
      const two = built(await engine.build(labRequest(one, []))).block;
      const changed = (header: object, withdrawals = two.withdrawals) => {
        const whole = {
          ...two.header,
          ...header,
          withdrawalsRoot: orderedRoot(withdrawals.map(encodeWithdrawal)),
        };
        return engine.importBlock({ ...two, header: whole, withdrawals, hash: blockHash(whole) });
      };
      const fault = (field: string): object => ({ kind: 'invalid', field });
      expect(await changed({ coinbase: nobody })).toEqual(fault('coinbase'));
      expect(await changed({ number: 3n })).toEqual(fault('number'));
      expect(await changed({ timestamp: one.block.header.timestamp })).toEqual(fault('timestamp'));
      expect(await changed({ extraData: new Uint8Array(32) })).toEqual(fault('extraData'));
      expect(await changed({ extraData: ascii('geth') })).toEqual(fault('extraData'));
      const [paid] = two.withdrawals;
      expect(await changed({}, [])).toEqual(fault('withdrawalsRoot'));
      expect(await changed({}, [{ ...paid!, gwei: paid!.gwei + 1n }])).toEqual(fault('withdrawalsRoot'));
      expect(await changed({}, [{ ...paid!, address: nobody }])).toEqual(fault('withdrawalsRoot'));
      expect(await changed({}, [{ ...paid!, index: 5n }])).toEqual(fault('withdrawalsRoot'));
      expect(await changed({ parentHash: new Uint8Array(32) })).toEqual({ kind: 'parent-unknown' });
    }));
  it('lets two blocks share a second where slots are shorter', () =>
    withExecutor(
      genesis,
      async (engine) => {
        const one = built(await engine.build(labRequest(await zeroOf(engine), [])));
        const { timestamp } = one.block.header;
        await withExecutor(genesis, async (other) => {
          const two = built(await engine.build(labRequest(one, [], { attributes: { timestamp } })));
          await other.importBlock(one.block);
          expect(await other.importBlock(two.block)).toEqual({ kind: 'invalid', field: 'timestamp' });
        });
        const two = built(await engine.build(labRequest(one, [], { attributes: { timestamp } })));
        await withExecutor(
          genesis,
          async (other) => {
            await other.importBlock(one.block);
            expect(await other.importBlock(two.block)).toEqual({ kind: 'valid' });
          },
          { ...labRollup, slotMs: 250 },
        );
      },
      { ...labRollup, slotMs: 250 },
    ));
});
