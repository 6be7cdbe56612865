import { describe, expect, it } from 'vitest';

import { type AdminServer, MAX_EXPORT_BYTES, adminServer } from '../../../src/apps/admin-server.ts';
import { encodeRequest } from '../../../src/chain/duty.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { OperationError } from '../../../src/crypto/errors.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { calldataRequest } from '../chain/samples.ts';
import { memoryLog } from '../node/helpers.ts';
import {
  type FakeNode,
  fakeNode,
  sampleEvent,
  sampleGuard,
  sampleLog,
  sampleReport,
  sampleView,
} from './fake-node.ts';

interface Heard {
  readonly lines: unknown[];
  readonly last: Record<string, unknown>;
}

async function ask(
  server: AdminServer,
  request: unknown,
  gone = new AbortController().signal,
): Promise<Heard> {
  const lines: unknown[] = [];
  const text = typeof request === 'string' ? request : JSON.stringify(request);
  const last = await server.handle(text, (line) => void lines.push(JSON.parse(line)), gone);
  return { lines, last: JSON.parse(last) as Record<string, unknown> };
}
const make = (): { readonly node: FakeNode; readonly server: AdminServer; readonly stops: number[] } => {
  const stops: number[] = [];
  const node = fakeNode();
  const server = adminServer({ node, clock: systemClock, log: memoryLog(), stop: () => void stops.push(1) });
  return { node, server, stops };
};
const verb = (name: string, args: object = {}) => ({ v: 1, verb: name, args });
const sign = verb('sign', { request: to0x(encodeRequest(calldataRequest)), deadlineMs: 1_000 });

