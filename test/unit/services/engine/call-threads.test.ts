import { describe, expect, it } from 'vitest';

import { bigintToBytes, bytesToBigint, fromHex } from '../../../../src/crypto/bytes.ts';
import { predeploys } from '../../../../src/ethereum/l2-genesis.ts';
import type { CallRequest } from '../../../../src/chain/execution.ts';
import { CallThreads, type CallSource } from '../../../../src/services/engine/call-threads.ts';
import { systemClock } from '../../../../src/system/clock.ts';
import type { Workers } from '../../../../src/system/ports.ts';
import { createWorkers } from '../../../../src/system/worker-threads.ts';
import { corpusAccounts } from '../../../corpus/corpus.ts';
import { built, labGenesis, labRequest, labTx } from '../../../corpus/lab.ts';
import { labRollup, withExecutor } from '../../../corpus/with-executor.ts';
import { SimClock } from '../../../sim/clock.ts';

const genesis = labGenesis(corpusAccounts);
const [alice, bob] = corpusAccounts as [(typeof corpusAccounts)[number], (typeof corpusAccounts)[number]];
const entry = new URL('../../../../src/apps/call-worker.ts', import.meta.url);
const threads = (limitMs: number) => ({
  ...{ workers: createWorkers({ entry }), clock: systemClock, count: 1, limitMs },
});
const coded = (code: string): unknown => expect.objectContaining({ code });
const code = (hex: string): Uint8Array => fromHex(hex)!;
/** Puts 1 into slot 0, and makes a contract that gives it back. */
const keeper = code('60015f556008600e5f3960085ff35f545f5260205ff3');
/** JUMPDEST, PUSH0, JUMP. */
const endless = code('5b5f56');

describe('calls in threads of their own', () => {
  it('give what they give in the thread of the engine, and are given up in time', { timeout: 120_000 }, () =>
    withExecutor(genesis, (inline) =>
      withExecutor(
        genesis,
        async (threaded) => {
          const zero = (await inline.block(0n))!;
          const deploy = labTx(alice, 0n, undefined, { value: 0n, gasLimit: 200_000n, data: keeper });
          const request = labRequest(zero, [deploy]);
          const [block, same] = [built(await inline.build(request)), built(await threaded.build(request))];
          expect(same.block.hash).toEqual(block.block.hash);
          const to = block.receipts[0]!.created!;
          const calls: readonly CallRequest[] = [
            { to },
            { to, gas: 21_100n },
            { from: alice.address, to: bob.address, value: 5n },
            { from: bob.address, value: 10n ** 40n },
            // The hash of block 0, and the balance of bob.
            { data: code('5f405f5260205ff3') },
            { data: code(`73${bob.address.slice(2)}315f5260205ff3`) },
            { data: code('5f5ffd') },
            { to: predeploys.WMETIS, data: code(`70a08231${'00'.repeat(12)}${bob.address.slice(2)}`) },
            { to, tellsAccess: true },
            {
              to,
              accounts: [
                { account: to, slots: [[new Uint8Array(32), bigintToBytes(9n, 32)]], isWhole: false },
              ],
            },
          ];
          for (const at of [zero, block])
            for (const call of calls)
              expect(await threaded.call(at.block.hash, call)).toEqual(
                await inline.call(at.block.hash, call),
              );
          const read = await threaded.call(block.block.hash, { to });
          expect([read.isSuccess, bytesToBigint(read.output)]).toEqual([true, 1n]);
          await expect(threaded.call(new Uint8Array(32), { to })).rejects.toEqual(
            coded('engine-unknown-block'),
          );
          const slow = { accounts: [{ account: to, code: endless, slots: [], isWhole: false }] };
          await expect(threaded.call(zero.block.hash, { to, gas: 10n ** 12n, ...slow })).rejects.toEqual(
            coded('call-timeout'),
          );
          // Another thread takes its place.
          expect(await threaded.call(block.block.hash, { to })).toEqual(read);
        },
        labRollup,
        threads(3_000),
      ),
    ),
  );
});

