import { describe, expect, it } from 'vitest';

import { OperationError } from '../../../../src/crypto/errors.ts';
import { keccak256 } from '../../../../src/ethereum/address.ts';
import { House, type SignedPlan, headAt, signed, signer } from './harness.ts';

const hashOf = (plan: SignedPlan): Uint8Array => keccak256(signed(plan));
const receipt = (plan: SignedPlan) => ({ hash: hashOf(plan), from: signer(plan.from ?? 0).address });
const accepted = { kind: 'accepted', isKnown: false };
const known = { kind: 'accepted', isKnown: true };
const refusedWith = (code: string): object => ({ kind: 'refused', code });
const all = { gas: 30_000_000n, baseFee: 50n };
const address = (k: number) => signer(k).address;
const syncs = ({ disk }: House): number => disk.trace.filter(({ call }) => call === 'sync').length;

describe('a pool', () => {
  it('keeps what it accepts: by hash, for a block, and in the nonce that its account uses next', async () => {
    const house = new House();
    const pool = await house.open();
    expect(await house.add(pool, {})).toEqual({ ...accepted, hash: hashOf({}) });
    expect(await house.add(pool, { nonce: 2 })).toMatchObject(accepted);
    expect(pool.get(hashOf({}))).toMatchObject({ nonce: 0n, sender: address(0) });
    expect(pool.get(hashOf({ nonce: 1 }))).toBeUndefined();
    expect(await pool.pendingNonce(address(0))).toBe(1n);
    expect([...pool.candidates(all)]).toMatchObject([{ raw: signed({}), sender: address(0) }]);
    expect(pool.size()).toEqual({ ready: 1, queued: 1, bytes: 2 * signed({}).length });
  });

  it('says the nonce of the chain for an account of which nothing waits', async () => {
    const house = new House();
    house.accounts.set(address(3), { nonce: 9n });
    const pool = await house.open();
    expect(await pool.pendingNonce(address(3))).toBe(9n);
    expect(await pool.pendingNonce(signer(99).address)).toBe(0n);
  });

  it('refuses what its rules refuse, and what the sender cannot have signed', async () => {
    const house = new House();
    house.accounts.set(address(1), { balance: 1n });
    house.accounts.set(address(2), { balance: 10n ** 18n, codeHash: new Uint8Array(32) });
    const pool = await house.open();
    expect(await house.add(pool, { tip: 0 })).toMatchObject(refusedWith('pool-underpriced'));
    expect(await house.add(pool, { from: 1 })).toMatchObject(refusedWith('pool-no-funds'));
    expect(await house.add(pool, { from: 2 })).toMatchObject({
      code: 'pool-sender-code',
      message: `sender not an eoa: address ${address(2)}`,
    });
    expect(await house.add(pool, { from: 99 })).toMatchObject(refusedWith('pool-no-funds'));
    expect(pool.size().ready).toBe(0);
  });

  it('serves the senders of its list, which may change; what waits stays', async () => {
    const house = new House();
    const pool = await house.open({ allowed: new Set([address(1)]) });
    expect(await house.add(pool, { from: 0 })).toMatchObject(refusedWith('pool-not-allowed'));
    expect(await house.add(pool, { from: 1 })).toMatchObject(accepted);
    pool.allowOnly(new Set([address(0)]));
    expect(await house.add(pool, { from: 0 })).toMatchObject(accepted);
    expect(await house.add(pool, { from: 1, nonce: 1 })).toMatchObject(refusedWith('pool-not-allowed'));
    pool.allowOnly(undefined);
    expect(await house.add(pool, { from: 1, nonce: 1 })).toMatchObject(accepted);
    expect(pool.size().ready).toBe(3);
  });

  it('drops what took too long, and takes nothing of its sender for ten minutes', async () => {
    const house = new House();
    const pool = await house.open();
    for (const plan of [{}, { nonce: 1 }, { from: 1 }]) await house.add(pool, plan);
    pool.bar([signed({})]);
    expect(pool.size()).toMatchObject({ ready: 1, queued: 1 });
    for (const plan of [{}, { value: 7n }, { nonce: 2 }])
      expect(await house.add(pool, plan)).toMatchObject(refusedWith('pool-too-slow'));
    expect(await house.add(pool, { from: 1, nonce: 1 })).toMatchObject(accepted);
    await house.settled(new Promise<void>((resolve) => void house.clock.after(600_000, resolve)));
    expect(await house.add(pool, {})).toMatchObject(accepted);
  });

  it('refuses more requests at a time than it was told to hold', async () => {
    const house = new House();
    const pool = await house.open({ maxUnderWay: 2 });
    const [first, second, third] = [0, 1, 2].map((nonce) => pool.add(signed({ nonce })));
    expect(await third).toMatchObject({ code: 'pool-full', message: 'txpool is full: too many requests' });
    expect(await house.settled(Promise.all([first, second]))).toMatchObject([accepted, accepted]);
  });
});

