import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { add, actBase, scalar, scalarToBytes, sum } from '../../../../src/crypto/secp256k1.ts';
import { Point, invert, multiply, subtract } from '../../../../src/crypto/secp256k1.ts';
import { lagrangeAtZero } from '../../../../src/crypto/shamir.ts';
import { type Party, at } from '../../../../src/protocols/kernel/protocol.ts';
import { publicKeyOf } from '../../../../src/protocols/epoch.ts';
import {
  addScalar,
  drawSecrets,
  putScalar,
  scalarAt,
  zeroShares,
} from '../../../../src/protocols/presign/secrets.ts';
import { dealKey, idleParty, quorumsOf } from '../../../sim/signing.ts';

const key = dealKey(3, 4);
const [quorum = []] = quorumsOf(key);

/** Everybody of a quorum, each pair with a secret of its own. */
function parties(): readonly Party[] {
  const base = idleParty(key, quorum);
  const shared = (i: number, j: number): Uint8Array => new Uint8Array(32).fill(i * j);
  return quorum.map((self) => {
    const others = quorum.filter((j) => j !== self);
    const keys = { ...base.keys, sharedX: new Map(others.map((j) => [j, shared(self, j)])) };
    return { ...base, self, others, keys };
  });
}

describe('secret scalars', () => {
  it('are read, written and added in place', () => {
    const scalars = new Uint8Array(96);
    putScalar(scalars, 1, scalar(5n));
    addScalar(scalars, 1, scalar(7n));
    addScalar(scalars, 2, scalar(-1n));
    addScalar(scalars, 2, scalar(3n));
    expect([0, 1, 2].map((s) => scalarAt(scalars, s))).toEqual([0n, 12n, 2n]);
  });
});

describe('shares of zero', () => {
  it('add up to zero over the quorum in every instance, and differ between instances', () => {
    const zeta = parties().map((party) => zeroShares(party, 3));
    for (let s = 0; s < 3; s++) expect(sum(zeta.map((one) => scalarAt(one, s)))).toBe(0n);
    expect(new Set(zeta.flatMap((one) => [0, 1, 2].map((s) => scalarAt(one, s)))).size).toBe(9);
  });
});

describe('what a party draws', () => {
  it('makes summands of the key', () => {
    const drawn = parties().map((party) => drawSecrets(party, at(key.shares, party.self), 2));
    for (let s = 0; s < 2; s++) {
      const total = drawn.map(({ sk }) => scalarAt(sk, s)).reduce(add);
      expect(total).toBe(key.secret);
      expect(Point.sum(drawn.map(({ sk }) => actBase(scalarAt(sk, s)))).equals(publicKeyOf(key.record))).toBe(
        true,
      );
    }
  });

  it('begins m with φ, in a buffer of its own, and wipes everything', () => {
    const [party] = parties();
    if (party === undefined) throw new RangeError('nobody');
    const secrets = drawSecrets(party, at(key.shares, party.self), 2);
    expect(secrets.m).toEqual(secrets.phi);
    let wiped = 0;
    secrets.alice.set(partyIndex(2), {
      delta: new Uint8Array(16),
      t: new Uint8Array(1),
      rList: new Uint8Array(1),
      wipe: () => wiped++,
    });
    secrets.wipe();
    secrets.wipe();
    expect(wiped).toBe(1);
    for (const bytes of [secrets.r, secrets.phi, secrets.sk, secrets.m])
      expect(bytes).toEqual(new Uint8Array(64));
  });

  it('can by chance be a summand of zero, which the session ends for', () => {
    const [party] = parties();
    if (party === undefined) throw new RangeError('nobody');
    const zeta = scalarAt(zeroShares(party, 1), 0);
    const share = multiply(subtract(scalar(0n), zeta), invert(lagrangeAtZero(party.self, quorum)));
    expect(scalarAt(drawSecrets(party, scalarToBytes(share), 1).sk, 0)).toBe(0n);
  });
});
