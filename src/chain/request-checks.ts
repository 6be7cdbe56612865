import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { type Batch, type Compressor, decodeBatch } from './batch.ts';
import type { BatchVerifier, VerifierVerdict } from './batch-verifier.ts';
import type { BlockBatch } from './block-batch.ts';
import { certificateProblem, readBlocks, statedOfBlocks } from './blocks-checks.ts';
import type { SubmitBlocksRequest } from './duty-submit-blocks.ts';
import type { BatchingRequest, SignRequest, SubmitBatchRequest } from './duty.ts';

/** What a check needs from the world; both are recomputed by every node for itself. */
export interface RequestTools {
  readonly compressor: Compressor;
  /** The versioned hashes of the blobs that `packBlobs` makes of a payload. */
  readonly versionedHashes: (payload: Uint8Array) => Promise<readonly Uint8Array[]>;
  /** The verifier of this node, where it has one: only who follows L2 knows whether blocks are its own. */
  readonly verifier?: BatchVerifier | undefined;
}

/** One reason why a request must not be signed. `path` says where in the request. */
export interface RequestProblem {
  readonly code: string;
  readonly path: string;
  readonly message: string;
}

/**
 * What a request contains, and what speaks against it in itself. Whether it is wanted is decided by policy.
 */
export interface Inspection {
  readonly problems: readonly RequestProblem[];
  /** The decoded payload of a submit-batch request; absent when it does not decode. */
  readonly batch?: Batch;
  /** That of a submit-blocks request. */
  readonly blocks?: BlockBatch;
  /** What the own verifier said to it; it is asked only where nothing else speaks against the request. */
  readonly verdict?: VerifierVerdict;
}

/**
 * Checks a request against its own content: the payload is decoded, every user's signature verified, and what
 * the request states compared with what was found. A client's word is never taken.
 */
export async function inspectRequest(request: SignRequest, tools: RequestTools): Promise<Inspection> {
  // What tests of ceremonies and proofs of accounts state is compared with the key and the policy only.
  if (request.kind === 'submit-blocks') return inspectBlocks(request, tools);
  if (request.kind !== 'submit-batch') return { problems: [] };
  const read = readPayload(request, tools.compressor);
  const stated = 'batch' in read ? mismatches(request, read.batch) : [read.problem];
  const problems = [...stated, ...feeProblems(request), ...(await blobProblems(request, tools))];
  return 'batch' in read ? { problems, batch: read.batch } : { problems };
}

async function inspectBlocks(request: SubmitBlocksRequest, tools: RequestTools): Promise<Inspection> {
  const read = readBlocks(request.payload, tools.compressor);
  const stated =
    'blocks' in read
      ? statedOfBlocks(request, read.blocks).map((one) => mismatch(...one))
      : [problemOf(read.error)];
  const wrong = certificateProblem(request);
  const problems = [
    ...stated,
    ...(wrong === undefined ? [] : [mismatch('dacCertificate', `of ${wrong} bytes`, request.da)]),
    ...feeProblems(request),
    ...(await blobProblems(request, tools)),
  ];
  if (!('blocks' in read)) return { problems };
  const { blocks } = read;
  if (problems.length > 0 || tools.verifier === undefined) return { problems, blocks };
  const { batchIndex: index, payload, blocksRoot, da } = request;
  return { problems, blocks, verdict: await tools.verifier({ index, payload, blocksRoot, da }) };
}

/** The problems alone. */
export const requestProblems = async (
  request: SignRequest,
  tools: RequestTools,
): Promise<readonly RequestProblem[]> => (await inspectRequest(request, tools)).problems;

type Read = { readonly batch: Batch } | { readonly problem: RequestProblem };

function readPayload(request: SubmitBatchRequest, compressor: Compressor): Read {
  try {
    return { batch: decodeBatch(request.payload, compressor) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { problem: problemOf(error) };
  }
}

const problemOf = ({ code, path, message }: InputError): RequestProblem => ({
  code,
  path: `payload.${path}`,
  message,
});

const mismatch = (path: string, stated: unknown, found: unknown): RequestProblem => ({
  code: 'content-mismatch',
  path,
  message: `the request states ${path} ${String(stated)}, its payload says ${String(found)}`,
});

function mismatches(request: SubmitBatchRequest, batch: Batch): readonly RequestProblem[] {
  const problems: RequestProblem[] = [];
  if (batch.index !== request.batchIndex)
    problems.push(mismatch('batchIndex', request.batchIndex, batch.index));
  if (batch.l2ChainId !== request.l2ChainId)
    problems.push(mismatch('l2ChainId', request.l2ChainId, batch.l2ChainId));
  if (batch.da !== request.da) problems.push(mismatch('da', request.da, batch.da));
  return problems;
}

function feeProblems(request: BatchingRequest): readonly RequestProblem[] {
  const problems: RequestProblem[] = [];
  const add = (path: string, message: string): void =>
    void problems.push({ code: 'fee-invalid', path, message });
  if (request.maxPriorityFeePerGas > request.maxFeePerGas)
    add(
      'maxPriorityFeePerGas',
      `the tip ${request.maxPriorityFeePerGas} is above the cap ${request.maxFeePerGas}`,
    );
  if (request.da !== 'blobs' && request.maxFeePerBlobGas !== 0n)
    add('maxFeePerBlobGas', 'a blob fee is given, but there are no blobs');
  if (request.da === 'blobs' && request.maxFeePerBlobGas === 0n)
    add('maxFeePerBlobGas', 'the blob fee is zero');
  return problems;
}

async function blobProblems(
  request: BatchingRequest,
  tools: RequestTools,
): Promise<readonly RequestProblem[]> {
  const stated = request.blobVersionedHashes;
  const found = request.da === 'blobs' ? await tools.versionedHashes(request.payload) : [];
  if (stated.length !== found.length) return [mismatch('blobVersionedHashes', stated.length, found.length)];
  return stated.flatMap((hash, i) => {
    const own = found[i];
    if (own !== undefined && equalBytes(own, hash)) return [];
    return [mismatch(`blobVersionedHashes[${i}]`, 'one hash', 'another')];
  });
}
