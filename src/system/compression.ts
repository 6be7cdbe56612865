import { brotliCompressSync, brotliDecompressSync, constants, inflateSync } from 'node:zlib';

import type { Compressor } from '../chain/batch.ts';
import type { BatchCompressors } from '../chain/block-batch.ts';
import { InputError } from '../crypto/errors.ts';

/** Quality 5: more costs ten times the time and saves a thousandth. */
const QUALITY = 5;
const WINDOW_BITS = 22;

/**
 * Brotli as batches have it. Its bytes depend on the library's version; only what it unpacks to is compared.
 */
export const brotli: Compressor = {
  compress: (bytes) =>
    new Uint8Array(
      brotliCompressSync(bytes, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: QUALITY,
          [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      }),
    ),
  decompress: (bytes, maxBytes) => unpack(brotliDecompressSync, bytes, maxBytes),
};

/** What batches of blocks may be compressed with; zlib is read, never written. [sequencer, 9.1] */
export const batchCompressors: BatchCompressors = {
  brotli,
  zlib: { decompress: (bytes, maxBytes) => unpack(inflateSync, bytes, maxBytes) },
};

/** As `zlib` of Node.js has them. */
export type Inflater = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => unknown;

/**
 * What a stream holds, to its last byte.
 * @throws InputError batch-compression; or whatever `inflater` throws that its bytes do not explain
 */
export function unpack(inflater: Inflater, bytes: Uint8Array, maxBytes: number): Uint8Array {
  const { buffer, engine } = inflate(inflater, bytes, maxBytes);
  // Node stops at the end of the stream and is silent about the rest: two payloads would be one batch.
  if (engine.bytesWritten !== bytes.length)
    throw new InputError(
      'batch-compression',
      'body',
      'there are bytes behind the end of the compressed body',
    );
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** What Node answers when asked for `info`, which its type declarations leave out. */
interface WithEngine {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function inflate(inflater: Inflater, bytes: Uint8Array, maxBytes: number): WithEngine {
  const options = { maxOutputLength: maxBytes, info: true };
  try {
    return inflater(bytes, options) as WithEngine;
  } catch (cause) {
    // A machine without memory must not pass over a batch that all others take.
    if (!isOfContent(cause)) throw cause;
    const message = 'the body does not decompress, or grows beyond its limit';
    throw new InputError('batch-compression', 'body', message, { cause });
  }
}

/** A fault of the bytes has a code; one of the machine has none, or one that names memory. */
const isOfContent = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  !/ALLOC|MEM|INIT/.test(error.code);
