import { describe, expect, it } from 'vitest';

import { Point } from '../../../../src/crypto/secp256k1.ts';
import { ProtocolAbort } from '../../../../src/protocols/kernel/protocol.ts';
import type { BadShare } from '../../../../src/protocols/complaint.ts';
import { checkUsable } from '../../../../src/protocols/keygen/blame.ts';
import {
  abortOf,
  cheating,
  confirming,
  dealing,
  four,
  one,
  outputOf,
  runKeygen,
  three,
  two,
} from '../support/keygen-run.ts';
import type { Cheat } from '../support/lockstep.ts';

const both =
  (...cheats: readonly Cheat[]): Cheat =>
  (sending, moment) =>
    cheats.reduce((changed, cheat) => cheat(changed, moment), sending);

const ones = (): Uint8Array => new Uint8Array(32).fill(1);

describe('blame', () => {
  it('names nobody when the sum is the identity by chance (K7)', () => {
    const { publicShares, record, chainCode } = outputOf(runKeygen([3, 2]), one);
    const joint = { C: [Point.identity, record.commitments[1]!], publicShares, cc: chainCode };
    try {
      checkUsable(joint);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof ProtocolAbort)) throw error;
      expect([error.code, error.grade, error.culprits]).toEqual(['degenerate-sharing', 'D', []]);
    }
  });

  it('refuses a plan in which half of the members could sign, and deals nothing (K1)', () => {
    const run = runKeygen([4, 2]);
    for (const j of [one, two, three, four]) {
      const { code, check, grade, culprits } = abortOf(run, j);
      expect([code, check, grade, culprits]).toEqual(['bad-committee', 'K1', 'D', []]);
    }
    expect(run.rounds).toHaveLength(1);
  });

  it('names every dealer about whom somebody complains with a cause', () => {
    const run = runKeygen([4, 3], both(dealing(two, one, ones), dealing(three, four, ones)));
    for (const j of [one, four]) {
      expect([...abortOf(run, j).culprits].sort()).toEqual([two, three]);
      expect(abortOf(run, j).code).toBe('share-mismatch');
    }
  });

  it('names two cheats of one round together, and shows the messages of both', () => {
    const other: Cheat = (sending) => ({ ...sending, broadcast: ones() });
    const change = (from: typeof two): Cheat => cheating(from, 'keygen/commit', other);
    const run = runKeygen([4, 3], both(change(two), change(three)));
    expect(abortOf(run, one).culprits).toEqual([two, three]);
    expect(abortOf(run, one).evidence?.envelopes).toHaveLength(4);
  });

  it('keeps the dealer and names whoever complains without a cause (P44)', () => {
    const lie = confirming(three, (_, { directs }): BadShare => {
      const signed = directs.get('2 2 3')!.bytes.slice(0, 271);
      return { kind: 'bad-share', against: two, signed, salt: ones(), plaintext: ones() };
    });
    const run = runKeygen([4, 3], lie);
    for (const j of [one, two, four]) {
      expect(abortOf(run, j).culprits).toEqual([three]);
      expect([abortOf(run, j).code, abortOf(run, j).check]).toEqual(['false-complaint', 'K10']);
    }
  });
});
