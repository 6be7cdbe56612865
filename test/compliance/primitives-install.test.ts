import { expect, test } from 'vitest';

import type { Primitives } from '../../src/crypto/operations.ts';
import { installPrimitives } from '../../src/crypto/primitives.ts';
import { purePrimitives } from '../../src/crypto/primitives-pure.ts';
import { G } from '../../src/crypto/secp256k1.ts';

test('a wrong implementation is not installed', () => {
  const wrongPoint: Primitives = { ...purePrimitives, name: 'wrong', baseMultiply: () => G.uncompressed };
  const wrongHash: Primitives = { ...purePrimitives, name: 'wrong', sha256: () => new Uint8Array(32) };
  const wrongKeccak: Primitives = { ...purePrimitives, name: 'wrong', keccak256: purePrimitives.sha256 };
  const ignoresParity: Primitives = {
    ...purePrimitives,
    name: 'wrong',
    recover: (digest, signature) => purePrimitives.recover(digest, signature, 0),
  };
  expect(() => installPrimitives(wrongKeccak)).toThrow('wrong: wrong Keccak');
  expect(() => installPrimitives(ignoresParity)).toThrow('wrong: wrong public key of a signature');
  expect(() => installPrimitives(wrongPoint)).toThrow('wrong: wrong point');
  expect(() => installPrimitives(wrongHash)).toThrow('wrong: wrong hash');
});
