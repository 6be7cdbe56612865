import { describe, expect, it } from 'vitest';

import {
  dacDigest,
  dacSignature,
  dacSigner,
  encodeCertificate,
  weighCertificate,
} from '../../../src/chain/dac.ts';
import { ascii, concat, toHex, u64 } from '../../../src/crypto/bytes.ts';
import { abiWord } from '../../../src/ethereum/contract-digest.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';
import { insecureTestAccount, signDigest } from '../../../scripts/lib/test-transactions.ts';

const accounts = Array.from({ length: 9 }, (_, i) => insecureTestAccount('dac', i));
const members = accounts.map(({ address }) => address);
const payload = { l2ChainId: 71_001n, payloadHash: new Uint8Array(32).fill(2), payloadSize: 900 };
const expiry = 1_700_000_000n;
const digest = dacDigest({ ...payload, expiry });
const signatureOf = (i: number): Uint8Array => dacSignature(signDigest(digest, accounts[i]!.secret));
const certificateOf = (...signers: readonly number[]): Uint8Array =>
  encodeCertificate(members.length, new Map(signers.map((i) => [i, signatureOf(i)])), expiry);

describe('a certificate of the committee', () => {
  it('is over the words that the inbox hashes', () => {
    const words = [71_001n, payload.payloadHash, 900, expiry].map(abiWord);
    expect(digest).toEqual(keccak256(concat(keccak256(ascii('conclave/v1/dac')), ...words)));
  });

  it('has a bit and a signature for each who signed, lowest first, and the expiry', () => {
    const certificate = certificateOf(8, 0, 3);
    expect(toHex(certificate.subarray(0, 2))).toBe('0901');
    expect(certificate).toHaveLength(2 + 3 * 65 + 8);
    expect(certificate.subarray(2, 67)).toEqual(signatureOf(0));
    expect(certificate.subarray(-8)).toEqual(u64(expiry));
    expect(weighCertificate(certificate, members, payload)).toBe(3);
    expect(weighCertificate(certificateOf(), members, payload)).toBe(0);
  });

  it('weighs nothing with any bit of it changed', () => {
    const certificate = certificateOf(1, 7);
    for (let at = 0; at < certificate.length; at++)
      for (const mask of [1, 128]) {
        const changed = certificate.slice();
        changed[at]! ^= mask;
        expect(weighCertificate(changed, members, payload), `byte ${at}`).toBe(0);
      }
    for (let length = 0; length < certificate.length; length++)
      expect(weighCertificate(certificate.subarray(0, length), members, payload)).toBe(0);
    expect(weighCertificate(certificate, members, { ...payload, payloadSize: 901 })).toBe(0);
  });

  it('takes signatures in the one form that L1 takes', () => {
    const signature = signatureOf(2);
    expect(dacSigner(digest, signature)).toBe(members[2]);
    expect(dacSigner(digest, signature.subarray(1))).toBeUndefined();
    expect(dacSigner(digest, concat(signature, Uint8Array.of(0)))).toBeUndefined();
    const low = signature.slice();
    low[64]! -= 27;
    expect(dacSigner(digest, low)).toBeUndefined();
    expect(dacSigner(digest, concat(new Uint8Array(64), Uint8Array.of(27)))).toBeUndefined();
  });
});
