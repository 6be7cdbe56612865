import { afterEach, describe, expect, it } from 'vitest';

import { OperationError } from '../../src/crypto/errors.ts';
import { createNetwork } from '../../src/system/network.ts';
import type { Connection, Network } from '../../src/system/ports.ts';
import { SimClock } from '../sim/clock.ts';
import { SimNetwork } from '../sim/network.ts';

interface World {
  readonly a: Network;
  readonly b: Network;
  /** An address on which `b` may listen. */
  readonly address: string;
  /** Waits until something is so. */
  readonly until: (isSo: () => boolean) => Promise<void>;
  /** Waits for a promise of the port. */
  readonly settled: <T>(promise: Promise<T>) => Promise<T>;
}

function real(): World {
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => void (isSo() ? resolve() : setImmediate(look));
      look();
    });
  return {
    a: createNetwork(),
    b: createNetwork(),
    address: '127.0.0.1:0',
    until,
    settled: (promise) => promise,
  };
}
function simulated(): World {
  const clock = new SimClock();
  const network = new SimNetwork(clock, 1);
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await clock.advance(1);
  };
  const settled = async <T>(promise: Promise<T>): Promise<T> => {
    let isDone = false;
    const done = (): void => void (isDone = true);
    promise.then(done, done);
    await until(() => isDone);
    return promise;
  };
  return { a: network.host('a'), b: network.host('b'), address: 'b:0', until, settled };
}

describe.each([
  ['real', real],
  ['simulated', simulated],
])('the %s network', (_, make) => {
  const opened: { readonly close: () => Promise<void> }[] = [];
  afterEach(async () => {
    for (const listener of opened.splice(0)) await listener.close();
  });
  async function joined(world: World) {
    const accepted: Connection[] = [];
    const listener = await world.settled(world.b.listen(world.address, (end) => void accepted.push(end)));
    opened.push(listener);
    const here = await world.settled(world.a.connect(`ws://${listener.address}`));
    await world.until(() => accepted.length === 1);
    const there = accepted[0];
    if (there === undefined) throw new Error('no connection');
    there.admitted();
    return { here, there, listener };
  }

  it('carries frames both ways, in order, whole', async () => {
    const world = make();
    const { here, there } = await joined(world);
    const got: [number, number][] = [];
    const back: number[] = [];
    there.onFrame((frame) => void got.push([frame.length, frame[0] ?? 0]));
    here.onFrame((frame) => void back.push(frame[0] ?? 0));
    for (let i = 1; i <= 50; i++) expect(here.send(new Uint8Array(i * 100).fill(i))).toBe(true);
    there.send(new Uint8Array(1).fill(77));
    await world.until(() => got.length === 50 && back.length === 1);
    expect(got).toEqual(Array.from({ length: 50 }, (_, i) => [(i + 1) * 100, i + 1]));
    expect(back).toEqual([77]);
    expect(here.remote).not.toBe('');
  });

  it('keeps what comes before somebody listens', async () => {
    const world = make();
    const { here, there } = await joined(world);
    here.send(new Uint8Array(1).fill(1));
    await world.until(() => here.bufferedBytes() === 0);
    const got: number[] = [];
    there.onFrame((frame) => void got.push(frame[0] ?? 0));
    here.send(new Uint8Array(1).fill(2));
    await world.until(() => got.length === 2);
    expect(got).toEqual([1, 2]);
  });

  it('carries a frame of 1 MiB, and closes on one byte more', async () => {
    const world = make();
    const { here, there } = await joined(world);
    const got: number[] = [];
    const ends: string[] = [];
    there.onFrame((frame) => void got.push(frame.length));
    here.onClose((reason) => void ends.push(reason));
    here.send(new Uint8Array(1024 * 1024));
    await world.until(() => got.length === 1);
    here.send(new Uint8Array(1024 * 1024 + 1));
    await world.until(() => ends.length === 1);
    expect(got).toEqual([1024 * 1024]);
  });

  it('tells both ends once that a connection is closed, also who asks later', async () => {
    const world = make();
    const { here, there } = await joined(world);
    const ends: string[] = [];
    here.onClose(() => void ends.push('here'));
    there.onClose(() => void ends.push('there'));
    here.close('done');
    here.close('again');
    await world.until(() => ends.length === 2);
    expect(ends.sort()).toEqual(['here', 'there']);
    expect(here.send(new Uint8Array(1))).toBe(false);
    let late: string | undefined;
    here.onClose((reason) => void (late = reason));
    expect(late).toBe('done');
  });

  it('closes a connection of which 16 MiB are not taken', async () => {
    const world = make();
    const { here, there } = await joined(world);
    const ends: string[] = [];
    here.onClose((reason) => void ends.push(reason));
    there.onFrame(() => undefined);
    let taken = 0;
    while (here.send(new Uint8Array(1024 * 1024))) taken += 1;
    expect(taken).toBeGreaterThanOrEqual(16);
    expect(taken).toBeLessThan(32);
    expect(ends).toEqual(['outbound-full']);
  });

  it('refuses a port that is taken, and an address where nobody listens', async () => {
    const world = make();
    const { listener } = await joined(world);
    const taken = world.settled(world.b.listen(listener.address, () => undefined));
    await expect(taken).rejects.toMatchObject({ code: 'port-in-use' });
    await listener.close();
    const nobody = world.settled(world.a.connect(`ws://${listener.address}`));
    await expect(nobody).rejects.toBeInstanceOf(OperationError);
    await expect(nobody).rejects.toMatchObject({ code: 'peer-unreachable' });
  });

  it('ends its connections when a listener is closed', async () => {
    const world = make();
    const { here, listener } = await joined(world);
    const ends: string[] = [];
    here.onClose((reason) => void ends.push(reason));
    await world.settled(listener.close());
    await world.until(() => ends.length === 1);
    expect(ends).toHaveLength(1);
  });
});
