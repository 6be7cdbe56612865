import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';

import { fromHex } from '../../src/crypto/bytes.ts';
import { type Signature, normaliseLowS, recoverPublicKey, verifyDigest } from '../../src/crypto/ecdsa.ts';
import { Point, scalar } from '../../src/crypto/secp256k1.ts';
import { wycheproof } from './shared.ts';

interface Group {
  readonly publicKey: { readonly uncompressed: string };
  readonly tests: readonly Case[];
}
interface Case {
  readonly tcId: number;
  readonly msg: string;
  readonly sig: string;
  readonly result: string;
}

const lowSets = wycheproof<Group>(
  'wycheproof-ecdsa-secp256k1-bitcoin.json',
  'ecdsa_secp256k1_sha256_bitcoin_test.json',
);
const anySets = wycheproof<Group>('wycheproof-ecdsa-secp256k1.json', 'ecdsa_secp256k1_sha256_test.json');
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

/** r and s of strict DER; nothing when the encoding itself is refused. */
function parse(der: string): { readonly r: bigint; readonly s: bigint } | undefined {
  try {
    return secp256k1.Signature.fromBytes(bytes(der), 'der');
  } catch {
    return undefined;
  }
}

/** The parity under which the signature is accepted; nothing when there is none. */
function accepted(key: Point, { msg, sig }: Case, normalise: boolean): Signature | undefined {
  const parsed = parse(sig);
  if (parsed === undefined) return undefined;
  const digest = sha256(bytes(msg));
  return ([0, 1] as const)
    .map((yParity) => ({ r: scalar(parsed.r), s: scalar(parsed.s), yParity }))
    .map((signature) => (normalise ? normaliseLowS(signature) : signature))
    .find((signature) => verifyDigest(key, digest, signature));
}

// In these valid cases r is x(R) − q. The protocols refuse such a nonce point, so no parity names it.
describe.each([
  { form: 'low S only', sets: lowSets, normalise: false, beyondOrder: [346] },
  { form: 'either S, normalised', sets: anySets, normalise: true, beyondOrder: [350, 471] },
])('ECDSA over secp256k1, $form', ({ sets, normalise, beyondOrder }) => {
  test.each(sets)('judges the $origin of Wycheproof as it says', ({ groups, numberOfTests }) => {
    const wrong: number[] = [];
    let seen = 0;
    for (const group of groups) {
      const key = Point.fromBytes(bytes(group.publicKey.uncompressed));
      for (const item of group.tests) {
        const signature = accepted(key, item, normalise);
        const expected = item.result === 'valid' && !beyondOrder.includes(item.tcId);
        if ((signature !== undefined) !== expected) wrong.push(item.tcId);
        const recovered = signature && recoverPublicKey(sha256(bytes(item.msg)), signature);
        if (recovered?.equals(key) === false) wrong.push(item.tcId);
        seen++;
      }
    }
    expect(wrong).toEqual([]);
    expect(seen).toBe(numberOfTests);
    expect(seen).toBeGreaterThan(30);
  });
});
