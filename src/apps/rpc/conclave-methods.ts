import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { decodeExtra } from '../../chain/block.ts';
import { blockPath, blocksRoot } from '../../chain/blocks-root.ts';
import type { Rollup } from '../../chain/rollup.ts';
import { type Backend, findBlock, needBlock } from './backend.ts';
import type { Methods } from './method.ts';
import { plain, quantity } from './output.ts';
import * as params from './params.ts';
import type { BlockId, PlacedBatch, Stage, TxStages } from './rpc-chain.ts';
import { limitExceeded, serverError } from './rpc-error.ts';
import { placeOf } from './tx-methods.ts';

/** What no execution client knows: heads, batches, and how far a transaction has come. */
export function conclaveMethods(backend: Backend): Methods {
  const { chain } = backend;
  return {
    conclave_getRollup: { most: 0, run: () => renderRollup(chain.rollup) },
    conclave_getHeads: {
      most: 0,
      run: () => {
        const { unsafe, safe, finalized } = chain.heads();
        // Nothing is certified apart from its sequencer's signature yet.
        const heads = { unsafe, certified: unsafe, safe, finalized };
        return Object.fromEntries(Object.entries(heads).map(([name, head]) => [name, renderId(head)]));
      },
    },
    conclave_getTxStatus: {
      most: 1,
      run: async (list) => {
        const hash = list.at(0, params.hash);
        const [place, stages] = [await placeOf(backend, hash), await chain.stages(hash)];
        const isPending = backend.pool?.get(hash) !== undefined;
        if (place === undefined && stages === undefined && !isPending) return null;
        return {
          transactionHash: to0x(hash),
          status: statusOf(stages, place !== undefined),
          block: place === undefined ? null : renderId(idOf(place.executed.block)),
          ...renderStages(stages ?? {}),
        };
      },
    },
    conclave_getBatch: {
      most: 1,
      run: async (list) => {
        const found = await chain.batch(list.at(0, params.aNumber));
        return found === undefined ? null : renderBatch(found);
      },
    },
    conclave_getBatchOfBlock: {
      most: 1,
      run: async (list) => {
        const executed = await findBlock(backend, list.at(0, params.blockRef));
        const found = executed && (await chain.batchOf(executed.block.header.number));
        return found === undefined ? null : renderBatch(found);
      },
    },
    conclave_getInclusionProof: {
      most: 1,
      isHeavy: true,
      run: async (list) => inclusionProof(backend, list.at(0, params.blockRef)),
    },
    conclave_getRawBlock: {
      most: 1,
      run: async (list) => {
        const executed = await findBlock(backend, list.at(0, params.blockRef));
        const signed = executed && (await chain.signedBlock(executed.block.hash));
        return signed === undefined ? null : to0x(signed);
      },
    },
    conclave_getOrigin: {
      most: 1,
      run: async (list) => {
        const { header } = (await needBlock(backend, list.at(0, params.blockRef))).block;
        // The genesis has none of its own: it stands on the origin of the rollup.
        if (header.number === 0n) return quantity(chain.rollup.genesis.origin.number);
        return quantity(decodeExtra(header.extraData).origin);
      },
    },
  };
}

const idOf = ({
  header,
  hash,
}: {
  readonly header: { readonly number: bigint };
  readonly hash: Uint8Array;
}) => ({
  number: header.number,
  hash,
});

const renderId = ({ number, hash }: BlockId) => ({ number: quantity(number), hash: to0x(hash) });

const stageNames = ['soft', 'batched', 'signed', 'safe', 'finalized'] as const;

/** The furthest stage that was reached. */
function statusOf(stages: TxStages | undefined, isInBlock: boolean): string {
  const reached = stageNames.filter((name) => stages?.[name] !== undefined).at(-1);
  return reached ?? (isInBlock ? 'soft' : 'pending');
}

const renderStages = (stages: TxStages): Readonly<Record<string, unknown>> =>
  Object.fromEntries(stageNames.map((name) => [name, renderStage(stages[name])]));

