import { describe, expect, it } from 'vitest';

import type { SubmitBatchRequest } from '../../../src/chain/duty.ts';
import { type RequestTools, inspectRequest, requestProblems } from '../../../src/chain/request-checks.ts';
import { brotli } from '../../../src/system/compression.ts';
import { blobHash, blobRequest, calldataRequest, testRequest } from './samples.ts';

const tools: RequestTools = { compressor: brotli, versionedHashes: async () => [blobHash] };

async function found(base: SubmitBatchRequest, change: Partial<SubmitBatchRequest>): Promise<string[]> {
  const problems = await requestProblems({ ...base, ...change }, tools);
  return problems.map(({ code, path }) => `${code} ${path}`);
}

describe('the check of a request against its own payload', () => {
  it('finds nothing in good ones, and shows what they carry', async () => {
    for (const request of [calldataRequest, blobRequest]) {
      const { problems, batch } = await inspectRequest(request, tools);
      expect(problems).toEqual([]);
      expect(batch!.transactions).toHaveLength(3);
    }
    expect(await requestProblems(testRequest, tools)).toEqual([]);
  });

  it.each([
    ['another index', { batchIndex: 8n }, ['content-mismatch batchIndex']],
    ['another chain', { l2ChainId: 1n }, ['content-mismatch l2ChainId']],
    ['a tip above the cap', { maxPriorityFeePerGas: 42n }, ['fee-invalid maxPriorityFeePerGas']],
    ['a blob fee', { maxFeePerBlobGas: 1n }, ['fee-invalid maxFeePerBlobGas']],
    ['blobs', { blobVersionedHashes: [blobHash] }, ['content-mismatch blobVersionedHashes']],
    ['the payload of blobs', { payload: blobRequest.payload }, ['content-mismatch da']],
    ['an empty batch', { payload: new Uint8Array(80) }, ['batch-empty payload.transactions']],
    [
      'a cut payload',
      { payload: calldataRequest.payload.subarray(0, 120) },
      ['batch-malformed payload.transactions[0]'],
    ],
  ] as const)('names what is wrong with %s', async (_, change, expected) => {
    expect(await found(calldataRequest, change)).toEqual(expected);
  });

  it.each([
    [
      'another hash',
      { blobVersionedHashes: [new Uint8Array(32).fill(2)] },
      ['content-mismatch blobVersionedHashes[0]'],
    ],
    ['no hash', { blobVersionedHashes: [] }, ['content-mismatch blobVersionedHashes']],
    ['no blob fee', { maxFeePerBlobGas: 0n }, ['fee-invalid maxFeePerBlobGas']],
  ] as const)('names what is wrong with blobs and %s', async (_, change, expected) => {
    expect(await found(blobRequest, change)).toEqual(expected);
  });

  it('names all problems at once', async () => {
    expect(
      await found(calldataRequest, { batchIndex: 8n, l2ChainId: 1n, maxPriorityFeePerGas: 42n }),
    ).toHaveLength(3);
  });

  it('does not swallow a fault of its own tools', async () => {
    const broken = { ...tools, versionedHashes: async () => Promise.reject(new TypeError('no setup')) };
    await expect(inspectRequest(blobRequest, broken)).rejects.toThrow('no setup');
  });
});
