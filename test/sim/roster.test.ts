import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../src/crypto/brand.ts';
import { ascii } from '../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../src/crypto/ed25519.ts';
import { Bug } from '../../src/crypto/errors.ts';
import type { RosterEntry } from '../../src/node/cluster/handshake.ts';
import { Meshes, type TestNode, rosterOf, seedOf } from './meshes.ts';
import { Choices } from './random.ts';

const [one, two, three, nine] = [partyIndex(1), partyIndex(2), partyIndex(3), partyIndex(9)];
/** Longer than the longest wait between two attempts of both sides. */
const LONG_MS = 40_000;

const seat = (number: number, index = number): RosterEntry => ({
  index: partyIndex(index),
  identityPublicKey: identityPublicKey(seedOf(`node-${number}`)),
  address: `node-${number}:7610`,
  name: `node-${number}`,
});
const texts = (node: TestNode): readonly string[] =>
  node.arrivals.map(({ from, bytes }) => `${from}/${String.fromCharCode(...bytes)}`);
const states = (node: TestNode): readonly string[] =>
  node.mesh.peers().map(({ index, state }) => `${index} ${state}`);
const reasonsOf = (node: TestNode, event: string): readonly unknown[] =>
  node.log.lines.filter((line) => line.event === event).map(({ fields }) => fields['reason']);

/** Nodes 1 and 2 linked, and node 3 that wants in, with a roster of all three. */
async function pairAndJoiner() {
  const world = new Meshes(2);
  const [a, b] = await world.startAll();
  const c = await world.start('node-3', { roster: rosterOf(3) });
  if (a === undefined || b === undefined) throw new Error('two nodes');
  return { world, a, b, c };
}

