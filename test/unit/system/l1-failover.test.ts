import { beforeEach, expect, it } from 'vitest';

import { OperationError } from '../../../src/crypto/errors.ts';
import { addressFromBytes } from '../../../src/ethereum/address.ts';
import { type FailoverCalls, type FailoverL1, failoverL1 } from '../../../src/system/l1-failover.ts';
import type { L1Block } from '../../../src/system/ports.ts';
import { SimClock } from '../../sim/clock.ts';
import { type LogLine, keptLog } from '../../sim/log.ts';

const account = addressFromBytes(new Uint8Array(20).fill(1));
const fault = (code: string): OperationError => new OperationError(code, 'retry', 'it fails');
const block = (number: bigint): L1Block => ({
  number,
  hash: new Uint8Array(32).fill(1),
  parentHash: new Uint8Array(32),
});

/** A URL with a key in it, and the name of its endpoint. */
const urlOf = (name: string): string => `http://${name}/a-key`;
const nameOf = (url: string): string => new URL(url).host;

/** What each endpoint does, by its name; and who was asked what, in order. */
let faults: Map<string, OperationError>;
let asked: string[];
let lines: LogLine[];
let l1: FailoverL1;

const endpoint = (url: string): FailoverCalls => {
  const answer = <T>(what: string, value: T): Promise<T> => {
    asked.push(`${url} ${what}`);
    const found = faults.get(url);
    return found === undefined ? Promise.resolve(value) : Promise.reject(found);
  };
  return {
    head: (tag) => answer(tag, block(9n)),
    nonce: () => answer('nonce', 4n),
    balance: () => answer('balance', 5n),
    fees: () => answer('fees', { baseFee: 1n, tip: 1n, blobBaseFee: 1n }),
    inbox: () =>
      answer('inbox', {
        ...{ l2ChainId: 1n, lastIndex: 0n, authMode: 'sender' },
        registry: account,
        accounts: { calldata: undefined, blobs: undefined },
      } as const),
    hashAt: () => answer('hash', new Uint8Array(32)),
    batchAt: () => answer('batch', undefined),
    receipt: () => answer('receipt', undefined),
    send: () => answer('send', undefined),
  };
};

/** Looks that read one thing. */
const nonce = (at: 'latest' | 'pending' = 'latest'): Promise<bigint> =>
  l1.look((one) => one.nonce(account, at));
const balance = (): Promise<bigint> => l1.look((one) => one.balance(account));
const head = (tag: 'latest' | 'finalized'): Promise<L1Block> => l1.look((one) => one.head(tag));

beforeEach(() => {
  [faults, asked, lines] = [new Map(), [], []];
  l1 = failoverL1(
    { urls: ['a', 'b'].map(urlOf), chainId: 1n },
    {
      ...{ clock: new SimClock(), log: keptLog(lines) },
      connect: async (at) => {
        const url = nameOf(at);
        const found = faults.get(`connect ${url}`);
        if (found !== undefined) throw found;
        return endpoint(url);
      },
      agrees: async (at, { number }) => {
        const url = nameOf(at);
        asked.push(`${url} has ${number}?`);
        const found = faults.get(`agrees ${url}`);
        if (found !== undefined) throw found;
      },
    },
  );
});

it('one endpoint is asked until it fails, and the call that fails is not repeated', async () => {
  expect(await nonce()).toBe(4n);
  faults.set('a', fault('l1-unreachable'));
  await expect(balance()).rejects.toMatchObject({ code: 'l1-unreachable' });
  expect(await balance()).toBe(5n);
  await l1.look((one) => one.receipt(new Uint8Array(32)));
  expect(asked).toEqual(['a nonce', 'a balance', 'b balance', 'b receipt']);
  expect([...l1.faults().keys()].map(nameOf)).toEqual(['a']);
  expect(lines).toMatchObject([{ event: 'alarm l1-endpoint', fields: { url: 'http://a/…' } }]);
  faults.clear();
  faults.set('b', fault('l1-unreachable'));
  await expect(l1.fees()).rejects.toMatchObject({ code: 'l1-unreachable' });
  await l1.fees();
  expect([...l1.faults().keys()].map(nameOf)).toEqual(['b']);
  expect(lines.at(-1)).toMatchObject({ event: 'alarm l1-endpoint is over', fields: { url: 'http://a/…' } });
});

