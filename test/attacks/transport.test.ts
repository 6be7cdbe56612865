import { type Socket, createConnection } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { partyIndex } from '../../src/crypto/brand.ts';
import { ascii } from '../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../src/crypto/ed25519.ts';
import { OPENING_BYTES, PROOF_BYTES, initiate } from '../../src/node/cluster/handshake.ts';
import { Mesh, type MeshOptions } from '../../src/node/cluster/mesh.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createNetwork, parseAddress } from '../../src/system/network.ts';
import type { Connection, Network } from '../../src/system/ports.ts';
import { systemRng } from '../../src/system/rng.ts';
import { keptLog } from '../sim/log.ts';
import { DEFINITION, Meshes, type TestNode, seedOf, selfOf } from '../sim/meshes.ts';
import { seededRng } from '../sim/random.ts';

const [one, two] = [partyIndex(1), partyIndex(2)];
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Waits until something is so; the test's own deadline ends a wait for what never comes. */
const until = (isSo: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => void (isSo() ? resolve() : setTimeout(look, 2));
    look();
  });

/** Two nodes on real sockets of this machine. */
async function realPair() {
  const free = await createNetwork().listen('127.0.0.1:0', () => undefined);
  await free.close();
  const roster = ['node-1', 'node-2'].map((name, i) => ({
    ...{ index: partyIndex(i + 1), name, identityPublicKey: identityPublicKey(seedOf(name)) },
    address: i === 0 ? free.address : '127.0.0.1:1',
  }));
  const log = keptLog();
  const made = roster.map(({ name, identityPublicKey: key, address }, i) => {
    const options: MeshOptions = {
      ...{ self: { seed: seedOf(name), identityPublicKey: key }, roster, rosterHash: DEFINITION },
      ...{ listenAddress: i === 0 ? address : '127.0.0.1:0', bootId: systemRng(16), bootCounter: 1n },
    };
    const mesh = new Mesh(options, { network: createNetwork(), clock: systemClock, rng: systemRng, log });
    closers.push(() => mesh.stop());
    return mesh;
  });
  const [a, b] = made;
  if (a === undefined || b === undefined) throw new Error('two meshes');
  await a.start();
  const arrivals: string[] = [];
  a.onMessage((from, _, bytes) => void arrivals.push(`${from} ${String.fromCharCode(...bytes)}`));
  /** Shows that an honest peer still gets in and is heard. */
  const honest = async (): Promise<void> => {
    await b.start();
    b.send(one, 1, ascii('honest'));
    await until(() => arrivals.length > 0);
    expect(arrivals).toEqual(['2 honest']);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(log.lines.filter(({ event }) => event === 'peer refused')).toEqual([]);
  };
  return { roster, address: free.address, port: parseAddress(free.address).port, log, honest, a, arrivals };
}

const UPGRADE =
  'GET /link HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n';

