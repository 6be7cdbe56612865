import { InputError } from '../crypto/errors.ts';
import { decodeRlp, readBytes, readList } from './rlp.ts';

/** What a transaction of L1 calls. */
export interface SentTx {
  /** 20 bytes; absent where it creates a contract. */
  readonly to: Uint8Array | undefined;
  readonly input: Uint8Array;
  /** 32 bytes each; none but for blobs. */
  readonly blobHashes: readonly Uint8Array[];
}

/** Where the recipient stands in the fields of a type; the input is two behind it. */
const TO_AT: Readonly<Record<number, number>> = { 0: 3, 1: 4, 2: 5, 3: 5, 4: 5 };
const BLOB_TYPE = 3;
const BLOBS_AT = 10;

/**
 * Reads a transaction in its canonical form, of any type up to 4, as far as one must know what it calls.
 * @throws InputError tx-malformed | tx-type
 */
export function readSentTx(raw: Uint8Array, path = 'transaction'): SentTx {
  const first = raw[0] ?? 0;
  const type = first >= 0xc0 ? 0 : first;
  const at = TO_AT[type];
  if (at === undefined || (type === 0 && first < 0xc0))
    throw new InputError('tx-type', path, `${path} has type ${type}; types 0 to 4 are read`);
  const fields = readList(decodeRlp(type === 0 ? raw : raw.subarray(1), path), path);
  const to = readBytes(fields[at], `${path}.to`);
  return {
    to: to.length === 0 ? undefined : to,
    input: readBytes(fields[at + 2], `${path}.input`),
    blobHashes:
      type === BLOB_TYPE
        ? readList(fields[BLOBS_AT], `${path}.blobs`).map((hash) => readBytes(hash, `${path}.blobs`, 32))
        : [],
  };
}
