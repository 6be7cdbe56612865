import { bytesToBigint, concat, u32, u64, u8 } from '../crypto/bytes.ts';
import type { Reader } from '../crypto/codec.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { keccak256 } from '../ethereum/address.ts';
import { type L2Tx, MAX_RAW_TX_BYTES, decodeL2Tx } from '../ethereum/l2-tx.ts';
import { encodeVarint, readVarint } from './varint.ts';

/** Where the payload of a batch is on L1. */
export type DataAvailability = 'calldata' | 'blobs';
/** How the body of a batch is compressed. */
export type Compression = 'none' | 'brotli';

/** The bytes that stand for them in the prefix. [sequencer, 9.1] */
export const DA_BYTES = { calldata: 0, blobs: 3 } as const;
/** As above. */
export const COMPRESSION_BYTES = { none: 0, brotli: 12 } as const;

/** The longest body, before compression, in bytes. [sequencer, 9.2] */
export const MAX_BODY_BYTES = 10_000_000;
/** The most transactions of a batch of body version 0. */
export const MAX_BATCH_TRANSACTIONS = 10_000;
/** The longest payload in calldata: with its 516 bytes of call it stays within 120,000. [sequencer, 9.3] */
const MAX_CALLDATA_PAYLOAD_BYTES = 119_456;
/** The longest payload in three blobs of 126,976 bytes, after its length. [sequencer, 9.4] */
export const MAX_BLOB_PAYLOAD_BYTES: number = 3 * 126_976 - 4;

const PREFIX_BYTES = 70;
const BODY_VERSION = 0;

/** Compression is not canonical and lives outside the pure floors; this is what they ask of it. */
export interface Compressor {
  readonly compress: (bytes: Uint8Array) => Uint8Array;
  /** @throws InputError batch-compression for a cut stream, bytes behind its end, or more than `maxBytes` */
  readonly decompress: (bytes: Uint8Array, maxBytes: number) => Uint8Array;
}

/** What goes into a batch of body version 0. */
export interface BatchContent {
  /** u64, from 1 */
  readonly index: bigint;
  readonly da: DataAvailability;
  /** u64 */
  readonly l2ChainId: bigint;
  readonly compression: Compression;
  /** Raw signed transactions of types 0, 1 and 2, in their order. */
  readonly transactions: readonly Uint8Array[];
}

/** A batch that was read: every transaction decoded, its signature and chain checked. */
export interface Batch extends Omit<BatchContent, 'transactions'> {
  readonly transactions: readonly L2Tx[];
}

/** The longest payload that a place on L1 takes, in bytes. */
export const maxPayloadBytes = (da: DataAvailability): number =>
  da === 'calldata' ? MAX_CALLDATA_PAYLOAD_BYTES : MAX_BLOB_PAYLOAD_BYTES;

/** How the inbox knows a payload in calldata: its keccak, 32 bytes. */
export const payloadHash = (payload: Uint8Array): Uint8Array => keccak256(payload);

/**
 * The payload of a batch: DA byte ‖ compression ‖ index (32) ‖ first block (32) ‖ block count (4) ‖ body.
 * Body version 0 knows no blocks, so these are zero. Every transaction is read first: a batch that cannot be
 * decoded is never made.
 * @throws InputError batch-empty | batch-too-large | those of `decodeL2Tx`, with the position in `path`
 */
export function encodeBatch(content: BatchContent, compressor: Compressor): Uint8Array {
  const { index, da, l2ChainId, compression, transactions } = content;
  checkCount(transactions.length);
  transactions.forEach((raw, i) => decodeL2Tx(raw, l2ChainId, `transactions[${i}]`));
  const body = concat(
    ...[u8(BODY_VERSION), u64(l2ChainId), encodeVarint(transactions.length)],
    ...transactions.flatMap((raw) => [encodeVarint(raw.length), raw]),
  );
  limit('body', body.length, MAX_BODY_BYTES);
  const packed = compression === 'none' ? body : compressor.compress(body);
  const prefix = [u8(DA_BYTES[da]), u8(COMPRESSION_BYTES[compression]), new Uint8Array(24), u64(index)];
  const payload = concat(...prefix, new Uint8Array(32), u32(0), packed);
  limit('payload', payload.length, maxPayloadBytes(da));
  return payload;
}

