import { describe, expect, it } from 'vitest';

import { Journal } from '../../../../src/services/l1/journal.ts';
import { readAccount, readL1, readRetry } from '../../../../src/services/l1/look.ts';
import { type Ledger, emptyLedger, post } from '../../../../src/services/l1/ledger.ts';
import type { JournalRecord } from '../../../../src/services/l1/records.ts';
import { restored } from '../../../../src/services/l1/state.ts';
import type { L1Reads, L1Receipt } from '../../../../src/system/ports.ts';
import { batcher, sealed, settings } from './sim-l1.ts';
import { World } from './world.ts';

it('a look reads nonces before receipts, and all of it through the endpoint that it was given', async () => {
  const world = new World(1);
  const { calls } = world.l1;
  const asked: string[] = [];
  const one = new Proxy(calls, {
    get: (target, name: keyof typeof calls) => {
      asked.push(name);
      return target[name];
    },
  });
  const seen = await readL1(one, { state: restored(emptyLedger), settings, derived: () => undefined });
  expect(seen).toMatchObject({ head: 0n, finalized: 0n, lastIndex: 0n });
  expect(asked.lastIndexOf('nonce')).toBeLessThan(asked.indexOf('head'));
  expect(asked.lastIndexOf('head')).toBeLessThan(asked.indexOf('inbox'));
});

it('the submitter looks through one endpoint, and at the next time where that one fails', async () => {
  const world = new World(2);
  world.service.submit(sealed(1n));
  world.l1.isDown = true;
  await world.blocks(2);
  expect(world.phases).toBe('1 sealed');
  world.l1.isDown = false;
  await world.blocks(12);
  expect(world.ended).toEqual(['1 final']);
});

describe('what cannot go away', () => {
  /** An L1 whose newest block is 30 with 9 nonces used, and whose final block is 20 with 7. */
  const reads = (change: Partial<L1Reads> = {}): L1Reads => {
    const { calls } = new World(6).l1;
    return {
      ...calls,
      head: async (tag) => ({ ...(await calls.head(tag)), number: tag === 'finalized' ? 20n : 30n }),
      nonce: async (_, tag) => (tag === 'finalized' ? 7n : 9n),
      ...change,
    };
  };
  const ways = [
    { settings: { ...settings, confirmations: undefined }, finalized: 20n, nonce: 7n },
    { settings: { ...settings, confirmations: 3n }, finalized: 27n, nonce: 9n },
  ];

  it.each(ways)('is what L1 says, or so many blocks deep: $finalized', async (way) => {
    const look = { state: restored(emptyLedger), settings: way.settings, derived: () => undefined };
    const { finalized, accounts } = await readL1(reads(), look);
    expect([finalized, accounts.get(batcher.address)?.finalized]).toEqual([way.finalized, way.nonce]);
    const account = batcher.address;
    const failed: readonly JournalRecord[] = [
      { kind: 'base', account, nonce: 0n },
      { kind: 'assigned', account, nonce: 0n, index: 1n, place: 'calldata', content: new Uint8Array(32) },
      { kind: 'failed', account, nonce: 0n },
    ];
    const retry = await readRetry(reads(), restored(failed.reduce<Ledger>(post, emptyLedger)), way.settings);
    expect(retry.finalized.get(account)).toBe(way.nonce);
  });

  it('is no more than what is there', async () => {
    const nonce: L1Reads['nonce'] = async (_, tag) => (tag === 'finalized' ? 10n : 9n);
    const look = { state: restored(emptyLedger), settings: ways[0]!.settings, derived: () => undefined };
    await expect(readL1(reads({ nonce }), look)).rejects.toMatchObject({ code: 'l1-moved' });
  });

  it('is not a last batch that nobody finds', async () => {
    const { inbox } = new World(6).l1.calls;
    const lost = reads({
      inbox: async (at) => ({ ...(await inbox(at)), lastIndex: 1n }),
      batchAt: async () => undefined,
    });
    expect(await readAccount(lost, batcher.address, settings)).toMatchObject({ isLastFinal: false });
  });
});

const batch1 = { isTaken: true, l1Hash: new Uint8Array(32) };

describe('what an endpoint says of a transaction', () => {
  /** A batch that is in a block, and a look at it through an endpoint that says something else. */
  async function lookWith(change: (calls: L1Reads) => Partial<L1Reads>): Promise<unknown> {
    const world = new World(3);
    world.service.submit(sealed(1n));
    await world.blocks(2);
    const { ledger } = new Journal(world.disk.open());
    const { calls } = world.l1;
    const one = { ...calls, ...change(calls) };
    return readL1(one, { state: restored(ledger), settings, derived: () => batch1 });
  }
  const found = async ({ receipt }: L1Reads, hash: Uint8Array): Promise<L1Receipt> => (await receipt(hash))!;

  it('counts where it fits together', async () => {
    expect(await lookWith(() => ({}))).toMatchObject({ lastIndex: 1n, derived: new Map([[1n, batch1]]) });
  });

  it.each<[string, string, (calls: L1Reads) => Partial<L1Reads>]>([
    [
      'a receipt of another transaction',
      'l1-lies',
      (calls) => ({
        receipt: async (hash) => ({ ...(await found(calls, hash)), hash: new Uint8Array(32) }),
      }),
    ],
    [
      'a block that is not there',
      'l1-moved',
      (calls) => ({
        receipt: async (hash) => ({ ...(await found(calls, hash)), block: 99n }),
      }),
    ],
    [
      'a block above the newest one',
      'l1-moved',
      ({ head }) => ({
        head: async (tag) => ({ ...(await head(tag)), number: 0n }),
      }),
    ],
    ['another block of that number', 'l1-moved', () => ({ hashAt: async () => new Uint8Array(32) })],
    [
      'a batch that the inbox has not',
      'l1-moved',
      ({ inbox }) => ({
        inbox: async (at) => ({ ...(await inbox(at)), lastIndex: 0n }),
      }),
    ],
    [
      'a final block above the newest one',
      'l1-moved',
      ({ head }) => ({
        head: async (tag) => ({ ...(await head(tag)), ...(tag === 'finalized' ? { number: 99n } : {}) }),
      }),
    ],
  ])('is refused with %s', async (_, code, change) => {
    await expect(lookWith(change)).rejects.toMatchObject({ code });
  });

  it('makes a batch final only where the own driver has read it', async () => {
    const world = new World(4);
    world.derived = undefined;
    world.service.submit(sealed(1n));
    await world.blocks(20);
    expect([world.phases, world.ended]).toEqual(['1 mined', []]);
    world.derived = true;
    await world.block();
    expect(world.ended).toEqual(['1 final']);
  });

  it('makes a batch final only where the own driver has read it in our transaction', async () => {
    const world = new World(5);
    world.broughtBy = () => new Uint8Array(32);
    world.service.submit(sealed(1n));
    await world.blocks(20);
    expect([world.phases, world.ended]).toEqual(['1 mined', []]);
    expect([...world.service.status().alarms.keys()]).toEqual(['index-taken']);
    // What the endpoint kept to itself meanwhile goes to L1 by another one, so that its nonce is no gap.
    const sends = world.l1.sends;
    world.l1.reorg(25, 1);
    world.l1.foreignIndex = 1n;
    await world.blocks(16);
    expect(world.l1.sends).toBeGreaterThan(sends);
    expect([world.phases, world.l1.nonceOf(batcher.address)]).toEqual(['1 failed', 1n]);
  });
});
