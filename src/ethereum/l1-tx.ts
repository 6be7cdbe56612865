import { ascii, concat, equalBytes, u64, u8 } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { listOf, taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import { type Address, addressBytes, addressFromBytes, keccak256 } from './address.ts';
import { type TxSignature, recoverAddress } from './recover.ts';
import { type RlpItem, decodeRlp, encodeRlp, malformedTx, readBytes, readInteger } from './rlp.ts';
import { readList, rlpInteger } from './rlp.ts';

/** What both kinds of L1 transaction have. Amounts in wei; there is no access list and no creation. */
interface L1TxBase {
  readonly chainId: bigint;
  /** u64 */
  readonly nonce: bigint;
  readonly to: Address;
  readonly value: bigint;
  /** u64 */
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly data: Uint8Array;
}

/** A transaction of type 2. [EIP-1559] */
export interface Eip1559Tx extends L1TxBase {
  readonly type: 'eip1559';
}

/** A transaction of type 3; its blobs travel beside it and are named by their hashes. [EIP-4844] */
export interface Eip4844Tx extends L1TxBase {
  readonly type: 'eip4844';
  readonly maxFeePerBlobGas: bigint;
  /** 32 bytes each, the first of them 0x01. */
  readonly blobVersionedHashes: readonly Uint8Array[];
}

/** Every transaction that a cluster may sign for L1. */
export type UnsignedL1Tx = Eip1559Tx | Eip4844Tx;

/** The canonical bytes of a signed transaction and their hash, by which L1 knows it. */
export interface SignedL1Tx {
  readonly raw: Uint8Array;
  /** 32 bytes */
  readonly hash: Uint8Array;
}

const typeByte = (tx: UnsignedL1Tx): 2 | 3 => (tx.type === 'eip1559' ? 2 : 3);

function fieldsOf(tx: UnsignedL1Tx): readonly RlpItem[] {
  const integers = [tx.chainId, tx.nonce, tx.maxPriorityFeePerGas, tx.maxFeePerGas, tx.gasLimit];
  const common = [...integers.map(rlpInteger), addressBytes(tx.to), rlpInteger(tx.value), tx.data, []];
  if (tx.type === 'eip1559') return common;
  return [...common, rlpInteger(tx.maxFeePerBlobGas), tx.blobVersionedHashes];
}

/** type ‖ rlp(fields): the bytes whose keccak is signed. [EIP-1559; EIP-4844] */
export const encodeUnsigned = (tx: UnsignedL1Tx): Uint8Array =>
  concat(u8(typeByte(tx)), encodeRlp(fieldsOf(tx)));

/** What is signed, 32 bytes. */
export const signingDigest = (tx: UnsignedL1Tx): Uint8Array => keccak256(encodeUnsigned(tx));

/**
 * The transaction of unsigned bytes. Every byte string that `encodeUnsigned` does not make is refused:
 * smuggled bytes would be signed with the rest.
 * @throws InputError tx-type | tx-malformed
 */
export function decodeUnsigned(bytes: Uint8Array, path = 'tx'): UnsignedL1Tx {
  const type = typeOf(bytes, path);
  const tx = readFields(type, readList(decodeRlp(bytes.subarray(1), path), path), path);
  if (!equalBytes(encodeUnsigned(tx), bytes)) throw malformedTx(path, 'is not canonical');
  return tx;
}

function typeOf(bytes: Uint8Array, path: string): 2 | 3 {
  const type = bytes[0];
  if (type === 2 || type === 3) return type;
  throw new InputError('tx-type', path, `${path} has type ${String(type)}; only types 2 and 3 are signed`);
}

const UNSIGNED_FIELDS = { 2: 9, 3: 11 } as const;

function readFields(type: 2 | 3, items: readonly RlpItem[], path: string): UnsignedL1Tx {
  const count = UNSIGNED_FIELDS[type];
  if (items.length !== count) throw malformedTx(path, `has ${items.length} fields instead of ${count}`);
  const common: L1TxBase = {
    chainId: readInteger(items[0], 8, `${path}.chainId`),
    nonce: readInteger(items[1], 8, `${path}.nonce`),
    maxPriorityFeePerGas: readInteger(items[2], 32, `${path}.maxPriorityFeePerGas`),
    maxFeePerGas: readInteger(items[3], 32, `${path}.maxFeePerGas`),
    gasLimit: readInteger(items[4], 8, `${path}.gasLimit`),
    to: addressFromBytes(readBytes(items[5], `${path}.to`, 20)),
    value: readInteger(items[6], 32, `${path}.value`),
    data: readBytes(items[7], `${path}.data`),
  };
  if (readList(items[8], `${path}.accessList`).length > 0)
    throw malformedTx(`${path}.accessList`, 'is not empty');
  if (type === 2) return { type: 'eip1559', ...common };
  const hashes = readList(items[10], `${path}.blobVersionedHashes`);
  return {
    type: 'eip4844',
    ...common,
    maxFeePerBlobGas: readInteger(items[9], 32, `${path}.maxFeePerBlobGas`),
    blobVersionedHashes: hashes.map((hash, i) => readBytes(hash, `${path}.blobVersionedHashes[${i}]`, 32)),
  };
}

/** Who signed. @throws InputError tx-signature */
export const recoverSender = (tx: UnsignedL1Tx, signature: TxSignature): Address =>
  recoverAddress(signingDigest(tx), signature);

/**
 * Joins a transaction and its signature. The result is verified: nothing leaves that another account signed.
 * For blobs this is the canonical form; `networkForm` adds the blobs for sending.
 * @throws InputError tx-signature | tx-sender
 */
export function assembleSigned(tx: UnsignedL1Tx, signature: TxSignature, sender: Address): SignedL1Tx {
  const signer = recoverSender(tx, signature);
  if (signer !== sender)
    throw new InputError('tx-sender', 'signature', `${signer} signed where ${sender} had to`);
  const { r, s, yParity } = signature;
  const tail = [rlpInteger(BigInt(yParity)), rlpInteger(r), rlpInteger(s)];
  const raw = concat(u8(typeByte(tx)), encodeRlp([...fieldsOf(tx), ...tail]));
  return { raw, hash: keccak256(raw) };
}

/** What `assembleSigned` joined, taken apart again. */
export interface DecodedL1Tx {
  readonly tx: UnsignedL1Tx;
  readonly signature: TxSignature;
  readonly sender: Address;
  /** 32 bytes */
  readonly hash: Uint8Array;
}

/** Reads canonical bytes of a signed transaction. @throws InputError tx-type | tx-malformed | tx-signature */
export function decodeSigned(raw: Uint8Array, path = 'tx'): DecodedL1Tx {
  const type = typeOf(raw, path);
  const items = readList(decodeRlp(raw.subarray(1), path), path);
  const count = UNSIGNED_FIELDS[type];
  const tx = readFields(type, items.slice(0, count), path);
  if (items.length !== count + 3)
    throw malformedTx(path, `has ${items.length} fields instead of ${count + 3}`);
  const parity = readInteger(items[count], 1, `${path}.yParity`);
  if (parity > 1n) throw malformedTx(`${path}.yParity`, 'is neither 0 nor 1');
  const signature: TxSignature = {
    yParity: parity === 1n ? 1 : 0,
    r: readInteger(items[count + 1], 32, `${path}.r`),
    s: readInteger(items[count + 2], 32, `${path}.s`),
  };
  return { tx, signature, sender: recoverSender(tx, signature), hash: keccak256(raw) };
}

/**
 * What a guard slot is bound to: everything a transaction does, and neither its nonce nor its fees, so that a
 * raise of the fees is no second content. 32 bytes. [product, 8.2]
 */
export function contentHash(kind: string, tx: UnsignedL1Tx): Uint8Array {
  assert(kind.length > 0, 'content has a kind');
  const hashes = tx.type === 'eip4844' ? tx.blobVersionedHashes : [];
  const noAccessList = listOf([]);
  return taggedHash(
    tags.content,
    ...[ascii(kind), u8(typeByte(tx)), addressBytes(tx.to), rlpInteger(tx.value), tx.data],
    ...[u64(tx.gasLimit), noAccessList, listOf(hashes)],
  );
}
