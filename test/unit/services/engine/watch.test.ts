import { describe, expect, it } from 'vitest';

import type { BuildBudget, ExecutedBlock } from '../../../../src/chain/execution.ts';
import { bigintToBytes, concat, fromHex } from '../../../../src/crypto/bytes.ts';
import { addressFromBytes } from '../../../../src/ethereum/address.ts';
import { Watch } from '../../../../src/services/engine/watch.ts';
import { creationOf } from '../../../corpus/programs.ts';
import { built, labAccounts, labGenesis, labRequest, labTx } from '../../../corpus/lab.ts';
import { withExecutor } from '../../../corpus/with-executor.ts';

const accounts = labAccounts(4);
const genesis = labGenesis(accounts);
const [alice, bob, carol] = accounts as [(typeof accounts)[0], (typeof accounts)[0], (typeof accounts)[0]];
const code = (hex: string): Uint8Array => fromHex(hex)!;
const tooSlow: unknown = expect.objectContaining({ code: 'tx-too-slow' });
/** A clock that goes on by a millisecond each time that somebody looks at it. */
function ticking(limits: Omit<BuildBudget, 'elapsedMs'>): BuildBudget {
  let ms = 0;
  return { ...limits, elapsedMs: () => ms++ };
}
/** A clock that stands still. */
const standing = (txMs: number): BuildBudget => ({ elapsedMs: () => 0, blockMs: 1, txMs });

describe('a watch', () => {
  it('ends what is late, at a call and after some jumps, and nothing that nobody watches', async () => {
    const watch = new Watch();
    watch.check();
    expect(watch.precompileGas()).toBeUndefined();
    await watch.within(
      () => 2.5,
      async () => {
        watch.check();
        for (let i = 0; i < 1_000; i++) watch.step();
        expect(watch.precompileGas()).toBe(2_500n);
      },
    );
    const late = (task: () => void) =>
      watch.within(
        () => 0,
        async () => task(),
      );
    await expect(late(watch.check)).rejects.toEqual(tooSlow);
    await expect(
      late(() => {
        for (let i = 0; i < 64; i++) watch.step();
      }),
    ).rejects.toEqual(tooSlow);
    watch.check();
  });
});

describe('a block with a budget', () => {
  const big = { value: 0n, gasLimit: 29_000_000n };
  /** Runs until its gas is used: by jumps, by calls to itself without a jump, by one modular power. */
  const programs = {
    jumps: code('5b5f56'),
    calls: code('5f5f5f5f5f305af15f5f5f5f5f305af15f5f5f5f5f305af1'),
    // modexp of 8 bytes to an exponent of 2,097,152 bytes modulo 8 bytes: the lengths, then zeros.
    power: code(`600860005262200000602052600860405260016068535f5f622000685f60055afa`),
  };

  for (const [name, program] of Object.entries(programs))
    it(`is built without what takes too long: ${name}`, () =>
      withExecutor(genesis, async (engine) => {
        const zero = (await engine.block(0n))!;
        const deploy = labTx(alice, 0n, undefined, {
          value: 0n,
          gasLimit: 300_000n,
          data: creationOf(program),
        });
        const one = built(await engine.build(labRequest(zero, [deploy])));
        const to = one.receipts[0]!.created!;
        const slow = labTx(bob, 0n, to, big);
        const [first, last] = [labTx(carol, 0n, alice.address), labTx(carol, 1n, alice.address)];
        const budget = name === 'power' ? standing(100) : ticking({ blockMs: 1_000, txMs: 20 });
        const request = labRequest(one, [first, slow, last]);
        const result = await engine.build({ ...request, mode: 'pick', budget });
        expect(result).toMatchObject({ kind: 'built', refused: [{ at: 1, reason: 'too-slow' }] });
        // It is as if it had never been tried, for those behind it too.
        const alone = await engine.build(labRequest(one, [first, last]));
        expect(built(result).block.hash).toEqual(built(alone).block.hash);
      }));

  it('ends when its time is over, and what is left waits for the next one', () =>
    withExecutor(genesis, async (engine) => {
      const zero = (await engine.block(0n))!;
      const raws = [0n, 1n, 2n].map((nonce) => labTx(alice, nonce, bob.address));
      const budget = ticking({ blockMs: 2, txMs: 1_000 });
      const result = await engine.build({ ...labRequest(zero, raws), mode: 'pick', budget });
      expect(result).toMatchObject({ refused: [{ reason: 'block-full' }] });
      expect(built(result).receipts.length).toBeLessThan(3);
    }));

  it('holds what L1 forces in, however long that takes', () =>
    withExecutor(genesis, async (engine) => {
      const zero = (await engine.block(0n))!;
      const deploy = labTx(alice, 0n, undefined, {
        ...{ value: 0n, gasLimit: 300_000n, data: creationOf(programs.jumps) },
      });
      const one: ExecutedBlock = built(await engine.build(labRequest(zero, [deploy])));
      const forced = [labTx(bob, 0n, one.receipts[0]!.created, { value: 0n, gasLimit: 300_000n })];
      const request = labRequest(one, [], { mode: 'pick', attributes: { forced } });
      const two = built(await engine.build({ ...request, budget: ticking({ blockMs: 1, txMs: 1 }) }));
      expect(two.receipts.map(({ gasUsed }) => gasUsed)).toEqual([300_000n]);
    }));

  it('pays for a precompile that fails with all gas that it was given', () =>
    withExecutor(genesis, async (engine) => {
      const zero = (await engine.block(0n))!;
      const multiply = addressFromBytes(bigintToBytes(7n, 20));
      const data = concat(bigintToBytes(1n, 32), bigintToBytes(3n, 32), bigintToBytes(1n, 32));
      const raw = labTx(alice, 0n, multiply, { value: 0n, gasLimit: 200_000n, data });
      const result = await engine.build({ ...labRequest(zero, [raw]), mode: 'pick', budget: standing(50) });
      expect(built(result).receipts[0]).toMatchObject({ isSuccess: false, gasUsed: 200_000n });
    }));
});