/** Compresses where it makes the payload shorter. @throws InputError as `encodeBatch` */
export function encodeBatchSmallest(
  content: Omit<BatchContent, 'compression'>,
  compressor: Compressor,
): { readonly payload: Uint8Array; readonly compression: Compression } {
  const payload = encodeBatch({ ...content, compression: 'brotli' }, compressor);
  const bodyBytes = decodeBody(payload, 'brotli', compressor).length;
  if (PREFIX_BYTES + bodyBytes > payload.length) return { payload, compression: 'brotli' };
  return { payload: encodeBatch({ ...content, compression: 'none' }, compressor), compression: 'none' };
}

/**
 * Reads a payload strictly: what `encodeBatch` does not write is refused, limits hold before anything is
 * allocated, and every transaction must be signed for the chain that the body names.
 * @throws InputError batch-malformed | batch-version | batch-empty | batch-too-large | batch-compression |
 * those of `decodeL2Tx`, with the position in `path`
 */
export function decodeBatch(payload: Uint8Array, compressor: Compressor): Batch {
  if (payload.length <= PREFIX_BYTES) throw malformedBatch('payload', `ends within its prefix`);
  const da = nameOf(DA_BYTES, payload[0], 'da');
  const compression = nameOf(COMPRESSION_BYTES, payload[1], 'compression');
  limit('payload', payload.length, maxPayloadBytes(da));
  const index = bytesToBigint(payload.subarray(2, 34));
  if (index >> 64n !== 0n) throw malformedBatch('index', 'is longer than 64 bits');
  if (payload.subarray(34, PREFIX_BYTES).some((byte) => byte !== 0))
    throw malformedBatch('blocks', 'are named, but body version 0 has none');
  const body = decodeBody(payload, compression, compressor);
  return { index, da, compression, ...readBody(body) };
}

/** Names the fault of a position of a batch. */
const malformedBatch = (path: string, what: string): InputError =>
  new InputError('batch-malformed', path, `${path} ${what}`);

function nameOf<N extends string>(
  bytes: Readonly<Record<N, number>>,
  byte: number | undefined,
  path: string,
): N {
  for (const name in bytes) if (bytes[name] === byte) return name;
  throw malformedBatch(path, `is ${String(byte)}, which stands for nothing`);
}

function limit(path: string, have: number, most: number): void {
  if (have > most)
    throw new InputError('batch-too-large', path, `${path} has ${have} bytes, at most ${most}`);
}

function checkCount(count: number | bigint): void {
  if (count === 0 || count === 0n) throw new InputError('batch-empty', 'transactions', 'the batch is empty');
  if (count > MAX_BATCH_TRANSACTIONS)
    throw new InputError(
      'batch-too-large',
      'transactions',
      `a batch of ${count} transactions; at most ${MAX_BATCH_TRANSACTIONS} are allowed`,
    );
}

function decodeBody(payload: Uint8Array, compression: Compression, compressor: Compressor): Uint8Array {
  const packed = payload.subarray(PREFIX_BYTES);
  if (compression === 'none') return packed;
  const body = compressor.decompress(packed, MAX_BODY_BYTES);
  assert(body.length <= MAX_BODY_BYTES, 'the compressor keeps the limit');
  return body;
}

function readBody(body: Uint8Array): Pick<Batch, 'l2ChainId' | 'transactions'> {
  let at = 0;
  const take = (length: number, path: string): Uint8Array => {
    if (at + length > body.length)
      throw malformedBatch(path, `ends ${at + length - body.length} bytes early`);
    at += length;
    return body.subarray(at - length, at);
  };
  const from: Reader = { take };
  const version = take(1, 'version')[0];
  if (version !== BODY_VERSION)
    throw new InputError('batch-version', 'version', `body version ${String(version)} is not supported`);
  const l2ChainId = bytesToBigint(take(8, 'l2ChainId'));
  const count = readVarint(from, 'count');
  checkCount(count);
  // Two bytes are the least that a transaction takes here, so a count beyond that is a lie.
  if (2n * count > BigInt(body.length)) throw malformedBatch('count', `promises ${count} transactions`);
  const raws = Array.from({ length: Number(count) }, (_, i) => readRaw(from, `transactions[${i}]`));
  if (at !== body.length) throw malformedBatch('body', `has ${body.length - at} bytes behind its end`);
  return { l2ChainId, transactions: raws.map((raw, i) => decodeL2Tx(raw, l2ChainId, `transactions[${i}]`)) };
}

function readRaw(from: Reader, path: string): Uint8Array {
  const length = readVarint(from, `${path}.length`);
  if (length > MAX_RAW_TX_BYTES) throw malformedBatch(path, `has ${length} bytes`);
  return from.take(Number(length), path);
}
