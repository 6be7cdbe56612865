import { equalBytes, to0x } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import type { Compressor } from './batch.ts';
import { type BlockBatch, PLACE_BYTES, readBlockBatch } from './block-batch.ts';
import type { SubmitBlocksRequest } from './duty-submit-blocks.ts';

/** The decoded payload, or why it is none. */
export type ReadBlocks = { readonly blocks: BlockBatch } | { readonly error: InputError };

/** Reads the payload of a request. Derivation knows zlib as well; what is signed here is never in it. */
export function readBlocks(payload: Uint8Array, brotli: Compressor): ReadBlocks {
  try {
    return { blocks: readBlockBatch(payload, { brotli, zlib: { decompress: refuseZlib } }) };
  } catch (error) {
    if (error instanceof InputError) return { error };
    throw error;
  }
}

function refuseZlib(): Uint8Array {
  throw new InputError('batch-compression', 'compression', 'a batch in zlib is never signed');
}

/** What a request states of its blocks and its payload says otherwise: path, stated, found. */
export function statedOfBlocks(
  request: SubmitBlocksRequest,
  { index, da, body }: BlockBatch,
): readonly (readonly [path: string, stated: string, found: string])[] {
  const lastOrigin = body.blocks.at(-1)?.origin ?? body.baseOrigin;
  const numbers = [
    ['batchIndex', request.batchIndex, index],
    ['l2ChainId', request.l2ChainId, body.l2ChainId],
    ['da', PLACE_BYTES[request.da], da],
    ['lastOrigin', request.lastOrigin, lastOrigin],
  ] as const;
  const hashes = [
    ['parentHash', request.parentHash, body.parentHash],
    ['lastHash', request.lastHash, body.lastHash],
  ] as const;
  return [
    ...numbers
      .filter(([, stated, found]) => stated !== found)
      .map(([path, stated, found]) => [path, String(stated), String(found)] as const),
    ...hashes
      .filter(([, stated, found]) => !equalBytes(stated, found))
      .map(([path, stated, found]) => [path, to0x(stated), to0x(found)] as const),
  ];
}

/** One signature and the expiry: the least that a certificate has. */
const LEAST_CERTIFICATE_BYTES = 1 + 65 + 8;

/** The length of a certificate that cannot be one, or that nobody asked for; whose it is L1 decides. */
export function certificateProblem({ da, dacCertificate }: SubmitBlocksRequest): number | undefined {
  const { length } = dacCertificate;
  const isRight = da === 'committee' ? length >= LEAST_CERTIFICATE_BYTES : length === 0;
  return isRight ? undefined : length;
}