/** Threads that do what a test says. */
function scripted() {
  const started: {
    readonly heard: { readonly kind: string }[];
    readonly say: (message: unknown) => void;
    readonly exit: (reason: string) => void;
  }[] = [];
  const workers: Workers = {
    start: () => {
      const heard: { readonly kind: string }[] = [];
      let say: (message: unknown) => void = () => undefined;
      let exit: (reason: string) => void = () => undefined;
      started.push({ heard, say: (message) => say(message), exit: (reason) => exit(reason) });
      return {
        post: (message) => void heard.push(message as { readonly kind: string }),
        onMessage: (handler) => void (say = handler),
        onExit: (handler) => void (exit = handler),
        terminate: async () => exit('exit 1'),
      };
    },
  };
  return { started, workers };
}

describe('a few threads', () => {
  const tip = { header: { number: 1n }, hash: new Uint8Array(32) } as unknown as Parameters<
    CallThreads['run']
  >[0];
  const result = { isSuccess: true, output: new Uint8Array(0), gasUsed: 1n, fault: undefined };
  function made(count: number, read: CallSource['read'] = () => undefined) {
    const { started, workers } = scripted();
    const clock = new SimClock();
    const pool = new CallThreads({ workers, clock, count, limitMs: 100 }, { chainId: 7n, read });
    return { started, clock, pool };
  }
  const kinds = (one: { readonly heard: readonly { readonly kind: string }[] } | undefined) =>
    one?.heard.map(({ kind }) => kind);

  it('are started when they are needed, and no more than there may be', async () => {
    const { started, pool } = made(2);
    const calls = [pool.run(tip, {}), pool.run(tip, {}), pool.run(tip, {})];
    expect(started.length).toBe(2);
    expect(kinds(started[0])).toEqual(['hello']);
    for (const thread of started) thread.say({ kind: 'ready' });
    started[0]!.say({ kind: 'done', result });
    expect(await calls[0]).toBe(result);
    expect(kinds(started[0])).toEqual(['hello', 'call', 'call']);
    started[1]!.say({ kind: 'failed', message: 'why' });
    await expect(calls[1]).rejects.toEqual(coded('engine-failed'));
    started[0]!.say({ kind: 'done', result });
    expect(await calls[2]).toBe(result);
    expect(started.length).toBe(2);
  });

  it('begin to count the time of a call when they have loaded', async () => {
    const { started, clock, pool } = made(1);
    const calls = [pool.run(tip, {}), pool.run(tip, {})];
    const ended = Promise.allSettled(calls);
    await clock.advance(1_000);
    started[0]!.say({ kind: 'ready' });
    await clock.advance(99);
    expect(started.length).toBe(1);
    await clock.advance(1);
    expect(started.length).toBe(2);
    started[1]!.exit('out of memory');
    expect(started.length).toBe(2);
    expect(await ended).toEqual([
      { status: 'rejected', reason: coded('call-timeout') },
      { status: 'rejected', reason: coded('engine-failed') },
    ]);
  });

  it('fail a call for which something cannot be read, and go on', async () => {
    const { started, pool } = made(1, () => {
      throw new Error('the disk is gone');
    });
    const call = pool.run(tip, {});
    started[0]!.say({ kind: 'ready' });
    started[0]!.say({ kind: 'read', read: { of: 'ancestor', number: 1n } });
    started[0]!.say({ kind: 'failed', message: 'no answer' });
    await expect(call).rejects.toThrow('the disk is gone');
    const next = pool.run(tip, {});
    started[0]!.say({ kind: 'done', result });
    expect(await next).toBe(result);
  });

  it('end with the engine, and with them what waits', async () => {
    const { pool } = made(1);
    const calls = Promise.allSettled([pool.run(tip, {}), pool.run(tip, {})]);
    await pool.close();
    const reason = coded('engine-failed');
    expect(await calls).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    await expect(pool.run(tip, {})).rejects.toEqual(reason);
  });
});
