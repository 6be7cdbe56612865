import { bytesToBigint, concat, u64, u8 } from '../crypto/bytes.ts';
import type { Reader } from '../crypto/codec.ts';
import { InputError, assert } from '../crypto/errors.ts';
import type { UnprovenL2Tx } from '../ethereum/l2-tx.ts';
import { MIN_COLUMN_BYTES, encodeColumns, readBits, readColumns, toBits } from './tx-columns.ts';
import { encodeVarint, readVarint } from './varint.ts';

/** The first byte of a body of blocks. */
const BODY_VERSION = 1;
/** Limits of a block, and of all blocks of a batch. [sequencer, 8.3 and 9.1] */
const MAX_BLOCK_TRANSACTIONS = 1_000;
const MAX_BATCH_BLOCKS = 65_535;

/** What a batch says of one block; the rest follows from L1 and from execution. */
export interface BlockContent<Tx> {
  /** Unix seconds, not before the block before; whether two may share a second is for derivation to judge. */
  readonly timestamp: bigint;
  /** Number of the L1 block that it refers to: that of the block before, or the next. */
  readonly origin: bigint;
  readonly epoch: bigint;
  readonly view: bigint;
  /** How many more entries of the order it covers than the block before. */
  readonly ordered: bigint;
  readonly transactions: readonly Tx[];
}

/** The blocks of a batch, and between which they stand. */
export interface BatchBody<Tx> {
  readonly l2ChainId: bigint;
  /** 32 bytes: of the block before the first. */
  readonly parentHash: Uint8Array;
  /** Of that block. */
  readonly baseTimestamp: bigint;
  readonly baseOrigin: bigint;
  /** 32 bytes: of the last block. */
  readonly lastHash: Uint8Array;
  readonly blocks: readonly BlockContent<Tx>[];
}

/**
 * The body of a batch with blocks, before compression: version ‖ chain ‖ parent ‖ base ‖ last hash ‖ count,
 * then a column for each field of the blocks, then those of all transactions. [ADR 0018]
 */
export function encodeBody(body: BatchBody<UnprovenL2Tx>): Uint8Array {
  const { l2ChainId, parentHash, baseTimestamp, baseOrigin, lastHash, blocks } = body;
  assert(parentHash.length === 32 && lastHash.length === 32, 'hashes have 32 bytes');
  assert(blocks.length > 0 && blocks.length <= MAX_BATCH_BLOCKS, `${blocks.length} blocks`);
  const steps = blocks.map((block, i) =>
    stepOf(block, blocks[i - 1] ?? { timestamp: baseTimestamp, origin: baseOrigin }),
  );
  return concat(
    ...[u8(BODY_VERSION), u64(l2ChainId), parentHash, u64(baseTimestamp), u64(baseOrigin), lastHash],
    encodeVarint(blocks.length),
    ...steps.map(({ seconds }) => encodeVarint(seconds)),
    toBits(steps.map(({ advances }) => advances)),
    ...blocks.map(({ epoch }) => encodeVarint(epoch)),
    ...blocks.map(({ view }) => encodeVarint(view)),
    ...blocks.map(({ ordered }) => encodeVarint(ordered)),
    ...blocks.map(({ transactions }) => encodeVarint(transactions.length)),
    encodeColumns(
      blocks.flatMap(({ transactions }) => transactions),
      l2ChainId,
    ),
  );
}

interface Step {
  readonly seconds: bigint;
  readonly advances: boolean;
}

function stepOf(
  block: BlockContent<UnprovenL2Tx>,
  before: Pick<BlockContent<UnprovenL2Tx>, 'timestamp' | 'origin'>,
): Step {
  const seconds = block.timestamp - before.timestamp;
  const origins = block.origin - before.origin;
  assert(seconds >= 0n, 'timestamps do not fall');
  assert(origins === 0n || origins === 1n, 'origins rise by one at most');
  return { seconds, advances: origins === 1n };
}

/**
 * Reads a body strictly: what `encodeBody` does not write is refused, and nothing is allocated that the bytes
 * do not pay for. Transactions are given raw; what they say is for `decodeL2Tx` to judge.
 * @throws InputError batch-malformed | batch-version | batch-too-large | tx-malformed | tx-type
 */
export function readBody(bytes: Uint8Array): BatchBody<Uint8Array> {
  const from = readerOf(bytes);
  const version = from.take(1, 'version')[0];
  if (version !== BODY_VERSION)
    throw new InputError('batch-version', 'version', `body version ${String(version)} is not supported`);
  const head = readHead(from);
  const count = readCount(from, 'blocks', MAX_BATCH_BLOCKS);
  if (count === 0) throw malformed('blocks', 'are none');
  const each = <T>(name: string, read: (path: string) => T): readonly T[] =>
    Array.from({ length: count }, (_, i) => read(`blocks[${i}].${name}`));
  const seconds = each('seconds', (path) => readVarint(from, path));
  const advances = readBits(from, count, 'advances');
  const epochs = each('epoch', (path) => readVarint(from, path));
  const views = each('view', (path) => readVarint(from, path));
  const ordered = each('ordered', (path) => readVarint(from, path));
  const counts = each('count', (path) => readCount(from, path, MAX_BLOCK_TRANSACTIONS));
  const total = counts.reduce((sum, one) => sum + one, 0);
  if (total * MIN_COLUMN_BYTES > from.left()) throw malformed('blocks', `promise ${total} transactions`);
  const raws = readColumns(from, total, head.l2ChainId);
  if (from.left() > 0) throw malformed('body', `has ${from.left()} bytes behind its end`);
  const blocks: BlockContent<Uint8Array>[] = [];
  let [timestamp, origin, at] = [head.baseTimestamp, head.baseOrigin, 0];
  for (let i = 0; i < count; i++) {
    const transactions = raws.slice(at, (at += counts[i] ?? 0));
    timestamp = u64Of(timestamp + (seconds[i] ?? 0n), `blocks[${i}].timestamp`);
    origin = u64Of(origin + (advances[i] === true ? 1n : 0n), `blocks[${i}].origin`);
    blocks.push({
      timestamp,
      origin,
      epoch: epochs[i] ?? 0n,
      view: views[i] ?? 0n,
      ordered: ordered[i] ?? 0n,
      transactions,
    });
  }
  return { ...head, blocks };
}

type BodyReader = Reader & { readonly left: () => number };

function readerOf(bytes: Uint8Array): BodyReader {
  let at = 0;
  return {
    take: (length, path) => {
      if (at + length > bytes.length) throw malformed(path, `ends ${at + length - bytes.length} bytes early`);
      at += length;
      return bytes.subarray(at - length, at);
    },
    left: () => bytes.length - at,
  };
}

function readHead(from: Reader): Omit<BatchBody<never>, 'blocks'> {
  const number = (path: string): bigint => bytesToBigint(from.take(8, path));
  return {
    l2ChainId: number('l2ChainId'),
    parentHash: from.take(32, 'parentHash'),
    baseTimestamp: number('baseTimestamp'),
    baseOrigin: number('baseOrigin'),
    lastHash: from.take(32, 'lastHash'),
  };
}

function readCount(from: BodyReader, path: string, most: number): number {
  const count = readVarint(from, path);
  if (count > most) throw new InputError('batch-too-large', path, `${path}: ${count}, at most ${most}`);
  return Number(count);
}

function u64Of(value: bigint, path: string): bigint {
  if (value >> 64n !== 0n) throw malformed(path, 'is longer than 64 bits');
  return value;
}

const malformed = (path: string, what: string): InputError =>
  new InputError('batch-malformed', path, `${path} ${what}`);
