import { beforeAll, describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { parseEnvelope, sealEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import { replayPresign } from '../../../../src/protocols/presign/replay.ts';
import { type Followed, isLegibleSign, replaySign } from '../../../../src/protocols/sign/replay.ts';
import type { Task } from '../../../../src/protocols/sign/tuple.ts';
import { flipAt, writeAt } from '../../../sim/cheating.ts';
import { Cluster } from '../../../sim/cluster.ts';
import {
  type PresignRun,
  batchesOf,
  dealKey,
  digestOf,
  runPresign,
  signInputs,
  signSessions,
  signSpec,
} from '../../../sim/signing.ts';

const key = dealKey(2, 3);
const quorum = [1, 2].map((j) => partyIndex(j));
const digest = digestOf('audited');
let run: PresignRun;
let task: Task;
let follows: Followed;
let rounds: readonly (readonly Uint8Array[])[];

beforeAll(() => {
  run = runPresign(key, quorum, 1);
  const [batch] = [...batchesOf(run).values()];
  if (batch === undefined) throw new RangeError('no batch');
  task = signInputs(run, batch, 0, digest);
  const shown = run.sessions.get(partyIndex(1))?.transcript().broadcasts ?? [];
  const { result } = replayPresign(run.spec, key.record, shown);
  if (result === undefined) throw new RangeError('no result');
  follows = result;
  const sessions = signSessions(run, 0, digest);
  new Cluster(sessions, 1).run();
  rounds = sessions.get(partyIndex(1))?.transcript().broadcasts ?? [];
});

const failed = (
  shown: readonly (readonly Uint8Array[])[],
  of: Task = task,
  after = follows,
): readonly string[] =>
  replaySign(signSpec(run, 0), of, after, shown)
    .findings.filter(({ ok }) => !ok)
    .map(({ check, accused }) => `${check} ${accused ?? '-'}`);

/** The transcript with another body of party 2 in one round, signed by it. */
const rewritten = (
  round: number,
  change: (body: Uint8Array) => Uint8Array,
): readonly (readonly Uint8Array[])[] =>
  rounds.map((envelopes) =>
    envelopes.map((bytes) => {
      const { header, body } = parseEnvelope(bytes);
      if (header.round !== round || header.from !== 2) return bytes;
      return sealEnvelope(header, change(body.slice()), key.members[1]?.seed ?? new Uint8Array(32)).bytes;
    }),
  );

describe('the replay of an online session', () => {
  it('finds everything in order, and combines the signature from the logged shares', () => {
    expect(failed(rounds)).toEqual([]);
    expect(replaySign(signSpec(run, 0), task, follows, rounds).signature).toMatchObject({
      r: expect.any(BigInt),
    });
  });

  it('finds a session about something else than was asked for', () => {
    expect(failed(rounds, { ...task, digest: digestOf('another') })).toEqual(['A6 -', 'S7 1', 'S7 2']);
    expect(failed(rounds, { ...task, digest: new Uint8Array(32) })).toContain('S2 -');
  });

  it('finds a session that does not go on from its presign session', () => {
    expect(failed(rounds, task, { ...follows, view: new Uint8Array(32) })).toEqual(['A5 1', 'A5 2']);
    expect(failed(rounds, task, { ...follows, eids: new Map() })).toEqual(['A5 1', 'A5 2']);
  });

  it('names who says another tuple, or sends a share for another', () => {
    expect(failed(rewritten(1, flipAt(0)))).toContain('S7 2');
    expect(failed(rewritten(2, flipAt(0)))).toContain('S7 2');
    expect(failed(rewritten(2, flipAt(32)))).toEqual(['S7 2']);
  });

  it('finds a round that is not the one that was confirmed, and names nobody for it', () => {
    expect(failed(rewritten(1, flipAt(40)))).toEqual(['P3 -', 'P3 -', 'S10 -']);
  });

  it('finds shares that are malformed, that cancel, or that make no signature', () => {
    expect(failed(rewritten(2, writeAt(64, new Uint8Array(32).fill(0xff))))).toEqual(['V11 2']);
    expect(failed(rewritten(2, flipAt(-1)))).toEqual(['S10 -']);
    const zero = rounds.map((envelopes, n) =>
      n === 0
        ? envelopes
        : envelopes.map((bytes, i) => {
            const { header, body } = parseEnvelope(bytes);
            const seed = key.members[i]?.seed ?? new Uint8Array(32);
            return sealEnvelope(header, writeAt(96, new Uint8Array(32))(body), seed).bytes;
          }),
    );
    expect(failed(zero)).toEqual(['S9 -', 'S10 -']);
  });

  it('has no signature before every share is there', () => {
    const { signature } = replaySign(signSpec(run, 0), task, follows, [
      rounds[0] ?? [],
      (rounds[1] ?? []).slice(1),
    ]);
    expect(signature).toBeUndefined();
    expect(replaySign(signSpec(run, 0), task, follows, []).signature).toBeUndefined();
  });

  it('knows the form of its two rounds, and of no other', () => {
    const bodies = rounds.map((envelopes) => parseEnvelope(envelopes[0] ?? new Uint8Array(0)).body);
    const form = [0, 1, 2, 3].map((round) => bodies.map((body) => isLegibleSign(run.spec, round, body)));
    expect(form).toEqual([
      [false, false],
      [true, false],
      [false, true],
      [false, false],
    ]);
  });
});
