import { payloadHash } from '../chain/batch.ts';
import { batchDigest } from '../chain/batch-header.ts';
import { PLACE_BYTES, nameOfByte } from '../chain/block-batch.ts';
import type { AppendedBatch } from '../chain/l1-facts.ts';
import type { Rollup } from '../chain/rollup.ts';
import { bytesToBigint, equalBytes, to0x } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import type { BatchHeader } from '../ethereum/abi.ts';
import { seenInboxCall } from '../ethereum/l1-events.ts';
import { repostTopic } from '../ethereum/repost-call.ts';
import { isOrdinary } from '../node/supervise.ts';
import type { BridgeChain } from '../system/l1-client-chain.ts';
import type { L1Source } from '../system/ports.ts';

/** How a batch is looked up on L1. */
export interface RepostTools {
  readonly rollup: Rollup;
  /** What derivation reads of L1. */
  readonly facts: L1Source['facts'];
  readonly chain: Pick<BridgeChain, 'inbox' | 'batchAt' | 'block' | 'logs' | 'transaction'>;
}

const unknown = (message: string): InputError => new InputError('batch-unknown', '--index', message);

/**
 * The header of a batch whose payload can be posted again, and is not on L1 yet. The header is the one over
 * which the inbox has its digest. @throws InputError batch-unknown | not-at-committee | batch-foreign |
 * already-reposted; OperationError wrong-chain, and of the ports
 */
export async function repostableBatch(index: bigint, tools: RepostTools): Promise<BatchHeader> {
  const { rollup, facts, chain } = tools;
  const { l2ChainId, lastIndex } = await chain.inbox(rollup.inbox);
  if (l2ChainId !== rollup.l2ChainId)
    throw new OperationError('wrong-chain', 'fatal', `${rollup.inbox} orders the batches of L2 ${l2ChainId}`);
  const held = index > lastIndex ? undefined : await chain.batchAt(rollup.inbox, index);
  if (held === undefined) throw unknown(`L1 has no batch ${index}; the last one is ${lastIndex}`);
  const batch = (await facts(held.l1Block))?.batches.find((one) => one.index === index);
  if (batch === undefined) throw unknown(`the L1 block ${held.l1Block} has no batch ${index} any more`);
  if (batch.da !== PLACE_BYTES.committee) {
    const place = nameOfByte(PLACE_BYTES, batch.da) ?? 'nowhere';
    throw new InputError('not-at-committee', '--index', `batch ${index} has its payload in ${place}`);
  }
  const header = await headerOf(batch, held.digest, tools);
  const at = await repostedAt(header, held.l1Block, tools);
  if (at === undefined) return header;
  throw new InputError('already-reposted', '--index', `the L1 block ${at} has the payload of batch ${index}`);
}

/** All of the header: what derivation reads of a batch lacks the set of its certificate. */
async function headerOf(
  { index, payloadSize, l1Hash }: AppendedBatch,
  digest: Uint8Array,
  { rollup, chain }: RepostTools,
): Promise<BatchHeader> {
  const sent = await chain.transaction(l1Hash);
  const header = sent && seenInboxCall(sent.input)?.header;
  // No batch is empty; one that came by another contract is read as if it were, and is taken by nobody.
  if (payloadSize > 0 && header !== undefined && equalBytes(batchDigest(rollup, header), digest))
    return header;
  throw new InputError('batch-foreign', '--index', `the header of batch ${index} is in no call of the inbox`);
}

/** The block of L1 in which derivation finds the payload. One that another contract posted it does not. */
async function repostedAt(
  header: BatchHeader,
  l1Block: bigint,
  { rollup, facts, chain }: RepostTools,
): Promise<bigint | undefined> {
  const { number } = await chain.block('latest');
  const logs = await chain.logs({ address: rollup.inbox, topic: repostTopic, from: l1Block, to: number });
  for (const { block, topics } of logs) {
    if (topics[1] === undefined || bytesToBigint(topics[1]) !== header.index) continue;
    const { reposts = [] } = (await facts(block)) ?? {};
    if (reposts.some(({ index, payload }) => index === header.index && fits(header, payload))) return block;
  }
  return undefined;
}

/** Where a payload may be. */
export interface PayloadSource {
  /** For people: a file, a folder, a URL. */
  readonly name: string;
  /** What is there for a batch; its hash says if it is the payload. @throws InputError, OperationError */
  readonly read: (header: BatchHeader) => Promise<readonly Uint8Array[]>;
}

/**
 * The payload from the first source that has it, which is no matter of trust. `passed` hears why another had
 * not. @throws InputError payload-differs; OperationError payload-not-found
 */
export async function payloadFrom(
  sources: readonly PayloadSource[],
  header: BatchHeader,
  passed: (name: string, why: string) => void,
): Promise<Uint8Array> {
  const wrong: string[] = [];
  for (const { name, read } of sources) {
    const found = await read(header).catch((error: unknown) => {
      if (!isOrdinary(error)) throw error;
      passed(name, `${error.message} [${error.code}]`);
      return undefined;
    });
    const payload = found?.find((bytes) => fits(header, bytes));
    if (payload !== undefined) return payload;
    if (found?.length === 0) passed(name, 'it does not have the payload');
    wrong.push(...(found ?? []).map((bytes) => `${name} has ${said(bytes.length, payloadHash(bytes))}`));
  }
  const wanted = `batch ${header.index} has ${said(header.payloadSize, header.payloadHash)}`;
  if (wrong.length > 0) throw new InputError('payload-differs', 'payload', `${wanted}; ${wrong.join('; ')}`);
  throw new OperationError('payload-not-found', 'retry', `${wanted}, which no source has that was named`);
}

const said = (size: number, hash: Uint8Array): string => `${size} bytes with hash ${to0x(hash)}`;

const fits = ({ payloadSize, payloadHash: hash }: BatchHeader, payload: Uint8Array): boolean =>
  payload.length === payloadSize && equalBytes(payloadHash(payload), hash);
