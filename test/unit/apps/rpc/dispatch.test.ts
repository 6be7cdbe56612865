import { describe, expect, it } from 'vitest';

import { createDispatch } from '../../../../src/apps/rpc/dispatch.ts';
import { rpcLimits } from '../../../../src/apps/rpc/limits.ts';
import type { Methods } from '../../../../src/apps/rpc/method.ts';
import { RpcError, serverError } from '../../../../src/apps/rpc/rpc-error.ts';
import { Bug, OperationError } from '../../../../src/crypto/errors.ts';
import { SimClock } from '../../../sim/clock.ts';
import { memoryLog } from '../../node/helpers.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function dispatching(limits: Partial<typeof rpcLimits> = {}) {
  const [clock, log] = [new SimClock(), memoryLog()];
  const ran: string[] = [];
  const open: (() => void)[] = [];
  const wait = (): Promise<unknown> => new Promise((resolve) => open.push(() => resolve('done')));
  const methods: Methods = {
    echo: { most: 2, run: (list) => list.maybe(0, (value) => value) ?? null },
    note: { most: 0, run: () => void ran.push('note') },
    big: { most: 0, run: () => 'x'.repeat(1_000) },
    wait: { most: 0, run: wait },
    heavy: { most: 0, isHeavy: true, run: wait },
    execute: { most: 0, isCall: true, run: wait },
    late: {
      most: 0,
      isCall: true,
      run: () => Promise.reject(new OperationError('call-timeout', 'retry', 'a call took more than 5000 ms')),
    },
    store: { most: 0, sharesDisk: true, run: wait },
    refuse: { most: 0, run: () => Promise.reject(serverError('header not found')) },
    revert: { most: 0, run: () => Promise.reject(new RpcError(3, 'execution reverted', '0x12')) },
    unknown: {
      most: 0,
      run: () => Promise.reject(new OperationError('engine-unknown-block', 'reset', 'no block of ours')),
    },
    bug: {
      most: 0,
      run: () => {
        throw new Bug('secret detail');
      },
    },
  };
  const dispatch = createDispatch(methods, { clock, log, limits: { ...rpcLimits, ...limits } });
  const answer = async (body: unknown): Promise<unknown> => {
    const text = await dispatch(bytesOf(typeof body === 'string' ? body : JSON.stringify(body)));
    return text === undefined ? undefined : JSON.parse(text);
  };
  return { answer, clock, log, ran, open };
}
const call = (method: string, more: Readonly<Record<string, unknown>> = {}) => ({
  ...{ jsonrpc: '2.0', id: 1, method },
  ...more,
});
const failed = (code: number, message: string, id: unknown = 1) => ({
  ...{ jsonrpc: '2.0', id, error: { code, message } },
});

