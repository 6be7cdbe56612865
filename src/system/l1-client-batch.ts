import { payloadHash } from '../chain/batch.ts';
import { batchDigest } from '../chain/batch-header.ts';
import { blobPayloadHash } from '../chain/blobs.ts';
import { PLACE_BYTES } from '../chain/block-batch.ts';
import type { AppendedBatch, L1Facts } from '../chain/l1-facts.ts';
import type { Rollup } from '../chain/rollup.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { attempt } from '../crypto/codec.ts';
import type { BatchAppended } from '../ethereum/abi.ts';
import { addressBytes, keccak256 } from '../ethereum/address.ts';
import { type SeenInboxCall, inboxEventsOf, seenInboxCall } from '../ethereum/l1-events.ts';
import type { BoundReceipt } from '../ethereum/l1-receipt.ts';
import { type SentTx, readSentTx } from '../ethereum/sent-tx.ts';
import type { JsonRpc } from './json-rpc.ts';
import { type BoundBlock, lie, rawTransactions, readTransaction } from './l1-client-block.ts';

type Reposts = L1Facts['reposts'];

/** What the inbox took in a block, by proven receipts. @throws OperationError l1-lies, or of `rpc` */
export async function readBatches(
  rpc: JsonRpc,
  rollup: Rollup,
  block: BoundBlock,
  receipts: readonly BoundReceipt[],
): Promise<{ readonly batches: readonly AppendedBatch[]; readonly reposts: Reposts }> {
  const batches: AppendedBatch[] = [];
  const reposts: Reposts[number][] = [];
  for (const [index, { logs }] of receipts.entries()) {
    const { appended, reposted } = inboxEventsOf(logs, rollup.inbox);
    if (appended.length === 0 && reposted.length === 0) continue;
    const tx = await txAt(rpc, rollup, block, { index, appended, reposted });
    batches.push(...appended.map((event) => batchOf(rollup, tx, event) ?? foreignBatch(tx, event)));
    reposts.push(...reposted.flatMap((one) => repostOf(rollup, tx, one) ?? []));
  }
  return { batches, reposts };
}

interface Wanted {
  readonly index: number;
  readonly appended: readonly BatchAppended[];
  readonly reposted: readonly bigint[];
}

type HashedTx = SentTx & { readonly hash: Uint8Array };

/**
 * A transaction that explains what the inbox said proves itself by the digest in its event. One that does
 * not, since another contract called the inbox or since the endpoint lies, is proven by the root over all.
 */
async function txAt(rpc: JsonRpc, rollup: Rollup, block: BoundBlock, wanted: Wanted): Promise<HashedTx> {
  const claimed = await readTransaction(rpc, block, wanted.index);
  const isExplained =
    wanted.appended.every((event) => batchOf(rollup, claimed, event) !== undefined) &&
    wanted.reposted.every((index) => repostOf(rollup, claimed, index) !== undefined);
  if (isExplained) return claimed;
  const raw = (await rawTransactions(rpc, block))[wanted.index];
  if (raw === undefined) throw lie(`block ${block.number} has no transaction ${wanted.index}`);
  const nothing: SentTx = { to: undefined, input: new Uint8Array(0), blobHashes: [] };
  return { ...(attempt(() => readSentTx(raw)) ?? nothing), hash: keccak256(raw) };
}

/** The call of the inbox that a transaction makes itself. */
function callOf({ inbox }: Rollup, { to, input }: SentTx): SeenInboxCall | undefined {
  return to !== undefined && equalBytes(to, addressBytes(inbox)) ? seenInboxCall(input) : undefined;
}

function batchOf(rollup: Rollup, tx: HashedTx, event: BatchAppended): AppendedBatch | undefined {
  const call = callOf(rollup, tx);
  if (call === undefined || call.name === 'repost') return undefined;
  const { header, payload } = call;
  if (!equalBytes(batchDigest(rollup, header), event.digest)) return undefined;
  const isBlobs = call.name === 'submitBlobBatch';
  const blobHashes = isBlobs ? tx.blobHashes : [];
  const isInCall = header.da === PLACE_BYTES.calldata;
  if (isBlobs && !equalBytes(blobPayloadHash(blobHashes), header.payloadHash)) return undefined;
  if (isInCall && !equalBytes(payloadHash(payload), header.payloadHash)) return undefined;
  const { index, firstBlock, lastBlock, parentHash, lastHash, blocksRoot, lastOrigin } = header;
  return {
    ...{ index, firstBlock, lastBlock, parentHash, lastHash, blocksRoot, lastOrigin },
    ...{ da: header.da, compression: header.compression, payloadSize: header.payloadSize },
    ...{ payloadHash: header.payloadHash, l1Hash: tx.hash, sender: event.submitter },
    ...{ data: payload, blobHashes },
  };
}

const NO_HASH = new Uint8Array(32);

/**
 * A batch that came by way of another contract: its payload is in no transaction, and of its header only the
 * event is known. It names no parent that there is, so that derivation passes over it.
 */
const foreignBatch = (tx: HashedTx, event: BatchAppended): AppendedBatch => ({
  ...{ index: event.index, firstBlock: event.firstBlock, lastBlock: event.lastBlock },
  ...{ parentHash: NO_HASH, lastHash: NO_HASH, blocksRoot: NO_HASH, lastOrigin: 0n, da: event.da },
  ...{ compression: 0, payloadSize: 0, payloadHash: event.payloadHash, l1Hash: tx.hash },
  ...{ sender: event.submitter, data: new Uint8Array(0), blobHashes: [] },
});

function repostOf(rollup: Rollup, tx: SentTx, index: bigint): Reposts[number] | undefined {
  const call = callOf(rollup, tx);
  if (call?.name !== 'repost' || call.header.index !== index) return undefined;
  const { header, payload } = call;
  return equalBytes(payloadHash(payload), header.payloadHash) ? { index, payload } : undefined;
}
