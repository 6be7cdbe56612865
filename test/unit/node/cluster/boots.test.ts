import { expect, it } from 'vitest';

import { judgeBoot } from '../../../../src/node/cluster/boots.ts';
import type { Hello } from '../../../../src/node/cluster/handshake.ts';

const hello = (bootCounter: bigint, id: number): Hello => ({
  ...{
    bootCounter,
    bootId: new Uint8Array(16).fill(id),
    epoch: 0,
    guardSeq: 0n,
    guardHead: new Uint8Array(32),
  },
});

it('a first hello and one of a later start are later', () => {
  expect(judgeBoot(undefined, hello(0n, 1))).toBe('later');
  expect(judgeBoot(hello(4n, 1), hello(5n, 2))).toBe('later');
});

it('the same counter and nonce are the same process', () => {
  expect(judgeBoot(hello(4n, 1), hello(4n, 1))).toBe('same');
});

it('one counter with two nonces, and a counter that goes back, are two processes', () => {
  expect(judgeBoot(hello(4n, 1), hello(4n, 2))).toBe('duplicate');
  expect(judgeBoot(hello(4n, 1), hello(3n, 1))).toBe('duplicate');
});
