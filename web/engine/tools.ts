import type { AuditTools } from '../../src/audit/audit-signature.ts';
import { InputError } from '../../src/crypto/errors.ts';
import { base64 } from './brotli-dictionary.bin';
import { unbrotli } from './brotli.ts';
import { loadKzg } from './load-kzg.ts';

let words: Uint8Array | undefined;

/** The dictionary of Brotli, made when the first body is unpacked. */
const dictionary = (): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** What an audit of signatures needs beside the files: everything that the command recomputes. */
export const tools: AuditTools = {
  compressor: {
    compress: () => {
      throw new InputError('batch-compression', 'body', 'a page compresses nothing');
    },
    decompress: (bytes, maxBytes) => unbrotli(bytes, maxBytes, (words ??= dictionary())),
  },
  versionedHashes: async (payload) => (await loadKzg()).versionedHashes(payload),
};