describe('a request that comes again', () => {
  it('while the first is under way gets its answer, and one place in the journal', async () => {
    const house = new House();
    const pool = await house.open();
    const both = [pool.add(signed({})), pool.add(signed({}))];
    expect(await house.settled(Promise.all(both))).toMatchObject([accepted, accepted]);
    expect(house.asked).toBe(1);
    expect((await house.open()).size().ready).toBe(1);
  });

  it('within a minute is answered without asking anybody, whatever the wall clock does', async () => {
    const house = new House();
    const pool = await house.open();
    await house.add(pool, {});
    house.clock.wallOffsetMs += 10 * 365 * 86_400_000;
    expect(await pool.add(signed({}))).toEqual({ ...known, hash: hashOf({}) });
    house.clock.wallOffsetMs = 0;
    expect(await pool.add(signed({}))).toMatchObject(known);
    expect(house.asked).toBe(1);
    await house.clock.advance(60_001);
    expect(await house.add(pool, {})).toMatchObject(known);
  });

  it('is judged anew where it was refused for what may change', async () => {
    const house = new House();
    house.accounts.set(address(0), { balance: 1n });
    const pool = await house.open();
    expect(await house.add(pool, {})).toMatchObject(refusedWith('pool-no-funds'));
    house.accounts.set(address(0), { balance: 10n ** 18n });
    expect(await house.add(pool, {})).toMatchObject(accepted);
  });

  it('is judged anew where it was replaced since', async () => {
    const house = new House();
    const pool = await house.open();
    await house.add(pool, {});
    expect(await house.add(pool, { cap: 110, tip: 11 })).toMatchObject(accepted);
    expect(await house.add(pool, {})).toMatchObject(refusedWith('pool-replacement-underpriced'));
  });
});