/** A raw socket that has been upgraded; `closed` resolves with all bytes it got. */
async function upgraded(port: number) {
  const socket = createConnection({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  closers.push(() => socket.destroy());
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  socket.on('error', () => undefined);
  const closed = new Promise<Buffer>((resolve) => socket.once('close', () => resolve(Buffer.concat(chunks))));
  socket.write(`${UPGRADE}\r\n`);
  await until(() => chunks.length > 0);
  chunks.length = 0;
  return { socket, closed };
}
const stranger = async (address: string) => {
  const ws = new WebSocket(`ws://${address}/link`, { perMessageDeflate: false });
  closers.push(() => ws.terminate());
  const frames: Uint8Array[] = [];
  ws.on('message', (data: Buffer) => void frames.push(data));
  ws.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => ws.once('close', resolve));
  await new Promise((resolve) => ws.once('open', resolve));
  return { ws, frames, closed };
};

describe('on real sockets', () => {
  it('ATK-T01: a length before authentication makes nobody allocate', async () => {
    const { port, honest } = await realPair();
    const before = process.memoryUsage().arrayBuffers;
    for (const length of [2n ** 31n, 2n ** 63n - 1n, 100n * 1024n * 1024n]) {
      const { socket, closed } = await upgraded(port);
      const head = Buffer.alloc(14);
      head[0] = 0x82;
      head[1] = 0xff;
      head.writeBigUInt64BE(length, 2);
      socket.write(head);
      await closed;
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
    await honest();
  });

  it('ATK-T01: a handshake message of any other length is the end', async () => {
    const { address, honest } = await realPair();
    for (const length of [0, 1, OPENING_BYTES - 1, OPENING_BYTES + 1, PROOF_BYTES, 1024 * 1024]) {
      const { ws, frames, closed } = await stranger(address);
      ws.send(new Uint8Array(length));
      await closed;
      expect(frames).toEqual([]);
    }
    await honest();
  });

  it('ATK-T02: a frame of one byte too many is refused with 1009', async () => {
    const { address, honest } = await realPair();
    const { ws, closed } = await stranger(address);
    ws.send(new Uint8Array(1024 * 1024 + 1));
    expect(await closed).toBe(1009);
    await honest();
  });

  it('ATK-T03: endless fragments are closed at 64', async () => {
    const { port, honest } = await realPair();
    const { socket, closed } = await upgraded(port);
    const fragment = (first: boolean): Buffer => Buffer.from([first ? 0x02 : 0x00, 0x81, 0, 0, 0, 0, 7]);
    for (let i = 0; i < 200; i++) socket.write(fragment(i === 0));
    const answer = await closed;
    expect(answer.readUInt16BE(2)).toBe(1008);
    await honest();
  });

  it('ATK-T04: an offer of compression is refused', async () => {
    const { port, honest } = await realPair();
    const socket = createConnection(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => void (text += chunk.toString('latin1')));
    socket.write(`${UPGRADE}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n`);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(text).toContain('400');
    await honest();
  });

  it('ATK-T05: floods of headers leave the listener alive', async () => {
    const { port, honest } = await realPair();
    const many = Array.from({ length: 2_000 }, (_, i) => `x${i}: 1\r\n`).join('');
    const spaces = `Sec-WebSocket-Protocol: b${' '.repeat(20_000)}x\r\n`;
    const extensions = `Sec-WebSocket-Extensions: ${'a,'.repeat(3_000)}\r\n`;
    for (const headers of [many, spaces, extensions]) {
      const socket = createConnection(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume();
      socket.write(`${UPGRADE}${headers}\r\n`);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    await honest();
  });

  it('ATK-T06: sockets that dribble do not keep an honest peer out', async () => {
    const { port, honest } = await realPair();
    const sockets: Socket[] = [];
    for (let i = 0; i < 200; i++) {
      const socket = createConnection({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (i % 20)}` });
      socket.on('error', () => undefined);
      socket.write(UPGRADE.slice(0, 1 + (i % 50)));
      sockets.push(socket);
    }
    closers.push(() => sockets.forEach((socket) => socket.destroy()));
    await honest();
  });

  it('ATK-T08: strangers, junk and a wrong identity get no answer and no name', async () => {
    const { roster, address, honest, log } = await realPair();
    const self = selfOf('stranger', roster);
    const target = roster[0];
    if (target === undefined) throw new Error('a roster of two');
    const handshake = initiate(self, target, systemRng);
    const { ws, frames, closed } = await stranger(address);
    ws.send(handshake.next().value as Uint8Array);
    await until(() => frames.length === 1);
    ws.send(handshake.next(new Uint8Array(frames[0] ?? [])).value as Uint8Array);
    await closed;
    expect(frames).toHaveLength(1);
    expect(log.lines.find(({ event }) => event === 'connection refused')?.fields).toMatchObject({
      reason: 'unknown-identity',
    });
    await honest();
  });

  it('ATK-T18: junk, before and beside an honest link, changes nothing', async () => {
    const { address, honest, a, arrivals } = await realPair();
    for (let i = 0; i < 20; i++) (await stranger(address)).ws.send(systemRng(1 + i * 97));
    await honest();
    for (let i = 0; i < 20; i++) (await stranger(address)).ws.send(systemRng(OPENING_BYTES));
    expect(arrivals).toEqual(['2 honest']);
    expect(a.peers()[0]?.state).toBe('connected');
  });
});

describe('on the simulated wire', () => {
  const texts = (node: TestNode | undefined): readonly string[] =>
    (node?.arrivals ?? []).map(({ from, bytes }) => `${from} ${String.fromCharCode(...bytes)}`);
  /** After an attack both nodes hear each other, and nobody was named as refused. */
  async function honestAfter(world: Meshes, nodes: readonly TestNode[]): Promise<void> {
    world.network.faults.tamper = (frame) => [frame];
    nodes[0]?.mesh.send(two, 9, ascii('after'));
    await world.clock.advance(60_000);
    expect(texts(nodes[1]).at(-1)).toBe('1 after');
    for (const { log } of nodes)
      expect(log.lines.filter(({ event }) => event === 'peer refused')).toEqual([]);
  }

  it.each([
    ['own key', 'node-1', 'own-identity'],
    ['a key outside the roster', 'stranger', 'unknown-identity'],
  ])('ATK-T08: %s is refused', async (_, name, reason) => {
    const world = new Meshes(2);
    const a = await world.start('node-1');
    const network: Network = world.network.host('attacker');
    const target = world.roster[0];
    if (target === undefined) throw new Error('a roster of two');
    const handshake = initiate(selfOf(name, world.roster), target, seededRng(5));
    let connection: Connection | undefined;
    network.connect('ws://node-1:7610').then(
      (end) => {
        connection = end;
        end.onFrame((frame) => void end.send(handshake.next(frame).value as Uint8Array));
        end.send(handshake.next().value as Uint8Array);
      },
      () => undefined,
    );
    await world.clock.advance(3_000);
    expect(connection?.send(new Uint8Array(1))).toBe(false);
    expect(a.log.lines.find(({ event }) => event === 'connection refused')?.fields).toMatchObject({ reason });
    expect(a.mesh.peers()[0]?.reason).not.toBe(reason);
  });

  it('ATK-T09: a proxy that puts its own ephemeral keys in gets no link, and nobody is blamed', async () => {
    const world = new Meshes(2);
    const openings: Uint8Array[] = [];
    world.network.faults.tamper = (frame) => {
      if (frame.length !== OPENING_BYTES) return [frame];
      const swapped =
        openings[0] === undefined ? frame : Uint8Array.of(...frame.slice(0, 10), ...openings[0].slice(10));
      openings.push(frame);
      return [swapped];
    };
    const nodes = await Promise.all(world.roster.map(({ name }) => world.start(name)));
    await world.clock.advance(20_000);
    expect(openings.length).toBeGreaterThan(2);
    for (const { mesh } of nodes) expect(mesh.peers()[0]?.state).toBe('connecting');
    await honestAfter(world, nodes);
  });

  it('ATK-T10: a sender is the owner of its link, whatever a message says', async () => {
    const world = new Meshes(3);
    const nodes = await world.startAll();
    nodes[2]?.mesh.send(one, 1, ascii('from: 2'));
    await world.clock.advance(1_000);
    expect(texts(nodes[0])).toEqual(['3 from: 2']);
  });

  it('ATK-T11: every frame sent back to its sender closes the link, and nothing more', async () => {
    const world = new Meshes(2);
    const nodes = await world.startAll();
    for (let i = 0; i < 5; i++) {
      const reflected = world.network.wire.at(-1 - i)?.frame;
      world.network.faults.tamper = () => [reflected ?? new Uint8Array(0)];
      nodes[0]?.mesh.send(two, 1, ascii(`x${i}`));
      await world.clock.advance(2_000);
      world.network.faults.tamper = (frame) => [frame];
      await world.clock.advance(30_000);
    }
    expect(texts(nodes[1])).toEqual(['1 x0', '1 x1', '1 x2', '1 x3', '1 x4']);
    expect(nodes.flatMap(({ log }) => log.lines).some(({ fields }) => fields['reason'] === 'bad-frame')).toBe(
      true,
    );
    await honestAfter(world, nodes);
  });

  it('ATK-T12: no frame of any link, in either direction, occurs twice', async () => {
    const world = new Meshes(2);
    const nodes = await world.startAll();
    for (let i = 0; i < 6; i++) {
      for (let k = 0; k < 50; k++) nodes[0]?.mesh.send(two, 1, ascii('the same words'));
      await world.clock.advance(2_000);
      world.network.faults.breaks = 1;
      await world.clock.advance(6_000);
      world.network.faults.breaks = 0;
      await world.clock.advance(30_000);
    }
    const frames = world.network.wire.map(({ frame }) => frame.join());
    expect(frames.length).toBeGreaterThan(600);
    expect(new Set(frames).size).toBe(frames.length);
    expect(nodes[1]?.arrivals).toHaveLength(300);
  });

  it.each([
    ['dropped', () => []],
    ['doubled', (frame: Uint8Array) => [frame, frame]],
    ['cut', (frame: Uint8Array) => [frame.slice(0, -1)]],
    ['changed', (frame: Uint8Array) => [frame.map((byte, i) => (i === frame.length >> 1 ? byte ^ 4 : byte))]],
    ['lengthened', (frame: Uint8Array) => [Uint8Array.of(...frame, 0)]],
    ['followed by junk', (frame: Uint8Array) => [frame, new Uint8Array(40)]],
  ])(
    'ATK-T13: a wire on which each frame in turn is %s loses, doubles and blames nothing',
    async (_, change) => {
      for (let target = 0; target < 14; target++) {
        const world = new Meshes(2, target + 1);
        let count = 0;
        world.network.faults.tamper = (frame) => (count++ === target ? change(frame) : [frame]);
        const nodes = await world.startAll();
        for (let i = 0; i < 3; i++) nodes[0]?.mesh.send(two, 1, ascii(`m${i}`));
        await world.clock.advance(60_000);
        expect(texts(nodes[1])).toEqual(['1 m0', '1 m1', '1 m2']);
        await honestAfter(world, nodes);
      }
    },
  );

  it('ATK-T13: a recorded handshake and session, played again, opens nothing', async () => {
    const world = new Meshes(2);
    const nodes = await world.startAll();
    nodes[0]?.mesh.send(two, 1, ascii('once'));
    await world.clock.advance(1_000);
    for (const [victim, source] of [
      ['node-1', 'node-2'],
      ['node-2', 'node-1'],
    ] as const) {
      const recorded = world.network.wire.filter(({ from }) => from === source).map(({ frame }) => frame);
      const end = world.network.host('attacker').connect(`ws://${victim}:7610`);
      end.then(
        (connection) => recorded.forEach((frame) => connection.send(frame)),
        () => undefined,
      );
      await world.clock.advance(8_000);
    }
    expect(texts(nodes[1])).toEqual(['1 once']);
    expect(world.network.open).toBe(1);
    await honestAfter(world, nodes);
  });

  it('ATK-T24: a peer that takes nothing is closed, and the others are served', async () => {
    const world = new Meshes(3);
    world.network.keepsWire = false;
    const nodes = await world.startAll();
    world.network.faults.isCut = (from, to) => from === 'node-2' || to === 'node-2';
    const big = new Uint8Array(8 * 1024 * 1024);
    expect(nodes[0]?.mesh.send(two, 1, big)).toBe(true);
    expect(nodes[0]?.mesh.send(two, 1, big)).toBe(true);
    expect(nodes[0]?.mesh.send(two, 1, big)).toBe(false);
    nodes[0]?.mesh.send(partyIndex(3), 1, ascii('served'));
    await world.clock.advance(40_000);
    expect(texts(nodes[2])).toEqual(['1 served']);
    expect(nodes[0]?.mesh.peers()[0]?.state).toBe('connecting');
    expect(nodes[0]?.mesh.peers()[1]?.state).toBe('connected');
  });
});
