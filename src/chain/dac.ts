import { bigintToBytes, bytesToBigint, concat, u64 } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import { attempt } from '../crypto/codec.ts';
import { contractTags } from '../crypto/tags.ts';
import type { Address } from '../ethereum/address.ts';
import { contractDigest } from '../ethereum/contract-digest.ts';
import { type TxSignature, recoverAddress } from '../ethereum/recover.ts';

/** What a member of the committee promises to keep. */
export interface KeptPayload {
  readonly l2ChainId: bigint;
  /** 32 bytes: keccak of the payload. */
  readonly payloadHash: Uint8Array;
  readonly payloadSize: number;
  /** Unix seconds until which it serves the payload. */
  readonly expiry: bigint;
}

/** Bytes of one signature: r ‖ s ‖ v, where v is 27 or 28. [Recover.sol] */
const SIGNATURE_BYTES = 65;
const EXPIRY_BYTES = 8;

/** What a member signs, 32 bytes. [BatchInbox.sol, dacDigest] */
export const dacDigest = ({ l2ChainId, payloadHash, payloadSize, expiry }: KeptPayload): Uint8Array =>
  contractDigest(contractTags.dac, l2ChainId, payloadHash, payloadSize, expiry);

/** Who signed a digest; `undefined` for bytes that are no signature in the one form that L1 takes. */
export function dacSigner(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  const v = signature[SIGNATURE_BYTES - 1];
  if (signature.length !== SIGNATURE_BYTES || (v !== 27 && v !== 28)) return undefined;
  const parsed: TxSignature = {
    r: bytesToBigint(signature.subarray(0, 32)),
    s: bytesToBigint(signature.subarray(32, 64)),
    yParity: v === 27 ? 0 : 1,
  };
  return attempt(() => recoverAddress(digest, parsed));
}

/** The 65 bytes of a signature. */
export const dacSignature = ({ r, s, yParity }: TxSignature): Uint8Array =>
  concat(bigintToBytes(r, 32), bigintToBytes(s, 32), Uint8Array.of(27 + yParity));

/**
 * What stands in calldata instead of a payload: a bit for each member, lowest first; the signatures of
 * those whose bit is set, in their order; the expiry. [Certificates.sol; BatchInbox.sol, _checkDac]
 */
export function encodeCertificate(
  members: number,
  signatures: ReadonlyMap<number, Uint8Array>,
  expiry: bigint,
): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(members / 8));
  const parts: Uint8Array[] = [];
  for (let i = 0; i < members; i++) {
    const signature = signatures.get(i);
    if (signature === undefined) continue;
    assert(signature.length === SIGNATURE_BYTES, `a signature of ${signature.length} bytes`);
    bitmap[i >> 3] = (bitmap[i >> 3] ?? 0) | (1 << (i & 7));
    parts.push(signature);
  }
  return concat(bitmap, ...parts, u64(expiry));
}

/** How many members have signed; 0 if anything at all is wrong, as L1 has it. */
export function weighCertificate(
  certificate: Uint8Array,
  members: readonly Address[],
  kept: Omit<KeptPayload, 'expiry'>,
): number {
  const bitmapBytes = Math.ceil(members.length / 8);
  const end = certificate.length - EXPIRY_BYTES;
  if (end < bitmapBytes) return 0;
  const digest = dacDigest({ ...kept, expiry: bytesToBigint(certificate.subarray(end)) });
  const bits = (i: number): boolean => (((certificate[i >> 3] ?? 0) >> (i & 7)) & 1) === 1;
  const signed = members.filter((_, i) => bits(i));
  const isFilled = Array.from({ length: 8 * bitmapBytes - members.length }, (_, i) => members.length + i);
  if (isFilled.some(bits) || end !== bitmapBytes + SIGNATURE_BYTES * signed.length) return 0;
  const isGood = signed.every((member, i) => {
    const at = bitmapBytes + SIGNATURE_BYTES * i;
    return dacSigner(digest, certificate.subarray(at, at + SIGNATURE_BYTES)) === member;
  });
  return isGood ? signed.length : 0;
}