describe('a new head', () => {
  it('takes out what is mined and asks only for the accounts of its transactions', async () => {
    const house = new House();
    const pool = await house.open();
    await house.add(pool, {});
    await house.add(pool, { nonce: 1 });
    await house.add(pool, { from: 1 });
    house.accounts.set(address(0), { nonce: 1n, balance: 10n ** 18n });
    const asked = house.asked;
    await house.settled(pool.onHead(headAt(2), [receipt({}), receipt({ from: 5 })], []));
    expect(house.asked - asked).toBe(2);
    expect([...pool.candidates(all)]).toHaveLength(2);
    expect(pool.get(hashOf({}))).toBeUndefined();
    expect(await house.add(pool, { cap: 200, tip: 20 })).toMatchObject(refusedWith('pool-nonce-too-low'));
  });

  it('with a higher base fee makes wait what does not pay it, and refuses such from then on', async () => {
    const house = new House();
    const pool = await house.open();
    await house.add(pool, {});
    await house.settled(pool.onHead(headAt(2, 101n), [], []));
    expect([...pool.candidates({ ...all, baseFee: 101n })]).toEqual([]);
    expect(pool.size().ready).toBe(1);
    expect(await house.add(pool, { nonce: 1 })).toMatchObject(refusedWith('pool-fee-too-low'));
    await house.settled(pool.onHead(headAt(3, 90n), [], []));
    expect([...pool.candidates({ ...all, baseFee: 90n })]).toHaveLength(1);
  });

  it('of another branch brings back what only the old one held, and asks for all accounts anew', async () => {
    const house = new House();
    const pool = await house.open();
    for (const plan of [{}, { nonce: 1 }, { from: 1 }]) await house.add(pool, plan);
    house.accounts.set(address(0), { nonce: 2n, balance: 10n ** 18n });
    await house.settled(pool.onHead(headAt(2), [receipt({}), receipt({ nonce: 1 })], []));
    expect(pool.size().ready).toBe(1);
    // On the other branch the first of the two is mined as well, and account 1 was never funded.
    house.accounts.set(address(0), { nonce: 1n, balance: 10n ** 18n });
    house.accounts.set(address(1), { balance: 0n });
    const returned = [signed({}), signed({ nonce: 1 }), Uint8Array.of(1)];
    await house.settled(pool.onHead(headAt(2, 50n, 1), [receipt({})], returned));
    expect([...pool.candidates(all)]).toMatchObject([{ raw: signed({ nonce: 1 }), sender: address(0) }]);
    expect(pool.size()).toMatchObject({ ready: 1, queued: 0 });
    const later = await house.open({}, headAt(2, 50n, 1));
    expect([...later.candidates(all)]).toEqual([...pool.candidates(all)]);
  });

  it('that comes while the state of the old one is asked has the last word', async () => {
    const house = new House();
    const pool = await house.open();
    const [old, next] = [headAt(1), headAt(2)];
    let turned: Promise<void> | undefined;
    house.beforeAnswer = async (block) => {
      if (block.join() !== old.hash.join() || turned !== undefined) return;
      turned = Promise.resolve();
      house.accounts.set(address(0), { nonce: 1n, balance: 10n ** 18n });
      turned = pool.onHead(next, [receipt({ nonce: 0, value: 5n })], []);
      await new Promise((go) => setImmediate(go));
    };
    expect(await house.add(pool, {})).toMatchObject(refusedWith('pool-nonce-too-low'));
    await turned;
  });

  it('lets nobody in as long as it is not known what it changes', async () => {
    const house = new House();
    const pool = await house.open();
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((go) => (answer = go));
    house.beforeAnswer = (block) => (block.join() === headAt(2).hash.join() ? slow : Promise.resolve());
    const before = pool.add(signed({}));
    await new Promise((go) => setImmediate(go));
    expect(house.clock.planned).toBe(1);
    const turned = pool.onHead(headAt(2), [receipt({ from: 5 })], []);
    const added = pool.add(signed({ nonce: 1 }));
    await house.clock.advance(1_000);
    expect(pool.size()).toMatchObject({ ready: 0, queued: 0 });
    answer();
    await house.settled(turned);
    expect(await house.settled(Promise.all([before, added]))).toMatchObject([accepted, accepted]);
  });

  it('whose state cannot be read changes nothing, and the next one is followed all the same', async () => {
    const house = new House();
    const pool = await house.open();
    await house.add(pool, {});
    house.beforeAnswer = () => Promise.reject(new OperationError('engine-failed', 'retry', 'no'));
    const failed = pool.onHead(headAt(2), [receipt({})], []);
    await expect(house.settled(failed)).rejects.toThrow('no');
    expect(pool.size().ready).toBe(1);
    house.beforeAnswer = () => Promise.resolve();
    house.accounts.set(address(0), { nonce: 1n, balance: 10n ** 18n });
    // Its parent is not the head that the pool has seen last: all accounts are asked for.
    await house.settled(pool.onHead(headAt(3), [], []));
    expect(pool.size().ready).toBe(0);
  });
});

