import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { Formers } from '../../../../src/node/cluster/formers.ts';
import type { RosterEntry } from '../../../../src/node/cluster/handshake.ts';
import { named } from '../helpers.ts';

const entry = (index: number, identity = `identity ${index}`): RosterEntry => ({
  index: partyIndex(index),
  identityPublicKey: named(identity),
  address: `node-${index}:7610`,
  name: `node-${index}`,
});
const indices = ({ entries }: Formers): readonly number[] => entries.map(({ index }) => index);

describe('former members', () => {
  it('come back once', () => {
    const formers = new Formers([entry(2), entry(3)]);
    expect(formers.take(partyIndex(3))).toEqual(entry(3));
    expect(formers.take(partyIndex(3))).toBeUndefined();
    expect(indices(formers)).toEqual([2]);
  });

  it('are forgotten when their seat or their identity is a member’s', () => {
    const formers = new Formers([entry(2), entry(3), entry(4)]);
    formers.forget(entry(2, 'somebody else'));
    formers.forget(entry(9, 'identity 3'));
    expect(indices(formers)).toEqual([4]);
  });

  it('are the last that left, each of them once, and no more than there is room for', () => {
    const formers = new Formers(Array.from({ length: 40 }, (_, i) => entry(i + 1)));
    expect([indices(formers).length, indices(formers)[0]]).toEqual([32, 9]);
    formers.add(entry(10));
    formers.add(entry(41));
    expect([indices(formers).length, indices(formers)[0]]).toEqual([32, 11]);
    expect(indices(formers).slice(-2)).toEqual([10, 41]);
  });
});
