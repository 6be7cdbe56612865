import { expect } from 'vitest';

import { type PartyIndex, type SessionId, partyIndex, sessionId } from '../../../../src/crypto/brand.ts';
import { ascii, bytesToBigint } from '../../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { seededRng } from '../../../../src/crypto/drbg.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { taggedHash } from '../../../../src/crypto/hash.ts';
import { type Rng, type Scalar, actBase, scalar, scalarToBytes } from '../../../../src/crypto/secp256k1.ts';
import {
  evaluate,
  feldmanCommit,
  interpolateAtZero,
  interpolateInExponent,
  randomPolynomial,
} from '../../../../src/crypto/shamir.ts';
import { tags } from '../../../../src/crypto/tags.ts';
import { type EpochRecord, epochIdOf, publicKeyOf, publicShareOf } from '../../../../src/protocols/epoch.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import {
  type PartyMap,
  type Protocol,
  ProtocolAbort,
  type Sending,
  at,
  forParties,
} from '../../../../src/protocols/kernel/protocol.ts';
import { setup } from '../../../../src/protocols/kernel/setup.ts';
import { type ReshareTerms, type Spec, identitiesOf } from '../../../../src/protocols/kernel/spec.ts';
import {
  type Acknowledging,
  type Dealing,
  type Voting,
  acknowledgingCodec,
  dealPairs,
  dealingCodec,
  votingCodec,
} from '../../../../src/protocols/reshare/messages.ts';
import {
  type Held,
  type ReshareInputs,
  type ReshareOutput,
  reshare,
} from '../../../../src/protocols/reshare/reshare.ts';
import { type Member, members, rngOf, specFor } from '../../../sim/cluster.ts';
import { type Cheat, type Ending, type Moment, type Run, runLockstep } from './lockstep.ts';

/** An epoch whose shares a test holds. */
export interface HeldEpoch {
  readonly record: EpochRecord;
  /** s_j, 32 bytes each. */
  readonly shares: PartyMap<Uint8Array>;
  /** cc, 32 bytes. */
  readonly chainCode: Uint8Array;
  /** Identity seeds of everybody who may ever take part. */
  readonly people: PartyMap<Uint8Array>;
}

/** Everybody who may take part in these tests; index 65 is nobody. */
const people: PartyMap<Uint8Array> = new Map(members(64).map(({ index, seed }) => [index, seed]));

/** Indices, for tests. */
export const seats = (...indices: readonly number[]): readonly PartyIndex[] =>
  indices.map((j) => partyIndex(j));

/** A t-of-n key at these seats, made by a dealer; the same for one label. */
export function heldEpoch(threshold: number, at: readonly PartyIndex[], label = 'reshare'): HeldEpoch {
  const f = randomPolynomial(threshold - 1, seededRng(taggedHash('test', ascii(label))));
  const chainCode = taggedHash('test', ascii(label), ascii('cc'));
  const record: EpochRecord = {
    keyId: taggedHash('test', ascii(label), ascii('id')),
    epochNo: 0,
    threshold,
    members: seated(at).map(({ index, seed }) => ({ index, identityPk: identityPublicKey(seed) })),
    commitments: feldmanCommit(f),
    ccHash: taggedHash(tags.ccCom, chainCode),
    prevEpochId: new Uint8Array(32),
    originSid: sessionId(taggedHash('test', ascii('origin'))),
  };
  const shares = forParties(at, (j) => scalarToBytes(evaluate(f, j)));
  return { record, shares, chainCode, people };
}

/** The people at these seats. */
export const seated = (indices: readonly PartyIndex[]): readonly Member[] =>
  indices.map((index) => ({ index, seed: at(people, index) }));

/** The specification of a reshare of this epoch. */
export function reshareSpec(epoch: HeldEpoch, terms: ReshareTerms, label = 'test'): Spec {
  const { record } = epoch;
  const parties = [...new Set([...terms.dealers, ...terms.members])].sort((a, b) => a - b);
  return specFor(seated(parties), {
    proto: protos.reshare,
    threshold: record.threshold,
    keyId: record.keyId,
    epochId: epochIdOf(record),
    purpose: label,
    reshare: terms,
  });
}

/** What a party of a test brings: its share where it deals. */
export function inputsOf(epoch: HeldEpoch, spec: Spec, self: PartyIndex): ReshareInputs {
  const { reshare: terms } = spec;
  if (terms === undefined) throw new RangeError('a specification without terms');
  const share = epoch.shares.get(self);
  const held: Held | undefined =
    terms.dealers.includes(self) && share !== undefined ? { share, chainCode: epoch.chainCode } : undefined;
  return { record: epoch.record, terms, identityPks: identitiesOf(spec), held };
}

