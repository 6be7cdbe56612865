import { describe, expect, it } from 'vitest';

import { encodeExtra } from '../../../src/chain/block.ts';
import { genesisPosition, positionOf } from '../../../src/chain/l2-position.ts';
import { genesisHeader, l1Hash, rollup } from './fake-executor.ts';

describe('the position of a block', () => {
  it('is in its header', () => {
    const extraData = encodeExtra({ epoch: 3n, view: 1n, orderedUpTo: 9n, origin: 77n });
    const header = { ...genesisHeader, number: 5n, timestamp: 1_005n, extraData };
    expect(positionOf({ hash: l1Hash(1n), header }, rollup)).toEqual({
      ...{ number: 5n, hash: l1Hash(1n), timestamp: 1_005n, origin: 77n },
      ...{ epoch: 3n, view: 1n, orderedUpTo: 9n },
    });
    const wrong = { ...header, extraData: new Uint8Array(3) };
    expect(() => positionOf({ hash: l1Hash(1n), header: wrong }, rollup)).toThrow('not of version');
  });

  it('of block 0 is in the rollup, where its header says nothing', () => {
    const start = genesisPosition(rollup);
    expect(positionOf({ hash: rollup.genesis.hash, header: genesisHeader }, rollup)).toEqual(start);
    expect(start).toMatchObject({ number: 0n, timestamp: 1_000n, origin: 100n, orderedUpTo: 0n });
  });
});
