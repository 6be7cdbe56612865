import { bytesToBigint, concat, u32, u64, u8 } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { readUnprovenTx } from '../ethereum/l2-tx.ts';
import { type BatchBody, encodeBody, readBody } from './batch-body.ts';
import {
  COMPRESSION_BYTES,
  type Compressor,
  DA_BYTES,
  type DataAvailability,
  MAX_BODY_BYTES,
  maxPayloadBytes,
} from './batch.ts';
import { type L2Block, decodeExtra } from './block.ts';
import type { ExecutedBlock } from './execution.ts';
import type { L2Position } from './l2-position.ts';

/** Where the payload of a batch of blocks is: on L1, or with a committee whose certificate is there. */
export type PayloadPlace = DataAvailability | 'committee';
/** How the body of a batch of blocks may be compressed; zlib is only read. */
export type BodyCompression = 'none' | 'zlib' | 'brotli';

/** The bytes that stand for them in the prefix. [sequencer, 9.1] */
export const PLACE_BYTES: { readonly calldata: 0; readonly blobs: 3; readonly committee: 4 } = {
  ...DA_BYTES,
  committee: 4,
};
/** As above. */
export const BODY_COMPRESSION_BYTES: { readonly none: 0; readonly zlib: 11; readonly brotli: 12 } = {
  ...COMPRESSION_BYTES,
  zlib: 11,
};

/** Bytes before the body. */
export const BATCH_PREFIX_BYTES = 70;
/** The most blocks of a batch. */
export const MAX_BATCH_BLOCKS = 65_535;

/** What packs and unpacks bodies; outside the pure floors. */
export interface BatchCompressors {
  readonly brotli: Compressor;
  readonly zlib: Pick<Compressor, 'decompress'>;
}

/** The longest payload of a place, in bytes. One of a committee must fit into calldata: `repost`. */
export const maxBlockPayload = (place: PayloadPlace): number =>
  maxPayloadBytes(place === 'committee' ? 'calldata' : place);

/** What a batch needs of an executed block. */
export type BatchBlock = Pick<ExecutedBlock, 'forcedCount'> & {
  readonly block: Pick<L2Block, 'hash' | 'header' | 'transactions'>;
};

/** What goes into a batch of blocks. */
export interface BlockBatchContent {
  /** u64, from 1 */
  readonly index: bigint;
  readonly da: PayloadPlace;
  readonly l2ChainId: bigint;
  /** The block before the first. */
  readonly parent: L2Position;
  /** Each the child of the one before. */
  readonly blocks: readonly BatchBlock[];
}

/**
 * The payload of a batch: DA byte ‖ compression ‖ index (32) ‖ first block (32) ‖ block count (4) ‖ body,
 * compressed where that makes it shorter. What L1 forced into the blocks is not repeated.
 * @throws InputError batch-too-large
 */
export function encodeBlockBatch(content: BlockBatchContent, compressor: Compressor): Uint8Array {
  const { index, da, parent, blocks } = content;
  const body = encodeBody(bodyOf(content));
  limit('body', body.length, MAX_BODY_BYTES);
  const packed = smallest(body, compressor);
  const payload = concat(
    ...[u8(PLACE_BYTES[da]), u8(BODY_COMPRESSION_BYTES[packed === body ? 'none' : 'brotli'])],
    ...[new Uint8Array(24), u64(index), new Uint8Array(24), u64(parent.number + 1n), u32(blocks.length)],
    packed,
  );
  limit('payload', payload.length, maxBlockPayload(da));
  return payload;
}

/** How long the payload would be, whatever the place takes; infinite beyond the limit of a body. */
export function blockPayloadBytes(content: BlockBatchContent, compressor: Compressor): number {
  const body = encodeBody(bodyOf(content));
  if (body.length > MAX_BODY_BYTES) return Infinity;
  return BATCH_PREFIX_BYTES + smallest(body, compressor).length;
}

function smallest(body: Uint8Array, compressor: Compressor): Uint8Array {
  const packed = compressor.compress(body);
  return packed.length < body.length ? packed : body;
}

