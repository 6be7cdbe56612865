import { Bloom } from '@ethereumjs/vm';
import { expect, it } from 'vitest';

import { addressFromBytes, keccak256 } from '../../../../src/ethereum/address.ts';
import { bloomOf, joinBlooms, mayHold } from '../../../../src/services/engine/bloom.ts';

it('is the filter of the library, and holds what went into it', () => {
  const twin = new Bloom();
  const logs = Array.from({ length: 20 }, (_, i) => ({
    address: addressFromBytes(new Uint8Array(20).fill(i)),
    topics: Array.from({ length: i % 5 }, (__, k) => keccak256(Uint8Array.of(i, k))),
  }));
  for (const [i, { topics }] of logs.entries())
    for (const bytes of [new Uint8Array(20).fill(i), ...topics]) twin.add(bytes);
  const bloom = bloomOf(logs);
  expect(bloom).toEqual(twin.bitvector);
  expect(joinBlooms(logs.map((log) => bloomOf([log])))).toEqual(bloom);
  expect(joinBlooms([])).toEqual(new Uint8Array(256));
  expect(logs.every(({ topics }) => topics.every((topic) => mayHold(bloom, topic)))).toBe(true);
  expect(mayHold(bloom, keccak256(Uint8Array.of(99)))).toBe(false);
});
