import { keccak256 } from './address.ts';
import { type RlpItem, encodeRlp, rlpInteger } from './rlp.ts';

/** A header of L1 as far as its fields go; those of later forks are absent before. */
export interface L1Header {
  /** 32 bytes each, but for `miner` (20), `logsBloom` (256), `nonce` (8) and `extraData`. */
  readonly parentHash: Uint8Array;
  readonly sha3Uncles: Uint8Array;
  readonly miner: Uint8Array;
  readonly stateRoot: Uint8Array;
  readonly transactionsRoot: Uint8Array;
  readonly receiptsRoot: Uint8Array;
  readonly logsBloom: Uint8Array;
  readonly difficulty: bigint;
  readonly number: bigint;
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
  /** Unix seconds. */
  readonly timestamp: bigint;
  readonly extraData: Uint8Array;
  readonly mixHash: Uint8Array;
  readonly nonce: Uint8Array;
  /** London. */
  readonly baseFeePerGas: bigint | undefined;
  /** Shanghai. */
  readonly withdrawalsRoot: Uint8Array | undefined;
  /** Cancun. */
  readonly blobGasUsed: bigint | undefined;
  readonly excessBlobGas: bigint | undefined;
  readonly parentBeaconBlockRoot: Uint8Array | undefined;
  /** Prague. */
  readonly requestsHash: Uint8Array | undefined;
}

const item = (value: bigint | Uint8Array): RlpItem => (typeof value === 'bigint' ? rlpInteger(value) : value);

/** The name of a block of L1, 32 bytes: keccak of its header in RLP, with the fields that its fork has. */
export function l1HeaderHash(header: L1Header): Uint8Array {
  const always = [
    ...[header.parentHash, header.sha3Uncles, header.miner, header.stateRoot],
    ...[header.transactionsRoot, header.receiptsRoot, header.logsBloom, header.difficulty],
    ...[header.number, header.gasLimit, header.gasUsed, header.timestamp],
    ...[header.extraData, header.mixHash, header.nonce],
  ];
  const later = [
    ...[header.baseFeePerGas, header.withdrawalsRoot, header.blobGasUsed, header.excessBlobGas],
    ...[header.parentBeaconBlockRoot, header.requestsHash],
  ];
  const present = later.filter((field) => field !== undefined);
  return keccak256(encodeRlp([...always, ...present].map(item)));
}

/** Whether a bloom may hold an address; false is certain. [Ethereum yellow paper, 4.3.1] */
export function mayHold(bloom: Uint8Array, address: Uint8Array): boolean {
  const hash = keccak256(address);
  return [0, 2, 4].every((at) => {
    const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2047;
    return ((bloom[255 - (bit >> 3)] ?? 0) >> (bit & 7)) % 2 === 1;
  });
}
