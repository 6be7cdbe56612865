import { concat, u8 } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import { primitives } from '../crypto/primitives.ts';
import { decodeRlp, encodeRlp } from './rlp.ts';

/** Cell proofs of one blob. [EIP-7594] */
const CELLS_PER_BLOB = 128;

/** What travels beside a blob transaction and is not signed. */
export interface BlobSidecar {
  /** 131,072 bytes each */
  readonly blobs: readonly Uint8Array[];
  /** 48 bytes each */
  readonly commitments: readonly Uint8Array[];
  /** 48 bytes each, 128 a blob, blob after blob */
  readonly cellProofs: readonly Uint8Array[];
}

/** 0x01 ‖ sha256(commitment)[1..32]: how a transaction names a blob. [EIP-4844, kzg_to_versioned_hash] */
export function versionedHash(commitment: Uint8Array): Uint8Array {
  const hash = primitives().sha256(commitment).slice();
  hash[0] = 1;
  return hash;
}

/**
 * The form in which a blob transaction is sent from Osaka on: 0x03 ‖ rlp([fields, 0x01, blobs, commitments,
 * cell proofs]). Signature and hash remain those of the canonical form. [EIP-7594, networking]
 */
export function networkForm(canonical: Uint8Array, sidecar: BlobSidecar): Uint8Array {
  const { blobs, commitments, cellProofs } = sidecar;
  assert(canonical[0] === 3, 'only transactions of type 3 carry blobs');
  assert(commitments.length === blobs.length, `${commitments.length} commitments of ${blobs.length} blobs`);
  assert(cellProofs.length === CELLS_PER_BLOB * blobs.length, `${cellProofs.length} cell proofs`);
  const fields = decodeRlp(canonical.subarray(1), 'tx');
  return concat(u8(3), encodeRlp([fields, u8(1), blobs, commitments, cellProofs]));
}

/**
 * The canonical form of whatever a node hands out for a transaction: some answer with the form in which it
 * was sent, blobs and all. @throws InputError tx-malformed
 */
export function canonicalForm(raw: Uint8Array): Uint8Array {
  if (raw[0] !== 3) return raw;
  const items = decodeRlp(raw.subarray(1), 'tx');
  const fields = items instanceof Uint8Array ? undefined : items[0];
  // The first item of the canonical form is a number, the chain id; of the other, the list of its fields.
  return fields === undefined || fields instanceof Uint8Array ? raw : concat(u8(3), encodeRlp(fields));
}