describe('one call', () => {
  it('is answered under its own id, whatever that is', async () => {
    const { answer } = dispatching();
    for (const id of [1, 0, -7, 1.5, 'a', '', null, 2 ** 53 - 1])
      expect(await answer(call('echo', { id, params: ['x'] }))).toEqual({ jsonrpc: '2.0', id, result: 'x' });
    expect(await answer(call('echo'))).toEqual({ jsonrpc: '2.0', id: 1, result: null });
    expect(await answer(call('echo', { params: null }))).toEqual({ jsonrpc: '2.0', id: 1, result: null });
  });

  it('without an id is made, and not answered', async () => {
    const { answer, ran } = dispatching();
    expect(await answer({ jsonrpc: '2.0', method: 'note' })).toBeUndefined();
    expect(await answer({ jsonrpc: '2.0', method: 'nobody' })).toBeUndefined();
    expect(ran).toEqual(['note']);
  });

  it('in no form of JSON-RPC is refused', async () => {
    const { answer } = dispatching();
    expect(await answer('{')).toEqual(failed(-32700, 'parse error', null));
    expect(await answer('[1')).toEqual(failed(-32700, 'parse error', null));
    for (const body of [1, 'a', null, true, {}, { jsonrpc: '2.0' }, { jsonrpc: '2.0', method: 1 }])
      expect(await answer(JSON.stringify(body))).toEqual(failed(-32600, 'invalid request', null));
    expect(await answer(call('echo', { jsonrpc: '1.0' }))).toEqual(failed(-32600, 'invalid request'));
    expect(await answer(call('echo', { jsonrpc: 2 }))).toEqual(failed(-32600, 'invalid request'));
    for (const id of [{}, [], true])
      expect(await answer(call('echo', { id }))).toEqual(failed(-32600, 'invalid request', null));
    // Printed again, these would be other numbers.
    for (const id of ['12345678901234567890', '1e400'])
      expect(await answer(`{"jsonrpc":"2.0","id":${id},"method":"echo"}`)).toEqual(
        failed(-32600, 'invalid request', null),
      );
    expect(await answer(`${'['.repeat(40)}${']'.repeat(40)}`)).toEqual(
      failed(-32600, 'invalid request: nested deeper than 32', null),
    );
  });

  it('names a method, and no property of objects', async () => {
    const { answer } = dispatching();
    for (const name of ['nobody', 'constructor', '__proto__', 'toString', ''])
      expect(await answer(call(name))).toEqual(
        failed(-32601, `the method ${name} does not exist/is not available`),
      );
    const long = await answer(call('x'.repeat(10_000)));
    expect(JSON.stringify(long).length).toBeLessThan(300);
  });

  it('has parameters in a list, and not too many', async () => {
    const { answer } = dispatching();
    expect(await answer(call('echo', { params: {} }))).toEqual(failed(-32602, 'non-array args'));
    expect(await answer(call('echo', { params: 'x' }))).toEqual(failed(-32602, 'non-array args'));
    expect(await answer(call('echo', { params: [1, 2, 3] }))).toEqual(
      failed(-32602, 'too many arguments, want at most 2'),
    );
  });

  it('that is refused says so with number, text and data', async () => {
    const { answer } = dispatching();
    expect(await answer(call('refuse'))).toEqual(failed(-32000, 'header not found'));
    expect(await answer(call('unknown'))).toEqual(failed(-32000, 'header not found'));
    expect(await answer(call('revert'))).toEqual({
      ...{ jsonrpc: '2.0', id: 1 },
      error: { code: 3, message: 'execution reverted', data: '0x12' },
    });
  });

  it('that fails by our own fault tells the operator alone', async () => {
    const { answer, log } = dispatching();
    expect(await answer(call('bug'))).toEqual(failed(-32603, 'internal error'));
    expect(JSON.stringify(log.lines)).toContain('secret detail');
  });

  it('whose answer is too long is refused', async () => {
    const { answer } = dispatching({ responseBytes: 500 });
    expect(await answer(call('big'))).toEqual(failed(-32003, 'response too large'));
  });

  it('that takes too long is given up', async () => {
    const { answer, clock } = dispatching({ callMs: 50 });
    const waiting = answer(call('wait'));
    await clock.advance(50);
    expect(await waiting).toEqual(failed(-32002, 'request timed out'));
  });

  it('that executes waits for its turn, and finds a limit of those that wait', async () => {
    const { answer, open } = dispatching({ heavy: 1, waiting: 1 });
    const [first, second] = [answer(call('heavy')), answer(call('heavy'))];
    await new Promise((resolve) => setImmediate(resolve));
    expect(open.length).toBe(1);
    expect(await answer(call('heavy'))).toEqual(failed(-32005, 'too many calls at a time; try again'));
    open[0]!();
    expect(await first).toMatchObject({ result: 'done' });
    await new Promise((resolve) => setImmediate(resolve));
    open[1]!();
    expect(await second).toMatchObject({ result: 'done' });
  });
});

