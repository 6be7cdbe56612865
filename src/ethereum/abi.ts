import { bytesToHex, decodeFunctionData, encodeFunctionData, hexToBytes } from 'viem/utils';

import { equalBytes, fromHex, to0x } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { batchInboxAbi } from './batch-inbox.ts';

/** What a batch says of itself to the inbox; the same record as `BatchHeader` in BatchInbox.sol. */
export interface BatchHeader {
  /** u64, from 1 without gaps */
  readonly index: bigint;
  /** 0: calldata; 3: blobs */
  readonly da: number;
  /** 0: none; 12: brotli */
  readonly compression: number;
  /** Bytes of the payload, u32. */
  readonly payloadSize: number;
  /** 32 bytes: keccak of the payload, or of the joined versioned hashes of its blobs. */
  readonly payloadHash: Uint8Array;
}

/** A call of the inbox that a cluster signs. */
export type InboxCall =
  | { readonly kind: 'submit-batch'; readonly header: BatchHeader; readonly payload: Uint8Array }
  | { readonly kind: 'submit-blob-batch'; readonly header: BatchHeader };

/** The calldata of a call, selector first. */
export function encodeInboxCall(call: InboxCall): Uint8Array {
  const { index, da, compression, payloadSize, payloadHash } = call.header;
  assert(payloadHash.length === 32, `a payload hash of ${payloadHash.length} bytes`);
  const header = { index, da, compression, payloadSize, payloadHash: to0x(payloadHash) };
  const abi = batchInboxAbi;
  return hexToBytes(
    call.kind === 'submit-batch'
      ? encodeFunctionData({ abi, functionName: 'submitBatch', args: [header, bytesToHex(call.payload)] })
      : encodeFunctionData({ abi, functionName: 'submitBlobBatch', args: [header] }),
  );
}

/**
 * The call that calldata makes. Bytes that a contract would read as the same call, but that are not its
 * encoding, are refused: otherwise anything could be carried along under the signature. @throws InputError
 * bad-calldata
 */
export function decodeInboxCall(data: Uint8Array, path = 'data'): InboxCall {
  const call = tryDecode(data, path);
  if (!equalBytes(encodeInboxCall(call), data))
    throw new InputError('bad-calldata', path, `${path} is not the canonical encoding of its call`);
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

const headerOf = (
  header: Omit<BatchHeader, 'payloadHash'> & { readonly payloadHash: string },
): BatchHeader => ({
  ...header,
  payloadHash: bytesOf(header.payloadHash),
});

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  assert(bytes !== undefined, 'viem writes hex');
  return bytes;
}