/** Setup and reshare, as one party runs them. */
export function* reshareBody(
  epoch: HeldEpoch,
  spec: Spec,
  self: PartyIndex,
  rng: Rng,
): Protocol<ReshareOutput> {
  const party = yield* setup(spec, self, rng);
  return yield* reshare(party, inputsOf(epoch, spec, self));
}

/** A party that says nothing of its own: whatever it sends is the cheat's business. */
export function* silentBody(spec: Spec, self: PartyIndex, rng: Rng): Protocol<ReshareOutput> {
  yield* setup(spec, self, rng);
  const { dealers = [], members: to = [] } = spec.reshare ?? {};
  const pairs = dealPairs({ dealers, members: to });
  const silence = new Uint8Array(1);
  const mine = to.filter((j) => j !== self && pairs(self, j));
  const directs = forParties(mine, () => new Uint8Array(64));
  const send = { broadcast: silence, isPromise: false };
  yield { kind: 'round', send: { name: 'reshare/deal', ...send, directs, pairs } };
  yield { kind: 'round', send: { name: 'reshare/vote', ...send, directs: undefined } };
  yield { kind: 'round', send: { name: 'reshare/acknowledge', ...send, directs: undefined } };
  throw new ProtocolAbort('puppet', [], { grade: 'D', check: '' });
}

/** How a run differs from an honest one. */
export interface ReshareOptions {
  readonly cheat?: Cheat;
  readonly puppets?: readonly PartyIndex[];
  readonly label?: string;
}

/** A whole reshare in lockstep. */
export function runReshare(
  epoch: HeldEpoch,
  terms: ReshareTerms,
  { cheat, puppets = [], label = 'test' }: ReshareOptions = {},
): Run<ReshareOutput> & { readonly spec: Spec } {
  const spec = reshareSpec(epoch, terms, label);
  const players = spec.participants.map(({ index }) => {
    const rng = rngOf(`reshare-${label}`, index);
    const body = puppets.includes(index)
      ? silentBody(spec, index, rng)
      : reshareBody(epoch, spec, index, rng);
    return { index, seed: at(people, index), rng, body };
  });
  return { spec, ...runLockstep(spec, players, cheat) };
}

type Endings = Pick<Run<ReshareOutput>, 'endings'>;

/** The result of a party. @throws RangeError unless it has one */
export function outputOf({ endings }: Endings, j: PartyIndex): ReshareOutput {
  const ending = endings.get(j);
  if (ending?.kind !== 'done') throw new RangeError(`party ${j} has no result: ${describe(ending)}`);
  return ending.output;
}

/** How a party stopped. @throws RangeError unless it did */
export function abortOf({ endings }: Endings, j: PartyIndex): ProtocolAbort {
  const ending = endings.get(j);
  if (ending?.kind !== 'aborted') throw new RangeError(`party ${j} has not stopped: ${describe(ending)}`);
  return ending.abort;
}

const describe = (ending: Ending<ReshareOutput> | undefined): string =>
  ending?.kind === 'aborted'
    ? ending.abort.message
    : ending?.kind === 'crashed'
      ? String(ending.error)
      : (ending?.kind ?? 'unknown');

/** The epoch that a reshare has made. @throws RangeError unless all have finished */
export function nextEpoch(epoch: HeldEpoch, run: Run<ReshareOutput>): HeldEpoch {
  const outputs = [...run.endings.keys()].map((j) => outputOf(run, j));
  const [first] = outputs;
  if (first === undefined) throw new RangeError('nobody took part');
  const shares = outputs.flatMap(({ mine }) =>
    mine === undefined ? [] : [[mine.index, mine.share] as const],
  );
  return { ...epoch, record: first.prepared.record, shares: new Map(shares) };
}

/** Terms by numbers. Without dealers all of the old committee deal. */
export const terms = (
  threshold: number,
  to: readonly PartyIndex[],
  dealers: readonly PartyIndex[],
): ReshareTerms => ({ dealers, members: to, threshold });

/** A cheat of one party in one round. */
export const cheating =
  (from: PartyIndex, name: string, change: (sending: Sending, moment: Moment) => Sending): Cheat =>
  (sending, moment) =>
    moment.from === from && moment.name === `reshare/${name}` ? change(sending, moment) : sending;

