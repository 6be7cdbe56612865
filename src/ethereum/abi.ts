import type { Log } from 'viem';
import {
  bytesToHex,
  decodeFunctionData,
  encodeFunctionData,
  getAbiItem,
  hexToBytes,
  parseEventLogs,
  toFunctionSelector,
} from 'viem/utils';

import { equalBytes, fromHex, to0x } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { type Address, parseAddress } from './address.ts';
import { batchInboxAbi } from './contracts/batch-inbox.ts';
import { keyRegistryAbi } from './contracts/key-registry.ts';
import { errorNamed } from './revert-data.ts';

/** What a batch says of itself to the inbox; the same record as `BatchHeader` in IBatchInbox.sol. */
export interface BatchHeader {
  /** u64, from 1 without gaps */
  readonly index: bigint;
  /** u64, of L2 */
  readonly firstBlock: bigint;
  readonly lastBlock: bigint;
  /** 32 bytes: of the block before the first */
  readonly parentHash: Uint8Array;
  /** 32 bytes: of the last block */
  readonly lastHash: Uint8Array;
  /** 32 bytes: over the hashes of the blocks */
  readonly blocksRoot: Uint8Array;
  /** u64: the L1 block that the last block refers to */
  readonly lastOrigin: bigint;
  /** 0: calldata; 3: blobs */
  readonly da: number;
  /** 0: none; 12: brotli */
  readonly compression: number;
  /** Bytes of the payload, u32. */
  readonly payloadSize: number;
  /** 32 bytes: keccak of the payload, or of the joined versioned hashes of its blobs. */
  readonly payloadHash: Uint8Array;
  /** u64: the member set of the certificate; 0 where there is none */
  readonly setId: bigint;
}

/** A call of the inbox that a cluster signs. It carries no certificate: the account alone is the author. */
export type InboxCall =
  | { readonly kind: 'submit-batch'; readonly header: BatchHeader; readonly payload: Uint8Array }
  | { readonly kind: 'submit-blob-batch'; readonly header: BatchHeader };

/** A record of the contract, as viem has it: hex where we have bytes. */
export type AbiRecord<T> = { readonly [K in keyof T]: T[K] extends Uint8Array ? `0x${string}` : T[K] };

const NO_CERTIFICATE = '0x';

/** The calldata of a call, selector first. */
export function encodeInboxCall(call: InboxCall): Uint8Array {
  const header = recordOf(call.header);
  const abi = batchInboxAbi;
  return hexToBytes(
    call.kind === 'submit-batch'
      ? encodeFunctionData({
          ...{ abi, functionName: 'submitBatch' },
          args: [header, bytesToHex(call.payload), NO_CERTIFICATE],
        })
      : encodeFunctionData({ abi, functionName: 'submitBlobBatch', args: [header, NO_CERTIFICATE] }),
  );
}

/** A header as the inbox is given it. */
export function recordOf(header: BatchHeader): AbiRecord<BatchHeader> {
  const { parentHash, lastHash, blocksRoot, payloadHash } = header;
  return {
    ...header,
    ...{ parentHash: hash32(parentHash), lastHash: hash32(lastHash) },
    ...{ blocksRoot: hash32(blocksRoot), payloadHash: hash32(payloadHash) },
  };
}

function hash32(hash: Uint8Array): `0x${string}` {
  assert(hash.length === 32, `a hash of ${hash.length} bytes in a header`);
  return to0x(hash);
}

/**
 * The call that calldata makes. Bytes that a contract would read as the same call, but that are not its
 * encoding, are refused: otherwise anything could be carried along under the signature. So is a certificate,
 * and the number of a set that would have made one: the inbox does not look at either. @throws InputError
 * bad-calldata
 */
export function decodeInboxCall(data: Uint8Array, path = 'data'): InboxCall {
  const call = tryDecode(data, path);
  if (!equalBytes(encodeInboxCall(call), data))
    throw new InputError('bad-calldata', path, `${path} is not the canonical encoding of its call`);
  if (call.header.setId !== 0n)
    throw new InputError('bad-calldata', path, `${path} names the set of a certificate, and has none`);
  return call;
}

