import { describe, expect, it } from 'vitest';

import { FakeWorld, signed } from './fake-world.ts';

const GWEI = 10n ** 9n;
const tip = (nonce: number, gwei: bigint) => signed(nonce, { maxPriorityFeePerGas: gwei * GWEI });

async function world() {
  const made = new FakeWorld();
  made.extend([{ raw: await tip(0, 1n) }, { raw: await tip(1, 2n) }, { raw: await tip(2, 5n) }]);
  made.extend();
  return { made, call: made.rpc().call };
}

describe('fees', () => {
  it('that are suggested follow what was paid, and never fall below what the pool takes', async () => {
    const { call } = await world();
    expect(await call('eth_maxPriorityFeePerGas')).toBe(`0x${(2n * GWEI).toString(16)}`);
    const next = 875_000_000n; // an eighth less than one gwei, after an empty block
    expect(await call('eth_gasPrice')).toBe(`0x${(2n * GWEI + next).toString(16)}`);
    expect(await new FakeWorld().rpc().call('eth_maxPriorityFeePerGas')).toBe('0x7');
    expect(await call('eth_blobBaseFee')).toBe('0x1');
  });

  it('of the past are told block by block, with one base fee more', async () => {
    const { call } = await world();
    expect(await call('eth_feeHistory', '0x2', 'latest', [0, 34, 100])).toEqual({
      oldestBlock: '0x1',
      baseFeePerGas: ['0x3b9aca00', '0x3b9aca00', '0x342770c0'],
      gasUsedRatio: [63_000 / 30_000_000, 0],
      ...{ baseFeePerBlobGas: ['0x1', '0x1', '0x1'], blobGasUsedRatio: [0, 0] },
      reward: [[1n, 2n, 5n].map((gwei) => `0x${(gwei * GWEI).toString(16)}`), ['0x0', '0x0', '0x0']],
    });
  });

  it('of the past end at the genesis, and at the limit', async () => {
    const { made, call } = await world();
    const all = (await call('eth_feeHistory', 9, 'latest', [])) as Record<string, unknown>;
    expect(all).toMatchObject({ oldestBlock: '0x0', gasUsedRatio: [0, 63_000 / 30_000_000, 0] });
    expect(all).not.toHaveProperty('reward');
    expect(await call('eth_feeHistory', '5', '0x0')).toMatchObject({ oldestBlock: '0x0', gasUsedRatio: [0] });
    expect(await call('eth_feeHistory', '0x0', 'latest')).toEqual({ oldestBlock: '0x0', gasUsedRatio: [] });
    const { call: few } = made.rpc({ feeBlocks: 1n });
    expect(await few('eth_feeHistory', '0x3', 'latest')).toMatchObject({ oldestBlock: '0x2' });
  });

  it('are asked for by percentiles that rise from 0 to 100', async () => {
    const { call } = await world();
    for (const percentiles of [[-1], [101], [NaN], ['5'], [50, 40], 'all'])
      await expect(call('eth_feeHistory', '0x1', 'latest', percentiles)).rejects.toMatchObject({
        code: -32602,
      });
    await expect(
      call(
        'eth_feeHistory',
        '0x1',
        'latest',
        Array.from({ length: 101 }, () => 1),
      ),
    ).rejects.toMatchObject({ message: 'invalid argument 2: more than 100 items' });
    for (const count of [-1, 1.5, 'x', {}])
      await expect(call('eth_feeHistory', count, 'latest')).rejects.toMatchObject({ code: -32602 });
    await expect(call('eth_feeHistory', '0x1', '0x99')).rejects.toMatchObject({
      message: 'header not found',
    });
  });
});
