import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { ascii, u32 } from '../../../../src/crypto/bytes.ts';
import { Bug, OperationError } from '../../../../src/crypto/errors.ts';
import { Meshes, type TestNode, seedOf } from '../../../sim/meshes.ts';
import { Choices } from '../../../sim/random.ts';

const [one, two, three] = [partyIndex(1), partyIndex(2), partyIndex(3)];
const texts = (node: TestNode): readonly string[] =>
  node.arrivals.map(({ from, channel, bytes }) => `${from}/${channel}/${String.fromCharCode(...bytes)}`);
const states = (node: TestNode): readonly string[] => node.mesh.peers().map(({ state }) => state);

describe('a mesh', () => {
  it('links every pair once, and says so', async () => {
    const world = new Meshes(4);
    const nodes = await world.startAll();
    for (const node of nodes) expect(states(node)).toEqual(['connected', 'connected', 'connected']);
    expect(world.network.open).toBe(6);
    expect(nodes[0]?.mesh.peers().map(({ index, name }) => `${index} ${name}`)).toEqual([
      '2 node-2',
      '3 node-3',
      '4 node-4',
    ]);
    for (const { rttMs, lastSeen, reason } of nodes[0]?.mesh.peers() ?? []) {
      expect(rttMs).toBeGreaterThan(0);
      expect(lastSeen).toBeGreaterThan(1_700_000_000_000);
      expect(reason).toBeUndefined();
    }
  });

  it('carries messages to one and to all, in order, with sender and channel', async () => {
    const world = new Meshes(3);
    const [a, b, c] = await world.startAll();
    a?.mesh.send(two, 7, ascii('first'));
    a?.mesh.send(two, 8, ascii('second'));
    b?.mesh.broadcast(0, ascii('all'));
    a?.mesh.send(two, 7, new Uint8Array(0));
    await world.clock.advance(100);
    expect(b && texts(b)).toEqual(['1/7/first', '1/8/second', '1/7/']);
    expect(a && texts(a)).toEqual(['2/0/all']);
    expect(c && texts(c)).toEqual(['2/0/all']);
  });

  it('carries messages of every size up to 16 MiB', async () => {
    const world = new Meshes(2);
    world.network.keepsWire = false;
    const [a, b] = await world.startAll();
    const part = 256 * 1024;
    for (const size of [part - 1, part, part + 1, 3 * part, 16 * 1024 * 1024]) {
      const bytes = new Uint8Array(size);
      bytes.set(u32(size));
      bytes[size - 1] = 9;
      expect(a?.mesh.send(two, 1, bytes)).toBe(true);
      await world.clock.advance(2_000);
      const arrived = b?.arrivals.at(-1)?.bytes;
      expect(arrived?.length).toBe(size);
      expect(arrived?.at(-1)).toBe(9);
    }
    expect(b?.arrivals).toHaveLength(5);
  });

  it('keeps messages for a peer that is away, and hands them over when it comes', async () => {
    const world = new Meshes(2);
    const a = await world.start('node-1');
    a.mesh.send(two, 1, ascii('early'));
    await world.clock.advance(60_000);
    expect(a.mesh.peers()[0]).toMatchObject({ state: 'connecting', reason: 'peer-unreachable' });
    expect(a.mesh.peers()[0]?.tries).toBeGreaterThan(4);
    const b = await world.start('node-2');
    await world.clock.advance(30_000);
    expect(texts(b)).toEqual(['1/1/early']);
  });

  it('refuses messages beyond the limit of the queue, and takes more when there is room', async () => {
    const world = new Meshes(2);
    world.network.keepsWire = false;
    const a = await world.start('node-1');
    const half = new Uint8Array(9 * 1024 * 1024);
    expect(a.mesh.send(two, 1, half)).toBe(true);
    expect(a.mesh.send(two, 1, half)).toBe(false);
    expect(a.mesh.broadcast(1, half)).toEqual([two]);
    expect(a.log.lines.filter(({ fields }) => fields['reason'] === 'queue-full')).toHaveLength(2);
    await world.start('node-2');
    await world.clock.advance(20_000);
    expect(a.mesh.send(two, 1, half)).toBe(true);
  });

  it('loses, doubles and swaps nothing through broken links', async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const world = new Meshes(2, seed);
      const choices = new Choices(seed);
      const [a, b] = await world.startAll();
      world.network.faults.breaks = 0.03;
      for (let i = 0; i < 200; i++) {
        a?.mesh.send(two, 1, ascii(`a${i}`));
        b?.mesh.send(one, 1, ascii(`b${i}`));
        await world.clock.advance(choices.below(200));
      }
      world.network.faults.breaks = 0;
      await world.clock.advance(60_000);
      expect(b && texts(b)).toEqual(Array.from({ length: 200 }, (_, i) => `1/1/a${i}`));
      expect(a && texts(a)).toEqual(Array.from({ length: 200 }, (_, i) => `2/1/b${i}`));
      expect(a?.log.lines.some(({ event }) => event === 'peer lost')).toBe(true);
      expect(world.network.open).toBe(1);
    }
  });

  it('gives a restarted peer what its former process did not confirm, and takes its messages', async () => {
    const world = new Meshes(2);
    const [a, b] = await world.startAll();
    a?.mesh.send(two, 1, ascii('old'));
    await world.clock.advance(100);
    expect(b && texts(b)).toEqual(['1/1/old']);
    await world.kill('node-2');
    a?.mesh.send(two, 1, ascii('new'));
    const again = await world.start('node-2');
    again.mesh.send(one, 1, ascii('back'));
    await world.clock.advance(40_000);
    expect(texts(again)).toEqual(['1/1/new']);
    expect(a && texts(a)).toEqual(['2/1/back']);
  });

  it('finds a silent peer by its pings, and links again when it is back', async () => {
    const world = new Meshes(2);
    const [a] = await world.startAll();
    world.network.faults.isCut = () => true;
    await world.clock.advance(40_000);
    expect(a?.mesh.peers()[0]).toMatchObject({ state: 'connecting' });
    expect(a?.log.lines.some(({ fields }) => fields['reason'] === 'no-answer')).toBe(true);
    world.network.faults.isCut = () => false;
    await world.clock.advance(40_000);
    expect(a && states(a)).toEqual(['connected']);
  });

  it('lets in who was away when it was released, and dials it no more', async () => {
    const world = new Meshes(2);
    const returned: number[] = [];
    const a = await world.start('node-1', {}, { returned: (index) => returned.push(index) });
    const b = await world.start('node-2');
    await world.clock.advance(5_000);
    world.network.faults.isCut = () => true;
    await world.clock.advance(40_000);
    a.mesh.release(two);
    expect([a.mesh.has(two), returned]).toEqual([false, []]);
    world.network.faults.isCut = () => false;
    await world.clock.advance(40_000);
    expect([a.mesh.has(two), returned, states(b)]).toEqual([true, [2], ['connected']]);
    expect(a.mesh.send(two, 4, ascii('left'))).toBe(true);
    await world.clock.advance(1_000);
    expect(texts(b)).toEqual(['1/4/left']);
    // It has heard, and is a stranger from now on, of whom the log says less and less.
    a.mesh.release(two);
    await world.clock.advance(3_600_000);
    expect([a.mesh.has(two), returned]).toEqual([false, [2]]);
    const refused = a.log.lines.filter(({ event }) => event === 'connection refused');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(12);
  });

  it('links also when only the side that should be called can dial', async () => {
    for (const blocked of ['node-1', 'node-2']) {
      const world = new Meshes(2);
      const network = world.network.host(blocked);
      const mute = {
        ...network,
        connect: () => Promise.reject(new OperationError('peer-unreachable', 'retry', '')),
      };
      const a = await world.start(blocked, {}, { network: mute });
      await world.start(blocked === 'node-1' ? 'node-2' : 'node-1');
      await world.clock.advance(20_000);
      expect(states(a)).toEqual(['connected']);
    }
  });

  it('ends with one link when both dial at the same moment', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = new Meshes(2, seed);
      world.network.faults.delayMs = [300, 600];
      const nodes = await world.startAll();
      await world.clock.advance(60_000);
      for (const node of nodes) expect(states(node)).toEqual(['connected']);
      expect(world.network.open).toBe(1);
    }
  });

  it('waits between attempts, longer and longer up to 15 s, with jitter', async () => {
    const world = new Meshes(2);
    const tries: number[] = [];
    const network = {
      ...world.network.host('node-1'),
      connect: () => {
        tries.push(world.clock.monotonicMs());
        return Promise.reject(new OperationError('peer-unreachable', 'retry', ''));
      },
    };
    await world.start('node-1', {}, { network });
    await world.clock.advance(600_000);
    const waits = tries.slice(1).map((atMs, i) => atMs - (tries[i] ?? 0));
    expect(waits[0]).toBeGreaterThanOrEqual(125);
    expect(waits[0]).toBeLessThanOrEqual(2_500);
    for (const wait of waits.slice(8)) {
      expect(wait).toBeGreaterThanOrEqual(7_500);
      expect(wait).toBeLessThanOrEqual(17_000);
    }
    expect(new Set(waits.slice(8)).size).toBeGreaterThan(5);
  });

  it('says by name, on both sides, that a member has another definition, and links when mended', async () => {
    const world = new Meshes(3);
    const a = await world.start('node-1');
    const b = await world.start('node-2', { rosterHash: new Uint8Array(32).fill(5) });
    await world.clock.advance(20_000);
    for (const [node, name] of [
      [a, 'node-2'],
      [b, 'node-1'],
    ] as const) {
      expect(node.mesh.peers()[0]).toMatchObject({ state: 'refused', reason: 'definition-mismatch', name });
      const told = node.log.lines.filter(({ level, event }) => level === 'warn' && event === 'peer refused');
      expect(told).toHaveLength(1);
      expect(told[0]?.fields).toMatchObject({ peer: name, reason: 'definition-mismatch' });
    }
    a.mesh.send(two, 1, ascii('kept back'));
    await world.clock.advance(5_000);
    expect(b.arrivals).toEqual([]);
    await world.kill('node-2');
    const mended = await world.start('node-2');
    await world.clock.advance(30_000);
    expect(states(a)[0]).toBe('connected');
    expect(texts(mended)).toEqual(['1/1/kept back']);
  });

  it('fences an identity that two processes use, until it is readmitted', async () => {
    const world = new Meshes(3);
    const [a, b] = await world.startAll();
    const copy = await world.start('node-2', { listenAddress: 'copy:7610', bootCounter: 1n });
    await world.clock.advance(30_000);
    expect(a?.mesh.peers()[0]).toMatchObject({ state: 'refused', reason: 'duplicate-identity' });
    expect(a?.log.lines.filter(({ fields }) => fields['reason'] === 'duplicate-identity')).not.toHaveLength(
      0,
    );
    expect(copy.arrivals).toEqual([]);
    a?.mesh.send(two, 1, ascii('to one of them'));
    await world.clock.advance(30_000);
    expect(b?.arrivals).toEqual([]);
    await copy.mesh.stop();
    a?.mesh.readmit(two);
    await world.clock.advance(30_000);
    expect(b && texts(b)).toEqual(['1/1/to one of them']);
    expect(a && states(a)[1]).toBe('connected');
  });

  it('does not take a later start for a copy', async () => {
    const world = new Meshes(2);
    const [a] = await world.startAll();
    for (let i = 0; i < 3; i++) {
      await world.kill('node-2');
      await world.start('node-2');
      await world.clock.advance(40_000);
      expect(a && states(a)).toEqual(['connected']);
    }
  });

  it('refuses a peer whose statement about itself does not fit', async () => {
    const world = new Meshes(2);
    const a = await world.start('node-1', {}, { acceptsHello: (_, hello) => hello.guardSeq >= 5n });
    const claims = (guardSeq: bigint) => () => ({ epoch: 3, guardSeq, guardHead: new Uint8Array(32) });
    await world.start('node-2', {}, { claims: claims(4n) });
    await world.clock.advance(20_000);
    expect(a.mesh.peers()[0]).toMatchObject({ state: 'refused', reason: 'hello-refused' });
    await world.kill('node-2');
    await world.start('node-2', {}, { claims: claims(5n) });
    await world.clock.advance(40_000);
    expect(a.mesh.peers()[0]).toMatchObject({ state: 'connected', hello: { epoch: 3, guardSeq: 5n } });
  });

  it('delivers nothing from within a call of the network', async () => {
    const world = new Meshes(2);
    const network = world.network.host('node-2');
    let isInside = false;
    const inside =
      <T extends unknown[]>(handler: (...parts: T) => void) =>
      (...parts: T): void => {
        isInside = true;
        handler(...parts);
        isInside = false;
      };
    const b = await world.start(
      'node-2',
      {},
      {
        network: {
          ...network,
          listen: (address, accept) =>
            network.listen(
              address,
              inside((connection) =>
                accept({
                  ...connection,
                  remote: 'x',
                  onFrame: (handler) => connection.onFrame(inside(handler)),
                }),
              ),
            ),
        },
      },
    );
    const seen: boolean[] = [];
    b.mesh.onMessage(() => void seen.push(isInside));
    b.mesh.onPeerChange(() => void seen.push(isInside));
    const a = await world.start('node-1');
    a.mesh.send(two, 1, ascii('x'));
    await world.clock.advance(20_000);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).not.toContain(true);
  });

  it('stops: no link, no attempt, no timer is left', async () => {
    const world = new Meshes(3);
    const nodes = await world.startAll();
    for (const { mesh } of nodes) await mesh.stop();
    await world.clock.advance(20_000);
    expect(world.network.open).toBe(0);
    expect(world.clock.planned).toBe(0);
  });

  it('reports that its address is taken', async () => {
    const world = new Meshes(2);
    await world.start('node-1');
    await expect(world.start('node-2', { listenAddress: 'node-1:7610' })).rejects.toThrow(OperationError);
  });

  it('stops the program that sends to itself, to nobody, or too much', async () => {
    const world = new Meshes(2);
    const { mesh } = await world.start('node-1');
    expect(() => mesh.send(one, 0, new Uint8Array(1))).toThrow(Bug);
    expect(() => mesh.send(three, 0, new Uint8Array(1))).toThrow(Bug);
    expect(() => mesh.send(two, 256, new Uint8Array(1))).toThrow(Bug);
    expect(() => mesh.send(two, 0, new Uint8Array(16 * 1024 * 1024 + 1))).toThrow(Bug);
    await expect(world.start('node-3')).rejects.toThrow(/not in its roster/);
    const self = { seed: seedOf('node-2'), identityPublicKey: new Uint8Array(32).fill(1) };
    await expect(world.start('node-2', { self })).rejects.toThrow(Bug);
  });
});