describe('the admin socket', () => {
  it('hands verbs to the node, ceremonies by the beginning of their id', async () => {
    const { node, server } = make();
    expect((await ask(server, verb('status'))).last).toMatchObject({ result: { state: 'ready' } });
    await ask(server, verb('join', { definition: '0x7b7d' }));
    await ask(server, verb('abort', { id: 'abab' }));
    await ask(server, verb('reject', { id: '0xabab', why: 'no' }));
    await ask(server, verb('execute', { id: 'latest', whenReady: true }));
    expect(node.calls).toEqual([
      ['join', Uint8Array.of(0x7b, 0x7d)],
      ['abort', sampleView.id],
      ['reject', sampleView.id, 'no'],
      ['execute', sampleView.id, { whenReady: true }],
    ]);
  });

  it('hands questions about the guard to its desk', async () => {
    const { node, server } = make();
    expect((await ask(server, verb('guard'))).last).toMatchObject({ result: sampleGuard });
    expect((await ask(server, verb('guard-export'))).last).toMatchObject({ result: { file: 'a file' } });
    await ask(server, verb('guard-raise', { lane: 'nonce', high: null }));
    await ask(server, verb('release', { withoutL1: false, isConfirmed: true }));
    expect((await ask(server, verb('readmit', { member: 2 }))).last).toMatchObject({ type: 'result' });
    expect(node.calls).toEqual([
      ['raise', { lane: 'nonce', high: null }],
      ['release', { withoutL1: false, isConfirmed: true }],
      ['readmit', 2],
    ]);
  });

  it('hands questions about the signature log to its desk, page by page', async () => {
    const { server } = make();
    expect((await ask(server, verb('log', { what: 'view' }))).last).toMatchObject({ result: sampleLog });
    const page = await ask(server, verb('log', { what: 'entries', from: 3, count: 2 }));
    expect(page.last).toMatchObject({ result: { lines: ['entry 3 of 2'], next: 4 } });
    const heads = await ask(server, verb('log', { what: 'heads', from: 0, count: 200 }));
    expect(heads.last).toMatchObject({ result: { lines: ['head 0 of 200'] } });
  });

  it('refuses an export that is larger than an answer, before it is sent', async () => {
    const { node, server } = make();
    const guard = node.guard();
    const large = { ...guard, export: () => new Uint8Array(MAX_EXPORT_BYTES + 1).fill(0x61) };
    const other = adminServer({
      node: { ...node, guard: () => large },
      ...{ clock: systemClock, log: memoryLog(), stop: () => undefined },
    });
    expect((await ask(other, verb('guard-export'))).last).toMatchObject({ code: 'export-too-large' });
    expect((await ask(server, verb('guard-export'))).last).toMatchObject({ type: 'result' });
  });

  it.each([
    [verb('guard-raise', { lane: 'nonce', low: '-1' }), 'admin-protocol'],
    [verb('release', {}), 'admin-protocol'],
    [verb('readmit', { member: 'bo' }), 'admin-protocol'],
    [verb('log', { what: 'entries', from: 0, count: 201 }), 'admin-protocol'],
    [verb('log', { what: 'entries', from: -1, count: 1 }), 'admin-protocol'],
    [verb('log', { what: 'all' }), 'admin-protocol'],
    ['junk', 'admin-protocol'],
    [{ v: 2, verb: 'status', args: {} }, 'admin-protocol'],
    [verb('format'), 'admin-protocol'],
    [verb('sequencer-status'), 'usage'],
    [verb('join', { definition: '0x7' }), 'admin-protocol'],
    [verb('join', {}), 'admin-protocol'],
    [verb('abort', { id: '../..' }), 'admin-protocol'],
    [verb('abort', { id: 'cdcd' }), 'ceremony-unknown'],
    [verb('sign', { request: '0x09', deadlineMs: 1 }), 'request-kind'],
    [verb('sign', { request: '0x01', deadlineMs: 0 }), 'admin-protocol'],
  ])('answers %j with a code', async (request, code) => {
    const { server, node } = make();
    expect((await ask(server, request)).last).toMatchObject({ type: 'error', code, exit: 2 });
    expect(node.calls).toEqual([]);
  });

  it('tells the pre-flight of this acceptance, not that of an earlier one', async () => {
    const { server } = make();
    await ask(server, verb('accept', { id: 'latest' }));
    const { lines, last } = await ask(server, verb('accept', { id: 'latest' }));
    expect(lines).toMatchObject([{ type: 'progress', event: { type: 'preflight', seq: '1' } }]);
    expect(last).toMatchObject({ type: 'result', result: { id: sampleView.id } });
  });

  it('tells what was and what comes until the ceremony is over', async () => {
    const { node, server } = make();
    node.tell(sampleEvent(0, 'proposed'));
    const heard = ask(server, verb('watch', { id: 'latest' }));
    node.tell(sampleEvent(1, 'complete'));
    node.view = { ...sampleView, state: 'complete' };
    node.tell(sampleEvent(2, 'result', { ok: true }));
    const { lines, last } = await heard;
    expect(lines).toMatchObject([0, 1, 2].map((seq) => ({ event: { seq: String(seq) } })));
    expect(last).toMatchObject({ result: { state: 'complete' } });
    expect(node.watching()).toBe(0);
  });

  it('ends a watch at once where the ceremony is over, also for who has left', async () => {
    for (const state of ['complete', 'left', 'rejected', 'aborted', 'timed-out', 'failed'] as const) {
      const { node, server } = make();
      node.view = { ...sampleView, state };
      const { last } = await ask(server, verb('watch', { id: 'latest' }));
      expect(last).toMatchObject({ type: 'result', result: { state } });
      expect(node.watching()).toBe(0);
    }
  });

  it('ends a watch when nobody listens, and nothing else', async () => {
    const { node, server } = make();
    const gone = new AbortController();
    const heard = ask(server, verb('watch', { id: 'latest' }), gone.signal);
    expect(node.watching()).toBe(1);
    gone.abort();
    await heard;
    expect([node.watching(), node.calls]).toEqual([0, []]);
  });

  it('remembers what it was asked to sign, and what came of it', async () => {
    const { node, server } = make();
    const { lines, last } = await ask(server, sign);
    expect(last).toEqual({ type: 'result', result: sampleReport });
    expect(lines).toEqual([]);
    node.signing = () => Promise.reject(new OperationError('quorum-unavailable', 'retry', 'two are down'));
    expect((await ask(server, sign)).last).toMatchObject({ code: 'quorum-unavailable', exit: 6 });
    expect((await ask(server, verb('requests'))).last).toMatchObject({
      result: [{ state: 'failed', failure: { code: 'quorum-unavailable' } }],
    });
    expect(server.inFlight()).toBe(0);
  });

  it('says that a bug of ours is one, and stops after it has answered', async () => {
    const { node, server, stops } = make();
    node.signing = () => Promise.reject(new TypeError('impossible'));
    expect((await ask(server, sign)).last).toMatchObject({ code: 'internal', exit: 1 });
    expect((await ask(server, verb('stop'))).last).toMatchObject({ result: { stopping: true } });
    await new Promise((resolve) => systemClock.after(40, () => resolve(undefined)));
    expect(stops).toEqual([1]);
  });
});
