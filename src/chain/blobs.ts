import { bytesToBigint, concat, u32 } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { keccak256 } from '../ethereum/address.ts';

/** Bytes of a blob: 4096 field elements of 32 bytes. [EIP-4844] */
export const BLOB_BYTES = 131_072;
/** Bytes of our stream in a blob: the top byte of a field element stays zero, so it is below the modulus. */
export const BLOB_CAPACITY_BYTES = 126_976;
/** The most blobs that one of our transactions has. [sequencer, 9.4] */
export const MAX_BLOBS = 3;

const ELEMENT_BYTES = 32;
const ELEMENT_PAYLOAD_BYTES = 31;

const malformedBlob = (path: string, what: string): InputError =>
  new InputError('blob-malformed', path, `${path} ${what}`);

/** The blobs of a payload: u32 length ‖ payload ‖ zeros, 31 bytes a field element. [sequencer, 9.4] */
export function packBlobs(payload: Uint8Array): readonly Uint8Array[] {
  const stream = concat(u32(payload.length), payload);
  const count = Math.ceil(stream.length / BLOB_CAPACITY_BYTES);
  if (count > MAX_BLOBS)
    throw new InputError(
      'batch-too-large',
      'payload',
      `a payload of ${payload.length} bytes needs ${count} blobs`,
    );
  return Array.from({ length: count }, (_, i) =>
    packBlob(stream.subarray(i * BLOB_CAPACITY_BYTES, (i + 1) * BLOB_CAPACITY_BYTES)),
  );
}

function packBlob(part: Uint8Array): Uint8Array {
  const blob = new Uint8Array(BLOB_BYTES);
  for (let from = 0, to = 1; from < part.length; from += ELEMENT_PAYLOAD_BYTES, to += ELEMENT_BYTES)
    blob.set(part.subarray(from, from + ELEMENT_PAYLOAD_BYTES), to);
  return blob;
}

/** The payload of blobs, in the only packing of it. @throws InputError blob-malformed */
export function unpackBlobs(blobs: readonly Uint8Array[]): Uint8Array {
  if (blobs.length === 0 || blobs.length > MAX_BLOBS)
    throw malformedBlob('blobs', `are ${blobs.length}, not 1 to ${MAX_BLOBS}`);
  const stream = concat(...blobs.map((blob, i) => unpackBlob(blob, `blobs[${i}]`)));
  const length = Number(bytesToBigint(stream.subarray(0, 4)));
  if (Math.ceil((4 + length) / BLOB_CAPACITY_BYTES) !== blobs.length)
    throw malformedBlob('length', `is ${length}, which is no payload of ${blobs.length} blobs`);
  if (stream.subarray(4 + length).some((byte) => byte !== 0)) throw malformedBlob('padding', 'is not zero');
  return stream.slice(4, 4 + length);
}

function unpackBlob(blob: Uint8Array, path: string): Uint8Array {
  if (blob.length !== BLOB_BYTES)
    throw malformedBlob(path, `has ${blob.length} bytes instead of ${BLOB_BYTES}`);
  const part = new Uint8Array(BLOB_CAPACITY_BYTES);
  for (let from = 0, to = 0; from < BLOB_BYTES; from += ELEMENT_BYTES, to += ELEMENT_PAYLOAD_BYTES) {
    if (blob[from] !== 0)
      throw malformedBlob(`${path}[${from}]`, 'is the top byte of an element and not zero');
    part.set(blob.subarray(from + 1, from + ELEMENT_BYTES), to);
  }
  return part;
}

/** How the inbox knows a payload in blobs: keccak of their joined versioned hashes, 32 bytes. */
export function blobPayloadHash(versionedHashes: readonly Uint8Array[]): Uint8Array {
  assert(
    versionedHashes.every((hash) => hash.length === 32),
    'a versioned hash has 32 bytes',
  );
  return keccak256(concat(...versionedHashes));
}
