import { describe, expect, it } from 'vitest';

import { to0x } from '../../../src/crypto/bytes.ts';
import { canonicalForm, networkForm, versionedHash } from '../../../src/ethereum/blob-tx.ts';
import { assembleSigned, decodeSigned, signingDigest } from '../../../src/ethereum/l1-tx.ts';
import { type RlpItem, decodeRlp, encodeRlp } from '../../../src/ethereum/rlp.ts';
import { insecureTestAccount, signDigest } from '../../../scripts/lib/test-transactions.ts';

const account = insecureTestAccount('blob-tx', 0);
const commitment = new Uint8Array(48).fill(0xc0);
const tx = {
  type: 'eip4844' as const,
  chainId: 1n,
  nonce: 0n,
  to: account.address,
  value: 0n,
  gasLimit: 1n,
  maxFeePerGas: 1n,
  maxPriorityFeePerGas: 0n,
  data: new Uint8Array(0),
  maxFeePerBlobGas: 1n,
  blobVersionedHashes: [versionedHash(commitment)],
};
const signature = signDigest(signingDigest(tx), account.secret);
const { raw } = assembleSigned(tx, signature, account.address);
const cellProofs = Array.from({ length: 128 }, (_, i) => new Uint8Array(48).fill(i));
const sidecar = { blobs: [new Uint8Array(131_072)], commitments: [commitment], cellProofs };

describe('a blob transaction on its way', () => {
  it('names a blob by the version and 31 bytes of the hash of its commitment', () => {
    // EIP-4844 computes the same for the point at infinity, the commitment of the empty blob.
    const infinity = new Uint8Array(48);
    infinity[0] = 0xc0;
    expect(to0x(versionedHash(infinity))).toBe(
      '0x010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014',
    );
  });

  it('carries the canonical form, a version, and the sidecar', () => {
    const sent = networkForm(raw, sidecar);
    const [fields, version, ...rest] = decodeRlp(sent.subarray(1), 'tx') as RlpItem[];
    expect(sent[0]).toBe(3);
    expect(version).toEqual(Uint8Array.of(1));
    expect(rest).toEqual([sidecar.blobs, sidecar.commitments, sidecar.cellProofs]);
    expect(decodeSigned(Uint8Array.from([3, ...encodeRlp(fields!)])).sender).toBe(account.address);
  });

  it('is given back in its canonical form, in whichever form a node hands it out', () => {
    expect(canonicalForm(networkForm(raw, sidecar))).toEqual(raw);
    expect(canonicalForm(raw)).toBe(raw);
    const other = Uint8Array.of(2, 1);
    expect(canonicalForm(other)).toBe(other);
  });

  it('is not made with too few proofs or commitments, nor of another type', () => {
    expect(() => networkForm(raw, { ...sidecar, cellProofs: cellProofs.slice(1) })).toThrow(
      '127 cell proofs',
    );
    expect(() => networkForm(raw, { ...sidecar, commitments: [] })).toThrow('0 commitments');
    expect(() => networkForm(Uint8Array.of(2, ...raw.subarray(1)), sidecar)).toThrow('type 3');
  });
});
