import type { PartyIndex } from '../crypto/brand.ts';
import { bytesToBigint, compareBytes, u32 } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';

/** What a choice depends on; all nodes that know the same choose the same. [protocol, 10.2] */
export interface QuorumChoice {
  /** 32 bytes */
  readonly requestId: Uint8Array;
  /** Number of members that sign. */
  readonly threshold: number;
  /** Members of the active epoch that are not excluded, connected and heard of lately; ascending. */
  readonly candidates: readonly PartyIndex[];
  readonly suspicionOf: (member: PartyIndex) => number;
  /** Quorums that have failed for this request. */
  readonly failed: readonly (readonly PartyIndex[])[];
}

interface Ranked {
  readonly member: PartyIndex;
  readonly suspicion: number;
  readonly hash: Uint8Array;
}
/** Places in the ranking, ascending, and what they are compared by. */
interface Subset {
  readonly places: readonly number[];
  readonly score: number;
}

/** H("quorum"; requestId, index): the lot that decides between equals, new for each request. */
const lotOf = (requestId: Uint8Array, member: PartyIndex): Uint8Array =>
  taggedHash(tags.quorum, requestId, u32(member));

/**
 * The quorum for the next attempt: the t members with the smallest sum of suspicion that have not failed for
 * this request yet; ties by lot. Ascending; `undefined` when there is none. [protocol, 10.2]
 *
 * Members are ranked by (suspicion, lot). Moving one place of a subset up the ranking never improves it, so a
 * search from the best subset outwards meets them in order, and looks at no more than were refused before.
 */
export function chooseQuorum(choice: QuorumChoice): readonly PartyIndex[] | undefined {
  const { threshold, candidates, requestId, suspicionOf } = choice;
  const ranked = candidates
    .map((member): Ranked => ({ member, suspicion: suspicionOf(member), hash: lotOf(requestId, member) }))
    .sort((a, b) => a.suspicion - b.suspicion || compareBytes(a.hash, b.hash));
  if (ranked.length < threshold) return undefined;
  const failed = new Set(choice.failed.map((quorum) => [...quorum].sort((a, b) => a - b).join()));
  const seen = new Set<string>();
  const open: Subset[] = [
    subsetOf(
      ranked,
      Array.from({ length: threshold }, (_, i) => i),
    ),
  ];
  for (;;) {
    const best = takeBest(ranked, open);
    if (best === undefined) return undefined;
    const members = membersOf(ranked, best).sort((a, b) => a - b);
    if (!failed.has(members.join())) return members;
    for (const next of neighbours(best.places, ranked.length)) {
      if (seen.has(next.join())) continue;
      seen.add(next.join());
      open.push(subsetOf(ranked, next));
    }
  }
}

/**
 * The same among the quorums that hold `self`: whoever coordinates takes part. Its own suspicion is in all of
 * them alike, so the order among them stays. Without `self` among the candidates there is none.
 */
export function chooseQuorumWith(self: PartyIndex, choice: QuorumChoice): readonly PartyIndex[] | undefined {
  const isOther = (member: PartyIndex): boolean => member !== self;
  if (choice.candidates.every(isOther)) return undefined;
  const others = chooseQuorum({
    ...choice,
    threshold: choice.threshold - 1,
    candidates: choice.candidates.filter(isOther),
    failed: choice.failed.filter((quorum) => quorum.includes(self)).map((quorum) => quorum.filter(isOther)),
  });
  return others && [...others, self].sort((a, b) => a - b);
}

/** Who leads an attempt: no member can be kept out of the chair, or keep it. [protocol, 10.2] */
export function coordinatorOf(
  requestId: Uint8Array,
  attempt: number,
  quorum: readonly PartyIndex[],
): PartyIndex {
  const lot = bytesToBigint(taggedHash(tags.quorum, requestId, u32(attempt)));
  const member = quorum[Number(lot % BigInt(quorum.length))];
  assert(member !== undefined, 'a quorum is never empty');
  return member;
}

/**
 * A second quorum to keep a few presignatures for: it differs from the first in min(n - t, t) members. [10.3]
 */
export function alternativeTo(
  quorum: readonly PartyIndex[],
  members: readonly PartyIndex[],
): readonly PartyIndex[] {
  const others = members.filter((member) => !quorum.includes(member)).slice(0, quorum.length);
  return [...quorum.slice(others.length), ...others].sort((a, b) => a - b);
}

const at = (ranked: readonly Ranked[], place: number): Ranked => {
  const one = ranked[place];
  assert(one !== undefined, 'a place is within the ranking');
  return one;
};

const membersOf = (ranked: readonly Ranked[], { places }: Subset): PartyIndex[] =>
  places.map((place) => at(ranked, place).member);

const subsetOf = (ranked: readonly Ranked[], places: readonly number[]): Subset => ({
  places,
  score: places.reduce((sum, place) => sum + at(ranked, place).suspicion, 0),
});

/** Score, then the sorted lots of the members, as the protocol compares them. */
function compareSubsets(ranked: readonly Ranked[], a: Subset, b: Subset): number {
  if (a.score !== b.score) return a.score - b.score;
  const lots = (subset: Subset): readonly Uint8Array[] =>
    subset.places.map((place) => at(ranked, place).hash).sort(compareBytes);
  const [lotsA, lotsB] = [lots(a), lots(b)];
  for (const [i, lot] of lotsA.entries()) {
    const order = compareBytes(lot, lotsB[i] ?? lot);
    if (order !== 0) return order;
  }
  return 0;
}

function takeBest(ranked: readonly Ranked[], open: Subset[]): Subset | undefined {
  const [first] = open;
  if (first === undefined) return undefined;
  const best = open.reduce((a, b) => (compareSubsets(ranked, b, a) < 0 ? b : a), first);
  open.splice(open.indexOf(best), 1);
  return best;
}

/** Every subset in which one place is moved up by one. */
function neighbours(places: readonly number[], count: number): readonly (readonly number[])[] {
  return places.flatMap((place, i) => {
    const next = place + 1;
    return next < count && places[i + 1] !== next ? [places.map((other, k) => (k === i ? next : other))] : [];
  });
}
