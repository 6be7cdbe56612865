import { describe, expect, it } from 'vitest';

import { type DerivationState, startOf, withOrigin } from '../../../../src/chain/derivation-state.ts';
import {
  type DriverState,
  headsOf,
  moveFor,
  originAfter,
  tipOf,
  transition,
} from '../../../../src/services/driver/machine.ts';
import { factsBehind } from '../../chain/derive-world.ts';
import { l1Hash, rollup } from '../../chain/fake-executor.ts';

const start = startOf(rollup);
const next = (state: DerivationState): DerivationState => withOrigin(state, factsBehind(state));
const one = next(start);
const two = next(one);
const begin: DriverState = { snapshots: [start], unsafe: start.safe };
const grown: DriverState = { snapshots: [start, one, two], unsafe: start.safe };
const block = (number: bigint): DerivationState['safe'] => ({
  ...start.safe,
  number,
  hash: l1Hash(number, 7),
});

describe('the machine of the driver', () => {
  it('keeps a snapshot of each block of L1, and writes it before it tells of new heads', () => {
    const state = { ...one, safe: block(1n) };
    const { next: after, effects } = transition(begin, { kind: 'derived', state, isKept: false });
    expect(effects.map(({ kind }) => kind)).toEqual(['save', 'heads']);
    expect(headsOf(after)).toMatchObject({
      safe: { number: 1n },
      unsafe: { number: 1n },
      finalized: { number: 0n },
    });
    expect(transition(begin, { kind: 'derived', state: one, isKept: true }).effects).toMatchObject([
      { kind: 'save' },
    ]);
  });

  it('keeps the unsafe head where its chain holds the safe one, and only there', () => {
    const ahead = { ...begin, unsafe: block(3n) };
    const state = { ...one, safe: block(2n) };
    expect(transition(ahead, { kind: 'derived', state, isKept: true }).next.unsafe.number).toBe(3n);
    expect(transition(ahead, { kind: 'derived', state, isKept: false }).next.unsafe.number).toBe(2n);
    const beyond = { ...one, safe: block(4n) };
    expect(transition(ahead, { kind: 'derived', state: beyond, isKept: true }).next.unsafe.number).toBe(4n);
  });

  it('takes the newest block of L1 back, never the one before all', () => {
    const { next: after, effects } = transition(grown, { kind: 'orphaned' });
    expect(tipOf(after)).toBe(one);
    expect(effects).toEqual([{ kind: 'undo', l1: 102n }]);
    expect(() => transition(begin, { kind: 'orphaned' })).toThrow('never taken back');
  });

  it('cuts with a block of L1 what that made alone, and leaves what a sequencer made', () => {
    const alone = { ...two, safe: block(2n), lastFallback: two.l1.number };
    const state = { snapshots: [start, { ...one, safe: block(1n) }, alone], unsafe: block(5n) };
    expect(headsOf(transition(state, { kind: 'orphaned' }).next).unsafe.number).toBe(1n);
    const batch = { ...state, snapshots: [start, one, { ...alone, lastFallback: one.l1.number }] };
    expect(headsOf(transition(batch, { kind: 'orphaned' }).next).unsafe.number).toBe(5n);
  });

  it('begins anew where even that is gone', () => {
    const base: DriverState = { snapshots: [{ ...two, safe: block(2n) }], unsafe: block(2n) };
    const { next: after, effects } = transition(base, { kind: 'reset', start });
    expect(after.snapshots).toEqual([start]);
    expect(effects.map(({ kind }) => kind)).toEqual(['undo', 'save', 'heads']);
  });

  it('forgets snapshots before a final block that it read itself, and no others', () => {
    const { next: after, effects } = transition(grown, { kind: 'finalized', l1: one.l1 });
    expect(after.snapshots).toEqual([one, two]);
    expect(effects).toEqual([{ kind: 'forget', l1: 100n }]);
    for (const l1 of [
      { number: 101n, hash: l1Hash(1n) },
      { number: 999n, hash: l1Hash(1n) },
    ])
      expect(transition(grown, { kind: 'finalized', l1 })).toEqual({ next: grown, effects: [] });
  });

  it('goes on, back, or waits, by what L1 shows', () => {
    const facts = factsBehind(two);
    const head = { number: 103n, hash: facts.hash };
    expect(moveFor(grown, head, facts)).toBe('derive');
    expect(moveFor(grown, head, { ...facts, parentHash: l1Hash(1n) })).toBe('orphaned');
    expect(moveFor(grown, head, undefined)).toBe('wait');
    expect(moveFor(grown, two.l1, undefined)).toBe('wait');
    expect(moveFor(grown, { ...two.l1, hash: l1Hash(1n) }, undefined)).toBe('orphaned');
    expect(moveFor(grown, one.l1, undefined)).toBe('wait');
    expect(moveFor(grown, { ...one.l1, hash: l1Hash(1n) }, undefined)).toBe('orphaned');
    expect(moveFor(grown, { number: 50n, hash: l1Hash(1n) }, undefined)).toBe('wait');
  });

  it('offers an origin as soon as it is deep enough', () => {
    expect(originAfter(grown, start.l1, 1n)).toMatchObject({ origin: { number: 101n } });
    expect(originAfter(grown, start.l1, 2n)).toBeUndefined();
    expect(originAfter(grown, one.l1, 0n)).toMatchObject({ origin: { number: 102n } });
    expect(originAfter(grown, { ...one.l1, hash: l1Hash(1n) }, 0n)).toBe('gone');
    expect(originAfter(grown, { number: 99n, hash: l1Hash(1n) }, 0n)).toBe('gone');
    expect(originAfter(grown, { number: 103n, hash: l1Hash(1n) }, 0n)).toBeUndefined();
  });
});
