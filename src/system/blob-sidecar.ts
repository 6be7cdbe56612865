import { packBlobs, unpackBlobs } from '../chain/blobs.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { type BlobSidecar, versionedHash } from '../ethereum/blob-tx.ts';
import type { Kzg } from './kzg.ts';

/** The versioned hashes of the blobs of a payload: what every signer computes for itself. */
export async function versionedHashesOf(kzg: Kzg, payload: Uint8Array): Promise<readonly Uint8Array[]> {
  const commitments = await Promise.all(packBlobs(payload).map((blob) => kzg.commitment(blob)));
  return commitments.map(versionedHash);
}

/** Blobs, commitments and proofs of a payload: what only the sender computes, after the signature. */
export async function sidecarOf(kzg: Kzg, payload: Uint8Array): Promise<BlobSidecar> {
  const blobs = packBlobs(payload);
  const commitments = await Promise.all(blobs.map((blob) => kzg.commitment(blob)));
  const proofs = await Promise.all(blobs.map((blob) => kzg.cellProofs(blob)));
  return { blobs, commitments, cellProofs: proofs.flat() };
}

/**
 * The payload of blobs that somebody hands over, each checked against the hash that the chain holds.
 * @throws InputError blob-malformed
 */
export async function payloadOfBlobs(
  kzg: Kzg,
  blobs: readonly Uint8Array[],
  wanted: readonly Uint8Array[],
): Promise<Uint8Array> {
  if (blobs.length !== wanted.length)
    throw new InputError(
      'blob-malformed',
      'blobs',
      `${blobs.length} blobs were found instead of ${wanted.length}`,
    );
  const payload = unpackBlobs(blobs);
  const hashes = (await Promise.all(blobs.map((blob) => kzg.commitment(blob)))).map(versionedHash);
  const foreign = hashes.findIndex((hash, i) => !equalBytes(hash, wanted[i] ?? new Uint8Array(0)));
  if (foreign >= 0)
    throw new InputError('blob-malformed', `blobs[${foreign}]`, 'a blob is not the one that was named');
  return payload;
}