/** A party that publishes something else in R1. */
export const publishing = (
  from: PartyIndex,
  threshold: number,
  change: (said: Dealing, moment: Moment) => Dealing,
): Cheat =>
  cheating(from, 'deal', (sending, moment) => {
    const codec = dealingCodec(threshold);
    return { ...sending, broadcast: encode(codec, change(decode(codec, sending.broadcast), moment)) };
  });

/** A dealer whose direct message to one party is other bytes. */
export const dealing = (from: PartyIndex, to: PartyIndex, change: (bytes: Uint8Array) => Uint8Array): Cheat =>
  cheating(from, 'deal', (sending) => ({
    ...sending,
    directs: new Map([...(sending.directs ?? [])].map(([j, bytes]) => [j, j === to ? change(bytes) : bytes])),
  }));

/** A party that votes something else. */
export const voting = (
  from: PartyIndex,
  dealers: number,
  change: (said: Voting, moment: Moment) => Voting,
): Cheat =>
  cheating(from, 'vote', (sending, moment) => {
    const codec = votingCodec(dealers);
    return { ...sending, broadcast: encode(codec, change(decode(codec, sending.broadcast), moment)) };
  });

/** A party that acknowledges something else. */
export const acknowledging = (
  from: PartyIndex,
  change: (said: Acknowledging, moment: Moment) => Acknowledging,
): Cheat =>
  cheating(from, 'acknowledge', (sending, moment) => ({
    ...sending,
    broadcast: encode(acknowledgingCodec, change(decode(acknowledgingCodec, sending.broadcast), moment)),
  }));

/** Several cheats together. */
export const together =
  (...cheats: readonly Cheat[]): Cheat =>
  (sending, moment) =>
    cheats.reduce((changed, cheat) => cheat(changed, moment), sending);

/** A name for a session of tests. */
export const testSid: SessionId = sessionId(taggedHash('test', ascii('sid')));

/** A share as a scalar. */
export const valueOf = (bytes: Uint8Array): Scalar => scalar(bytesToBigint(bytes));
/** Who sits in an epoch. */
export const membersOf = ({ record }: HeldEpoch): readonly PartyIndex[] =>
  record.members.map(({ index }) => index);

/** Every set of `size` of these, ascending. */
export const choose = <T>(from: readonly T[], size: number): readonly (readonly T[])[] =>
  size === 0
    ? [[]]
    : from.flatMap((first, i) => choose(from.slice(i + 1), size - 1).map((rest) => [first, ...rest]));

/**
 * What must hold of an epoch that follows another: the same key, at every quorum, in shares and in public.
 */
export function expectSameKey(old: HeldEpoch, next: HeldEpoch): void {
  const key = publicKeyOf(old.record);
  expect(publicKeyOf(next.record).equals(key)).toBe(true);
  expect([...next.shares.keys()]).toEqual(membersOf(next));
  for (const quorum of choose(membersOf(next), next.record.threshold)) {
    const publicShares = forParties(quorum, (j) => publicShareOf(next.record, j));
    expect(interpolateInExponent(publicShares).equals(key)).toBe(true);
    const secret = interpolateAtZero(forParties(quorum, (j) => valueOf(at(next.shares, j))));
    expect(actBase(secret).equals(key)).toBe(true);
  }
}

/** No set of shares of both epochs, of the size of either quorum, makes the key. */
export function expectNoMixture(old: HeldEpoch, next: HeldEpoch): void {
  const key = publicKeyOf(old.record);
  const shares = [old, next].flatMap((epoch, e) =>
    [...epoch.shares].map(([j, bytes]) => ({ e, j, value: valueOf(bytes) })),
  );
  for (const size of new Set([old.record.threshold, next.record.threshold]))
    for (const set of choose(shares, size)) {
      const isMixed = new Set(set.map(({ e }) => e)).size === 2;
      const isOneASeat = new Set(set.map(({ j }) => j)).size === size;
      if (!isMixed || !isOneASeat) continue;
      const secret = interpolateAtZero(new Map(set.map(({ j, value }) => [j, value])));
      expect(actBase(secret).equals(key)).toBe(false);
    }
}

/** The epoch that follows when all of the old committee deal. @throws RangeError unless all finish */
export function after(
  old: HeldEpoch,
  threshold: number,
  to: readonly PartyIndex[],
  dealers: readonly PartyIndex[] = membersOf(old),
): HeldEpoch {
  return nextEpoch(old, runReshare(old, terms(threshold, to, dealers)));
}
