import { to0x } from '../../crypto/bytes.ts';
import { encode } from '../../crypto/codec.ts';
import { writeJsonFile } from '../../crypto/json-file.ts';
import { type ErasureStatement, erasureCodec, signErasure } from '../../protocols/reshare/erasure.ts';
import type { Identity } from '../identity.ts';

/** The file in which a member says that its old share is gone; beside the lock of the epoch that follows. */
export const writeErasure = (statement: ErasureStatement, identity: Identity): Uint8Array =>
  writeJsonFile({
    kind: 'conclave-erasure',
    version: 1,
    erasure: to0x(
      encode(
        erasureCodec,
        identity.lend((seed) => signErasure(statement, seed)),
      ),
    ),
  });
