import { describe, expect, it, vi } from 'vitest';

import type { BatchVerifier } from '../../../src/chain/batch-verifier.ts';
import { certificateProblem, readBlocks, statedOfBlocks } from '../../../src/chain/blocks-checks.ts';
import type { SubmitBlocksRequest } from '../../../src/chain/duty-submit-blocks.ts';
import { type RequestTools, inspectRequest } from '../../../src/chain/request-checks.ts';
import { brotli } from '../../../src/system/compression.ts';
import { blobBlocksRequest, blocksRequest, committeeRequest } from './blocks-samples.ts';
import { blobHash } from './samples.ts';

const tools: RequestTools = { compressor: brotli, versionedHashes: async () => [blobHash] };
const found = async (base: SubmitBlocksRequest, change: Partial<SubmitBlocksRequest>): Promise<string[]> =>
  (await inspectRequest({ ...base, ...change }, tools)).problems.map(({ code, path }) => `${code} ${path}`);
const other = new Uint8Array(32).fill(8);

describe('the check of a request for blocks against its own payload', () => {
  it.each([blocksRequest, blobBlocksRequest, committeeRequest])(
    'finds nothing in a good one in $da',
    async (request) => {
      const { problems, blocks, verdict } = await inspectRequest(request, tools);
      expect(problems).toEqual([]);
      expect(blocks?.body.blocks).toHaveLength(3);
      expect(verdict).toBeUndefined();
    },
  );

  it.each([
    ['another index', { batchIndex: 2n }, ['content-mismatch batchIndex']],
    ['another chain', { l2ChainId: 1n }, ['content-mismatch l2ChainId']],
    [
      'another place',
      { da: 'committee', dacCertificate: committeeRequest.dacCertificate },
      ['content-mismatch da'],
    ],
    ['another origin', { lastOrigin: 100n }, ['content-mismatch lastOrigin']],
    ['another parent', { parentHash: other }, ['content-mismatch parentHash']],
    ['another last block', { lastHash: other }, ['content-mismatch lastHash']],
    ['a certificate', { dacCertificate: other }, ['content-mismatch dacCertificate']],
    ['a blob fee', { maxFeePerBlobGas: 1n }, ['fee-invalid maxFeePerBlobGas']],
    ['a blob', { blobVersionedHashes: [blobHash] }, ['content-mismatch blobVersionedHashes']],
    ['a cut payload', { payload: blocksRequest.payload.slice(0, 60) }, ['batch-malformed payload.payload']],
  ] as const)('names what is wrong with %s', async (_, change, expected) => {
    expect(await found(blocksRequest, change)).toEqual(expected);
  });

  it('wants a certificate where a committee keeps the payload', async () => {
    expect(await found(committeeRequest, { dacCertificate: new Uint8Array(73) })).toEqual([
      'content-mismatch dacCertificate',
    ]);
    expect(certificateProblem(committeeRequest)).toBeUndefined();
    expect(certificateProblem({ ...committeeRequest, dacCertificate: new Uint8Array(74) })).toBeUndefined();
  });

  it('asks the own verifier about what is sound in itself, and about nothing else', async () => {
    const verifier = vi.fn<BatchVerifier>(async () => ({ kind: 'refused', reason: 'another block' }));
    const { verdict } = await inspectRequest(blocksRequest, { ...tools, verifier });
    expect(verdict).toEqual({ kind: 'refused', reason: 'another block' });
    const { batchIndex: index, payload, blocksRoot, da } = blocksRequest;
    expect(verifier.mock.calls).toEqual([[{ index, payload, blocksRoot, da }]]);
    await inspectRequest({ ...blocksRequest, batchIndex: 2n }, { ...tools, verifier });
    expect(verifier).toHaveBeenCalledTimes(1);
  });

  it('does not read zlib, which is never signed', () => {
    const payload = blocksRequest.payload.slice();
    payload[1] = 11;
    expect(readBlocks(payload, brotli)).toMatchObject({ error: { code: 'batch-compression' } });
    const read = readBlocks(blocksRequest.payload, brotli);
    expect('blocks' in read && statedOfBlocks(blocksRequest, read.blocks)).toEqual([]);
  });
});
