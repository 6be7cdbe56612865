import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { concat, toHex } from '../../../../src/crypto/bytes.ts';
import { InputError, OperationError } from '../../../../src/crypto/errors.ts';
import { MAX_SESSIONS } from '../../../../src/node/sessions/host.ts';
import type {
  Ending,
  HostCommand,
  HostEvent,
  Job,
  ResumableJob,
} from '../../../../src/node/sessions/messages.ts';
import { type HostPort, type SessionHooks, Sessions } from '../../../../src/node/sessions/sessions.ts';
import { sealEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { memoryLog, named } from '../helpers.ts';

const two = partyIndex(2);
const three = partyIndex(3);
const four = partyIndex(4);
const secrets = { identitySeed: new Uint8Array(32), seed: new Uint8Array(32) };
const job: ResumableJob = { kind: 'keygen', spec: new Uint8Array(0), self: 1, ...secrets };
const done: Ending = {
  kind: 'done',
  root: named('root'),
  result: { kind: 'sign', sid: named('sid'), signature: named('s') },
};
const transcript = { spec: new Uint8Array(1), sid: undefined, broadcasts: [], notices: [] };

/** A job of each kind; what is in it does not matter here. */
function jobOf(kind: 'keygen' | 'presign' | 'sign'): Job {
  const none = new Uint8Array(0);
  const base = { spec: none, self: 1, identitySeed: new Uint8Array(32), record: none };
  if (kind === 'keygen') return job;
  if (kind === 'presign') return { kind, ...base, share: none };
  const presignature = { instance: 0, presigId: none, R: none, phi: none, u: none, v: none };
  const origin = { view: none, eids: [], purpose: 'test', requestId: none, digest: none };
  return { kind, ...base, presignature, ...origin };
}

/** An envelope of a member; what is in it does not matter here. */
function envelope(from: typeof two, size = 10): Uint8Array {
  const fields = {
    kind: 1,
    proto: 1,
    suite: 1,
    sid: named('sid'),
    epochId: named('e'),
    round: 1,
    from,
    to: 0,
  };
  const chain = { prev: named('p'), view: named('v'), ph: named('h') };
  return sealEnvelope({ ...fields, ...chain }, new Uint8Array(size), named('seed')).bytes;
}

/** Sessions over a host that does nothing but remember. */
function made(hooks: Partial<SessionHooks> = {}) {
  const [clock, log] = [new SimClock(), memoryLog()];
  const commands: HostCommand[] = [];
  const sent: [number, Uint8Array][] = [];
  let emit: (event: HostEvent) => void = () => undefined;
  const host: HostPort = {
    post: (command) => void commands.push(command),
    onEvent: (handler) => {
      emit = handler;
    },
  };
  const sessions = new Sessions({ clock, log, send: (to, bytes) => sent.push([to, bytes]) > 0 });
  sessions.attach(host);
  const start = (name: Uint8Array) =>
    sessions.start(name, job, host, { others: [two, three], roundTimeoutMs: 1_000, ...hooks });
  const received = (): readonly Uint8Array[] =>
    commands.flatMap((command) => (command.kind === 'receive' ? [command.bytes] : []));
  return {
    clock,
    log,
    commands,
    sent,
    sessions,
    start,
    received,
    host,
    emit: (event: HostEvent) => emit(event),
  };
}
const name = named('session');
const id = toHex(name);

describe('messages for a session', () => {
  it('that come before it are kept and given to it when it starts', () => {
    const { sessions, start, received } = made();
    for (const from of [two, three]) sessions.receive(from, concat(name, envelope(from)));
    void start(name);
    expect(received()).toEqual([envelope(two), envelope(three)]);
  });

  it('are kept within bounds: of one peer 16 messages and 64 KiB, and for 30 s', async () => {
    const { clock, sessions, start, received } = made();
    for (let i = 0; i < 20; i++) sessions.receive(two, concat(name, envelope(two)));
    sessions.receive(three, concat(name, envelope(three, 70_000)));
    sessions.receive(three, concat(name, envelope(three)));
    void start(name);
    expect(received()).toHaveLength(17);
    const other = named('other');
    sessions.receive(two, concat(other, envelope(two)));
    await clock.advance(30_001);
    sessions.receive(three, concat(other, envelope(three)));
    void start(other);
    expect(received().slice(17)).toEqual([envelope(three)]);
  });

  it('are dropped as junk, of strangers, and when their sender is not the owner of the link', () => {
    const { sessions, start, received } = made();
    sessions.receive(two, concat(name, envelope(three)));
    sessions.receive(two, concat(name, new Uint8Array(300)));
    sessions.receive(two, new Uint8Array(3));
    sessions.receive(four, concat(name, envelope(four)));
    void start(name);
    sessions.receive(two, concat(name, envelope(three)));
    sessions.receive(four, concat(name, envelope(four)));
    expect(received()).toEqual([]);
    sessions.receive(three, concat(name, envelope(three)));
    expect(received()).toEqual([envelope(three)]);
  });

  it('that come after its end are dropped', async () => {
    const { sessions, start, received, emit, host } = made();
    const finished = start(name);
    emit({ kind: 'ended', id, ending: done });
    emit({ kind: 'closed', id, transcript });
    expect((await finished).ending).toBe(done);
    expect(await (await finished).transcript).toBe(transcript);
    sessions.receive(two, concat(name, envelope(two)));
    expect(received()).toEqual([]);
    expect(sessions.active).toBe(0);
    expect(sessions.hasRoom(host)).toBe(true);
  });

  it('go out to whom they are for, with the name of the session before them', () => {
    const { sent, start, emit } = made();
    void start(name);
    emit({ kind: 'send', id, to: 'all', bytes: named('a') });
    emit({ kind: 'send', id, to: 3, bytes: named('b') });
    emit({ kind: 'send', id, to: 4, bytes: named('c') });
    expect(sent).toEqual([
      [2, concat(name, named('a'))],
      [3, concat(name, named('a'))],
      [3, concat(name, named('b'))],
    ]);
  });
});

describe('a session', () => {
  it('is run once under its name', async () => {
    const { start, emit } = made();
    void start(name);
    await expect(start(name)).rejects.toMatchObject({ code: 'session-exists' });
    emit({ kind: 'ended', id, ending: done });
    emit({ kind: 'closed', id, transcript });
    await expect(start(name)).rejects.toMatchObject({ code: 'session-exists' });
  });

  it('is not begun where as many run as may', async () => {
    const { start, commands } = made();
    for (let i = 0; i < MAX_SESSIONS; i++) void start(named(`session ${i}`));
    await expect(start(name)).rejects.toMatchObject({ code: 'session-limit' });
    expect(commands).toHaveLength(MAX_SESSIONS);
  });

  it('that its host does not take leaves nothing behind', async () => {
    const { sessions } = made();
    const host: HostPort = {
      post: () => {
        throw new InputError('malformed', 'spec', 'no job');
      },
      onEvent: () => undefined,
    };
    const started = sessions.start(name, job, host, { others: [two], roundTimeoutMs: 1 });
    await expect(started).rejects.toMatchObject({ code: 'malformed' });
    expect(sessions.active).toBe(0);
  });

  it('ends at the deadline of a round, and names who was awaited', async () => {
    const { clock, commands, start, emit } = made();
    const finished = start(name);
    emit({ kind: 'progress', id, round: 0, name: 'first', awaiting: [2, 3] });
    await clock.advance(900);
    emit({ kind: 'progress', id, round: 1, name: 'second', awaiting: [2, 3] });
    await clock.advance(900);
    emit({ kind: 'progress', id, round: 1, name: 'second', awaiting: [3] });
    expect(commands.map(({ kind }) => kind)).toEqual(['start']);
    await clock.advance(100);
    expect(commands[1]).toEqual({ kind: 'abort', id, code: 'timed-out' });
    emit({ kind: 'ended', id, ending: { ...died, code: 'timed-out' } });
    expect((await finished).awaited).toEqual([3]);
  });

  it('lets go of its transcript when the last words of others do not come', async () => {
    const { clock, commands, start, emit } = made();
    void start(name);
    emit({ kind: 'ended', id, ending: done });
    await clock.advance(2_000);
    expect(commands.at(-1)).toEqual({ kind: 'release', id });
  });

  it('goes on when its state is durable, and ends by the code of the disk when it is not', () => {
    const bytes = named('share');
    const kept: string[] = [];
    const good = made({ persist: (state) => void kept.push(toHex(state)) });
    void good.start(name);
    good.emit({ kind: 'persist', id, bytes });
    expect(good.commands.at(-1)).toEqual({ kind: 'persisted', id });
    expect(kept).toEqual([toHex(named('share'))]);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    const bad = made({
      persist: () => {
        throw new OperationError('disk-full', 'retry', 'no room');
      },
    });
    void bad.start(name);
    const secret = named('share');
    bad.emit({ kind: 'persist', id, bytes: secret });
    expect(bad.commands.at(-1)).toEqual({ kind: 'abort', id, code: 'disk-full' });
    expect(secret.every((byte) => byte === 0)).toBe(true);
  });

  it('ends with the node, and none begins after that', async () => {
    const { sessions, start, clock, commands } = made();
    const finished = start(name);
    sessions.stop();
    expect((await finished).ending).toMatchObject({ kind: 'aborted', code: 'node-stopped', grade: 'D' });
    expect((await (await finished).transcript).spec).toHaveLength(0);
    expect(commands.map(({ kind }) => kind)).toEqual(['start', 'abort', 'release']);
    await expect(start(named('later'))).rejects.toMatchObject({ code: 'node-stopped' });
    await settle();
    expect(clock.planned).toBe(0);
  });
});

const died = {
  kind: 'aborted',
  code: 'x',
  check: 'local',
  grade: 'D',
  culprits: [],
  evidence: undefined,
} as const;

describe('the restart of a member', () => {
  it('ends presign and sign sessions with its former process, and no others', () => {
    const { sessions, host, commands } = made();
    const begin = (label: string, kind: 'keygen' | 'presign' | 'sign', others: readonly (typeof two)[]) =>
      void sessions.start(named(label), jobOf(kind), host, { others, roundTimeoutMs: 1_000 });
    begin('a', 'keygen', [two, three]);
    begin('b', 'presign', [two, three]);
    begin('c', 'sign', [two, four]);
    begin('d', 'sign', [three, four]);
    sessions.restarted(two);
    expect(commands.filter(({ kind }) => kind === 'abort')).toEqual(
      ['b', 'c'].map((label) => ({ kind: 'abort', id: toHex(named(label)), code: 'peer-restarted' })),
    );
  });
});
