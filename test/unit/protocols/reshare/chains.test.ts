import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { verifyDigest } from '../../../../src/crypto/ecdsa.ts';
import { actBase, scalar } from '../../../../src/crypto/secp256k1.ts';
import { interpolateAtZero } from '../../../../src/crypto/shamir.ts';
import { publicKeyOf } from '../../../../src/protocols/epoch.ts';
import { at, forParties } from '../../../../src/protocols/kernel/protocol.ts';
import { type DealtKey, batchesOf, digestOf, quorumsOf, runPresign, runSign } from '../../../sim/signing.ts';
import {
  type HeldEpoch,
  after,
  choose,
  expectNoMixture,
  expectSameKey,
  heldEpoch,
  membersOf,
  seated,
  seats,
  valueOf,
} from '../support/reshare-run.ts';

describe('reshares in a row', () => {
  it('from two of three to eleven of sixteen, from there to another eleven of sixteen, and back', () => {
    const first = heldEpoch(2, seats(1, 2, 3));
    const many = seats(...Array.from({ length: 16 }, (_, i) => i + 1));
    const grown = after(first, 11, many);
    const others = [...many.slice(4), ...seats(40, 41, 42, 64)];
    const moved = after(grown, 11, others, many.slice(2, 13));
    const back = after(moved, 2, seats(1, 2, 64));
    for (const epoch of [grown, moved]) {
      const [quorums, key] = [choose(membersOf(epoch), 11), publicKeyOf(first.record)];
      expect(quorums).toHaveLength(4368);
      for (let i = 0; i < quorums.length; i += 546) {
        const secret = interpolateAtZero(forParties(quorums[i] ?? [], (j) => valueOf(at(epoch.shares, j))));
        expect(actBase(secret).equals(key)).toBe(true);
      }
    }
    expectSameKey(first, back);
    expect(back.record.epochNo).toBe(3);
  });

  it('twenty times in a row, with other dealers and members each time', () => {
    const first = heldEpoch(2, seats(1, 2, 3));
    let epoch = first;
    for (let k = 1; k <= 20; k++) {
      const to = seats(...[k + 1, k + 2, k + 3, k + 4].slice(0, 3 + (k % 2)));
      epoch = after(epoch, k % 2 === 0 ? 2 : 3, to, membersOf(epoch).slice(k % 2));
    }
    expect(epoch.record.epochNo).toBe(20);
    expectSameKey(first, epoch);
  });

  it('after a refresh, old shares of fewer than the threshold are worth nothing beside a new one', () => {
    const old = heldEpoch(3, seats(1, 2, 3, 4));
    const next = after(old, 3, seats(1, 2, 3, 4));
    for (const j of membersOf(old)) expect(at(next.shares, j)).not.toEqual(at(old.shares, j));
    expectNoMixture(old, next);
  });

  it('ATK-P31, positive control: as many old shares as the threshold are the key for ever', () => {
    const old = heldEpoch(3, seats(1, 2, 3, 4));
    const next = after(old, 3, seats(1, 2, 3, 4));
    const kept = forParties(seats(1, 2, 3), (j) => valueOf(at(old.shares, j)));
    expect(actBase(interpolateAtZero(kept)).equals(publicKeyOf(next.record))).toBe(true);
  });

  it('ATK-P31: one old share too few, with a new one, makes another key', () => {
    const old = heldEpoch(3, seats(1, 2, 3, 4));
    const next = after(old, 3, seats(1, 2, 3, 4));
    const mixed = forParties(seats(1, 2, 3), (j) => valueOf(at(j === 3 ? next.shares : old.shares, j)));
    expect(actBase(interpolateAtZero(mixed)).equals(publicKeyOf(next.record))).toBe(false);
  });

  it('gives a member that lost its share a new one: it is in the committee, and does not deal', () => {
    const old = heldEpoch(3, seats(1, 2, 3, 4));
    const next = after(old, 3, seats(1, 2, 3, 4), seats(1, 3, 4));
    expectSameKey(old, next);
    expect(at(next.shares, partyIndex(2))).toHaveLength(32);
    expect(next.record.members).toEqual(old.record.members);
  });
});

describe('signing after a reshare', () => {
  /** An epoch as the signing tests take it. */
  const dealt = (epoch: HeldEpoch): DealtKey => ({
    record: epoch.record,
    shares: epoch.shares,
    members: seated(membersOf(epoch)),
    secret: scalar(1n),
  });

  it('works with every quorum of the new epoch, under the same key', () => {
    const old = heldEpoch(3, seats(1, 2, 3, 4));
    const next = dealt(after(old, 2, seats(2, 6, 9)));
    for (const quorum of quorumsOf(next)) {
      const run = runPresign(next, quorum, 1);
      expect([...batchesOf(run).keys()]).toEqual(quorum);
      const digest = digestOf(`by ${quorum.join()}`);
      for (const state of runSign(run, 0, digest).values()) {
        if (state.kind !== 'done') expect.fail(state.kind);
        expect(verifyDigest(publicKeyOf(old.record), digest, state.output)).toBe(true);
      }
    }
  });

  it('does not begin with a share of the epoch before', () => {
    const old = heldEpoch(2, seats(1, 2, 3));
    const next = after(old, 2, seats(1, 2, 3));
    const stale = new Map([...next.shares, [partyIndex(1), at(old.shares, partyIndex(1))]]);
    const key = { ...dealt(next), shares: stale };
    expect(() => runPresign(key, seats(1, 2), 1)).toThrow('the share is not of this epoch');
  });
});
