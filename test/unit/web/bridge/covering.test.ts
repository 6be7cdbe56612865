import { expect, it } from 'vitest';

import { type ReadOutput, outputCovering } from '../../../../web/bridge/covering.ts';

/** Outputs from 1 on, by the block that they claim; a block below zero is one that was rejected. */
const outputs =
  (...blocks: readonly bigint[]): ReadOutput =>
  async (index) => {
    const block = blocks[Number(index) - 1] ?? 0n;
    const l2Block = block < 0n ? -block : block;
    return { l2Block, status: block < 0n ? 'rejected' : 'proposed', windowEnd: 1_000n + index };
  };

it('takes the oldest output that covers a block', async () => {
  const read = outputs(10n, 20n, 30n, 40n);
  const found = async (block: bigint) => (await outputCovering(read, block, { last: 4n, final: 2n }))?.index;
  expect(await Promise.all([1n, 10n, 11n, 40n, 41n].map(found))).toEqual([1n, 1n, 2n, 4n, undefined]);
  expect(await outputCovering(read, 20n, { last: 4n, final: 2n })).toMatchObject({ isFinal: true });
  expect(await outputCovering(read, 21n, { last: 4n, final: 2n })).toEqual({
    ...{ index: 3n, status: 'proposed', windowEnd: 1_003n, isFinal: false },
  });
  expect(await outputCovering(outputs(), 1n, { last: 0n, final: 0n })).toBeUndefined();
});

it('passes over what was rejected, whatever it claimed', async () => {
  const read = outputs(10n, -90n, -25n, 20n, -60n, 30n);
  const found = async (block: bigint) => (await outputCovering(read, block, { last: 6n, final: 1n }))?.index;
  expect(await Promise.all([10n, 11n, 20n, 21n, 30n, 31n].map(found))).toEqual([
    ...[1n, 4n, 4n, 6n, 6n],
    undefined,
  ]);
});
