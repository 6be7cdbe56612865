import { bytesToBigint, concat, equalBytes, u64, u8 } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { type Address, addressBytes, addressFromBytes, keccak256 } from '../ethereum/address.ts';
import {
  type RlpItem,
  decodeRlp,
  encodeRlp,
  readBytes,
  readInteger,
  readList,
  rlpInteger,
} from '../ethereum/rlp.ts';

/** The header of a block of L2, whose fields are those of Ethereum at Cancun. Amounts in wei. [EIP-4844] */
export interface L2Header {
  /** 32 bytes */
  readonly parentHash: Uint8Array;
  readonly number: bigint;
  /** Unix seconds. */
  readonly timestamp: bigint;
  readonly coinbase: Address;
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
  readonly baseFeePerGas: bigint;
  /** 32 bytes as `encodeExtra` writes them; none in the genesis. */
  readonly extraData: Uint8Array;
  /** 32 bytes each. */
  readonly prevRandao: Uint8Array;
  readonly parentBeaconBlockRoot: Uint8Array;
  readonly stateRoot: Uint8Array;
  readonly transactionsRoot: Uint8Array;
  readonly receiptsRoot: Uint8Array;
  readonly withdrawalsRoot: Uint8Array;
  /** 256 bytes */
  readonly logsBloom: Uint8Array;
}

/** METIS that a block credits after its last transaction. [EIP-4895; the validator is 0] */
export interface Withdrawal {
  /** Running number over all blocks, from 0. */
  readonly index: bigint;
  readonly address: Address;
  /** u64 */
  readonly gwei: bigint;
}

/** A block with everything that its hash binds. */
export interface L2Block {
  /** 32 bytes: keccak of the header. */
  readonly hash: Uint8Array;
  readonly header: L2Header;
  /** Raw, in their order. */
  readonly transactions: readonly Uint8Array[];
  readonly withdrawals: readonly Withdrawal[];
}

/** What the extra data of a header says: who led, how far the order is covered, which L1 block is meant. */
export interface BlockExtra {
  readonly epoch: bigint;
  /** u32 */
  readonly view: bigint;
  readonly orderedUpTo: bigint;
  readonly origin: bigint;
}

const EXTRA_VERSION = 1;
const FLAG_BYTES = 3;
/** keccak256(rlp([])): no block of a proof-of-stake chain has uncles. */
const NO_UNCLES: Uint8Array = keccak256(encodeRlp([]));
const NO_NONCE = new Uint8Array(8);

/** The header as execution clients hash it: 20 fields. [EIP-1559, 4399, 4895, 4844, 4788] */
export function encodeHeader(header: L2Header): Uint8Array {
  const fields: readonly RlpItem[] = [
    ...[header.parentHash, NO_UNCLES, addressBytes(header.coinbase), header.stateRoot],
    ...[header.transactionsRoot, header.receiptsRoot, header.logsBloom, rlpInteger(0n)],
    ...[header.number, header.gasLimit, header.gasUsed, header.timestamp].map(rlpInteger),
    ...[header.extraData, header.prevRandao, NO_NONCE, rlpInteger(header.baseFeePerGas)],
    ...[header.withdrawalsRoot, rlpInteger(0n), rlpInteger(0n), header.parentBeaconBlockRoot],
  ];
  return encodeRlp(fields);
}

/**
 * Reads what `encodeHeader` writes. Fields that are the same in every header of ours are compared.
 * @throws InputError block-malformed | tx-malformed
 */
export function decodeHeader(bytes: Uint8Array, path = 'header'): L2Header {
  const items = readList(decodeRlp(bytes, path), path);
  const word = (at: number, name: string, length = 32): Uint8Array =>
    readBytes(items[at], `${path}.${name}`, length);
  const integer = (at: number, name: string, most = 8): bigint =>
    readInteger(items[at], most, `${path}.${name}`);
  const header: L2Header = {
    ...{ parentHash: word(0, 'parentHash'), coinbase: addressFromBytes(word(2, 'coinbase', 20)) },
    ...{ stateRoot: word(3, 'stateRoot'), transactionsRoot: word(4, 'transactionsRoot') },
    ...{ receiptsRoot: word(5, 'receiptsRoot'), logsBloom: word(6, 'logsBloom', 256) },
    ...{ number: integer(8, 'number'), gasLimit: integer(9, 'gasLimit'), gasUsed: integer(10, 'gasUsed') },
    timestamp: integer(11, 'timestamp'),
    extraData: readBytes(items[12], `${path}.extraData`),
    ...{ prevRandao: word(13, 'prevRandao'), baseFeePerGas: integer(15, 'baseFeePerGas', 32) },
    ...{ withdrawalsRoot: word(16, 'withdrawalsRoot'), parentBeaconBlockRoot: word(19, 'beaconRoot') },
  };
  if (!equalBytes(encodeHeader(header), bytes))
    throw new InputError('block-malformed', path, `${path} has fields that no block of this chain has`);
  return header;
}

/** The name of a block, 32 bytes. */
export const blockHash = (header: L2Header): Uint8Array => keccak256(encodeHeader(header));

/** One entry of the trie under `withdrawalsRoot`. [EIP-4895] */
export const encodeWithdrawal = ({ index, address, gwei }: Withdrawal): Uint8Array =>
  encodeRlp([rlpInteger(index), rlpInteger(0n), addressBytes(address), rlpInteger(gwei)]);

/** version 1 (1) ‖ epoch (8) ‖ view (4) ‖ ordered up to (8) ‖ origin (8) ‖ flags (3, zero): 32 bytes. */
export const encodeExtra = ({ epoch, view, orderedUpTo, origin }: BlockExtra): Uint8Array =>
  concat(
    ...[u8(EXTRA_VERSION), u64(epoch), u64(view).subarray(4), u64(orderedUpTo), u64(origin)],
    new Uint8Array(FLAG_BYTES),
  );

/** Reads what `encodeExtra` writes. @throws InputError block-malformed */
export function decodeExtra(bytes: Uint8Array, path = 'extraData'): BlockExtra {
  const isOurs = bytes.length === 32 && bytes[0] === EXTRA_VERSION;
  if (!isOurs || bytes.subarray(29).some((flag) => flag !== 0))
    throw new InputError('block-malformed', path, `${path} is not of version ${EXTRA_VERSION}`);
  const number = (from: number, to: number): bigint => bytesToBigint(bytes.subarray(from, to));
  return { epoch: number(1, 9), view: number(9, 13), orderedUpTo: number(13, 21), origin: number(21, 29) };
}

const ELASTICITY = 2n;
const MAX_CHANGE = 8n;

/** The base fee of the block after this one, in wei per gas. [EIP-1559] */
export function nextBaseFee(parent: Pick<L2Header, 'gasLimit' | 'gasUsed' | 'baseFeePerGas'>): bigint {
  const target = parent.gasLimit / ELASTICITY;
  const fee = parent.baseFeePerGas;
  if (parent.gasUsed === target) return fee;
  if (parent.gasUsed < target) return fee - (fee * (target - parent.gasUsed)) / target / MAX_CHANGE;
  const rise = (fee * (parent.gasUsed - target)) / target / MAX_CHANGE;
  return fee + (rise > 0n ? rise : 1n);
}
