import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { ascii } from '../../../../src/crypto/bytes.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { Secret } from '../../../../src/crypto/secret.ts';
import type { CeremonyState } from '../../../../src/node/api.ts';
import { runSession } from '../../../../src/node/ceremony/session-run.ts';
import type { FoundSession } from '../../../../src/node/ceremony/deps.ts';
import { endedLocally } from '../../../../src/node/sessions/messages.ts';
import type { Finished, LoggedHooks, Sessions } from '../../../../src/node/sessions/sessions.ts';
import type { Wal } from '../../../../src/node/wal.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import { specCodec, specHash } from '../../../../src/protocols/kernel/spec.ts';
import { members, specFor } from '../../../sim/cluster.ts';
import { SimClock } from '../../../sim/clock.ts';
import { named } from '../helpers.ts';

const spec = specFor(members(3), { proto: protos.keygen, threshold: 2, roundTimeoutMs: 7_000 });
const bytes = encode(specCodec, spec);
const wal = { append: () => undefined } as unknown as Wal;
const session: FoundSession = {
  ...{ spec: bytes, seed: new Secret('seed', named('seed')), wal },
  entries: [{ kind: 'persisted' }],
};
const end: Finished = {
  ...{ ending: endedLocally('x'), awaited: [] },
  transcript: Promise.resolve({ spec: bytes, sid: undefined, broadcasts: [], notices: [] }),
};

/** A session that does nothing, and what it was asked for. */
async function run(state: CeremonyState, fault?: OperationError) {
  const story: string[] = [];
  const asked: { name: Uint8Array; hooks: LoggedHooks & { entries: unknown }; seed: Uint8Array }[] = [];
  const sessions = {
    resume: (
      name: Uint8Array,
      job: { seed: Uint8Array },
      _: unknown,
      hooks: LoggedHooks & { entries: unknown },
    ) => {
      asked.push({ name, hooks, seed: job.seed });
      return Promise.resolve(end);
    },
  } as unknown as Sessions;
  const finished = await runSession(
    session,
    {
      rounds: 5,
      jobOf: (own, seed) => ({
        ...{ kind: 'keygen', spec: own, self: 2, identitySeed: named('id') },
        seed: seed.use((one) => one.slice()),
      }),
      keep: (share) => {
        if (fault !== undefined) throw fault;
        story.push(`keep ${String.fromCharCode(...share)}`);
      },
    },
    {
      self: partyIndex(2),
      state: () => state,
      tell: (type, fields) => void story.push(`${type} ${JSON.stringify(fields)}`),
      guard: (step) => step(),
      broke: ({ code }) => void story.push(`broke ${code}`),
      nameOf: (index) => `node-${index}`,
    },
    {
      sessions: () => sessions,
      host: { post: () => undefined, onEvent: () => undefined },
      clock: new SimClock(),
    },
  );
  const [only] = asked;
  if (only === undefined) throw new RangeError('nothing was asked for');
  return { story, finished, ...only };
}

describe('the session of an attempt', () => {
  it('goes on from its log, with its seed, among those who take part', async () => {
    const { name, hooks, seed, finished } = await run('executing');
    expect(finished).toBe(end);
    expect(name).toEqual(specHash(spec));
    expect(seed).toEqual(named('seed'));
    expect(hooks).toMatchObject({ others: [1, 3], roundTimeoutMs: 7_000, entries: session.entries });
    expect(hooks.wal).toBe(wal);
  });

  it('tells its rounds with the names of who is awaited, as long as the ceremony is not over', async () => {
    const { story, hooks } = await run('executing');
    hooks.onProgress?.(0, 'setup', [1, 3]);
    const deadline = String(1_700_000_000_000 + 7_000);
    const fields = { round: 1, of: 5, label: 'setup', awaiting: ['node-1', 'node-3'], deadline };
    expect(story).toEqual([`round ${JSON.stringify(fields)}`]);
    const over = await run('aborted');
    over.hooks.onProgress?.(0, 'setup', [1]);
    over.hooks.persist?.(ascii('share'));
    expect(over.story).toEqual([]);
  });

  it('makes its state durable, and does not go on without', async () => {
    const { story, hooks } = await run('executing');
    hooks.persist?.(ascii('share'));
    expect(story).toEqual(['keep share']);
    const broken = await run('executing', new OperationError('disk-full', 'retry', 'no room'));
    expect(() => broken.hooks.persist?.(ascii('share'))).toThrow('no room');
    expect(broken.story).toEqual(['broke disk-full']);
    const worse = await run('executing', new OperationError('fsync-failed', 'fatal', 'gone'));
    expect(() => worse.hooks.persist?.(ascii('share'))).toThrow('gone');
    expect(worse.story).toEqual([]);
  });
});
