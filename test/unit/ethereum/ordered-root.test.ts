import { createMPT } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { expect, it } from 'vitest';

import { toHex } from '../../../src/crypto/bytes.ts';
import { orderedRoot } from '../../../src/ethereum/ordered-root.ts';
import { EMPTY_ROOT } from '../../../src/ethereum/trie.ts';

it('has the root of the library for every number of values up to 300, short and long', async () => {
  const twin = await createMPT({});
  const values: Uint8Array[] = [];
  expect(orderedRoot([])).toEqual(EMPTY_ROOT);
  for (let i = 0; i < 300; i++) {
    const value = new Uint8Array(1 + ((i * 37) % 90)).fill(i + 1);
    await twin.put(RLP.encode(i), value);
    values.push(value);
    if (i < 20 || i % 16 < 2 || i > 250) expect(toHex(orderedRoot(values))).toBe(toHex(twin.root()));
  }
});
