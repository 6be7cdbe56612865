import { describe, expect, it } from 'vitest';

import type { PlacedBatch } from '../../../../src/apps/rpc/rpc-chain.ts';
import { blocksRoot, isUnderRoot } from '../../../../src/chain/blocks-root.ts';
import { fromHex, to0x } from '../../../../src/crypto/bytes.ts';
import { named } from '../../node/helpers.ts';
import { FakeWorld, bob, known, signed } from './fake-world.ts';

function batchOf(world: FakeWorld, first: number, last: number): PlacedBatch {
  const blocks = world.canonical.slice(first, last + 1).map(({ block }) => block);
  return {
    batch: {
      ...{ index: 4n, firstBlock: BigInt(first), lastBlock: BigInt(last), lastOrigin: 9n },
      ...{ parentHash: blocks[0]!.header.parentHash, lastHash: blocks.at(-1)!.hash },
      blocksRoot: blocksRoot(blocks.map(({ hash }) => hash)),
      ...{ da: 0, compression: 12, payloadSize: 300, payloadHash: named('payload') },
      ...{ l1Hash: named('l1 tx'), sender: known(bob), blobHashes: [] },
    },
    l1Block: { number: 77n, hash: named('l1 block') },
    verdict: 'valid',
  };
}

function world() {
  const made = new FakeWorld();
  for (let i = 0; i < 6; i++) made.extend();
  made.batches.push(batchOf(made, 2, 6));
  return { made, call: made.rpc().call };
}

describe('heads', () => {
  it('are told by number and hash', async () => {
    const { made, call } = world();
    made.safeAt = 2;
    const id = (index: number) => ({ number: `0x${index}`, hash: to0x(made.canonical[index]!.block.hash) });
    expect(await call('conclave_getHeads')).toEqual({
      ...{ unsafe: id(6), certified: id(6), safe: id(2), finalized: id(0) },
    });
  });
});

describe('a batch', () => {
  it('is found by its index and by each of its blocks', async () => {
    const { made, call } = world();
    const batch = await call('conclave_getBatch', '0x4');
    expect(batch).toMatchObject({
      ...{ index: '0x4', firstBlock: '0x2', lastBlock: '0x6', da: '0x0', compression: '0xc' },
      ...{ sender: bob.address.toLowerCase(), l1TransactionHash: to0x(named('l1 tx')) },
      ...{ l1Block: { number: '0x4d', hash: to0x(named('l1 block')) }, isValid: true, ignored: null },
    });
    expect(await call('conclave_getBatchOfBlock', '0x2')).toEqual(batch);
    expect(await call('conclave_getBatchOfBlock', to0x(made.head.block.hash))).toEqual(batch);
    expect(await call('conclave_getBatchOfBlock', '0x1')).toBeNull();
    expect(await call('conclave_getBatchOfBlock', '0x99')).toBeNull();
    expect(await call('conclave_getBatch', '0x5')).toBeNull();
  });

  it('that derivation passed over says why', async () => {
    const { made, call } = world();
    made.batches[0] = { ...made.batches[0]!, verdict: { ignored: 'wrong-parent' } };
    expect(await call('conclave_getBatch', '0x4')).toMatchObject({ isValid: false, ignored: 'wrong-parent' });
    const { verdict: _, ...unjudged } = made.batches[0];
    made.batches[0] = unjudged;
    expect(await call('conclave_getBatch', '0x4')).toMatchObject({ isValid: null, ignored: null });
  });

  it('holds each of its blocks under its root', async () => {
    const { made, call } = world();
    for (let number = 2; number <= 6; number++) {
      const proof = (await call('conclave_getInclusionProof', `0x${number}`)) as Record<string, string> & {
        path: string[];
      };
      const { hash } = made.canonical[number]!.block;
      expect(proof).toMatchObject({ batchIndex: '0x4', blockHash: to0x(hash), count: '0x5' });
      const place = { count: 5, position: number - 2, hash, path: proof.path.map((one) => fromHex(one)!) };
      expect(Number(proof['position'])).toBe(place.position);
      expect(isUnderRoot(fromHex(proof['blocksRoot']!)!, place)).toBe(true);
    }
    expect(await call('conclave_getInclusionProof', '0x1')).toBeNull();
  });

  it('proves nothing of another chain than that of its root', async () => {
    const { made, call } = world();
    const side = made.canonical[6]!;
    made.extend([], made.canonical[5], 'other');
    for (const ref of ['0x3', '0x6', to0x(side.block.hash)])
      await expect(call('conclave_getInclusionProof', ref)).rejects.toMatchObject({
        ...{ code: -32000, message: 'the blocks of the batch are not canonical' },
      });
    await expect(
      made.rpc({ proofBlocks: 4n }).call('conclave_getInclusionProof', '0x3'),
    ).rejects.toMatchObject({ code: -32005 });
  });
});

describe('a transaction', () => {
  it('is told stage by stage', async () => {
    const { made, call } = world();
    const raw = await signed(0);
    const hash = (await call('eth_sendRawTransaction', to0x(raw))) as `0x${string}`;
    const status = async () => (await call('conclave_getTxStatus', hash)) as Record<string, unknown>;
    expect(await status()).toMatchObject({ status: 'pending', block: null, soft: null, finalized: null });
    const { block } = made.extend([{ raw }]);
    expect(await status()).toMatchObject({
      status: 'soft',
      block: { number: '0x7', hash: to0x(block.hash) },
    });
    made.stages.set(hash, {
      soft: { atMs: 1_000.4, reference: to0x(block.hash) },
      batched: { atMs: 2_000, reference: '5' },
    });
    expect(await status()).toMatchObject({
      status: 'batched',
      soft: { timeMs: 1_000, reference: to0x(block.hash) },
      ...{ batched: { timeMs: 2_000, reference: '5' }, signed: null },
    });
    made.stages.set(hash, { ...made.stages.get(hash), finalized: { atMs: 9_000, reference: '0x01' } });
    expect(await status()).toMatchObject({ status: 'finalized' });
    expect(await call('conclave_getTxStatus', to0x(named('none')))).toBeNull();
  });
});

describe('what a follower needs', () => {
  it('is the rollup, signed blocks, and the origin of each', async () => {
    const { made, call } = world();
    expect(await call('conclave_getRollup')).toMatchObject({
      ...{ l1ChainId: '0x7a69', l2ChainId: '0x1bcd', slotMs: 1_000, maxDrift: '0x258' },
      genesis: { hash: to0x(made.chain.rollup.genesis.hash), origin: { number: '0x5' } },
    });
    expect(await call('conclave_getRawBlock', 'latest')).toBe(to0x(named('signed')));
    expect(await call('conclave_getRawBlock', '0x1')).toBeNull();
    expect(await call('conclave_getRawBlock', '0x99')).toBeNull();
    expect(await call('conclave_getOrigin', 'latest')).toBe('0x9');
    expect(await call('conclave_getOrigin', 'earliest')).toBe('0x5');
  });
});
