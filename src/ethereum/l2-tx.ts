import { concat, u8 } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { type Address, addressFromBytes, keccak256 } from './address.ts';
import { type TxSignature, recoverAddress } from './recover.ts';
import { type RlpItem, decodeRlp, encodeRlp, malformedTx, readBytes, readInteger, readList } from './rlp.ts';
import { rlpInteger } from './rlp.ts';

/** The longest raw transaction that a batch takes, in bytes. [sequencer, 9.2] */
export const MAX_RAW_TX_BYTES = 98_304;
/** The longest code that creates a contract, in bytes. [EIP-3860] */
const MAX_INIT_CODE_BYTES = 49_152;

const MAX_U64 = (1n << 64n) - 1n;

/** An address and storage keys that a transaction announces. [EIP-2930] */
export interface AccessListEntry {
  readonly address: Address;
  /** 32 bytes each */
  readonly storageKeys: readonly Uint8Array[];
}

/** A signed transaction of a user of the L2, with everything that its bytes say. Amounts in wei. */
export interface L2Tx {
  readonly type: 0 | 1 | 2;
  /** Absent in a transaction of type 0 from before EIP-155, which is valid on every chain. */
  readonly chainId: bigint | undefined;
  readonly nonce: bigint;
  /** Absent when the transaction creates a contract. */
  readonly to: Address | undefined;
  readonly value: bigint;
  readonly gasLimit: bigint;
  /** The gas price, for types 0 and 1. */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
  readonly signature: TxSignature;
  readonly sender: Address;
  /** 32 bytes */
  readonly hash: Uint8Array;
  readonly raw: Uint8Array;
}

/**
 * Reads a raw signed transaction that must belong to one chain. `path` says where it stood in the input.
 * @throws InputError tx-malformed | tx-unsigned | tx-signature | tx-type | tx-nonce | tx-tip |
 * tx-init-code | tx-gas | tx-too-large | wrong-chain
 */
export function decodeL2Tx(raw: Uint8Array, chainId: bigint, path = 'transaction'): L2Tx {
  const tx = readSignedTx(raw, path);
  if (tx.chainId === chainId) return tx;
  const found = tx.chainId === undefined ? 'no chain (it is from before EIP-155)' : `chain ${tx.chainId}`;
  throw new InputError('wrong-chain', path, `${path} is signed for ${found}, not for chain ${chainId}`);
}

/** As `decodeL2Tx`, for whatever chain the bytes name. @throws InputError as there, but for wrong-chain */
export function readSignedTx(raw: Uint8Array, path = 'transaction'): L2Tx {
  const { tx, digest } = readParts(raw, path);
  return { ...tx, sender: recoverAddress(digest, tx.signature, path) };
}

/** A transaction whose sender nobody asked for: to recover one costs more than all the rest. */
export type UnprovenL2Tx = Omit<L2Tx, 'sender'>;

/** As `readSignedTx`, for who knows already that the signature holds. @throws InputError as there */
export const readUnprovenTx = (raw: Uint8Array, path = 'transaction'): UnprovenL2Tx =>
  readParts(raw, path).tx;

function readParts(
  raw: Uint8Array,
  path: string,
): { readonly tx: UnprovenL2Tx; readonly digest: Uint8Array } {
  if (raw.length > MAX_RAW_TX_BYTES)
    throw new InputError(
      'tx-too-large',
      path,
      `${path} has ${raw.length} bytes, at most ${MAX_RAW_TX_BYTES}`,
    );
  const shape = shapeOf(raw[0], path);
  const items = readList(decodeRlp(shape.type === 0 ? raw : raw.subarray(1), path), path);
  // Without its last three fields a transaction is what its signer is asked to sign.
  if (items.length === shape.fields - 3)
    throw new InputError('tx-unsigned', path, `${path} has no signature`);
  if (items.length !== shape.fields)
    throw malformedTx(path, `has ${items.length} fields instead of ${shape.fields}`);
  const body = readBody(shape, items, path);
  refuseImpossible(body, path);
  const { chainId, signature } = readSignature(shape, items, path);
  const tx = { type: shape.type, chainId, ...body, signature, hash: keccak256(raw), raw };
  return { tx, digest: digestOf(shape, items, chainId) };
}

/** Where the fields stand in the three types; `fields` counts the signature. */
type Shape =
  | { readonly type: 0; readonly fields: 9; readonly nonceAt: 0; readonly tailAt: 2 }
  | { readonly type: 1; readonly fields: 11; readonly nonceAt: 1; readonly tailAt: 3 }
  | { readonly type: 2; readonly fields: 12; readonly nonceAt: 1; readonly tailAt: 4 };

function shapeOf(first: number | undefined, path: string): Shape {
  if (first === undefined) throw malformedTx(path, 'is empty');
  if (first >= 0xc0) return { type: 0, fields: 9, nonceAt: 0, tailAt: 2 };
  if (first === 1) return { type: 1, fields: 11, nonceAt: 1, tailAt: 3 };
  if (first === 2) return { type: 2, fields: 12, nonceAt: 1, tailAt: 4 };
  throw new InputError('tx-type', path, `${path} has type ${first}; types 0, 1 and 2 are accepted`);
}

type Body = Omit<L2Tx, 'type' | 'chainId' | 'signature' | 'sender' | 'hash' | 'raw'>;