function tryDecode(data: Uint8Array, path: string): InboxCall {
  try {
    const { functionName, args } = decodeFunctionData({ abi: batchInboxAbi, data: bytesToHex(data) });
    if (functionName === 'submitBatch')
      return { kind: 'submit-batch', header: headerOf(args[0]), payload: bytesOf(args[1]) };
    if (functionName === 'submitBlobBatch') return { kind: 'submit-blob-batch', header: headerOf(args[0]) };
  } catch (cause) {
    throw new InputError('bad-calldata', path, `${path} is no call of the inbox`, { cause });
  }
  throw new InputError('bad-calldata', path, `${path} is a call that is never signed`);
}

const headerOf = (record: AbiRecord<BatchHeader>): BatchHeader => ({
  ...record,
  ...{ parentHash: bytesOf(record.parentHash), lastHash: bytesOf(record.lastHash) },
  ...{ blocksRoot: bytesOf(record.blocksRoot), payloadHash: bytesOf(record.payloadHash) },
});

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  assert(bytes !== undefined, 'viem writes hex');
  return bytes;
}

/** What an L1 log holds. */
export interface L1Log {
  readonly address: Address;
  /** 32 bytes each */
  readonly topics: readonly Uint8Array[];
  readonly data: Uint8Array;
}

/** What the inbox said when it appended a batch. */
export interface BatchAppended {
  readonly index: bigint;
  /** 32 bytes */
  readonly digest: Uint8Array;
  readonly firstBlock: bigint;
  readonly lastBlock: bigint;
  /** 32 bytes */
  readonly payloadHash: Uint8Array;
  readonly da: number;
  /** Who sent it. */
  readonly submitter: Address;
}

/** The batches that an inbox appended, by the logs of a receipt; logs of others are passed over. */
export function batchesAppended(logs: readonly L1Log[], inbox: Address): readonly BatchAppended[] {
  const own = logs.filter(({ address }) => address === inbox);
  return parseEventLogs({
    abi: batchInboxAbi,
    eventName: 'BatchAppended',
    logs: own.map(({ address, topics, data }) => rpcLog(address, topics.map(to0x), to0x(data))),
  }).map(({ args }) => ({
    ...args,
    digest: bytesOf(args.digest),
    payloadHash: bytesOf(args.payloadHash),
    submitter: parseAddress(args.submitter, 'submitter'),
  }));
}

/** viem asks for a whole log, though it reads these three fields only. */
const rpcLog = (address: Address, topics: readonly `0x${string}`[], data: `0x${string}`): Log => {
  const [first, ...rest] = topics;
  return {
    address,
    data,
    topics: first === undefined ? [] : [first, ...rest],
    blockHash: null,
    blockNumber: null,
    blockTimestamp: undefined,
    logIndex: null,
    transactionHash: null,
    transactionIndex: null,
    removed: false,
  };
};

/** What may refuse a call of the inbox: it asks the registry of keys. */
const refusing = [...batchInboxAbi, ...keyRegistryAbi].filter(({ type }) => type === 'error');

/**
 * The custom error of the inbox, or of the registry, that revert data names, as people read it; `undefined`
 * if it names none.
 */
export const inboxErrorOf = (data: Uint8Array): string | undefined => errorNamed(refusing, data);

/** The first four bytes of the calldata of each call that a cluster signs: what a policy allows. */
export const inboxSelectors: Readonly<Record<InboxCall['kind'], Uint8Array>> = {
  'submit-batch': selectorOf('submitBatch'),
  'submit-blob-batch': selectorOf('submitBlobBatch'),
};

function selectorOf(name: 'submitBatch' | 'submitBlobBatch'): Uint8Array {
  return hexToBytes(toFunctionSelector(getAbiItem({ abi: batchInboxAbi, name })));
}
