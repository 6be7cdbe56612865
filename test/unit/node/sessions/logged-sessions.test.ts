import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { ascii, concat, toHex } from '../../../../src/crypto/bytes.ts';
import { Bug, OperationError } from '../../../../src/crypto/errors.ts';
import {
  type Ending,
  type HostCommand,
  type HostEvent,
  type PresignJob,
  type ResumableJob,
  type SignJob,
  endedLocally,
} from '../../../../src/node/sessions/messages.ts';
import {
  type HostPort,
  type LoggedHooks,
  type SessionHooks,
  Sessions,
} from '../../../../src/node/sessions/sessions.ts';
import { type WalEntry, walHash } from '../../../../src/node/wal.ts';
import { sealEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { memoryLog, named } from '../helpers.ts';

const [two, three] = [partyIndex(2), partyIndex(3)];
const name = named('session');
const id = toHex(name);
const none = new Uint8Array(0);
const base = { spec: none, self: 1, identitySeed: new Uint8Array(32) };
const job: ResumableJob = { kind: 'keygen', ...base, seed: new Uint8Array(32) };
const transcript = { spec: new Uint8Array(1), sid: undefined, broadcasts: [], notices: [] };
const share = (): Uint8Array => named('share').slice();

function envelope(from: typeof two, text: string): Uint8Array {
  const fields = { kind: 0, proto: 1, suite: 1, sid: name, epochId: named('e'), round: 0, from, to: 0 };
  const chain = { prev: named(text), view: named('v'), ph: named('h') };
  return sealEnvelope({ ...fields, ...chain }, none, named('seed')).bytes;
}
const sent = (text: string, to = 0): WalEntry => ({ kind: 'sent', to, hash: walHash(to, ascii(text)) });

/** Sessions over a host that does what the test says, and answers marks. */
function made() {
  const [clock, log] = [new SimClock(), memoryLog()];
  const commands: HostCommand[] = [];
  const out: string[] = [];
  const logged: WalEntry[] = [];
  const rounds: string[] = [];
  const box: { fault: OperationError | undefined } = { fault: undefined };
  let emit: (event: HostEvent) => void = () => undefined;
  const host: HostPort = {
    post: (command) => {
      commands.push(command);
    },
    onEvent: (handler) => {
      emit = handler;
    },
  };
  const sessions = new Sessions({
    ...{ clock, log },
    send: (to, bytes) => out.push(`${to} ${String.fromCharCode(...bytes.subarray(32))}`) > 0,
  });
  sessions.attach(host);
  const hooks = {
    ...{ others: [two, three], roundTimeoutMs: 1_000 },
    onProgress: (round: number) => void rounds.push(String(round)),
    persist: (bytes: Uint8Array) => void rounds.push(`persist ${bytes.length}`),
    wal: {
      append: (...entries: readonly WalEntry[]) => {
        if (box.fault !== undefined) throw box.fault;
        logged.push(...entries);
      },
    },
  };
  const say = (text: string, to: number | 'all' = 'all'): void => {
    emit({ kind: 'send', id, to, bytes: ascii(text) });
  };
  const mark = (): void => {
    emit({ kind: 'marked', id });
  };
  const at = (round: number): void => {
    emit({ kind: 'progress', id, round, name: 'r', awaiting: [2] });
  };
  const kinds = (): readonly string[] => commands.map(({ kind }) => kind);
  const tell = (event: HostEvent): void => {
    emit(event);
  };
  return {
    clock,
    log,
    sessions,
    host,
    hooks,
    commands,
    kinds,
    out,
    logged,
    rounds,
    box,
    say,
    mark,
    at,
    tell,
  };
}
const done: Ending = {
  kind: 'done',
  root: named('root'),
  result: { kind: 'sign', sid: named('sid'), signature: named('s') },
};

describe('a session with a write-ahead log', () => {
  it('logs what came before it as well, and what ends it', async () => {
    const { sessions, host, hooks, logged, kinds, at, clock } = made();
    sessions.receive(two, concat(name, envelope(two, 'early')));
    void sessions.start(name, job, host, hooks);
    sessions.receive(three, concat(name, envelope(three, 'later')));
    at(0);
    await clock.advance(1_000);
    sessions.abort(name, 'operator-abort');
    expect(kinds()).toEqual(['start', 'receive', 'receive', 'abort', 'abort']);
    expect(logged.map((entry) => (entry.kind === 'aborted' ? entry.code : entry.kind))).toEqual([
      ...['received', 'received', 'timed-out', 'operator-abort'],
    ]);
  });

  it('is not logged as ended when its node stops: it may go on', () => {
    const { sessions, host, hooks, logged } = made();
    void sessions.start(name, job, host, hooks);
    sessions.stop();
    expect(logged).toEqual([]);
  });

  it('sends everything again to a member that was started anew, also when it has ended here', () => {
    const { sessions, host, hooks, out, say, tell } = made();
    void sessions.start(name, job, host, hooks);
    say('all');
    say('for 3', 3);
    tell({ kind: 'ended', id, ending: done });
    tell({ kind: 'closed', id, transcript });
    out.length = 0;
    sessions.restarted(three);
    sessions.restarted(two);
    sessions.restarted(partyIndex(4));
    expect(out).toEqual(['3 all', '3 for 3', '2 all']);
  });

  it('ends by the code of a disk that refuses, whatever its host makes of it', async () => {
    const { sessions, host, hooks, box, out, say, tell, log } = made();
    const finished = sessions.start(name, job, host, hooks);
    box.fault = new OperationError('disk-full', 'retry', 'no room');
    say('lost');
    tell({ kind: 'ended', id, ending: done });
    expect((await finished).ending).toMatchObject({ kind: 'aborted', code: 'disk-full', grade: 'D' });
    expect(out).toEqual([]);
    expect(log.lines).toMatchObject([{ level: 'error', event: 'session broken' }]);
  });

  it.each(['presign', 'sign'])('is never one of %sing: the compiler says so, and the node', async (kind) => {
    const isRefused: [PresignJob | SignJob] extends [ResumableJob] ? never : true = true;
    const needsNone: LoggedHooks extends SessionHooks ? never : true = true;
    expect([isRefused, needsNone]).toEqual([true, true]);
    const { sessions, host, hooks } = made();
    const lie: ResumableJob = Object.assign({ ...job }, { kind });
    await expect(sessions.start(name, lie, host, hooks)).rejects.toThrow(Bug);
    await expect(sessions.resume(name, lie, host, { ...hooks, entries: [] })).rejects.toThrow(
      `a ${kind} session is never resumed`,
    );
    expect(sessions.active).toBe(0);
  });
});

describe('a session that is resumed', () => {
  const entries: readonly WalEntry[] = [
    sent('hello'),
    { kind: 'received', bytes: envelope(two, 'a') },
    { kind: 'persisted' },
    sent('more'),
  ];

  it('says again what it said, asks for its state again, and has no deadline before it is live', async () => {
    const { sessions, host, hooks, say, mark, at, tell, out, kinds, rounds, logged, clock } = made();
    void sessions.resume(name, job, host, { ...hooks, entries });
    say('hello');
    at(0);
    await clock.advance(5_000);
    expect(kinds()).toEqual(['start', 'receive', 'mark']);
    tell({ kind: 'persist', id, bytes: share() });
    expect(kinds().slice(3)).toEqual(['persisted', 'mark']);
    mark();
    say('more');
    at(1);
    expect(rounds).toEqual(['persist 32']);
    mark();
    expect(rounds).toEqual(['persist 32', '1']);
    expect(out).toEqual(['2 hello', '3 hello', '2 more', '3 more']);
    expect(logged).toEqual([]);
    await clock.advance(1_000);
    expect(kinds().at(-1)).toBe('abort');
  });

  it('does not take again what it has logged: a peer may send it twice', () => {
    const { sessions, host, hooks, kinds, logged } = made();
    void sessions.resume(name, job, host, { ...hooks, entries: entries.slice(0, 2) });
    sessions.receive(two, concat(name, envelope(two, 'a')));
    expect(kinds()).toEqual(['start', 'receive', 'mark']);
    expect(logged).toEqual([]);
  });

  it('has ended when its log has been played, not before', async () => {
    const { sessions, host, hooks, say, mark, tell } = made();
    const ends: Ending[] = [];
    void sessions.resume(name, job, host, { ...hooks, entries: entries.slice(0, 2) }).then(({ ending }) => {
      ends.push(ending);
    });
    say('hello');
    tell({ kind: 'ended', id, ending: done });
    await settle();
    expect(ends).toEqual([]);
    mark();
    await settle();
    expect(ends).toEqual([done]);
  });

  it.each<[string, (node: ReturnType<typeof made>) => void]>([
    ['says something else', ({ say }) => say('hullo')],
    [
      'comes to an end without saying what it said',
      ({ tell, mark }) => {
        tell({ kind: 'ended', id, ending: done });
        mark();
      },
    ],
    [
      'is closed without saying what it said',
      ({ tell }) => {
        tell({ kind: 'ended', id, ending: done });
        tell({ kind: 'closed', id, transcript });
      },
    ],
  ])('and %s has ended as replay-differs, and says nothing more', async (_, act) => {
    const node = made();
    const finished = node.sessions.resume(name, job, node.host, {
      ...node.hooks,
      entries: entries.slice(0, 2),
    });
    act(node);
    node.tell({ kind: 'ended', id, ending: endedLocally('replay-differs') });
    expect((await finished).ending).toMatchObject({ code: 'replay-differs', grade: 'D', culprits: [] });
    node.say('more');
    expect(node.out).toEqual([]);
    expect(node.commands).toContainEqual({ kind: 'abort', id, code: 'replay-differs' });
  });

  it('and loses its thread meanwhile has ended by that, and differs from nothing', async () => {
    const { sessions, host, hooks, tell } = made();
    const finished = sessions.resume(name, job, host, { ...hooks, entries });
    tell({ kind: 'ended', id, ending: endedLocally('worker-died') });
    tell({ kind: 'closed', id, transcript: { ...transcript, spec: none } });
    expect((await finished).ending).toMatchObject({ code: 'worker-died' });
  });
});
