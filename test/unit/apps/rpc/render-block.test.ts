import { describe, expect, it } from 'vitest';

import { encodeBlock, renderBlock, renderHeader } from '../../../../src/apps/rpc/render-block.ts';
import { encodeHeader, encodeWithdrawal } from '../../../../src/chain/block.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { decodeRlp, encodeRlp } from '../../../../src/ethereum/rlp.ts';
import { blockOn, signed } from './fake-world.ts';

const genesis = blockOn(undefined);

describe('a block as it is printed', () => {
  it('has every field of a block of Cancun', async () => {
    const executed = blockOn(genesis, [{ raw: await signed(0) }]);
    const { header, hash } = executed.block;
    expect(renderBlock(executed, false)).toEqual({
      ...{ number: '0x1', hash: to0x(hash), parentHash: to0x(genesis.block.hash) },
      sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
      ...{ miner: header.coinbase.toLowerCase(), stateRoot: to0x(header.stateRoot) },
      ...{ transactionsRoot: to0x(header.transactionsRoot), receiptsRoot: to0x(header.receiptsRoot) },
      ...{ logsBloom: `0x${'00'.repeat(256)}`, difficulty: '0x0', totalDifficulty: '0x0' },
      ...{ nonce: '0x0000000000000000', mixHash: to0x(header.prevRandao), gasLimit: '0x1c9c380' },
      ...{ gasUsed: '0x5208', timestamp: '0x6553f101', extraData: to0x(header.extraData) },
      ...{ baseFeePerGas: '0x3b9aca00', withdrawalsRoot: to0x(header.withdrawalsRoot) },
      ...{ blobGasUsed: '0x0', excessBlobGas: '0x0' },
      parentBeaconBlockRoot: to0x(header.parentBeaconBlockRoot),
      size: `0x${encodeBlock(executed.block).length.toString(16)}`,
      ...{ uncles: [], transactions: [to0x(executed.receipts[0]!.hash)] },
      withdrawals: [
        {
          ...{ index: '0x1', validatorIndex: '0x0', amount: '0x3' },
          address: executed.block.withdrawals[0]!.address.toLowerCase(),
        },
      ],
    });
  });

  it('has a header alone without what is in its body', () => {
    expect(Object.keys(renderHeader(genesis.block))).not.toContain('size');
  });
});

describe('a block in bytes', () => {
  it('is the list that execution clients hash and send', async () => {
    const raws = [
      await signed(0, {
        type: 'legacy',
        gasPrice: 1n,
        maxFeePerGas: undefined,
        maxPriorityFeePerGas: undefined,
      }),
      await signed(1),
      await signed(2, { data: `0x${'ab'.repeat(70_000)}`, gas: 30_000_000n }),
    ];
    const { block } = blockOn(genesis, [{ raw: raws[0]! }, { raw: raws[1]! }, { raw: raws[2]! }]);
    const read = (bytes: Uint8Array) => decodeRlp(bytes, 'part');
    expect(to0x(encodeBlock(block))).toBe(
      to0x(
        encodeRlp([
          read(encodeHeader(block.header)),
          [read(raws[0]!), raws[1]!, raws[2]!],
          [],
          block.withdrawals.map((withdrawal) => read(encodeWithdrawal(withdrawal))),
        ]),
      ),
    );
  });
});
