import { describe, expect, it } from 'vitest';

import { blockBatchHeader } from '../../../src/chain/block-batch-header.ts';
import {
  type SubmitBlocksRequest,
  blocksHeader,
  submitBlocksFields,
} from '../../../src/chain/duty-submit-blocks.ts';
import {
  contentHashOf,
  decodeRequest,
  digestOf,
  encodeRequest,
  requestId,
  slotsOf,
  transactionOf,
} from '../../../src/chain/duty.ts';
import { concat, to0x } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { decodeInboxCall } from '../../../src/ethereum/abi.ts';
import { brotli } from '../../../src/system/compression.ts';
import { blobBlocksRequest, blocksRequest, committeeRequest } from './blocks-samples.ts';
import { calldataRequest } from './samples.ts';

const samples = [blocksRequest, blobBlocksRequest, committeeRequest] as const;
const compressors = { brotli, zlib: brotli };

describe('a request for a batch of blocks', () => {
  it.each(samples)('in $da makes the header that payload and root make', (request) => {
    expect(blocksHeader(request)).toEqual(blockBatchHeader(request, compressors));
    const { to, data, value } = transactionOf(request);
    expect(to).toBe(request.inbox);
    expect(value).toBe(0n);
    const call = decodeInboxCall(data);
    expect(call.header).toEqual(blocksHeader(request));
    if (call.kind === 'submit-batch')
      expect(call.payload).toEqual(request.da === 'committee' ? request.dacCertificate : request.payload);
    else expect(request.da).toBe('blobs');
  });

  it('never throws for a payload that is cut: its checks say what is wrong', () => {
    for (const length of [0, 1, 40, 60, 69, 70])
      expect(
        transactionOf({ ...blocksRequest, payload: blocksRequest.payload.slice(0, length) }).data,
      ).toBeDefined();
  });

  it('is of kind 5 on the wire, and an unknown place is refused', () => {
    const bytes = encodeRequest(blocksRequest);
    expect(bytes[0]).toBe(5);
    const at = 1 + 32 + 4 + 20 + 8 + 8 + 20 + 8;
    expect(bytes[at]).toBe(0);
    bytes[at] = 2;
    expect(() => decodeRequest(bytes)).toThrow(InputError);
    expect(Object.keys(submitBlocksFields)).toContain('blocksRoot');
  });

  it('takes the slots of any other batch with its index and nonce', () => {
    const { batchIndex, nonce } = blocksRequest;
    const other = { ...calldataRequest, batchIndex, nonce };
    expect(slotsOf(blocksRequest).map(({ id }) => to0x(id))).toEqual(
      slotsOf(other).map(({ id }) => to0x(id)),
    );
    expect(contentHashOf(blocksRequest)).not.toEqual(contentHashOf(other));
  });

  it('has one content whatever its fees, nonce and certificate are', () => {
    const dacCertificate = concat(committeeRequest.dacCertificate.slice(0, -1), Uint8Array.of(9));
    const later: SubmitBlocksRequest = { ...committeeRequest, nonce: 9n, maxFeePerGas: 90n, dacCertificate };
    expect(contentHashOf(later)).toEqual(contentHashOf(committeeRequest));
    expect(digestOf(later)).not.toEqual(digestOf(committeeRequest));
    expect(requestId(later)).not.toEqual(requestId(committeeRequest));
  });

  it.each(['payload', 'parentHash', 'lastHash', 'blocksRoot'] as const)(
    'has another content with another %s',
    (name) => {
      const changed = blocksRequest[name].map((byte, i) =>
        i === blocksRequest[name].length - 1 ? byte ^ 1 : byte,
      );
      expect(contentHashOf({ ...blocksRequest, [name]: changed })).not.toEqual(contentHashOf(blocksRequest));
    },
  );
});
