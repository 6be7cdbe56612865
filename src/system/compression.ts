import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

import type { Compressor } from '../chain/batch.ts';
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
  decompress: (bytes, maxBytes) => {
    const { buffer, engine } = inflate(bytes, maxBytes);
    // Node stops at the end of the stream and is silent about the rest: two payloads would be one batch.
    if (engine.bytesWritten !== bytes.length)
      throw new InputError(
        'batch-compression',
        'body',
        'there are bytes behind the end of the compressed body',
      );
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  },
};

/** What Node answers when asked for `info`, which its type declarations leave out. */
interface WithEngine {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function inflate(bytes: Uint8Array, maxBytes: number): WithEngine {
  const options = { maxOutputLength: maxBytes, info: true };
  try {
    return brotliDecompressSync(bytes, options) as unknown as WithEngine;
  } catch (cause) {
    const message = 'the body does not decompress, or grows beyond its limit';
    throw new InputError('batch-compression', 'body', message, { cause });
  }
}