function readBody(shape: Shape, items: readonly RlpItem[], path: string): Body {
  const { nonceAt, tailAt } = shape;
  const tip = readInteger(items[nonceAt + 1], 32, `${path}.${shape.type === 2 ? 'tip' : 'gasPrice'}`);
  const to = readBytes(items[tailAt + 1], `${path}.to`);
  return {
    nonce: readInteger(items[nonceAt], 8, `${path}.nonce`),
    maxPriorityFeePerGas: tip,
    maxFeePerGas: shape.type === 2 ? readInteger(items[nonceAt + 2], 32, `${path}.maxFee`) : tip,
    gasLimit: readInteger(items[tailAt], 8, `${path}.gasLimit`),
    to: to.length === 0 ? undefined : toAddress(to, `${path}.to`),
    value: readInteger(items[tailAt + 2], 32, `${path}.value`),
    data: readBytes(items[tailAt + 3], `${path}.data`),
    accessList: shape.type === 0 ? [] : readAccessList(items[tailAt + 4], `${path}.accessList`),
  };
}

const toAddress = (bytes: Uint8Array, path: string): Address =>
  addressFromBytes(readBytes(bytes, path, 20), path);

function readAccessList(item: RlpItem | undefined, path: string): readonly AccessListEntry[] {
  return readList(item, path).map((entry, i) => {
    const parts = readList(entry, `${path}[${i}]`);
    if (parts.length !== 2) throw malformedTx(`${path}[${i}]`, `has ${parts.length} parts instead of 2`);
    return {
      address: toAddress(readBytes(parts[0], `${path}[${i}].address`), `${path}[${i}].address`),
      storageKeys: readList(parts[1], `${path}[${i}].storageKeys`).map((key, k) =>
        readBytes(key, `${path}[${i}].storageKeys[${k}]`, 32),
      ),
    };
  });
}

/** What no state of any chain could execute is not worth a byte on L1. [EIP-1559, EIP-2681, EIP-3860] */
function refuseImpossible(tx: Body, path: string): void {
  const { nonce, maxFeePerGas: cap, maxPriorityFeePerGas: tip } = tx;
  if (nonce === MAX_U64)
    throw new InputError('tx-nonce', `${path}.nonce`, `${path}.nonce is the last one, which is never used`);
  if (tip > cap)
    throw new InputError('tx-tip', `${path}.tip`, `${path}.tip of ${tip} is above the fee cap of ${cap}`);
  if ((tx.gasLimit * tx.maxFeePerGas) >> 256n !== 0n) throw malformedTx(path, 'costs more than 2^256 wei');
  if (tx.to === undefined && tx.data.length > MAX_INIT_CODE_BYTES)
    throw new InputError(
      'tx-init-code',
      `${path}.data`,
      `${path} creates a contract with ${tx.data.length} bytes, at most ${MAX_INIT_CODE_BYTES}`,
    );
  const needed = intrinsicGas(tx);
  if (tx.gasLimit < needed)
    throw new InputError(
      'tx-gas',
      path,
      `${path} has a gas limit of ${tx.gasLimit}; it needs ${needed} or more`,
    );
}

/** Gas that a transaction costs before its first instruction, on Cancun. [EIP-2028, EIP-2930, EIP-3860] */
export function intrinsicGas(tx: Pick<L2Tx, 'to' | 'data' | 'accessList'>): bigint {
  let gas = 21_000 + 16 * tx.data.length;
  for (const byte of tx.data) if (byte === 0) gas -= 12;
  if (tx.to === undefined) gas += 32_000 + 2 * Math.ceil(tx.data.length / 32);
  for (const { storageKeys } of tx.accessList) gas += 2_400 + 1_900 * storageKeys.length;
  return BigInt(gas);
}

interface SignedFor {
  readonly chainId: bigint | undefined;
  readonly signature: TxSignature;
}

function readSignature(shape: Shape, items: readonly RlpItem[], path: string): SignedFor {
  const v = readInteger(items[shape.fields - 3], 32, `${path}.v`);
  const r = readInteger(items[shape.fields - 2], 32, `${path}.r`);
  const s = readInteger(items[shape.fields - 1], 32, `${path}.s`);
  if (r === 0n && s === 0n)
    throw new InputError('tx-unsigned', path, `${path} has zeros where its signature belongs`);
  if (shape.type === 0) {
    const { chainId, yParity } = readLegacyV(v, path);
    return { chainId, signature: { r, s, yParity } };
  }
  if (v > 1n) throw new InputError('tx-signature', path, `${path}.yParity is neither 0 nor 1`);
  return {
    chainId: readInteger(items[0], 8, `${path}.chainId`),
    signature: { r, s, yParity: v === 1n ? 1 : 0 },
  };
}

/** v = 35 + 2 · chain id + parity, or 27 + parity for no chain. [EIP-155] */
function readLegacyV(v: bigint, path: string): { chainId: bigint | undefined; yParity: 0 | 1 } {
  if (v === 27n || v === 28n) return { chainId: undefined, yParity: v === 28n ? 1 : 0 };
  const chainId = (v - 35n) >> 1n;
  if (v < 37n || chainId > MAX_U64) throw new InputError('tx-signature', path, `${path}.v is ${v}`);
  return { chainId, yParity: (v - 35n) % 2n === 1n ? 1 : 0 };
}

function digestOf(shape: Shape, items: readonly RlpItem[], chainId: bigint | undefined): Uint8Array {
  const fields = items.slice(0, shape.fields - 3);
  if (shape.type !== 0) return keccak256(concat(u8(shape.type), encodeRlp(fields)));
  const replayGuard =
    chainId === undefined ? [] : [rlpInteger(chainId), new Uint8Array(0), new Uint8Array(0)];
  return keccak256(encodeRlp([...fields, ...replayGuard]));
}
