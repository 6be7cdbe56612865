import { describe, expect, test } from 'vitest';

import { bigintToBytes, bytesToBigint, fromHex, toHex } from '../../src/crypto/bytes.ts';
import type { Primitives } from '../../src/crypto/operations.ts';
import { implementations } from './implementations.ts';
import { wycheproof } from './shared.ts';

interface Case {
  readonly tcId: number;
  readonly public: string;
  readonly private: string;
  readonly shared: string;
  readonly result: string;
}

const sets = wycheproof<{ readonly tests: readonly Case[] }>(
  'wycheproof-ecdh-secp256k1.json',
  'ecdh_secp256k1_test.json',
);

/** The keys whose ASN.1 is that of a named curve and a whole number of bytes: what is left is the point itself. */
const headers = [
  '3056301006072a8648ce3d020106052b8104000a034200',
  '3036301006072a8648ce3d020106052b8104000a032200',
];
const sec1Of = (der: string): Uint8Array | undefined => {
  const header = headers.find((known) => der.startsWith(known));
  return header === undefined ? undefined : fromHex(der.slice(header.length));
};

function isAsItSays(implementation: Primitives, sec1: Uint8Array, item: Case): boolean {
  const point = implementation.parsePoint(sec1);
  if (point === undefined) return item.result !== 'valid'; // acceptable: either
  const secret = bigintToBytes(bytesToBigint(fromHex(item.private.padStart(66, '0')) ?? sec1), 32);
  const product = implementation.multiply(point, secret);
  return item.result !== 'invalid' && toHex(product.subarray(1, 33)) === item.shared;
}

for (const implementation of implementations)
  describe(`points and products of secp256k1 by ${implementation.name}`, () => {
    test.each(sets)('the points of the $origin of Wycheproof are read as it says', ({ groups }) => {
      const wrong: number[] = [];
      let [seen, refused] = [0, 0];
      for (const item of groups.flatMap(({ tests }) => tests)) {
        const sec1 = sec1Of(item.public);
        if (sec1 === undefined) continue;
        if (!isAsItSays(implementation, sec1, item)) wrong.push(item.tcId);
        if (item.result === 'invalid') refused++;
        seen++;
      }
      expect(wrong).toEqual([]);
      expect(seen).toBeGreaterThan(10);
      expect(refused).toBeGreaterThan(1);
    });
  });
