import { concat, fromHex } from '../../crypto/bytes.ts';
import { type Address, addressFromBytes } from '../../ethereum/address.ts';
import { type JsonObject, fieldOf, isObject } from './json-text.ts';
import { RpcError, invalidParams } from './rpc-error.ts';

/** Makes a value of JSON one of ours. @throws RpcError invalidParams, with a text that names no place */
export type Read<T> = (value: unknown) => T;

/** The parameters of a call, by position. */
export class Params {
  readonly #list: readonly unknown[];

  constructor(list: readonly unknown[]) {
    this.#list = list;
  }

  /** A parameter that must be there. @throws RpcError invalidParams */
  at<T>(index: number, read: Read<T>): T {
    if (this.#list[index] === undefined || this.#list[index] === null)
      throw invalidParams(`missing value for required argument ${index}`);
    return within(`invalid argument ${index}`, () => read(this.#list[index]));
  }

  /** A parameter that may be absent or null. @throws RpcError invalidParams */
  maybe<T>(index: number, read: Read<T>): T | undefined {
    const isAbsent = this.#list[index] === undefined || this.#list[index] === null;
    return isAbsent ? undefined : this.at(index, read);
  }
}

/** Puts in front of a refusal where it happened. */
function within<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RpcError ? invalidParams(`${place}: ${error.message}`) : error;
  }
}

/** A field of an object that may be absent or null. @throws RpcError invalidParams */
export function maybeField<T>(object: JsonObject, name: string, read: Read<T>): T | undefined {
  const value = fieldOf(object, name);
  return value === undefined || value === null ? undefined : within(`field ${name}`, () => read(value));
}

/** An object. @throws RpcError invalidParams */
export function anObject(value: unknown): JsonObject {
  if (!isObject(value)) throw invalidParams('not an object');
  return value;
}

/** `true` or `false`. @throws RpcError invalidParams */
export function aBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidParams('not a boolean');
  return value;
}

/** A list of at most `most` items. @throws RpcError invalidParams */
export const listOf =
  <T>(read: Read<T>, most: number): Read<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value)) throw invalidParams('not a list');
    if (value.length > most) throw invalidParams(`more than ${most} items`);
    return value.map((item: unknown, i) => within(`item ${i}`, () => read(item)));
  };

/** Digits behind `0x`. */
function digitsOf(value: unknown): string {
  if (typeof value !== 'string') throw invalidParams('not a hex string');
  if (value === '') throw invalidParams('empty hex string');
  if (!value.startsWith('0x')) throw invalidParams('hex string without 0x prefix');
  return value.slice(2);
}

/** A number of at most `bits`, written without leading zeros. @throws RpcError invalidParams */
export const quantityOf =
  (bits: number): Read<bigint> =>
  (value) => {
    const digits = digitsOf(value);
    if (digits === '') throw invalidParams('hex string "0x"');
    if (!/^[0-9a-fA-F]+$/.test(digits)) throw invalidParams('invalid hex string');
    if (digits.length > 1 && digits.startsWith('0'))
      throw invalidParams('hex number with leading zero digits');
    const isTooLong = digits.length > Math.ceil(bits / 4);
    if (isTooLong) throw invalidParams(`hex number > ${bits} bits`);
    return BigInt(`0x${digits}`);
  };

/** A number of 64 bits: a block, a nonce, gas, an index. @throws RpcError invalidParams */
export const aNumber: Read<bigint> = quantityOf(64);
/** A number of 256 bits: wei. @throws RpcError invalidParams */
export const wei: Read<bigint> = quantityOf(256);

/** Bytes of any length. @throws RpcError invalidParams */
export function bytes(value: unknown): Uint8Array {
  const digits = digitsOf(value);
  if (digits.length % 2 === 1) throw invalidParams('hex string of odd length');
  const read = fromHex(digits);
  if (read === undefined || digits.startsWith('0x')) throw invalidParams('invalid hex string');
  return read;
}

function exactly(value: unknown, length: number): Uint8Array {
  const read = bytes(value);
  if (read.length !== length)
    throw invalidParams(`hex string has length ${2 * read.length}, want ${2 * length}`);
  return read;
}

/** A hash, 32 bytes. @throws RpcError invalidParams */
export const hash: Read<Uint8Array> = (value) => exactly(value, 32);

/** An account, in any mixture of cases. @throws RpcError invalidParams */
export const address: Read<Address> = (value) => addressFromBytes(exactly(value, 20));

/** A place in storage: at most 32 bytes, zeros in front added. @throws RpcError invalidParams */
export const slot: Read<Uint8Array> = (value) => {
  const digits = digitsOf(value);
  if (digits.length > 64) throw invalidParams('storage key too long (want at most 32 bytes)');
  const read = bytes(`0x${digits.length % 2 === 1 ? '0' : ''}${digits}`);
  return concat(new Uint8Array(32 - read.length), read);
};

const tags = ['latest', 'pending', 'earliest', 'safe', 'finalized', 'certified'] as const;
/** A name for a block that moves, or for the first. */
export type BlockTag = (typeof tags)[number];

/** How a caller names a block. */
export type BlockRef =
  | { readonly kind: 'tag'; readonly tag: BlockTag }
  | { readonly kind: 'number'; readonly number: bigint }
  | { readonly kind: 'hash'; readonly hash: Uint8Array; readonly mustBeCanonical: boolean };

/** The newest block. */
export const latest: BlockRef = { kind: 'tag', tag: 'latest' };

/** A number or a tag. @throws RpcError invalidParams */
export function blockNumber(value: unknown): BlockRef {
  const tag = tags.find((known) => known === value);
  return tag === undefined ? { kind: 'number', number: aNumber(value) } : { kind: 'tag', tag };
}

/** A number, a tag, a hash, or an object that says which. [EIP-1898] @throws RpcError invalidParams */
export function blockRef(value: unknown): BlockRef {
  if (typeof value === 'string' && value.length === 66)
    return { kind: 'hash', hash: hash(value), mustBeCanonical: false };
  if (!isObject(value)) return blockNumber(value);
  const number = maybeField(value, 'blockNumber', blockNumber);
  const byHash = maybeField(value, 'blockHash', hash);
  const mustBeCanonical = maybeField(value, 'requireCanonical', aBoolean) ?? false;
  if (number !== undefined && byHash !== undefined)
    throw invalidParams('cannot specify both blockHash and blockNumber, choose one or the other');
  if (byHash !== undefined) return { kind: 'hash', hash: byHash, mustBeCanonical };
  if (number === undefined) throw invalidParams('neither blockHash nor blockNumber');
  return number;
}
