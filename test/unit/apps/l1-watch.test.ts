import { expect, it } from 'vitest';

import { L1Watch } from '../../../src/apps/l1-watch.ts';
import { OperationError } from '../../../src/crypto/errors.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import type { Clock, L1 } from '../../../src/system/ports.ts';
import { memoryLog } from '../node/helpers.ts';

const account = parseAddress('0x5fbdb2315678afecb367f032d93f642f64180aa3');

it('L1 is looked at again and again, and its failure leaves no view behind', async () => {
  const log = memoryLog();
  const waiting: (() => void)[] = [];
  const clock: Clock = {
    nowMs: () => 0,
    monotonicMs: () => 0,
    after: (_, event) => {
      waiting.push(event);
      return () => void waiting.pop();
    },
  };
  let nonce: bigint | undefined = 3n;
  const l1: Pick<L1, 'chainId' | 'head' | 'nonce' | 'inbox'> = {
    chainId: () => Promise.resolve(31_337n),
    head: (tag) => Promise.resolve({ number: tag === 'latest' ? 9n : 1n } as never),
    nonce: () =>
      nonce === undefined
        ? Promise.reject(new OperationError('l1-unreachable', 'retry', 'down'))
        : Promise.resolve(nonce),
    inbox: () => Promise.resolve({ lastIndex: 5n, l2ChainId: 71_001n } as never),
  };
  const watch = new L1Watch({ inbox: account, maxAhead: 4n }, { connect: async () => l1 as L1, clock, log });
  const seen: { account?: typeof account } = {};
  await watch.start(() => seen.account);
  expect(watch.view()).toBeUndefined();
  seen.account = account;
  await watch.start(() => seen.account);
  const place = { nextNonce: 3n, finalNonce: 3n, lastBatchIndex: 5n, l2ChainId: 71_001n, head: 9n };
  expect(watch.view()).toEqual({ chainId: 31_337n, maxAhead: 4n, ...place });
  nonce = undefined;
  await watch.start(() => seen.account);
  await watch.start(() => seen.account);
  expect(watch.view()).toBeUndefined();
  expect(log.lines.filter((line) => JSON.stringify(line).includes('l1 does not answer'))).toHaveLength(1);
  const before = waiting.length;
  watch.stop();
  await watch.start(() => seen.account);
  expect(waiting.length).toBeLessThan(before);
});

it('without an inbox the newest block and the nonce are looked at, and no contract is asked', async () => {
  const l1: Pick<L1, 'chainId' | 'head' | 'nonce' | 'inbox'> = {
    chainId: () => Promise.resolve(31_337n),
    head: () => Promise.resolve({ number: 9n } as never),
    nonce: () => Promise.resolve(3n),
    inbox: () => Promise.reject(new OperationError('l1-no-inbox', 'fatal', 'nobody named one')),
  };
  const clock: Clock = { nowMs: () => 0, monotonicMs: () => 0, after: () => () => undefined };
  const options = { inbox: undefined, maxAhead: 4n };
  const watch = new L1Watch(options, { connect: async () => l1 as L1, clock, log: memoryLog() });
  await watch.start(() => account);
  expect(watch.view()).toMatchObject({ chainId: 31_337n, nextNonce: 3n, lastBatchIndex: 0n, head: 9n });
});

it('what is final is looked at before the inbox, and may be unknown', async () => {
  const asked: string[] = [];
  const say = <T>(what: string, value: T): Promise<T> => {
    asked.push(what);
    return Promise.resolve(value);
  };
  let isKnown = true;
  const l1: Pick<L1, 'chainId' | 'head' | 'nonce' | 'inbox'> = {
    chainId: () => Promise.resolve(31_337n),
    head: () => Promise.resolve({ number: 9n } as never),
    nonce: (_, at) =>
      at === 'finalized' && !isKnown
        ? Promise.reject(new OperationError('l1-rejected', 'fatal', 'no such block'))
        : say(at, at === 'finalized' ? 2n : 3n),
    inbox: () => say('inbox', { lastIndex: 5n, l2ChainId: 71_001n } as never),
  };
  const clock: Clock = { nowMs: () => 0, monotonicMs: () => 0, after: () => () => undefined };
  const deps = { connect: async () => l1 as L1, clock, log: memoryLog() };
  const watch = new L1Watch({ inbox: account, maxAhead: 4n }, deps);
  await watch.start(() => account);
  expect(asked).toEqual(['finalized', 'latest', 'inbox']);
  expect(watch.view()?.finalNonce).toBe(2n);
  isKnown = false;
  await watch.start(() => account);
  expect(watch.view()).toMatchObject({ nextNonce: 3n, finalNonce: undefined });
});
