import { verifyMerkleProof } from '@ethereumjs/mpt';
import { describe, expect, it } from 'vitest';

import type { ExecutedBlock } from '../../../../src/chain/execution.ts';
import { genesisBlock } from '../../../../src/chain/genesis.ts';
import { originRoot } from '../../../../src/chain/attributes.ts';
import { bigintToBytes, bytesToBigint, concat } from '../../../../src/crypto/bytes.ts';
import { primitives } from '../../../../src/crypto/primitives.ts';
import { addressBytes, addressFromBytes, keccak256 } from '../../../../src/ethereum/address.ts';
import { BEACON_ROOTS, predeploys } from '../../../../src/ethereum/l2-genesis.ts';
import { type L2Tx, decodeL2Tx } from '../../../../src/ethereum/l2-tx.ts';
import { decodeAccount } from '../../../../src/services/engine/account.ts';
import type { Executor } from '../../../../src/system/ports.ts';
import { assemble, creationOf } from '../../../corpus/programs.ts';
import {
  CHAIN_ID,
  built,
  labAccounts,
  labAttributes,
  labGenesis,
  labRequest,
  labTx,
} from '../../../corpus/lab.ts';
import { labRollup, withExecutor } from '../../../corpus/with-executor.ts';

const accounts = labAccounts(4);
const genesis = labGenesis(accounts);
const [alice, bob, carol] = accounts as [(typeof accounts)[0], (typeof accounts)[0], (typeof accounts)[0]];
const METIS = 10n ** 18n;
const nobody = addressFromBytes(new Uint8Array(20).fill(0xee));
const coded = (code: string): unknown => expect.objectContaining({ code });

const zeroOf = async (engine: Executor): Promise<ExecutedBlock> => (await engine.block(0n))!;
const follow = async (engine: Executor, { block }: ExecutedBlock): Promise<void> =>
  engine.setHeads({ unsafe: block.hash, safe: block.hash, finalized: block.hash });