describe('calls that execute', () => {
  it('do not wait for those that search, and are told when one took too long', async () => {
    const { answer, open } = dispatching({ heavy: 1, calls: 1, waiting: 0 });
    const both = [answer(call('heavy')), answer(call('execute'))];
    await new Promise((resolve) => setImmediate(resolve));
    expect(open.length).toBe(2);
    expect(await answer(call('execute'))).toEqual(failed(-32005, 'too many calls at a time; try again'));
    for (const end of open) end();
    expect(await Promise.all(both)).toMatchObject([{ result: 'done' }, { result: 'done' }]);
    expect(await answer(call('late'))).toEqual(failed(-32000, 'execution aborted (timeout = 5s)'));
  });

  it('are not begun when nobody waits for them any more', async () => {
    const { answer, open, clock } = dispatching({ calls: 1, waiting: 1, callMs: 50 });
    const both = [answer(call('execute')), answer(call('execute'))];
    await clock.advance(50);
    expect(await Promise.all(both)).toEqual([
      failed(-32002, 'request timed out'),
      failed(-32002, 'request timed out'),
    ]);
    open[0]!();
    await new Promise((resolve) => setImmediate(resolve));
    expect(open.length).toBe(1);
  });
});

describe('a batch', () => {
  it('is answered in its order, without those that want no answer', async () => {
    const { answer } = dispatching();
    const batch = [
      call('echo', { id: 1, params: ['a'] }),
      { jsonrpc: '2.0', method: 'note' },
      7,
      call('nobody'),
    ];
    expect(await answer(batch)).toEqual([
      { jsonrpc: '2.0', id: 1, result: 'a' },
      failed(-32600, 'invalid request', null),
      failed(-32601, 'the method nobody does not exist/is not available'),
    ]);
    expect(await answer([{ jsonrpc: '2.0', method: 'note' }])).toBeUndefined();
    expect(await answer([[call('echo')]])).toEqual([failed(-32600, 'invalid request', null)]);
  });

  it('waits for a disk once for all of a kind, and for nothing else together', async () => {
    const { answer, open, ran } = dispatching();
    const settled = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));
    const waiting = answer([
      ...[call('store', { id: 1 }), call('store', { id: 2 }), call('note', { id: 3 })],
      ...[call('store', { id: 4 }), call('wait', { id: 5 }), call('wait', { id: 6 })],
    ]);
    await settled();
    expect([open.length, ran]).toEqual([2, []]);
    for (const opened of [1, 2, 3, 4, 5]) {
      open[opened - 1]!();
      await settled();
      expect(open.length).toBe([2, 3, 4, 5, 5][opened - 1]);
    }
    const answers: unknown[] = [1, 2, 3, 4, 5, 6].map((id): unknown => expect.objectContaining({ id }));
    expect([await waiting, ran]).toEqual([answers, ['note']]);
  });

  it('has only so many calls wait for a disk together', async () => {
    const { answer, open } = dispatching();
    const waiting = answer(Array.from({ length: 200 }, () => call('store')));
    for (const many of [128, 200]) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(open.length).toBe(many);
      for (const one of open) one();
    }
    expect(await waiting).toHaveLength(200);
  });

  it('is neither empty nor too long', async () => {
    const { answer } = dispatching({ batch: 2 });
    expect(await answer([])).toEqual(failed(-32600, 'empty batch', null));
    const three = [call('echo'), call('echo'), call('echo')];
    expect(await answer(three)).toEqual(failed(-32600, 'batch too large', null));
  });

  it('ends when it takes too long as a whole', async () => {
    const { answer, clock, open } = dispatching({ callMs: 50 });
    const batch = [call('wait', { id: 1 }), call('echo', { id: 2 }), call('echo', { id: 3 })];
    const waiting = answer(batch);
    await clock.advance(30);
    open[0]!();
    expect(await waiting).toHaveLength(3);
    const late = answer(batch);
    await clock.advance(50);
    expect(await late).toEqual([1, 2, 3].map((id) => failed(-32002, 'request timed out', id)));
  });

  it('ends when its answers are too long together', async () => {
    const { answer } = dispatching({ responseBytes: 1_500 });
    const batch = [...Array.from({ length: 3 }, () => call('big')), { jsonrpc: '2.0', method: 'note' }, 7];
    expect(await answer(batch)).toEqual([
      expect.objectContaining({ result: 'x'.repeat(1_000) }),
      expect.objectContaining({ result: 'x'.repeat(1_000) }),
      failed(-32003, 'response too large'),
      failed(-32600, 'invalid request', null),
    ]);
  });
});
