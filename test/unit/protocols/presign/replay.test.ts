import { beforeAll, describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { parseEnvelope, sealEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import { type Protocol, type Sending, at } from '../../../../src/protocols/kernel/protocol.ts';
import { setup } from '../../../../src/protocols/kernel/setup.ts';
import { type PresignBatch, presign } from '../../../../src/protocols/presign/presign.ts';
import { isLegiblePresign, replayPresign } from '../../../../src/protocols/presign/replay.ts';
import { type PresignRun, batchesOf, dealKey, presignSpec, runPresign } from '../../../sim/signing.ts';
import { flipAt, inBroadcast, lying } from '../../../sim/cheating.ts';
import { rngOf } from '../../../sim/cluster.ts';

const key = dealKey(3, 4);
const quorum = [1, 2, 4].map((j) => partyIndex(j));
let run: PresignRun;
let rounds: readonly (readonly Uint8Array[])[];

beforeAll(() => {
  run = runPresign(key, quorum, 2);
  rounds = run.sessions.get(partyIndex(1))?.transcript().broadcasts ?? [];
});

/** The checks that do not hold, and whom they accuse. */
const failed = (shown: readonly (readonly Uint8Array[])[], record = key.record): readonly string[] =>
  replayPresign(run.spec, record, shown)
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
      const seed = key.members[1]?.seed ?? new Uint8Array(32);
      return sealEnvelope(header, change(body.slice()), seed).bytes;
    }),
  );

describe('the replay of a presign session', () => {
  it('finds everything in order, and the presignatures that the members have', () => {
    expect(failed(rounds)).toEqual([]);
    const { result, isReady, nonces } = replayPresign(run.spec, key.record, rounds);
    expect(isReady).toBe(true);
    const [batch] = [...batchesOf(run).values()];
    expect(result?.presignatures.map(({ presigId }) => toHex(presigId))).toEqual(
      batch?.presignatures.map(({ presigId }) => toHex(presigId)),
    );
    expect(result && toHex(result.view)).toBe(batch && toHex(batch.view));
    expect(result && toHex(result.ok)).toBe(batch && toHex(batch.ok));
    expect(result?.eids).toEqual(run.sessions.get(partyIndex(1))?.end.eids);
    expect([...nonces.values()].map((points) => points.length)).toEqual([2, 2, 2]);
  });

  it('does not depend on whose transcript it is', () => {
    const all = [...run.sessions.values()].map((session) =>
      session.transcript().broadcasts.flat().map(toHex),
    );
    expect(new Set(all.map((one) => one.join())).size).toBe(1);
  });

  it('names who changed a commitment, a nonce, a salt or a confirmation', () => {
    expect(failed(rewritten(1, flipAt(-1)))).toContain('P7 2');
    expect(failed(rewritten(3, flipAt(72)))).toContain('P7 2');
    expect(failed(rewritten(4, flipAt(0)))).toEqual(['P15 2', 'P16 -']);
  });

  it('finds shares that do not add up to the key of the epoch', () => {
    expect(failed(rounds, { ...key.record, commitments: dealKey(3, 4, 'other').record.commitments })).toEqual(
      ['P1 -', 'P13 -'],
    );
  });

  it('finds who repeats a nonce', () => {
    const twice = (body: Uint8Array): Uint8Array => {
      const start = 4 + 34 * 2 + 32;
      body.set(body.subarray(start, start + 33), start + 33);
      return body;
    };
    expect(failed(rewritten(3, twice))).toContain('P8 2');
  });

  it('says that a session is not ready when a confirmation is missing or something is malformed', () => {
    expect(failed([...rounds.slice(0, 4), (rounds[4] ?? []).slice(1)])).toEqual(['P16 -']);
    expect(failed(rewritten(3, (body) => body.slice(1)))).toContain('V11 2');
    expect(failed(rounds.slice(1))).toContain('P16 -');
    expect(failed([[new Uint8Array(10)]])).toEqual(['P16 -']);
  });

  it('finds in a failed session what its members found', () => {
    const bad = runPresign(key, quorum, 1, {
      body: (self, honest) =>
        self === 2 ? lying(honest(), inBroadcast('presign/multiply', flipAt(3))) : honest(),
    });
    const all = [...bad.sessions.values()].map((session) => session.transcript().broadcasts);
    // Who hears of the abort first has not seen the whole round.
    const shown = all.reduce((a, b) => (b.flat().length > a.flat().length ? b : a));
    const { findings, isReady } = replayPresign(bad.spec, key.record, shown);
    expect(findings.filter(({ ok }) => !ok).map(({ check, accused }) => [check, accused])).toEqual([
      ['P7', 2],
      ['P16', undefined],
    ]);
    expect(isReady).toBe(false);
  });

  it.each([
    ['the truth', (send: Sending) => send, ['P13 2', 'P13 -', 'P16 -']],
    [
      'that all is well',
      inBroadcast('presign/confirm', () => new Uint8Array(32).fill(1)),
      ['P15 2', 'P13 2', 'P13 -', 'P16 -'],
    ],
  ] as const)(
    'finds in shares that do not add up who has shifted its own, and says %s',
    (_, change, found) => {
      const other = dealKey(3, 4, 'other');
      const bad = runPresign(key, quorum, 1, {
        body: (self, honest) => (self === 2 ? lying(withShareOf(other), change) : honest()),
        tamper: (from, _to, bytes) => (from === 2 && parseEnvelope(bytes).header.kind === 2 ? [] : [bytes]),
      });
      const all = [...bad.sessions.values()].map((session) => session.transcript().broadcasts);
      const shown = all.reduce((a, b) => (b.flat().length > a.flat().length ? b : a));
      const { findings, isReady } = replayPresign(bad.spec, key.record, shown);
      const broken = findings
        .filter(({ ok }) => !ok)
        .map(({ check, accused }) => `${check} ${accused ?? '-'}`);
      expect(broken).toEqual(found);
      expect(isReady).toBe(false);
    },
  );

  function* withShareOf(other: typeof key): Protocol<PresignBatch> {
    const cheat = partyIndex(2);
    const party = yield* setup(presignSpec(key, quorum, 1), cheat, rngOf('run', cheat));
    return yield* presign(party, { record: other.record, share: at(other.shares, cheat), batch: 1 });
  }

  it('knows the form of every round, and of no other', () => {
    expect(isLegiblePresign(run.spec, 4, new Uint8Array(32))).toBe(false);
    expect(isLegiblePresign(run.spec, 4, new Uint8Array(34 + 64))).toBe(true);
    expect(isLegiblePresign(run.spec, 5, new Uint8Array(4))).toBe(true);
    for (const round of [0, 1, 2, 3, 4]) {
      const { body } = parseEnvelope(rounds[round]?.[0] ?? new Uint8Array(0));
      expect(isLegiblePresign(run.spec, round, body)).toBe(true);
      expect(isLegiblePresign(run.spec, round + 6, body)).toBe(false);
    }
  });
});
