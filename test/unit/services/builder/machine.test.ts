import { expect, test } from 'vitest';

import type { PendingOrigin } from '../../../../src/chain/derivation-state.ts';
import { parseAddress } from '../../../../src/ethereum/address.ts';
import { type BuilderView, decideSlot } from '../../../../src/services/builder/machine.ts';

const self = parseAddress(`0x${'11'.repeat(20)}`);
const other = parseAddress(`0x${'22'.repeat(20)}`);
const hash = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const originOf = (number: bigint, timestamp: bigint) => ({
  ...{ number, timestamp, hash: hash(Number(number)), messageRoot: hash(9) },
});
const next: PendingOrigin = {
  origin: originOf(6n, 1_000n),
  credits: [{ nonce: 0n, to: other, gwei: 7n }],
  forced: [Uint8Array.of(1, 2)],
};
const calm: BuilderView = {
  rollup: { slotMs: 250, maxDrift: 30n },
  parent: { number: 3n, timestamp: 1_000n, orderedUpTo: 8n },
  origin: originOf(5n, 998n),
  next: undefined,
  l1Time: 1_000n,
  leader: { epoch: 2n, view: 1n, signer: self },
  self,
  nowMs: 1_001_900,
  waiting: 4,
  builtAtMs: 1_001_650,
  idleMs: 5_000,
  unsafeBlocks: 3,
  maxUnsafeBlocks: 100,
};
const built = (view: BuilderView) => {
  const decision = decideSlot(view);
  if (decision.kind === 'build') return decision;
  throw new Error(`idle: ${decision.reason}`);
};
const whyIdle = (view: BuilderView): string => {
  const decision = decideSlot(view);
  return decision.kind === 'idle' ? decision.reason : 'built';
};

test('a block has the time of its slot, the leader and view, and the origin of its parent', () => {
  const { attributes, takesPool } = built(calm);
  expect(takesPool).toBe(true);
  expect(attributes).toEqual({
    ...{ timestamp: 1_001n, origin: originOf(5n, 998n), epoch: 2n, view: 1n, orderedUpTo: 8n },
    ...{ credits: [], forced: [] },
  });
});

test('two blocks share a second where slots are shorter, and never where they are not', () => {
  const at = { ...calm, parent: { ...calm.parent, timestamp: 1_001n } };
  expect(built(at).attributes.timestamp).toBe(1_001n);
  expect(built({ ...at, rollup: { ...calm.rollup, slotMs: 1_000 } }).attributes.timestamp).toBe(1_002n);
});

test('time never goes back with the clock, and a clock far behind builds nothing', () => {
  const ahead = { ...calm, parent: { ...calm.parent, timestamp: 1_002n } };
  expect(built(ahead).attributes.timestamp).toBe(1_002n);
  const far = { ...calm, parent: { ...calm.parent, timestamp: 1_003n } };
  expect(whyIdle(far)).toBe('clock-behind');
});

test('a clock that jumped far ahead of L1 builds nothing that no batch could bring there', () => {
  const jumped = { ...calm, next, nowMs: 3_600_000 + calm.nowMs };
  expect(whyIdle(jumped)).toBe('clock-ahead-of-l1');
  expect(whyIdle({ ...jumped, l1Time: 4_601n - 31n })).toBe('clock-ahead-of-l1');
  expect(built({ ...jumped, l1Time: 4_601n - 30n }).attributes.timestamp).toBe(4_601n);
});

test('only the leader builds', () => {
  expect(whyIdle({ ...calm, self: other })).toBe('not-the-leader');
  expect(whyIdle({ ...calm, leader: undefined })).toBe('not-the-leader');
});

test('a confirmed origin is taken at once, with all that it brings, even by an empty block', () => {
  const { attributes } = built({ ...calm, next, waiting: 0 });
  expect(attributes.origin).toEqual(next.origin);
  expect([attributes.credits, attributes.forced]).toEqual([next.credits, next.forced]);
});

test('an origin of the same second is taken', () => {
  const same = { ...next, origin: originOf(6n, 1_001n) };
  expect(built({ ...calm, next: same }).attributes.origin).toEqual(same.origin);
});

test('an origin that is younger than the block is not taken', () => {
  const young = { ...next, origin: originOf(6n, 1_002n) };
  expect(built({ ...calm, next: young }).attributes.origin.number).toBe(5n);
});

test('without a newer origin nothing is built beyond the drift, since others may know one', () => {
  const at = (timestamp: bigint): BuilderView => ({
    ...calm,
    origin: originOf(5n, timestamp),
  });
  expect(whyIdle(at(1_001n - 30n))).toBe('built');
  expect(whyIdle(at(1_001n - 31n))).toBe('waits-for-l1');
});

test('a chain that catches up with L1 takes an origin a block and leaves the pool alone', () => {
  const old = { ...next, origin: originOf(6n, 900n) };
  const behind = { ...calm, next: old, origin: originOf(5n, 898n) };
  expect(built(behind)).toMatchObject({ takesPool: false, attributes: { origin: { number: 6n } } });
});

test('an empty block waits until the last one is old', () => {
  expect(whyIdle({ ...calm, waiting: 0 })).toBe('nothing-to-do');
  expect(whyIdle({ ...calm, waiting: 0, builtAtMs: calm.nowMs - 5_000 })).toBe('built');
});

test('building stops where L1 is too far behind, and where it dropped the origin', () => {
  expect(whyIdle({ ...calm, unsafeBlocks: 100 })).toBe('too-far-ahead-of-l1');
  expect(whyIdle({ ...calm, next: 'gone' })).toBe('origin-gone');
});