describe('building a block', () => {
  it('takes what is valid, and says of all else why not', () =>
    withExecutor(genesis, async (engine) => {
      const zero = await zeroOf(engine);
      const poor = labAccounts(5)[4]!;
      const raws = [
        ...[
          labTx(alice, 0n, bob.address),
          labTx(alice, 0n, bob.address, { value: 2n }),
          labTx(alice, 5n, bob.address),
        ],
        ...[
          labTx(bob, 0n, nobody, { fee: 874_999_999n, tip: 0n }),
          labTx(bob, 0n, nobody, { gasLimit: 30_000_001n }),
        ],
        ...[
          labTx(poor, 0n, nobody),
          labTx(carol, 0n, nobody, { value: 1_000n * METIS }),
          Uint8Array.of(2, 3),
        ],
        ...[
          labTx(bob, 0n, nobody, { chainId: 5n }),
          labTx(bob, 0n, nobody, { gasLimit: 20_000n }),
          labTx(alice, 1n, nobody),
        ],
      ];
      const result = await engine.build(labRequest(zero, raws, { mode: 'pick' }));
      expect(result).toMatchObject({
        refused: [
          ...[
            { at: 1, reason: 'nonce-too-low' },
            { at: 2, reason: 'nonce-too-high' },
            { at: 3, reason: 'fee-too-low' },
          ],
          ...[
            { at: 4, reason: 'gas-over-block' },
            { at: 5, reason: 'no-funds' },
            { at: 6, reason: 'no-funds' },
          ],
          ...[
            { at: 7, reason: 'tx-malformed' },
            { at: 8, reason: 'tx-malformed' },
            { at: 9, reason: 'tx-malformed' },
          ],
        ],
      });
      expect(built(result).block.transactions).toEqual([raws[0], raws[10]]);
      expect(await engine.build(labRequest(zero, raws))).toEqual({
        kind: 'not-executable',
        at: 1,
        reason: 'nonce-too-low',
      });
    }));
  it('takes nothing from a contract', () => {
    const rich = { balance: '0xde0b6b3a7640000', code: '0x00' } as const;
    const signs = { ...genesis, accounts: { ...genesis.accounts, [alice.address.toLowerCase()]: rich } };
    return withExecutor(signs, async (engine) => {
      const request = labRequest(await zeroOf(engine), [labTx(alice, 0n, bob.address)]);
      expect(await engine.build(request)).toMatchObject({ at: 0, reason: 'tx-malformed' });
    });
  });
  it('believes a sender that it is told', () =>
    withExecutor(genesis, async (engine) => {
      const raw = labTx(alice, 0n, bob.address);
      const transactions = [{ raw, sender: carol.address }];
      const executed = built(await engine.build(labRequest(await zeroOf(engine), [], { transactions })));
      expect(executed.receipts[0]?.from).toBe(carol.address);
      expect(
        (
          await engine.build(
            labRequest(await zeroOf(engine), [], {
              transactions: [{ raw: labTx(alice, 0n, bob.address, { chainId: 9n }), sender: alice.address }],
            }),
          )
        ).kind,
      ).toBe('not-executable');
    }));
  it('believes what it is told of a transaction that was read before, and asks for its chain alone', () =>
    withExecutor(genesis, async (engine) => {
      const raw = labTx(alice, 0n, bob.address);
      const told = { ...decodeL2Tx(raw, CHAIN_ID), sender: carol.address };
      const ask = async (tx: L2Tx) =>
        engine.build(labRequest(await zeroOf(engine), [], { transactions: [{ raw, tx }] }));
      expect(built(await ask(told)).receipts[0]?.from).toBe(carol.address);
      expect(await ask({ ...told, chainId: 9n })).toMatchObject({ at: 0, reason: 'tx-malformed' });
    }));
  it('goes on where one does not fit, and is full after one in the first phase', async () => {
    const big = (nonce: bigint) => labTx(alice, nonce, nobody, { gasLimit: 16_000_000n });
    const long = (nonce: bigint) =>
      labTx(alice, nonce, nobody, { gasLimit: 2_000_000n, data: new Uint8Array(60_000) });
    const small = labTx(bob, 0n, nobody);
    await withExecutor(genesis, async (engine) => {
      const zero = await zeroOf(engine);
      // What has spent less than its limit leaves the rest to others.
      const fits = [big(0n), labTx(alice, 1n, nobody, { gasLimit: 29_979_000n })];
      expect(built(await engine.build(labRequest(zero, fits, { mode: 'pick' }))).block.transactions).toEqual(
        fits,
      );
      const over = [big(0n), labTx(alice, 1n, nobody, { gasLimit: 29_979_001n }), small];
      for (const raws of [over, [long(0n), long(1n), small]]) {
        const result = await engine.build(labRequest(zero, raws, { mode: 'pick' }));
        expect(result).toMatchObject({ refused: [{ at: 1, reason: 'block-full' }] });
        expect(built(result).block.transactions).toEqual([raws[0], small]);
        expect(await engine.build(labRequest(zero, raws))).toMatchObject({ at: 1, reason: 'block-full' });
      }
      // Nobody fills a block with gas that is only asked for.
      const greedy = Array.from({ length: 40 }, (_, i) =>
        labTx(alice, BigInt(i), nobody, { gasLimit: 30_000_000n }),
      );
      const crowd = labRequest(zero, [...greedy, small], { mode: 'pick' });
      expect(built(await engine.build(crowd)).block.transactions).toEqual([greedy[0], small]);
    });
    await withExecutor(
      genesis,
      async (engine) => {
        const raws = [labTx(alice, 7n, nobody), small, labTx(carol, 0n, nobody)];
        const forced = [labTx(alice, 0n, nobody)];
        const request = labRequest(await zeroOf(engine), raws, { mode: 'pick', attributes: { forced } });
        const result = await engine.build(request);
        expect(result).toMatchObject({ refused: [{ at: 0 }, { at: 2, reason: 'block-full' }] });
        expect(built(result).block.transactions).toEqual([...forced, small]);
        const next = labRequest(built(result), [labTx(bob, 1n, nobody), labTx(carol, 0n, nobody)]);
        expect((await engine.build(next)).kind).toBe('built');
      },
      { ...labRollup, phase2Height: 2n },
    );
  });
  it('executes first what L1 forces in, leaves out of it what cannot be, and counts it', () =>
    withExecutor(genesis, async (engine) => {
      const forced = [labTx(bob, 3n, nobody), labTx(bob, 0n, nobody), Uint8Array.of(1)];
      const raws = [labTx(bob, 1n, nobody), labTx(alice, 0n, nobody)];
      const executed = built(
        await engine.build(labRequest(await zeroOf(engine), raws, { attributes: { forced } })),
      );
      expect(executed.block.transactions).toEqual([forced[1], ...raws]);
      expect(executed.forcedCount).toBe(1);
      const large = (gasLimit: bigint): Uint8Array => labTx(alice, 0n, nobody, { gasLimit });
      for (const [gasLimit, count] of [
        [29_979_000n, 2],
        [29_979_001n, 1],
      ] as const) {
        const attributes = { forced: [labTx(bob, 0n, nobody), large(gasLimit)] };
        const made = await engine.build(labRequest(await zeroOf(engine), [], { attributes }));
        expect(built(made).forcedCount).toBe(count);
      }
    }));
  it('credits METIS, gives burnt fees back to the vault, and notes the origin', () =>
    withExecutor(genesis, async (engine) => {
      const credits = [{ nonce: 0n, to: nobody, gwei: 7n }];
      const one = built(
        await engine.build(
          labRequest(await zeroOf(engine), [labTx(alice, 0n, bob.address, { tip: 3n })], {
            attributes: { credits },
          }),
        ),
      );
      const vault = async (at: ExecutedBlock): Promise<bigint> =>
        (await engine.account(at.block.hash, predeploys.FeeVault))?.balance ?? 0n;
      expect((await engine.account(one.block.hash, nobody))?.balance).toBe(7n * 10n ** 9n);
      expect(await vault(one)).toBe(3n * 21_000n);
      expect(one).toMatchObject({ carry: 0n, nextWithdrawal: 1n });
      const two = built(await engine.build(labRequest(one, [])));
      const burnt = one.block.header.baseFeePerGas * 21_000n;
      expect(two.block.withdrawals).toEqual([
        { index: 1n, address: predeploys.FeeVault, gwei: burnt / 10n ** 9n },
      ]);
      expect((await vault(two)) - (await vault(one))).toBe(burnt - (burnt % 10n ** 9n));
      expect(two).toMatchObject({ carry: burnt % 10n ** 9n, nextWithdrawal: 2n });
      const { timestamp, parentBeaconBlockRoot } = two.block.header;
      const found = await engine.call(two.block.hash, {
        to: BEACON_ROOTS,
        data: bigintToBytes(timestamp, 32),
      });
      expect(found).toMatchObject({ isSuccess: true, output: parentBeaconBlockRoot });
      expect(parentBeaconBlockRoot).toEqual(originRoot(labAttributes(2n).origin));
    }));
  it('asks for a parent that it holds', () =>
    withExecutor(genesis, async (engine) => {
      const request = { ...labRequest(await zeroOf(engine), []), parent: new Uint8Array(32) };
      await expect(engine.build(request)).rejects.toThrow(coded('engine-unknown-block'));
    }));
  it('shows a contract the hashes of the blocks before', () =>
    withExecutor(genesis, async (engine) => {
      // BLOCKHASH of the number in the calldata.
      const reader = concat(
        assemble('push0', 'calldataload'),
        Uint8Array.of(0x40),
        assemble('push0', 'mstore', 32, 'push0', 'return'),
      );
      let head = built(
        await engine.build(
          labRequest(await zeroOf(engine), [
            labTx(alice, 0n, undefined, { value: 0n, gasLimit: 200_000n, data: creationOf(reader) }),
          ]),
        ),
      );
      const chain = [genesisBlock(genesis), head.block];
      const to = head.receipts[0]?.created;
      for (let i = 0; i < 3; i++) chain.push((head = built(await engine.build(labRequest(head, [])))).block);
      const hashOf = async (number: number): Promise<Uint8Array> =>
        (await engine.call(head.block.hash, { to, data: bigintToBytes(BigInt(number), 32) })).output;
      for (const number of [0, 1, 2, 3, 4]) expect(await hashOf(number)).toEqual(chain[number]?.hash);
      expect(await hashOf(5)).toEqual(new Uint8Array(32));
      await follow(engine, head);
      for (const number of [0, 1, 4]) expect(await hashOf(number)).toEqual(chain[number]?.hash);
    }));
});

