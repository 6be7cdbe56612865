import { describe, expect, it } from 'vitest';

import { encode } from '../../../../src/crypto/codec.ts';
import { Bug, InputError } from '../../../../src/crypto/errors.ts';
import { MAX_SESSIONS, SessionHost } from '../../../../src/node/sessions/host.ts';
import type { HostEvent, Job } from '../../../../src/node/sessions/messages.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import { specCodec } from '../../../../src/protocols/kernel/spec.ts';
import { members, rngOf, specFor } from '../../../sim/cluster.ts';
import { named } from '../helpers.ts';

const all = members(2);
const spec = encode(specCodec, specFor(all, { proto: protos.keygen, threshold: 2 }));
const jobOf = (self: number): Job => ({
  kind: 'keygen',
  spec,
  self,
  identitySeed: all[self - 1]?.seed.slice() ?? named('x'),
  seed: named(`seed ${self}`),
});

/** Two hosts with a session between them; nothing is delivered that the test does not deliver. */
function pair() {
  const events: HostEvent[][] = [[], []];
  const hosts = [1, 2].map(
    (_, i) =>
      new SessionHost({
        emit: (event) =>
          events[i]?.push(event.kind === 'persist' ? { ...event, bytes: event.bytes.slice() } : event),
        rngFor: (label) => rngOf(label, all[i]?.index ?? all[0]!.index),
      }),
  );
  const [first, second] = hosts;
  if (first === undefined || second === undefined) throw new RangeError('two hosts');
  const taken = [0, 0];
  /** Delivers what has been sent so far, once; `only` to one of the two. */
  const deliver = (): boolean => {
    let isAny = false;
    for (const [i, list] of events.entries())
      for (; (taken[i] ?? 0) < list.length; taken[i] = (taken[i] ?? 0) + 1) {
        const event = list[taken[i] ?? 0];
        if (event?.kind !== 'send') continue;
        isAny = true;
        hosts[1 - i]?.handle({ kind: 'receive', id: 'a', bytes: event.bytes });
      }
    return isAny;
  };
  const kinds = (i: number): readonly string[] => (events[i] ?? []).map(({ kind }) => kind);
  return { first, second, hosts, events, deliver, kinds };
}

/** Both up to where each waits for its disk. */
function persisting() {
  const both = pair();
  for (const [i, host] of both.hosts.entries()) host.handle({ kind: 'start', id: 'a', job: jobOf(i + 1) });
  while (both.deliver());
  return both;
}

describe('a host of sessions', () => {
  it('runs a session from start to end, and gives its transcript when all have said goodbye', () => {
    const { hosts, deliver, kinds, events } = persisting();
    for (const host of hosts) host.handle({ kind: 'persisted', id: 'a' });
    while (deliver());
    for (const i of [0, 1]) {
      expect(kinds(i).filter((kind) => kind === 'ended' || kind === 'closed')).toEqual(['ended', 'closed']);
      expect(events[i]?.find(({ kind }) => kind === 'ended')).toMatchObject({ ending: { kind: 'done' } });
    }
  });

  it('asks once to make a state durable, whatever arrives meanwhile', () => {
    const { first, second, events, deliver, kinds } = persisting();
    second.handle({ kind: 'persisted', id: 'a' }); // the second is ahead, its message reaches the first
    deliver();
    const sent = events[1]?.filter(({ kind }) => kind === 'send').length ?? 0;
    expect(sent).toBeGreaterThan(2);
    expect(kinds(0).filter((kind) => kind === 'persist')).toHaveLength(1);
    first.handle({ kind: 'persisted', id: 'a' });
    while (deliver());
    expect(kinds(0)).toContain('ended');
  });

  it('passes over a durable state that comes after the end', () => {
    const { first, kinds, events } = persisting();
    first.handle({ kind: 'abort', id: 'a', code: 'operator-abort' });
    first.handle({ kind: 'persisted', id: 'a' });
    expect(kinds(0).filter((kind) => kind === 'ended')).toHaveLength(1);
    expect(events[0]?.find(({ kind }) => kind === 'ended')).toMatchObject({
      ending: { kind: 'aborted', code: 'operator-abort', grade: 'D' },
    });
  });

  it('gives the transcript away on release, and knows the session no more', () => {
    const { first, kinds } = persisting();
    first.handle({ kind: 'abort', id: 'a', code: 'x' });
    first.handle({ kind: 'release', id: 'a' });
    const count = kinds(0).length;
    expect(kinds(0).at(-1)).toBe('closed');
    for (const kind of ['persisted', 'release'] as const) first.handle({ kind, id: 'a' });
    first.handle({ kind: 'receive', id: 'a', bytes: named('late') });
    expect(kinds(0)).toHaveLength(count);
  });

  it('wipes the seed of the identity when a session ends', () => {
    const { first } = pair();
    const job = jobOf(1);
    first.handle({ kind: 'start', id: 'b', job });
    expect(job.identitySeed.some((byte) => byte !== 0)).toBe(true);
    first.handle({ kind: 'abort', id: 'b', code: 'x' });
    expect(job.identitySeed.every((byte) => byte === 0)).toBe(true);
  });

  it('takes no job that is none, and no more than its limit', () => {
    const { first } = pair();
    const job = { ...jobOf(1), spec: new Uint8Array(3) };
    expect(() => first.handle({ kind: 'start', id: 'b', job })).toThrow(InputError);
    for (let i = 0; i < MAX_SESSIONS; i++) first.handle({ kind: 'start', id: `${i}`, job: jobOf(1) });
    expect(() => first.handle({ kind: 'start', id: 'more', job: jobOf(1) })).toThrow(Bug);
  });
});
