import { describe, expect, it } from 'vitest';

import {
  derivationStateCodec,
  originAt,
  startOf,
  withOrigin,
  withSafe,
} from '../../../src/chain/derivation-state.ts';
import { appendMessage, emptyMessageTree, messageTreeRoot } from '../../../src/chain/message-tree.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import { factsBehind } from './derive-world.ts';
import { l1Hash, rollup } from './fake-executor.ts';

const start = startOf(rollup);
const facts = factsBehind(start, {
  ...{ messages: [l1Hash(1n)], forced: [Uint8Array.of(1, 2, 3)] },
  credits: [{ nonce: 4n, to: parseAddress('0x00000000000000000000000000000000000000ee'), gwei: 5n }],
});

describe('the state of derivation', () => {
  it('begins at the genesis, with its origin alone', () => {
    expect(start.l1.hash).toEqual(rollup.genesis.origin.hash);
    expect(start.origins).toEqual([{ origin: rollup.genesis.origin, credits: [], forced: [] }]);
    expect(start).toMatchObject({ lastTaken: 100n, lastFallback: 100n });
  });

  it('knows what a block of L1 demands of its first block, and the messages with it', () => {
    const next = withOrigin(start, facts);
    const { credits, forced } = facts;
    const messageRoot = messageTreeRoot(appendMessage(emptyMessageTree, l1Hash(1n)));
    expect(originAt(next, 101n)).toMatchObject({
      credits,
      forced,
      origin: { hash: facts.hash, messageRoot },
    });
    expect(originAt(next, 102n)).toBeUndefined();
    expect(next.l1).toEqual({ number: 101n, hash: facts.hash });
    expect(start.tree.count).toBe(0);
  });

  it('forgets origins that no block can refer to any more', () => {
    const next = withSafe(withOrigin(start, facts), { ...start.safe, origin: 101n });
    expect(next.origins.map(({ origin }) => origin.number)).toEqual([101n]);
  });

  it('is read from disk as it was written', () => {
    const next = { ...withOrigin(start, facts), lastTaken: 7n, lastFallback: 8n };
    expect(decode(derivationStateCodec, encode(derivationStateCodec, next))).toEqual(next);
    expect(() => decode(derivationStateCodec, encode(derivationStateCodec, next).subarray(1))).toThrow();
  });
});
