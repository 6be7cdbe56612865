import { bigintToBytes, bytesToBigint, concat, u8 } from '../crypto/bytes.ts';
import type { Reader } from '../crypto/codec.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { addressBytes } from '../ethereum/address.ts';
import { MAX_RAW_TX_BYTES, type UnprovenL2Tx } from '../ethereum/l2-tx.ts';
import { type RlpItem, decodeRlp, encodeRlp, readList, rlpInteger } from '../ethereum/rlp.ts';
import { encodeVarint, readVarint } from './varint.ts';

/** Items of the last column, by type of the transaction: what no other column holds. */
const REST_ITEMS = { 0: 3, 1: 4, 2: 5 } as const;

/**
 * Transactions of one chain, one column a field, so that like stands beside like for the compressor:
 * creations ‖ parities (a bit each, lowest first) ‖ signatures (r ‖ s, 64 bytes each) ‖ recipients (20 bytes,
 * of those that have one) ‖ nonces ‖ gas limits (varints) ‖ rests (length, type, and the RLP list of value,
 * price or tip and fee cap, data, access list). The chain is not in it.
 */
export function encodeColumns(transactions: readonly UnprovenL2Tx[], chainId: bigint): Uint8Array {
  assert(
    transactions.every((tx) => tx.chainId === chainId),
    'all transactions are signed for the chain',
  );
  return concat(
    toBits(transactions.map(({ to }) => to === undefined)),
    toBits(transactions.map(({ signature }) => signature.yParity === 1)),
    ...transactions.flatMap(({ signature: { r, s } }) => [bigintToBytes(r, 32), bigintToBytes(s, 32)]),
    ...transactions.flatMap(({ to }) => (to === undefined ? [] : [addressBytes(to)])),
    ...transactions.map(({ nonce }) => encodeVarint(nonce)),
    ...transactions.map(({ gasLimit }) => encodeVarint(gasLimit)),
    ...transactions.map(restOf).flatMap((rest) => [encodeVarint(rest.length), rest]),
  );
}

function restOf(tx: UnprovenL2Tx): Uint8Array {
  const prices = tx.type === 2 ? [tx.maxPriorityFeePerGas, tx.maxFeePerGas] : [tx.maxFeePerGas];
  const list = tx.accessList.map(({ address, storageKeys }) => [addressBytes(address), storageKeys]);
  const items: RlpItem[] = [rlpInteger(tx.value), ...prices.map(rlpInteger), tx.data];
  return concat(u8(tx.type), encodeRlp(tx.type === 0 ? items : [...items, list]));
}

/** The least that a transaction takes in columns: signature, two varints, length and type of its rest. */
export const MIN_COLUMN_BYTES = 68;

/**
 * The raw transactions of columns, each as its sender signed it; what they say is for `decodeL2Tx` to judge.
 * @throws InputError batch-malformed | tx-malformed | tx-type, or whatever the reader says at its end
 */
export function readColumns(from: Reader, count: number, chainId: bigint): readonly Uint8Array[] {
  const creates = readBits(from, count, 'creations');
  const parities = readBits(from, count, 'parities');
  const each = <T>(column: string, read: (path: string, i: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, i) => read(`${column}[${i}]`, i));
  const signatures = each('signatures', (path) => from.take(64, path));
  const recipients = each('recipients', (path, i) =>
    creates[i] === true ? new Uint8Array(0) : from.take(20, path),
  );
  const nonces = each('nonces', (path) => readVarint(from, path));
  const gasLimits = each('gasLimits', (path) => readVarint(from, path));
  const rests = each('rests', (path) => readRest(from, path));
  return rests.map((rest, i) => {
    const [signature, to, nonce, gasLimit] = [signatures[i], recipients[i], nonces[i], gasLimits[i]];
    assert(signature !== undefined && to !== undefined, 'every column is whole');
    assert(nonce !== undefined && gasLimit !== undefined, 'every column is whole');
    const [r, s] = [bytesToBigint(signature.subarray(0, 32)), bytesToBigint(signature.subarray(32))];
    const yParity = parities[i] === true ? 1n : 0n;
    return rawOf({ ...rest, to, nonce, gasLimit, r, s, yParity }, chainId);
  });
}

interface Rest {
  readonly type: 0 | 1 | 2;
  readonly items: readonly RlpItem[];
}

function readRest(from: Reader, path: string): Rest {
  const length = readVarint(from, `${path}.length`);
  if (length > MAX_RAW_TX_BYTES) throw malformed(path, `has ${length} bytes`);
  const bytes = from.take(Number(length), path);
  const type = bytes[0];
  if (type !== 0 && type !== 1 && type !== 2)
    throw new InputError('tx-type', path, `${path} has type ${String(type)}; types 0, 1 and 2 are accepted`);
  const items = readList(decodeRlp(bytes.subarray(1), path), path);
  if (items.length !== REST_ITEMS[type]) throw malformed(path, `has ${items.length} items`);
  return { type, items };
}

interface Parts extends Rest {
  readonly to: Uint8Array;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  readonly r: bigint;
  readonly s: bigint;
  readonly yParity: bigint;
}

/** The encoding that its sender signed. [EIP-155, EIP-2930, EIP-1559] */
function rawOf({ type, items, to, nonce, gasLimit, r, s, yParity }: Parts, chainId: bigint): Uint8Array {
  const [value, ...others] = items;
  assert(value !== undefined, 'a rest has items');
  const prices = others.slice(0, type === 2 ? 2 : 1);
  const tail = others.slice(prices.length);
  const signature = [r, s].map(rlpInteger);
  const common = [rlpInteger(nonce), ...prices, rlpInteger(gasLimit), to, value, ...tail];
  if (type === 0) return encodeRlp([...common, rlpInteger(35n + 2n * chainId + yParity), ...signature]);
  return concat(u8(type), encodeRlp([rlpInteger(chainId), ...common, rlpInteger(yParity), ...signature]));
}

const malformed = (path: string, what: string): InputError =>
  new InputError('batch-malformed', path, `${path} ${what}`);

/** A bit for each flag, lowest first; the last byte ends in zeros. */
export function toBits(flags: readonly boolean[]): Uint8Array {
  const out = new Uint8Array(Math.ceil(flags.length / 8));
  flags.forEach((flag, i) => {
    if (flag) out[i >> 3] = (out[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return out;
}

/** As many flags. @throws InputError batch-malformed for set bits behind them */
export function readBits(from: Reader, count: number, path: string): readonly boolean[] {
  const bytes = from.take(Math.ceil(count / 8), path);
  const last = bytes.at(-1) ?? 0;
  // Bits that stand for nothing would give one batch several forms.
  if (count % 8 !== 0 && last >> (count % 8) !== 0) throw malformed(path, 'has bits behind its end');
  return Array.from({ length: count }, (_, i) => (((bytes[i >> 3] ?? 0) >> (i & 7)) & 1) === 1);
}