describe('the past', () => {
  it('is there at every block: accounts, code, storage and calls', () =>
    withExecutor(genesis, async (engine) => {
      // Adds the calldata to slot 0, and gives back what it was.
      const adder = assemble(
        'push0',
        'sload',
        'dup1',
        'push0',
        'mstore',
        'push0',
        'calldataload',
        'add',
        'push0',
        'sstore',
        32,
        'push0',
        'return',
      );
      const add = (nonce: bigint, to: typeof nobody | undefined, data: Uint8Array): Uint8Array =>
        labTx(alice, nonce, to, { value: 0n, gasLimit: 200_000n, data });
      const one = built(
        await engine.build(labRequest(await zeroOf(engine), [add(0n, undefined, creationOf(adder))])),
      );
      const to = one.receipts[0]!.created!;
      const two = built(await engine.build(labRequest(one, [add(1n, to, bigintToBytes(5n, 32))])));
      const three = built(
        await engine.build(labRequest(two, [add(2n, to, bigintToBytes(2n ** 256n - 5n, 32))])),
      );
      const slotAt = async ({ block }: ExecutedBlock): Promise<bigint> =>
        bytesToBigint(await engine.storage(block.hash, to, new Uint8Array(32)));
      expect([await slotAt(one), await slotAt(two), await slotAt(three)]).toEqual([0n, 5n, 0n]);
      expect(await engine.code(two.block.hash, to)).toEqual(adder);
      expect(await engine.code((await zeroOf(engine)).block.hash, to)).toEqual(new Uint8Array(0));
      expect(await engine.account((await zeroOf(engine)).block.hash, to)).toBeUndefined();
      const roots = await Promise.all(
        [one, two, three].map(async ({ block }) => (await engine.account(block.hash, to))?.storageRoot),
      );
      expect(roots[0]).toEqual(roots[2]);
      expect(roots[1]).not.toEqual(roots[2]);
      const read = await engine.call(two.block.hash, { to, data: bigintToBytes(9n, 32) });
      expect([read.isSuccess, bytesToBigint(read.output)]).toEqual([true, 5n]);
      // A call leaves nothing behind.
      expect(await slotAt(two)).toBe(5n);
      await expect(engine.account(new Uint8Array(32), to)).rejects.toThrow(coded('engine-unknown-block'));
      const proof = await engine.prove(two.block.hash, to, [new Uint8Array(32)]);
      const [accountAt, slotKey] = [keccak256(addressBytes(to)), keccak256(new Uint8Array(32))];
      const root = two.block.header.stateRoot;
      const proven = await verifyMerkleProof(accountAt, [...proof.account], { root });
      expect(decodeAccount(proven ?? new Uint8Array(0))).toEqual(await engine.account(two.block.hash, to));
      expect(
        await verifyMerkleProof(slotKey, [...(proof.slots[0] ?? [])], { root: roots[1] ?? root }),
      ).toEqual(Uint8Array.of(5));
    }));
  it('answers calls with their gas and their fault', () =>
    withExecutor(genesis, async (engine) => {
      const at = (await zeroOf(engine)).block.hash;
      const infinity = Uint8Array.of(0xc0, ...new Uint8Array(47));
      const point = [bigintToBytes(5n, 32), new Uint8Array(32), infinity, infinity];
      const proven = concat(Uint8Array.of(1), primitives().sha256(infinity).subarray(1), ...point);
      const checker = addressFromBytes(bigintToBytes(10n, 20));
      expect(await engine.call(at, { from: alice.address, to: bob.address, value: METIS })).toMatchObject({
        isSuccess: true,
        gasUsed: 21_000n,
      });
      expect(await engine.call(at, { to: bob.address, value: 1n })).toMatchObject({
        isSuccess: false,
        fault: 'insufficient funds',
      });
      expect(await engine.call(at, { from: alice.address, to: bob.address, gas: 20_999n })).toMatchObject({
        fault: 'intrinsic gas too low',
      });
      expect(await engine.call(at, { from: alice.address, to: bob.address, gasPrice: METIS })).toMatchObject({
        fault: 'insufficient funds',
      });
      expect(await engine.call(at, { data: assemble('push0', 'push0', 'revert') })).toMatchObject({
        isSuccess: false,
        fault: 'revert',
      });
      expect(
        await engine.call(at, { data: assemble('basefee', 'push0', 'sstore', 'invalid'), gas: 60_000n }),
      ).toMatchObject({ fault: 'invalid opcode', gasUsed: 60_000n });
      expect((await engine.call(at, { to: checker, data: proven })).output.length).toBe(64);
      expect((await engine.call(at, { to: checker, data: proven.fill(1, 90, 91) })).isSuccess).toBe(false);
      // A contract may ask, and a block that a wallet asks about need not be the newest.
      expect(await engine.call(at, { from: predeploys.WMETIS, to: alice.address })).toMatchObject({
        isSuccess: true,
      });
    }));
});
