import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { parseEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import { isLegibleReshare, replayReshare, reshareRules } from '../../../../src/protocols/reshare/replay.ts';
import { flipAt } from '../../../sim/cheating.ts';
import type { Cheat } from '../support/lockstep.ts';
import {
  acknowledging,
  dealing,
  heldEpoch,
  outputOf,
  runReshare,
  seats,
  terms,
} from '../support/reshare-run.ts';

const epoch = heldEpoch(2, seats(1, 2, 3));
const plan = terms(2, seats(2, 3, 4), seats(1, 2, 3));
const [one, two, three, four] = [partyIndex(1), partyIndex(2), partyIndex(3), partyIndex(4)];
const run = (cheat?: Cheat) => runReshare(epoch, plan, cheat === undefined ? {} : { cheat });
const replayed = ({ spec, rounds }: ReturnType<typeof run>) => replayReshare(spec, epoch.record, rounds);
const failed = ({ findings }: ReturnType<typeof replayed>): readonly string[] =>
  findings.filter(({ ok }) => !ok).map(({ check, accused }) => `${check} ${accused ?? '-'}`);

const honest = run();

describe('the transcript of a reshare', () => {
  it('says what was prepared and acknowledged, to anyone who has the epoch that it leaves', () => {
    const replay = replayed(honest);
    const { prepared, certHash, acks } = outputOf(honest, two);
    expect(failed(replay)).toEqual([]);
    expect(replay).toMatchObject({ result: { prepared, certHash }, acks, removed: [] });
    expect(new Set(replay.findings.map(({ check }) => check))).toEqual(
      new Set(['P2', 'H1', 'V11', 'H2', 'H4', 'H8', 'H9']),
    );
  });
  it('names a dealer that was left out, and still says what was prepared', () => {
    const cheated = run(dealing(one, four, flipAt(31)));
    const replay = replayed(cheated);
    expect(failed(replay)).toEqual(['H7 1']);
    expect(replay.removed).toEqual([one]);
    expect(replay.result).toEqual({
      prepared: outputOf(cheated, three).prepared,
      certHash: outputOf(cheated, three).certHash,
    });
  });
  it('names who acknowledged another epoch, and does not count it', () => {
    const cheated = run(
      acknowledging(four, (said) =>
        said.kind === 'nothing' ? said : { ...said, certHash: new Uint8Array(32) },
      ),
    );
    const replay = replayed(cheated);
    expect(failed(replay)).toEqual(['H9 4']);
    expect(replay.acks.map(({ index }) => index)).toEqual([2, 3]);
  });
  it('without a round says less, and nothing false', () => {
    for (const shown of [0, 1, 2, 3]) {
      const replay = replayReshare(honest.spec, epoch.record, honest.rounds.slice(0, shown));
      expect(failed(replay)).toEqual([]);
      expect([replay.result !== undefined, replay.acks]).toEqual([shown === 3, []]);
    }
  });
  it('is not read by another epoch', () => {
    const other = heldEpoch(2, seats(1, 2, 3), 'another').record;
    expect(() => replayReshare(honest.spec, other, honest.rounds)).toThrow('leaves another epoch');
  });
});

describe('the form of a broadcast', () => {
  it('is that of its round and of its sender’s part', () => {
    const bodies = honest.rounds.map((round) => round.map((bytes) => parseEnvelope(bytes)));
    for (const [round, envelopes] of bodies.entries())
      for (const { header, body } of envelopes) {
        expect(isLegibleReshare(honest.spec, round, body, header.from)).toBe(true);
        expect(isLegibleReshare(honest.spec, round + 4, body, header.from)).toBe(false);
        expect(isLegibleReshare(honest.spec, round, body.subarray(1), header.from)).toBe(false);
      }
    const [deals, votes] = [bodies[1]!, bodies[2]!];
    expect(isLegibleReshare(honest.spec, 1, deals[3]!.body, one)).toBe(false);
    expect(isLegibleReshare(honest.spec, 2, votes[0]!.body, two)).toBe(false);
    expect(isLegibleReshare(honest.spec, 2, votes[1]!.body, one)).toBe(false);
  });
  it('names the direct messages that its sender owes, and no other', () => {
    const to = seats(1, 2, 3, 4).map((j) => reshareRules.recipients?.(honest.spec, j));
    expect(to).toEqual([seats(2, 3, 4), seats(3, 4), seats(2, 4), []]);
  });
});