describe('the journal of a pool', () => {
  it('takes a whole group with one fsync', async () => {
    const house = new House();
    const pool = await house.open();
    await house.add(pool, { from: 7 });
    const before = syncs(house);
    const raws = Array.from({ length: 48 }, (_, i) => signed({ from: i % 4, nonce: Math.floor(i / 4) }));
    const answers = await house.settled(Promise.all(raws.map((raw) => pool.add(raw))));
    expect(answers.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(syncs(house) - before).toBe(1);
  });

  it('gives the same pool again behind a restart', async () => {
    const house = new House();
    const pool = await house.open();
    for (const plan of [{}, { nonce: 1 }, { from: 1, nonce: 4 }, { cap: 120, tip: 12 }])
      await house.add(pool, plan);
    pool.bar([signed({ nonce: 1 })]);
    const again = await house.open();
    expect(again.size()).toEqual(pool.size());
    expect([...again.candidates(all)]).toEqual([...pool.candidates(all)]);
    expect(await house.add(again, { from: 1, nonce: 4 })).toMatchObject(known);
  });

  it('is full when the disk is: nothing more is taken, nothing is lost, and it recovers', async () => {
    const house = new House();
    const pool = await house.open();
    await house.add(pool, {});
    house.disk.fault({ kind: 'error', code: 'ENOSPC', atCall: 1, isLasting: true });
    expect(await house.add(pool, { nonce: 1 })).toMatchObject({
      code: 'pool-disk',
      message: 'txpool is full: the journal takes no more (disk-full)',
    });
    expect(pool.size().ready).toBe(1);
    expect(await house.add(pool, {})).toMatchObject(known);
    house.disk.fault(undefined);
    expect(await house.add(pool, { nonce: 1 })).toMatchObject(accepted);
    expect((await house.open()).size().ready).toBe(2);
  });

  it('does not hold up a new head when the disk is full', async () => {
    const house = new House();
    const pool = await house.open();
    await house.add(pool, { value: 10n ** 17n });
    house.disk.fault({ kind: 'error', code: 'ENOSPC', atCall: 1, isLasting: true });
    house.accounts.set(address(0), { balance: 0n });
    await house.settled(pool.onHead(headAt(2), [receipt({ from: 0, nonce: 7 })], []));
    expect(pool.size().ready).toBe(0);
    expect(house.log.lines.map(({ event }) => event)).toEqual(['pool-journal-behind']);
  });

  it('whose fsync has failed acknowledges nothing any more', async () => {
    const house = new House();
    const pool = await house.open();
    await house.add(pool, {});
    // open, look and write come before it
    const calls = house.disk.trace.length;
    await house.add(pool, { nonce: 1 });
    const at = house.disk.trace.slice(calls).findIndex(({ call }) => call === 'sync') + 1;
    house.disk.fault({ kind: 'error', code: 'EIO', atCall: at, isLasting: false });
    await expect(house.add(pool, { nonce: 2 })).rejects.toMatchObject({
      code: 'fsync-failed',
      level: 'fatal',
    });
    await expect(house.add(pool, { nonce: 3 })).rejects.toMatchObject({ code: 'fsync-failed' });
    expect(pool.size().ready).toBe(2);
  });

  it('is written anew when it is mostly about what left', { timeout: 60_000 }, async () => {
    const house = new House();
    const pool = await house.open();
    for (const from of [3, 1, 4]) await house.add(pool, { from });
    const large = { gas: 2_000_000n, data: new Uint8Array(97_000).fill(1) };
    for (let n = 0; n < 90; n++) {
      house.accounts.set(signer(10 + n).address, { balance: 10n ** 18n });
      await house.add(pool, { ...large, from: 10 + n });
      pool.bar([signed({ ...large, from: 10 + n })]);
    }
    const bytesNow = (): number => house.disk.open().read('pool/journal.log')?.length ?? 0;
    expect(bytesNow()).toBeGreaterThan(8_000_000);
    await house.settled(pool.onHead(headAt(2), [], []));
    expect(bytesNow()).toBeLessThan(500);
    await house.add(pool, { from: 2 });
    const again = await house.open({}, headAt(2));
    expect([...again.candidates(all)]).toEqual([...pool.candidates(all)]);
    expect([...again.candidates(all)].map(({ sender }) => sender)).toEqual([3, 1, 4, 2].map(address));
  });

  it('has each group of large transactions as a whole, or nothing of it', async () => {
    const fill = async (house: House): Promise<number> => {
      const pool = await house.open();
      const large = { gas: 2_000_000n, data: new Uint8Array(97_000).fill(1) };
      const plans = Array.from({ length: 16 }, (_, i) => ({ from: i % 4, nonce: Math.floor(i / 4) }));
      const raws = plans.map((plan) => signed({ ...large, ...plan }));
      const answers = await house.settled(Promise.all(raws.map((raw) => pool.add(raw))));
      return answers.filter(({ kind }) => kind === 'accepted').length;
    };
    const dry = new House();
    expect(await fill(dry)).toBe(16);
    const writes = dry.disk.trace.flatMap(({ call }, i) => (call === 'write' ? [i + 1] : []));
    expect(writes).toHaveLength(2);
    const house = new House();
    house.disk.fault({ kind: 'error', code: 'ENOSPC', atCall: writes[1] ?? 0, isLasting: false });
    const taken = await fill(house);
    expect(taken).toBeGreaterThan(8);
    expect(taken).toBeLessThan(16);
    house.disk.fault(undefined);
    expect((await house.open()).size()).toMatchObject({ ready: taken });
  });
});
