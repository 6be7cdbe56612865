import type { AuditTools } from '../../src/audit/audit-signature.ts';
import { InputError } from '../../src/crypto/errors.ts';

/** What an audit of signatures needs beside the files. */
export const tools: AuditTools = {
  compressor: {
    compress: () => {
      throw new InputError('batch-compression', 'body', 'a page compresses nothing');
    },
    decompress: () => {
      throw new InputError('batch-compression', 'body', 'this page cannot unpack the body');
    },
  },
};