describe('a roster that changes', () => {
  it('links a new member when both ends have admitted each other, and never before', async () => {
    const { world, a, b, c } = await pairAndJoiner();
    await world.clock.advance(LONG_MS);
    expect(states(c)).toEqual(['1 connecting', '2 connecting']);
    expect(reasonsOf(a, 'connection refused')).toContain('unknown-identity');
    a.mesh.admit(seat(3));
    await world.clock.advance(LONG_MS);
    expect(states(a)).toEqual(['2 connected', '3 connected']);
    expect(states(b)).toEqual(['1 connected']);
    expect(states(c)).toEqual(['1 connected', '2 connecting']);
    b.mesh.admit(seat(3));
    c.mesh.broadcast(1, ascii('here'));
    await world.clock.advance(LONG_MS);
    expect(world.network.open).toBe(3);
    expect([texts(a), texts(b)]).toEqual([['3/here'], ['3/here']]);
  });

  it('does not link to one that it admits itself, while the other has not', async () => {
    const world = new Meshes(2);
    const a = await world.start('node-1');
    const b = await world.start('node-2', { roster: [seat(2)] });
    await world.clock.advance(LONG_MS);
    expect(world.network.open).toBe(0);
    a.mesh.send(two, 1, ascii('patient'));
    b.mesh.admit(seat(1));
    await world.clock.advance(LONG_MS);
    expect(texts(b)).toEqual(['1/patient']);
  });

  it('keeps the links that stand when a member is admitted again, moved or renamed', async () => {
    const world = new Meshes(2);
    const [a] = await world.startAll();
    a?.mesh.admit(seat(2));
    a?.mesh.admit({ ...seat(2), name: 'renamed' });
    a?.mesh.admit({ ...seat(2), name: 'renamed', address: 'elsewhere:7610' });
    a?.mesh.admit({ ...seat(1), name: 'myself' });
    await world.clock.advance(LONG_MS);
    expect(a && reasonsOf(a, 'peer connected')).toHaveLength(1);
    expect(a && reasonsOf(a, 'peer lost')).toEqual([]);
    expect(a?.mesh.peers()).toMatchObject([{ state: 'connected', name: 'renamed' }]);
  });

  it('dials a member at its new address at once, and hands over what has waited', async () => {
    const world = new Meshes(2);
    const a = await world.start('node-1');
    a.mesh.send(two, 1, ascii('waited'));
    await world.clock.advance(120_000);
    const b = await world.start('node-2', {
      roster: [{ ...seat(1), address: 'nowhere:1' }, seat(2)],
      listenAddress: 'moved:7610',
    });
    await world.clock.advance(LONG_MS);
    expect(b.arrivals).toEqual([]);
    a.mesh.admit({ ...seat(2), address: 'moved:7610' });
    await world.clock.advance(4_000);
    expect(texts(b)).toEqual(['1/waited']);
  });

  it('ends the link of a dismissed member, drops what waits for it, and knows it no more', async () => {
    const world = new Meshes(3);
    const [a, b, c] = await world.startAll();
    world.network.faults.isCut = (from, to) => [from, to].includes('node-3');
    a?.mesh.send(three, 1, ascii('too late'));
    expect(a?.mesh.peers()[1]?.queuedBytes).toBeGreaterThan(0);
    a?.mesh.dismiss(three);
    a?.mesh.dismiss(three);
    await world.clock.advance(100);
    world.network.faults.isCut = () => false;
    await world.clock.advance(LONG_MS);
    expect(c?.arrivals).toEqual([]);
    expect(a && states(a)).toEqual(['2 connected']);
    expect(b && states(b)).toEqual(['1 connected', '3 connected']);
    expect(c && states(c)).toEqual(['1 connecting', '2 connected']);
    expect(a && reasonsOf(a, 'connection refused')).toContain('unknown-identity');
    expect(a?.changes.at(-1)).toMatchObject({ index: 3, reason: 'dismissed' });
  });

  it('takes nothing for a dismissed member, in silence, and stops the program that invents one', async () => {
    const world = new Meshes(3);
    const [a, , c] = await world.startAll();
    a?.mesh.dismiss(three);
    const lines = a?.log.lines.length;
    expect(a?.mesh.send(three, 1, ascii('to nobody'))).toBe(false);
    expect(a?.mesh.broadcast(1, ascii('to the rest'))).toEqual([]);
    expect(a?.log.lines).toHaveLength(lines ?? -1);
    expect([a?.mesh.has(two), a?.mesh.has(three)]).toEqual([true, false]);
    expect(() => a?.mesh.send(nine, 1, ascii('?'))).toThrow(Bug);
    await world.clock.advance(LONG_MS);
    expect(c?.arrivals).toEqual([]);
  });

  it('gives an index that became free to another identity, which gets nothing of the former', async () => {
    const { world, a, b, c } = await pairAndJoiner();
    for (const node of [a, b]) node.mesh.admit(seat(3));
    await world.clock.advance(LONG_MS);
    await world.kill('node-3');
    a.mesh.send(three, 1, ascii('for the former'));
    for (const node of [a, b]) node.mesh.dismiss(three);
    const roster = [seat(1), seat(2), seat(4, 3)];
    const d = await world.start('node-4', { roster });
    for (const node of [a, b]) node.mesh.admit(seat(4, 3));
    a.mesh.send(three, 1, ascii('for the latter'));
    await world.clock.advance(LONG_MS);
    expect(c.arrivals).toEqual([]);
    expect(texts(d)).toEqual(['1/for the latter']);
    const ghost = await world.start('node-3', { roster: rosterOf(3) });
    await world.clock.advance(LONG_MS);
    expect(states(ghost)).toEqual(['1 connecting', '2 connecting']);
    expect(states(a)).toEqual(['2 connected', '3 connected']);
  });

  it('takes a dismissed member back, at another index or its own, though only one end forgot', async () => {
    for (const index of [3, 5]) {
      const world = new Meshes(3);
      const [a, , c] = await world.startAll();
      if (a === undefined || c === undefined) throw new Error('three nodes');
      for (let i = 0; i < 5; i++) a.mesh.send(three, 1, ascii(`a${i}`));
      for (let i = 0; i < 3; i++) c.mesh.send(one, 1, ascii(`c${i}`));
      await world.clock.advance(1_000);
      a.mesh.dismiss(three);
      await world.clock.advance(5_000);
      a.mesh.admit(seat(3, index));
      a.mesh.send(partyIndex(index), 1, ascii('again'));
      c.mesh.send(one, 1, ascii('again'));
      await world.clock.advance(LONG_MS);
      expect(texts(c)).toEqual(['1/a0', '1/a1', '1/a2', '1/a3', '1/a4', '1/again']);
      expect(texts(a).slice(-1)).toEqual([`${index}/again`]);
      expect(reasonsOf(a, 'peer lost')).not.toContain('bad-frame');
    }
  });

  it('lets a handshake that is under way end in nothing when its peer is dismissed', async () => {
    for (let waitMs = 0; waitMs < 60; waitMs += 3)
      for (const dismissing of ['node-1', 'node-2']) {
        const world = new Meshes(2, waitMs + 1);
        world.network.faults.delayMs = [8, 4];
        const nodes = [await world.start('node-1'), await world.start('node-2')];
        await world.clock.advance(waitMs);
        const node = world.nodes.get(dismissing);
        node?.mesh.dismiss(dismissing === 'node-1' ? two : one);
        await world.clock.advance(10_000);
        expect(world.network.open).toBe(0);
        expect(nodes.map((each) => each.arrivals)).toEqual([[], []]);
        expect(node?.mesh.peers()).toEqual([]);
      }
  });

  it('leaves no link, no attempt and no timer of those it dismissed', async () => {
    const world = new Meshes(4);
    const nodes = await world.startAll();
    world.network.faults.isCut = (from, to) => [from, to].includes('node-4');
    await world.clock.advance(LONG_MS);
    for (const [i, { mesh }] of nodes.entries())
      for (const index of [1, 2, 3, 4]) if (index !== i + 1) mesh.dismiss(partyIndex(index));
    await world.clock.advance(20_000);
    expect(world.network.open).toBe(0);
    expect(world.clock.planned).toBe(0);
  });

  it('loses and doubles nothing between those that stay while members come and go', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const world = new Meshes(2, seed);
      const choices = new Choices(seed);
      const [a, b] = await world.startAll();
      await world.start('node-3', { roster: rosterOf(3) });
      world.network.faults.breaks = 0.01;
      for (let i = 0; i < 80; i++) {
        a?.mesh.send(two, 1, ascii(`a${i}`));
        b?.mesh.send(one, 1, ascii(`b${i}`));
        const node = choices.happens(0.5) ? a : b;
        if (choices.happens(0.5)) node?.mesh.admit(seat(3));
        else node?.mesh.dismiss(three);
        await world.clock.advance(choices.below(400));
      }
      world.network.faults.breaks = 0;
      for (const node of [a, b]) node?.mesh.admit(seat(3));
      await world.clock.advance(60_000);
      const from = (node: TestNode | undefined, index: number): readonly string[] =>
        node === undefined ? [] : texts(node).filter((text) => text.startsWith(`${index}/`));
      expect(from(b, 1)).toEqual(Array.from({ length: 80 }, (_, i) => `1/a${i}`));
      expect(from(a, 2)).toEqual(Array.from({ length: 80 }, (_, i) => `2/b${i}`));
      expect(a && states(a)).toEqual(['2 connected', '3 connected']);
      expect(b && states(b)).toEqual(['1 connected', '3 connected']);
    }
  });
});
