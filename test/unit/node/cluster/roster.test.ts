import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import type { RosterEntry } from '../../../../src/node/cluster/handshake.ts';
import { Peer } from '../../../../src/node/cluster/peer.ts';
import { Roster } from '../../../../src/node/cluster/roster.ts';
import { SimClock } from '../../../sim/clock.ts';
import { rosterOf } from '../../../sim/meshes.ts';

const entries = rosterOf(130);
const at = (index: number): RosterEntry => {
  const entry = entries[index - 1];
  if (entry === undefined) throw new Error(`a roster of ${entries.length}`);
  return entry;
};
const deps = { clock: new SimClock(), deliver: () => undefined, changed: () => undefined };
function made(...indices: readonly number[]): Roster {
  const roster = new Roster(at(2), (entry) => new Peer(entry, at(2).identityPublicKey, deps));
  for (const index of indices) roster.admit(at(index));
  return roster;
}
const names = (roster: Roster): readonly string[] => roster.entries().map(({ name }) => name);

describe('a roster', () => {
  it('names this node first, then the others by index, in whatever order they came', () => {
    const roster = made(4, 1, 3);
    expect(names(roster)).toEqual(['node-2', 'node-1', 'node-3', 'node-4']);
    expect(roster.peers.map(({ entry }) => entry.index)).toEqual([1, 3, 4]);
  });

  it('returns who is to be dialled: a new member, or one with a new address, and nobody else', () => {
    const roster = made(1);
    const peer = roster.at(partyIndex(1));
    expect(roster.admit(at(1))).toBeUndefined();
    expect(roster.admit({ ...at(1), name: 'renamed' })).toBeUndefined();
    expect(roster.admit({ ...at(1), address: 'elsewhere:1' })).toBe(peer);
    expect(peer?.entry.address).toBe('elsewhere:1');
    expect(roster.admit(at(3))).toBe(roster.at(partyIndex(3)));
  });

  it('takes over what is new about this node, which is dialled by nobody', () => {
    const roster = made(1);
    expect(roster.admit({ ...at(2), address: 'elsewhere:2' })).toBeUndefined();
    expect(roster.entries()[0]?.address).toBe('elsewhere:2');
    expect(roster.peers).toHaveLength(1);
  });

  it('forgets a dismissed member but for its index, until that is admitted again', () => {
    const roster = made(1, 3);
    const [three, peer] = [partyIndex(3), roster.at(partyIndex(3))];
    expect(peer && roster.holds(peer)).toBe(true);
    expect(roster.dismiss(three)).toBe(peer);
    expect(roster.dismiss(three)).toBeUndefined();
    expect(peer && roster.holds(peer)).toBe(false);
    expect(roster.isDismissed(three)).toBe(true);
    expect(names(roster)).toEqual(['node-2', 'node-1']);
    const next = roster.admit({ ...at(5), index: three });
    expect(roster.isDismissed(three)).toBe(false);
    expect(next).not.toBe(peer);
    expect(peer && roster.holds(peer)).toBe(false);
    expect(names(roster)).toEqual(['node-2', 'node-1', 'node-5']);
  });

  it('stops the program that gives two members one seat, or one member two', () => {
    const roster = made(1, 3);
    const seats: readonly RosterEntry[] = [
      { ...at(3), index: partyIndex(1) },
      { ...at(5), index: partyIndex(1) },
      { ...at(5), index: partyIndex(2) },
      { ...at(1), index: partyIndex(6) },
      { ...at(2), index: partyIndex(6) },
    ];
    for (const seat of seats) expect(() => roster.admit(seat)).toThrow(Bug);
    expect(() => roster.dismiss(partyIndex(2))).toThrow(Bug);
    expect(names(roster)).toEqual(['node-2', 'node-1', 'node-3']);
  });

  it('has room for two committees of 64, and no more', () => {
    const roster = made(...Array.from({ length: 128 }, (_, i) => i + 1));
    expect(roster.entries()).toHaveLength(128);
    expect(() => roster.admit(at(129))).toThrow(Bug);
  });
});
