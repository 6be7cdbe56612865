import { batchDigest } from '../chain/batch-header.ts';
import { type SignRequest, headerOf, isBatching, requestId } from '../chain/duty.ts';
import { toHex } from '../crypto/bytes.ts';
import type { Signature } from '../crypto/ecdsa.ts';
import type { Address } from '../ethereum/address.ts';
import { type Mined, readMined, signedTransaction } from './l1-file.ts';
import { type Folder, type Read, readFrom } from './reading.ts';

/**
 * The transaction of a sound signature, as far as L1 is asked about it. Its hash binds every byte, so the
 * bytes, which hold a whole batch, are not kept.
 */
export interface SignedBatch {
  /** Folder of the signature. */
  readonly path: string;
  /** As hex. */
  readonly requestId: string;
  readonly presigId: string;
  readonly l1ChainId: bigint;
  readonly sender: Address;
  readonly inbox: Address;
  readonly batchIndex: bigint;
  /** How the inbox names this batch, 32 bytes. */
  readonly batchDigest: Uint8Array;
  readonly nonce: bigint;
  /** 32 bytes. */
  readonly txHash: Uint8Array;
  readonly r: bigint;
  /** What `l1.json` says; `undefined` where there is none. */
  readonly mined: Read<Mined> | undefined;
}

/** What is asked of L1 about a signature; `undefined` for what is no transaction. */
export function signedBatchOf(
  folder: Folder,
  request: SignRequest,
  signature: Signature,
  presigId: string,
): SignedBatch | undefined {
  if (!isBatching(request)) return undefined;
  const { l1ChainId, sender, inbox, batchIndex, nonce } = request;
  return {
    path: folder.path,
    requestId: toHex(requestId(request)),
    presigId,
    ...{ l1ChainId, sender, inbox, batchIndex, nonce },
    batchDigest: batchDigest(request, headerOf(request)),
    txHash: signedTransaction(request, signature).hash,
    r: signature.r,
    mined: folder.files.has('l1.json') ? readFrom(folder, 'l1.json', readMined) : undefined,
  };
}