const renderStage = (stage: Stage | undefined): unknown =>
  stage === undefined ? null : { timeMs: Math.round(stage.atMs), reference: stage.reference };

function renderBatch({ batch, l1Block, verdict }: PlacedBatch): Readonly<Record<string, unknown>> {
  return {
    ...{ index: quantity(batch.index), firstBlock: quantity(batch.firstBlock) },
    ...{ lastBlock: quantity(batch.lastBlock), parentHash: to0x(batch.parentHash) },
    ...{ lastHash: to0x(batch.lastHash), blocksRoot: to0x(batch.blocksRoot) },
    ...{ lastOrigin: quantity(batch.lastOrigin), da: quantity(batch.da) },
    ...{ compression: quantity(batch.compression), payloadSize: quantity(batch.payloadSize) },
    ...{ payloadHash: to0x(batch.payloadHash), blobHashes: batch.blobHashes.map(to0x) },
    ...{ sender: plain(batch.sender), l1TransactionHash: to0x(batch.l1Hash), l1Block: renderId(l1Block) },
    ...{ isValid: verdict === undefined ? null : verdict === 'valid' },
    ignored: typeof verdict === 'object' ? verdict.ignored : null,
  };
}

/** The path from a block to the root that its batch has on L1. [BlocksRoot.sol] */
async function inclusionProof(
  backend: Backend,
  ref: params.BlockRef,
): Promise<Readonly<Record<string, unknown>> | null> {
  const { number, hash } = idOf((await needBlock(backend, ref)).block);
  const found = await backend.chain.batchOf(number);
  if (found === undefined) return null;
  const { batch } = found;
  if (batch.lastBlock - batch.firstBlock >= backend.limits.proofBlocks)
    throw limitExceeded(`the batch has more than ${backend.limits.proofBlocks} blocks`);
  const hashes: Uint8Array[] = [];
  for (let at = batch.firstBlock; at <= batch.lastBlock; at++) {
    const executed = await backend.executor.block(at);
    if (executed !== undefined) hashes.push(executed.block.hash);
  }
  const position = Number(number - batch.firstBlock);
  // While heads move, blocks and batch may be of different chains: no proof is better than a wrong one.
  const isUnder = hashes[position] !== undefined && equalBytes(hashes[position], hash);
  if (!isUnder || !equalBytes(blocksRoot(hashes), batch.blocksRoot))
    throw serverError('the blocks of the batch are not canonical');
  return {
    ...{ batchIndex: quantity(batch.index), blocksRoot: to0x(batch.blocksRoot) },
    ...{ blockNumber: quantity(number), blockHash: to0x(hash) },
    ...{ position: quantity(position), count: quantity(hashes.length) },
    path: blockPath(hashes, position).map(to0x),
  };
}

/** What a new node must be given, as JSON. */
function renderRollup(rollup: Rollup): Readonly<Record<string, unknown>> {
  const { genesis } = rollup;
  const { origin } = genesis;
  return {
    ...{ l1ChainId: quantity(rollup.l1ChainId), l2ChainId: quantity(rollup.l2ChainId) },
    genesis: {
      ...{ hash: to0x(genesis.hash), stateRoot: to0x(genesis.stateRoot) },
      timestamp: quantity(genesis.timestamp),
      origin: {
        ...{ number: quantity(origin.number), hash: to0x(origin.hash) },
        ...{ timestamp: quantity(origin.timestamp), messageRoot: to0x(origin.messageRoot) },
      },
    },
    ...{ inbox: rollup.inbox, bridge: rollup.bridge },
    ...{ forcedInbox: rollup.forcedInbox, outputs: rollup.outputs },
    ...{ slotMs: rollup.slotMs, maxDrift: quantity(rollup.maxDrift) },
    sequencingWindow: quantity(rollup.sequencingWindow),
    phase2Height: quantity(rollup.phase2Height),
  };
}
