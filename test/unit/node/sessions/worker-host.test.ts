import { describe, expect, it } from 'vitest';

import type { HostEvent, Job } from '../../../../src/node/sessions/messages.ts';
import { WorkerHost, inlineHost } from '../../../../src/node/sessions/worker-host.ts';
import { memoryLog, named } from '../helpers.ts';

const jobOf = (): Job => ({
  kind: 'presign',
  spec: named('spec'),
  self: 1,
  identitySeed: named('seed'),
  record: named('record'),
  share: named('share'),
});

/** A host over threads of the test. */
function made() {
  const threads: { posted: unknown[]; say: (message: unknown) => void; die: (reason: string) => void }[] = [];
  const events: HostEvent[] = [];
  const log = memoryLog();
  let hellos = 0;
  const host = new WorkerHost({
    log,
    // The thread of this test never ends by itself: the time to say goodbye is over at once.
    clock: {
      nowMs: () => 0,
      monotonicMs: () => 0,
      after: (_durationMs, event) => {
        event();
        return () => undefined;
      },
    },
    hello: () => ({ kind: 'hello', nodeSecret: named('secret'), bootId: named(`boot ${hellos++}`) }),
    workers: {
      start: () => {
        const thread = {
          posted: [] as unknown[],
          say: (_: unknown): void => undefined,
          die: (_: string): void => undefined,
        };
        threads.push(thread);
        return {
          post: (message: unknown) => void thread.posted.push(structuredClone(message)),
          onMessage: (handler: (message: unknown) => void) => {
            thread.say = handler;
          },
          onExit: (handler: (reason: string) => void) => {
            thread.die = handler;
          },
          terminate: () => {
            thread.die('terminated');
            return Promise.resolve();
          },
        };
      },
    },
  });
  host.onEvent((event) => events.push(event));
  return { host, threads, events, log };
}

describe('sessions in a thread', () => {
  it('go to one thread, which is greeted first with randomness of its own', () => {
    const { host, threads } = made();
    host.post({ kind: 'start', id: 'a', job: jobOf() });
    host.post({ kind: 'receive', id: 'a', bytes: named('x') });
    expect(threads).toHaveLength(1);
    expect(threads[0]?.posted).toMatchObject([{ kind: 'hello' }, { kind: 'start' }, { kind: 'receive' }]);
  });

  it('leave no secret of the job behind in this thread', () => {
    const { host, threads } = made();
    const job = jobOf();
    host.post({ kind: 'start', id: 'a', job });
    const rest = [job.identitySeed, job.kind === 'presign' ? job.share : named('x')];
    expect(rest.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
    expect(threads[0]?.posted[1]).toEqual({ kind: 'start', id: 'a', job: jobOf() });
  });

  it('end as worker-died, blaming nobody, when the thread dies; the next one starts a new thread', () => {
    const { host, threads, events, log } = made();
    host.post({ kind: 'start', id: 'a', job: jobOf() });
    host.post({ kind: 'start', id: 'b', job: jobOf() });
    threads[0]?.say({ kind: 'closed', id: 'b', transcript: {} });
    events.length = 0;
    threads[0]?.die('out of memory');
    expect(events.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['ended a', 'closed a']);
    expect(events[0]).toMatchObject({ ending: { code: 'worker-died', grade: 'D', culprits: [] } });
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', fields: { reason: 'out of memory' } });
    host.post({ kind: 'receive', id: 'a', bytes: named('late') });
    expect(threads).toHaveLength(1);
    host.post({ kind: 'start', id: 'c', job: jobOf() });
    expect(threads).toHaveLength(2);
    const [first, second] = threads.map(({ posted }) => posted[0]);
    expect(first).not.toEqual(second);
    threads[0]?.die('once more'); // the old thread takes nothing of the new one along
    expect(events).toHaveLength(2);
  });

  it('end with the node, which starts no thread any more', async () => {
    const { host, threads, events } = made();
    host.post({ kind: 'start', id: 'a', job: jobOf() });
    await host.stop();
    host.post({ kind: 'abort', id: 'a', code: 'late' });
    host.post({ kind: 'start', id: 'b', job: jobOf() });
    expect(threads).toHaveLength(1);
    expect(events.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'ended a',
      'closed a',
      'ended b',
      'closed b',
    ]);
    expect(events[0]).toMatchObject({ ending: { code: 'node-stopped' } });
  });

  it('are not troubled by what is no event', () => {
    const { host, threads, events } = made();
    host.warm();
    for (const junk of [undefined, 7, 'closed', {}, { kind: 'other' }]) threads[0]?.say(junk);
    expect(events).toEqual([]);
  });
});

it('sessions in this thread hear and answer at once', () => {
  const heard: string[] = [];
  const host = inlineHost((emit) => ({
    handle: (command) =>
      emit({ kind: 'progress', id: command.id, round: 0, name: command.kind, awaiting: [] }),
  }));
  host.onEvent((event) => heard.push(event.kind === 'progress' ? event.name : event.kind));
  host.post({ kind: 'release', id: 'a' });
  expect(heard).toEqual(['release']);
});
