import { Transaction } from 'ethers';
import { describe, expect, it } from 'vitest';

import {
  logsOfBlock,
  renderLog,
  renderPendingTx,
  renderReceipts,
  renderTx,
} from '../../../../src/apps/rpc/render-tx.ts';
import { bloomOf } from '../../../../src/services/engine/bloom.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { readSignedTx } from '../../../../src/ethereum/l2-tx.ts';
import { named } from '../../node/helpers.ts';
import { alice, blockOn, contract, signed } from './fake-world.ts';

const none = { maxFeePerGas: undefined, maxPriorityFeePerGas: undefined };
const genesis = blockOn(undefined);
const log = (topic: string) => ({ address: contract, topics: [named(topic)], data: Uint8Array.of(1) });

/** What stands in the place of v: with the chain in type 0, the parity alone in later types. */
function vOf({ type, signature }: Transaction): bigint {
  const { networkV, v, yParity } = signature!;
  return type === 0 ? (networkV ?? BigInt(v)) : BigInt(yParity);
}

describe('a transaction as it is printed', () => {
  it('of every type is the one that another library reads from its bytes', async () => {
    const accessList = [{ address: contract, storageKeys: [to0x(named('key'))] }];
    const raws = [
      await signed(0, { ...none, type: 'legacy', gasPrice: 5_000_000_000n }),
      await signed(1, { ...none, type: 'legacy', gasPrice: 5_000_000_000n, chainId: undefined }),
      await signed(2, { ...none, type: 'eip2930', gasPrice: 5_000_000_000n, gas: 99_000n, accessList }),
      await signed(3, { data: '0x1234', gas: 99_000n }),
      await signed(4, { to: undefined, data: '0x00', gas: 99_000n }),
    ];
    const executed = blockOn(
      genesis,
      raws.map((raw) => ({ raw })),
    );
    raws.forEach((raw, index) => {
      const other = Transaction.from(to0x(raw));
      const printed = renderTx({ executed, index }) as Record<string, string | null>;
      const { signature } = other;
      expect(printed).toMatchObject({
        ...{ hash: other.hash, from: alice.address.toLowerCase(), to: other.to?.toLowerCase() ?? null },
        ...{ nonce: `0x${other.nonce.toString(16)}`, type: `0x${other.type}`, input: other.data },
        ...{ value: `0x${other.value.toString(16)}`, gas: `0x${other.gasLimit.toString(16)}` },
        r: `0x${BigInt(signature!.r).toString(16)}`,
        s: `0x${BigInt(signature!.s).toString(16)}`,
        v: `0x${vOf(other).toString(16)}`,
        ...{ blockHash: to0x(executed.block.hash), blockNumber: '0x1', transactionIndex: `0x${index}` },
      });
      expect(printed['chainId']).toBe(index === 1 ? undefined : '0x1bcd');
      expect(printed['yParity']).toBe(other.type === 0 ? undefined : `0x${signature!.yParity}`);
      expect(printed['accessList']).toEqual(
        index === 2
          ? [{ ...accessList[0], address: contract.toLowerCase() }]
          : other.type === 0
            ? undefined
            : [],
      );
      // What was paid, not what was offered.
      expect(printed['gasPrice']).toBe(`0x${executed.receipts[index]!.effectiveGasPrice.toString(16)}`);
      expect(printed['maxFeePerGas']).toBe(other.type === 2 ? '0x2540be400' : undefined);
      expect(printed['maxPriorityFeePerGas']).toBe(other.type === 2 ? '0x77359400' : undefined);
    });
  });

  it('that waits stands in no block', async () => {
    const tx = readSignedTx(await signed(0));
    expect(renderPendingTx(tx, tx.sender)).toMatchObject({
      ...{ blockHash: null, blockNumber: null, transactionIndex: null, gasPrice: '0x2540be400' },
    });
  });
});

describe('a receipt as it is printed', () => {
  it('counts logs through the whole block', async () => {
    const executed = blockOn(genesis, [
      { raw: await signed(0), logs: [log('a'), log('b')] },
      { raw: await signed(1, { to: undefined, data: '0x00', gas: 99_000n }), isSuccess: false },
      { raw: await signed(2), logs: [log('c')] },
    ]);
    const printed = renderReceipts(executed);
    expect(
      printed.map(({ logs }) => (logs as { logIndex: string }[]).map(({ logIndex }) => logIndex)),
    ).toEqual([['0x0', '0x1'], [], ['0x2']]);
    expect(printed[1]).toEqual({
      ...{ transactionHash: to0x(executed.receipts[1]!.hash), transactionIndex: '0x1', type: '0x2' },
      ...{ blockHash: to0x(executed.block.hash), blockNumber: '0x1', from: alice.address.toLowerCase() },
      ...{ to: null, contractAddress: '0x00000000000000000000000000000000000000cc', status: '0x0' },
      ...{ gasUsed: '0x5208', cumulativeGasUsed: '0xa410', effectiveGasPrice: '0xb2d05e00' },
      ...{ logsBloom: `0x${'00'.repeat(256)}`, logs: [] },
    });
    expect(printed[0]).toMatchObject({
      ...{ contractAddress: null, status: '0x1', logsBloom: to0x(bloomOf([log('a'), log('b')])) },
    });
    expect(renderReceipts(executed, 2)).toEqual([printed[2]]);
    expect(printed.flatMap(({ logs }) => logs)).toEqual(logsOfBlock(executed).map((one) => renderLog(one)));
  });

  it('has logs that say whether they were taken back', async () => {
    const [one] = logsOfBlock(blockOn(genesis, [{ raw: await signed(0), logs: [log('a')] }]));
    expect(renderLog(one!)).toMatchObject({ removed: false, topics: [to0x(named('a'))], data: '0x01' });
    expect(renderLog(one!, true)).toMatchObject({ removed: true });
  });
});
