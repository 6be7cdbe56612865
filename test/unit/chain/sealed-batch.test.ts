import { expect, it } from 'vitest';

import { contentHashOf } from '../../../src/chain/duty.ts';
import { blocksIn, requestFor, sealedBatchCodec } from '../../../src/chain/sealed-batch.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';
import { committeeRequest, blobBlocksRequest, blocksRequest } from './blocks-samples.ts';

it.each([blocksRequest, blobBlocksRequest, committeeRequest])(
  'a batch in $da reads back, and makes its request again',
  (request) => {
    const { batchIndex: index, da, payload, parentHash, lastHash, blocksRoot, lastOrigin } = request;
    const { blobVersionedHashes, dacCertificate } = request;
    const batch = {
      index,
      da,
      payload,
      parentHash,
      lastHash,
      blocksRoot,
      lastOrigin,
      blobVersionedHashes,
      dacCertificate,
    };
    expect(decode(sealedBatchCodec, encode(sealedBatchCodec, batch))).toEqual(batch);
    expect(blocksIn(batch)).toEqual({ firstBlock: 1n, lastBlock: 3n });
    const again = requestFor(batch, request);
    expect({ ...again, gasLimit: request.gasLimit }).toEqual(request);
    expect(again.gasLimit).toBeGreaterThan(400_000n);
    const other = { ...batch, dacCertificate: new Uint8Array(da === 'committee' ? 400 : 0) };
    expect(contentHashOf(requestFor(other, request))).toEqual(contentHashOf(again));
  },
);
