import { describe, expect, it } from 'vitest';

import {
  type PayloadSource,
  type RepostTools,
  payloadFrom,
  repostableBatch,
} from '../../../src/apps/dac-repost.ts';
import { batchDigest } from '../../../src/chain/batch-header.ts';
import { PLACE_BYTES } from '../../../src/chain/block-batch.ts';
import type { AppendedBatch, L1Facts } from '../../../src/chain/l1-facts.ts';
import { concat, u64 } from '../../../src/crypto/bytes.ts';
import { OperationError } from '../../../src/crypto/errors.ts';
import { type BatchHeader, encodeInboxCall } from '../../../src/ethereum/abi.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';
import { repostTopic } from '../../../src/ethereum/repost-call.ts';
import { factsBehind } from '../chain/derive-world.ts';
import { l1Hash, rollup } from '../chain/fake-executor.ts';

const payload = Uint8Array.from({ length: 90 }, (_, i) => i);
const header: BatchHeader = {
  ...{ index: 2n, firstBlock: 4n, lastBlock: 9n, parentHash: l1Hash(4n, 1), lastHash: l1Hash(9n, 1) },
  ...{ blocksRoot: l1Hash(5n, 1), lastOrigin: 101n, da: PLACE_BYTES.committee, compression: 12 },
  // One with the certificate of a set: its number is part of the digest, and derivation does not keep it.
  ...{ payloadSize: payload.length, payloadHash: keccak256(payload), setId: 6n },
};
const { setId: _, ...known } = header;
const batch: AppendedBatch = {
  ...known,
  ...{ l1Hash: l1Hash(2n, 9), sender: rollup.outputs, data: new Uint8Array(73), blobHashes: [] },
};
const input = encodeInboxCall({ kind: 'submit-batch', header, payload: batch.data });
const topics = [repostTopic, concat(new Uint8Array(24), u64(2n))];

interface Change {
  readonly batch?: Partial<AppendedBatch>;
  readonly input?: Uint8Array | undefined;
  readonly l2ChainId?: bigint;
  readonly blocks?: ReadonlyMap<bigint, Partial<L1Facts>>;
  readonly said?: readonly { readonly block: bigint; readonly topics: readonly Uint8Array[] }[];
}

/** An L1 whose block 105 has the batch, and whose inbox said what is told. */
function l1With(change: Change = {}): RepostTools & { readonly asked: bigint[] } {
  const blocks = change.blocks ?? new Map([[105n, { batches: [{ ...batch, ...change.batch }] }]]);
  const asked: bigint[] = [];
  const call = 'input' in change ? change.input : input;
  const held = { digest: batchDigest(rollup, header), blocksRoot: header.blocksRoot, l1Block: 105n };
  return {
    ...{ rollup, asked },
    facts: async (number) => {
      const found = blocks.get(number);
      return found && factsBehind({ l1: { number: number - 1n, hash: l1Hash(number - 1n) } }, found);
    },
    chain: {
      inbox: async () => ({
        ...{ l2ChainId: change.l2ChainId ?? rollup.l2ChainId, lastIndex: 2n, authMode: 'sender' },
        ...{ registry: rollup.outputs, accounts: { calldata: undefined, blobs: undefined } },
      }),
      batchAt: async (_inbox, index) => {
        if (index > 2n) throw new RangeError('what may be no u64 is not asked for');
        return index === 2n ? { ...held, firstBlock: 4n, lastBlock: 9n } : undefined;
      },
      block: async () => ({
        ...{ number: 120n, hash: l1Hash(120n), stateRoot: l1Hash(1n), timestamp: 1n, extraData: l1Hash(1n) },
      }),
      transaction: async () => call && { from: rollup.outputs, nonce: 0n, block: 105n, input: call },
      logs: async ({ from, to, topic, address }) => {
        expect([from, to, topic, address]).toEqual([105n, 120n, repostTopic, rollup.inbox]);
        return (change.said ?? []).map((log) => {
          asked.push(log.block);
          return { ...log, address, data: new Uint8Array(0) };
        });
      },
    },
  };
}

const coded = (code: string): unknown => expect.objectContaining({ code });