function bodyOf({ l2ChainId, parent, blocks }: BlockBatchContent): Parameters<typeof encodeBody>[0] {
  const lastHash = blocks.at(-1)?.block.hash;
  assert(lastHash !== undefined, 'a batch has a block');
  let { orderedUpTo } = parent;
  const contents = blocks.map(({ block: { header, transactions }, forcedCount }, i) => {
    assert(header.number === parent.number + 1n + BigInt(i), 'the blocks follow one another');
    const extra = decodeExtra(header.extraData);
    const ordered = extra.orderedUpTo - orderedUpTo;
    orderedUpTo = extra.orderedUpTo;
    return {
      ...{ timestamp: header.timestamp, origin: extra.origin, epoch: extra.epoch, view: extra.view, ordered },
      transactions: transactions.slice(forcedCount).map((raw) => readUnprovenTx(raw)),
    };
  });
  const base = { parentHash: parent.hash, baseTimestamp: parent.timestamp, baseOrigin: parent.origin };
  return { l2ChainId, ...base, lastHash, blocks: contents };
}

/** What stands before the body of a payload, of any value. */
export interface BatchPrefix {
  readonly da: number;
  readonly compression: number;
  /** 256 bits each. */
  readonly index: bigint;
  readonly firstBlock: bigint;
  /** u32 */
  readonly count: number;
}

/** Reads the first 70 bytes. @throws InputError batch-malformed where there are not as many */
export function readPrefix(payload: Uint8Array): BatchPrefix {
  if (payload.length < BATCH_PREFIX_BYTES) throw malformed('payload', 'ends within its prefix');
  return {
    da: payload[0] ?? 0,
    compression: payload[1] ?? 0,
    index: bytesToBigint(payload.subarray(2, 34)),
    firstBlock: bytesToBigint(payload.subarray(34, 66)),
    count: Number(bytesToBigint(payload.subarray(66, BATCH_PREFIX_BYTES))),
  };
}

/** A batch as its payload says it. */
export interface BlockBatch extends BatchPrefix {
  readonly body: BatchBody<Uint8Array>;
}

/**
 * Reads a payload strictly: numbers fit 64 bits, the body has as many blocks as the prefix says, and limits
 * hold before anything is allocated. Transactions are given raw, for the executor to judge.
 * @throws InputError batch-malformed | batch-version | batch-too-large | batch-compression | tx-malformed |
 * tx-type
 */
export function readBlockBatch(payload: Uint8Array, compressors: BatchCompressors): BlockBatch {
  const prefix = readPrefix(payload);
  limit('payload', payload.length, maxBlockPayload(nameOf(PLACE_BYTES, prefix.da, 'da')));
  for (const path of ['index', 'firstBlock'] as const)
    if (prefix[path] >> 64n !== 0n) throw malformed(path, 'is longer than 64 bits');
  const body = readBody(unpackBody(payload, compressors));
  if (body.blocks.length !== prefix.count)
    throw malformed('count', `is ${prefix.count}, but there are ${body.blocks.length} blocks`);
  return { ...prefix, body };
}

/** The body as `encodeBody` wrote it. @throws InputError batch-malformed | batch-compression */
function unpackBody(payload: Uint8Array, { brotli, zlib }: BatchCompressors): Uint8Array {
  const packed = payload.subarray(BATCH_PREFIX_BYTES);
  const compression = nameOf(BODY_COMPRESSION_BYTES, payload[1], 'compression');
  if (compression === 'none') return packed;
  return (compression === 'zlib' ? zlib : brotli).decompress(packed, MAX_BODY_BYTES);
}

/** The name that a byte stands for, if it stands for one. */
export function nameOfByte<N extends string>(
  bytes: Readonly<Record<N, number>>,
  byte: number | undefined,
): N | undefined {
  for (const name in bytes) if (bytes[name] === byte) return name;
  return undefined;
}

function nameOf<N extends string>(
  bytes: Readonly<Record<N, number>>,
  byte: number | undefined,
  path: string,
): N {
  const name = nameOfByte(bytes, byte);
  if (name === undefined) throw malformed(path, `is ${String(byte)}, which stands for nothing`);
  return name;
}

function limit(path: string, have: number, most: number): void {
  if (have > most)
    throw new InputError('batch-too-large', path, `${path} has ${have} bytes, at most ${most}`);
}

const malformed = (path: string, what: string): InputError =>
  new InputError('batch-malformed', path, `${path} ${what}`);