it('calls that fail together leave one endpoint, not two', async () => {
  await nonce();
  faults.set('a', fault('l1-unreachable'));
  const both = await Promise.allSettled([nonce(), balance()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  asked = [];
  await nonce('pending');
  expect(asked).toEqual(['b nonce']);
});

it('what an endpoint answers to a transaction is an answer', async () => {
  faults.set('a', fault('nonce-too-low'));
  const tx = { raw: new Uint8Array(1), hash: new Uint8Array(32) };
  await expect(l1.send(tx)).rejects.toMatchObject({ code: 'nonce-too-low' });
  faults.clear();
  await l1.send(tx);
  expect(asked).toEqual(['a send', 'a send']);
  expect(l1.faults().size).toBe(0);
});

it('another endpoint has to serve the chain, and the block that was final', async () => {
  await head('finalized');
  faults.set('a', fault('l1-unreachable'));
  faults.set('agrees b', fault('l1-disagreement'));
  await expect(head('latest')).rejects.toMatchObject({ code: 'l1-unreachable' });
  await expect(head('latest')).rejects.toMatchObject({ code: 'l1-disagreement' });
  faults.delete('a');
  expect((await head('latest')).number).toBe(9n);
  expect(asked).toEqual(['a finalized', 'a latest', 'b has 9?', 'a has 9?', 'a latest']);
  expect([...l1.faults().keys()].map(nameOf)).toEqual(['b']);
});

it('an endpoint of another chain is passed over', async () => {
  faults.set('connect a', fault('wrong-chain'));
  await expect(l1.fees()).rejects.toMatchObject({ code: 'wrong-chain' });
  expect(await l1.fees()).toMatchObject({ baseFee: 1n });
});

it('an endpoint that cannot be connected, for whatever reason, is left like one that is away', async () => {
  for (const code of ['l1-rejected', 'l1-unreachable']) {
    faults.set('connect a', fault(code));
    faults.set('connect b', fault(code));
    await expect(nonce()).rejects.toMatchObject({ code });
    await expect(nonce()).rejects.toMatchObject({ code });
    expect([...l1.faults().keys()].map(nameOf)).toEqual(['a', 'b']);
  }
  faults.clear();
  expect(await nonce()).toBe(4n);
});

it('a look keeps its endpoint to the end, and fails where that one fails', async () => {
  let isLeft = (): void => undefined;
  const left = new Promise<void>((resolve) => {
    isLeft = resolve;
  });
  const look = l1.look(async (one) => {
    const first = await one.nonce(account, 'latest');
    await left;
    return [first, await one.balance(account), (await one.head('latest')).number];
  });
  await nonce();
  faults.set('a', fault('l1-unreachable'));
  await expect(l1.fees()).rejects.toMatchObject({ code: 'l1-unreachable' });
  expect(await balance()).toBe(5n);
  faults.clear();
  asked = [];
  isLeft();
  expect(await look).toEqual([4n, 5n, 9n]);
  expect(asked).toEqual(['a balance', 'a latest']);

  const torn = l1.look(async (one) => {
    await one.nonce(account, 'latest');
    faults.set('b', fault('l1-unreachable'));
    return [await one.balance(account), await one.balance(account)];
  });
  await expect(torn).rejects.toMatchObject({ code: 'l1-unreachable' });
  expect(asked.slice(2)).toEqual(['b nonce', 'b balance']);
});

it('what a look calls final binds others only where the look comes to its end', async () => {
  const torn = l1.look(async (one) => {
    await one.head('finalized');
    throw fault('l1-lies');
  });
  await expect(torn).rejects.toMatchObject({ code: 'l1-lies' });
  faults.set('agrees b', fault('l1-disagreement'));
  expect(await nonce()).toBe(4n);
  expect(asked).toEqual(['a finalized', 'b nonce']);
});

it('an endpoint is left when L1 moves in two looks one after another', async () => {
  const moved = (): Promise<never> => l1.look(() => Promise.reject(fault('l1-moved')));
  await expect(moved()).rejects.toMatchObject({ code: 'l1-moved' });
  expect(await nonce()).toBe(4n);
  await expect(moved()).rejects.toMatchObject({ code: 'l1-moved' });
  expect(l1.faults().size).toBe(0);
  await expect(moved()).rejects.toMatchObject({ code: 'l1-moved' });
  expect([...l1.faults().keys()].map(nameOf)).toEqual(['a']);
  await nonce();
  expect(asked).toEqual(['a nonce', 'b nonce']);
});
