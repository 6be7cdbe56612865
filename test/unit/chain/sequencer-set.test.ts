import { expect, test } from 'vitest';

import { soleSequencer } from '../../../src/chain/sequencer-set.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';

test('a sole sequencer leads in every block from its first on, and in none before', () => {
  const signer = parseAddress(`0x${'11'.repeat(20)}`);
  const set = soleSequencer(signer, 5n);
  expect(set.leaderAt(4n)).toBeUndefined();
  expect(set.leaderAt(5n)).toEqual({ epoch: 0n, view: 0n, signer });
  expect(set.leaderAt(1n << 60n)?.signer).toBe(signer);
  expect(soleSequencer(signer).leaderAt(0n)).toBeUndefined();
});
