import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { decode } from '../../../../src/crypto/codec.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { actBase } from '../../../../src/crypto/secp256k1.ts';
import { publicShareOf } from '../../../../src/protocols/epoch.ts';
import { emptyReply } from '../../../../src/protocols/kernel/endings.ts';
import type { Party } from '../../../../src/protocols/kernel/protocol.ts';
import {
  certHashOf,
  holdsNewShare,
  preparedCodec,
  preparedShareCodec,
} from '../../../../src/protocols/reshare/activation.ts';
import { reshare } from '../../../../src/protocols/reshare/reshare.ts';
import { flipAt } from '../../../sim/cheating.ts';
import {
  abortOf,
  acknowledging,
  dealing,
  heldEpoch,
  inputsOf,
  outputOf,
  reshareSpec,
  runReshare,
  seats,
  terms,
  together,
  valueOf,
} from '../support/reshare-run.ts';

const epoch = heldEpoch(2, seats(1, 2, 3));
const plan = terms(2, seats(2, 3, 4), seats(1, 2, 3));
const [one, two, three, four] = [1, 2, 3, 4].map((j) => partyIndex(j)) as [
  PartyIndex,
  PartyIndex,
  PartyIndex,
  PartyIndex,
];

describe('an honest reshare', () => {
  const run = runReshare(epoch, plan);
  const outputs = seats(1, 2, 3, 4).map((j) => outputOf(run, j));

  it('ends alike at everybody: the same epoch, hash and acknowledgements, and nobody removed', () => {
    for (const { prepared, certHash, acks, removed } of outputs) {
      expect(prepared).toEqual(outputs[0]!.prepared);
      expect(certHash).toEqual(certHashOf(prepared));
      expect(acks.map(({ index }) => index)).toEqual(plan.members);
      expect(acks.every((ack) => holdsNewShare(prepared, ack))).toBe(true);
      expect(removed).toEqual([]);
    }
  });
  it('gives a share to each new member, and none to who leaves', () => {
    expect(outputs.map(({ mine }) => mine?.index)).toEqual([undefined, 2, 3, 4]);
    for (const { mine, prepared } of outputs.slice(1)) {
      expect(actBase(valueOf(mine!.share)).equals(publicShareOf(prepared.record, mine!.index))).toBe(true);
      expect(mine!.chainCode).toEqual(epoch.chainCode);
    }
  });
  it('has the share on disk before it is acknowledged, and what was prepared with those who get none', () => {
    const { prepared } = outputs[0]!;
    expect(decode(preparedCodec, run.persisted.get(one)!)).toEqual(prepared);
    for (const { mine } of outputs.slice(1))
      expect(decode(preparedShareCodec, run.persisted.get(mine!.index)!)).toEqual({ prepared, ...mine });
  });
  it('counts the first dealers only', () => {
    expect(outputs[0]!.prepared.dealers.map(({ index }) => index)).toEqual([1, 2]);
  });
  it('says nothing where a party has no part', () => {
    const lengths = run.rounds.slice(1).map((round) => round.map((bytes) => bytes.length - 271));
    expect(lengths).toEqual([
      [4 + 34 * 3 + 67, 4 + 34 * 2 + 67, 4 + 34 * 2 + 67, 4 + 1],
      [1, 4, 4, 4],
      [1, 98, 98, 98],
    ]);
  });
});

describe('a dealer that cheats one member', () => {
  const wrongShare = dealing(one, four, flipAt(31));
  const wrongChainCode = dealing(two, three, flipAt(40));

  it('is left out, with the proof, and the others make the epoch', () => {
    const run = runReshare(epoch, plan, { cheat: wrongShare });
    for (const j of seats(1, 2, 3, 4)) {
      const { prepared, removed, acks } = outputOf(run, j);
      expect(removed.map(({ index }) => index)).toEqual([one]);
      expect(prepared.dealers.map(({ index }) => index)).toEqual([2, 3]);
      expect(acks).toHaveLength(3);
    }
  });
  it('together with another one leaves too few: all are named, and nothing is stored', () => {
    const run = runReshare(epoch, plan, { cheat: together(wrongShare, wrongChainCode) });
    for (const j of seats(1, 2, 3, 4))
      expect(abortOf(run, j)).toMatchObject({
        ...{ code: 'too-few-dealers', culprits: [1, 2], grade: 'A', check: 'H8' },
      });
    expect(run.persisted.size).toBe(0);
  });
});

describe('a reshare that fails', () => {
  it('before a session is worth its name: a plan that is not legal is refused, and blames nobody', () => {
    const run = runReshare(epoch, { ...plan, dealers: seats(1, 4) });
    expect(abortOf(run, two)).toMatchObject({ code: 'bad-committee', culprits: [], grade: 'D', check: 'H1' });
  });
  it('at its end keeps on disk what was stored before an acknowledgement left', () => {
    const run = runReshare(epoch, plan, { cheat: acknowledging(three, () => ({ kind: 'nothing' })) });
    expect(abortOf(run, two)).toMatchObject({ code: 'malformed', culprits: [3], check: 'H9' });
    expect(decode(preparedShareCodec, run.persisted.get(two)!).index).toBe(two);
  });
});

describe('what a party brings', () => {
  const spec = reshareSpec(epoch, plan);
  const idle: Party = {
    ...{ sid: epoch.record.originSid, self: one, parties: seats(1, 2, 3, 4), others: seats(2, 3, 4) },
    ...{ threshold: 2, pids: new Map(), rng: (length: number) => new Uint8Array(length).fill(1) },
    keys: { esk: new Uint8Array(32), epks: new Map(), sharedX: new Map(), wipe: () => undefined },
  };
  const begins = (change: Partial<ReturnType<typeof inputsOf>>, self = one) =>
    reshare({ ...idle, self }, { ...inputsOf(epoch, spec, self), ...change }).next(emptyReply);
  const { share, chainCode } = inputsOf(epoch, spec, one).held!;

  it('is the share of this epoch where it deals, and nothing where it does not', () => {
    expect(begins({}).value).toMatchObject({ kind: 'round', send: { name: 'reshare/deal' } });
    expect(() => begins({ held: undefined })).toThrow(Bug);
    expect(() => begins({ held: { share, chainCode } }, four)).toThrow(Bug);
    expect(() => begins({ held: { share: epoch.shares.get(two)!, chainCode } })).toThrow('not of this epoch');
    expect(() => begins({ held: { share, chainCode: share } })).toThrow('not of this key');
  });
});