describe('a batch whose payload is to be posted again', () => {
  it('is found with all of its header, also with the set of its certificate', async () => {
    expect(await repostableBatch(2n, l1With())).toEqual(header);
  });

  it.each([0n, 3n, 2n ** 64n])('is refused where L1 has none of index %s', async (index) => {
    await expect(repostableBatch(index, l1With())).rejects.toEqual(coded('batch-unknown'));
  });

  it('is refused where a reorg has just taken it', async () => {
    const gone = l1With({ blocks: new Map([[105n, {}]]) });
    await expect(repostableBatch(2n, gone)).rejects.toEqual(coded('batch-unknown'));
  });

  it('is refused where the inbox is of another L2', async () => {
    await expect(repostableBatch(2n, l1With({ l2ChainId: 5n }))).rejects.toEqual(coded('wrong-chain'));
  });

  it.each([
    [PLACE_BYTES.calldata, 'calldata'],
    [PLACE_BYTES.blobs, 'blobs'],
  ])('is refused where its payload was not left to a committee: %s', async (da, place) => {
    const error = { code: 'not-at-committee', message: `batch 2 has its payload in ${place}` };
    await expect(repostableBatch(2n, l1With({ batch: { da } }))).rejects.toMatchObject(error);
  });

  it.each<[string, Change]>([
    ['that derivation reads as empty', { batch: { payloadSize: 0 } }],
    ['in a transaction that nobody has', { input: undefined }],
    ['in a transaction that calls something else', { input: new Uint8Array(40) }],
    [
      'with a header of another digest',
      { input: encodeInboxCall({ kind: 'submit-batch', header: { ...header, setId: 0n }, payload }) },
    ],
  ])('is refused as foreign: one %s', async (_name, change) => {
    await expect(repostableBatch(2n, l1With(change))).rejects.toEqual(coded('batch-foreign'));
  });

  it('is refused where derivation finds it on L1 already', async () => {
    const blocks = new Map<bigint, Partial<L1Facts>>([
      [105n, { batches: [batch] }],
      [110n, { reposts: [{ index: 2n, payload }] }],
    ]);
    const l1 = l1With({ blocks, said: [{ block: 110n, topics }] });
    const error = { code: 'already-reposted', message: 'the L1 block 110 has the payload of batch 2' };
    await expect(repostableBatch(2n, l1)).rejects.toMatchObject(error);
  });

  it('is free where derivation does not find what the inbox was given, or it was another batch', async () => {
    const blocks = new Map<bigint, Partial<L1Facts>>([
      [105n, { batches: [batch] }],
      // By another contract: an event, and nothing that derivation reads.
      [110n, { reposts: [{ index: 3n, payload }] }],
      [111n, { reposts: [{ index: 2n, payload: payload.slice(1) }] }],
      [112n, { reposts: [{ index: 2n, payload }] }],
    ]);
    const other = [repostTopic, concat(new Uint8Array(24), u64(3n))];
    const said = [
      { block: 110n, topics },
      { block: 111n, topics },
      { block: 112n, topics: other },
    ];
    const l1 = l1With({ blocks, said });
    expect(await repostableBatch(2n, l1)).toEqual(header);
    expect(l1.asked).toEqual([110n, 111n, 112n]);
  });
});

const source = (name: string, ...found: readonly Uint8Array[]): PayloadSource => ({
  ...{ name, read: () => Promise.resolve(found) },
});
const failing = (error: Error): PayloadSource => ({ name: 'away', read: () => Promise.reject(error) });

describe('its payload', () => {
  it('comes from the first source that has it, past those that have not', async () => {
    const passed: string[] = [];
    const away = failing(new OperationError('peer-unreachable', 'retry', 'no answer'));
    const sources = [away, source('empty'), source('liar', payload.slice(1)), source('a', payload.slice())];
    const found = await payloadFrom(sources, header, (name, why) => void passed.push(`${name}: ${why}`));
    expect(found).toEqual(payload);
    expect(passed).toEqual(['away: no answer [peer-unreachable]', 'empty: it does not have the payload']);
  });

  it.each([
    ['another hash', payload.map((byte) => byte ^ 1)],
    ['another length', payload.slice(0, 89)],
  ])('is refused with %s, and both are named', async (_name, bytes) => {
    const error = { code: 'payload-differs', message: expect.stringContaining('90 bytes') as string };
    await expect(payloadFrom([source('a', bytes)], header, () => undefined)).rejects.toMatchObject(error);
  });

  it('is refused with the size of another batch, though the hash is right', async () => {
    const wrong = { ...header, payloadSize: 91 };
    await expect(payloadFrom([source('a', payload)], wrong, () => undefined)).rejects.toEqual(
      coded('payload-differs'),
    );
  });

  it('is not found where nobody has it', async () => {
    const failed = payloadFrom([source('a'), source('b')], header, () => undefined);
    await expect(failed).rejects.toEqual(coded('payload-not-found'));
  });

  it('is no excuse for a fault of our own', async () => {
    const failed = payloadFrom([failing(new TypeError('ours'))], header, () => undefined);
    await expect(failed).rejects.toThrow(TypeError);
  });
});
