import { MAX_MEMBERS, isLegalThreshold } from '../epoch.ts';

/** A committee as people speak of it. */
export interface Committee {
  /** Ascending by index. */
  readonly members: readonly { readonly index: number; readonly name: string }[];
  /** Number of shares that sign. */
  readonly required: number;
}

/** What may go wrong in a committee without harm. [product, 8.7] */
export interface Tolerance {
  /** Members that may be away while the others sign. */
  readonly crashesSurvived: number;
  /** Members that may ignore their guard without two contents being signed for one slot. */
  readonly equivocatingNodesTolerated: number;
  /** Shares that may become known without the key becoming known. */
  readonly leakedSharesHarmless: number;
}

/** What an epoch change changes, for those who are to consent to it. */
export interface ChangePreview {
  readonly before: Committee & Tolerance;
  readonly after: Committee & Tolerance;
  readonly joining: Committee['members'];
  readonly leaving: Committee['members'];
  /** What the new committee tolerates less of. */
  readonly worse: readonly (keyof Tolerance)[];
}

/** Why a change cannot be carried out. */
export interface Obstacle {
  readonly code: 'bad-threshold' | 'change-mismatch';
  readonly message: string;
}

/** Fewest signers such that any two quorums of n members share one. */
export const leastRequired = (members: number): number => Math.max(2, Math.floor(members / 2) + 1);

/** n − t, 2t − n − 1, t − 1. [product, 8.7] */
export const toleranceOf = (members: number, required: number): Tolerance => ({
  crashesSurvived: members - required,
  equivocatingNodesTolerated: 2 * required - members - 1,
  leakedSharesHarmless: required - 1,
});

const qualities = ['crashesSurvived', 'equivocatingNodesTolerated', 'leakedSharesHarmless'] as const;

/** Compares two committees of one key. Members are the same if they have the same index. */
export function previewOf(before: Committee, after: Committee): ChangePreview {
  const was = toleranceOf(before.members.length, before.required);
  const is = toleranceOf(after.members.length, after.required);
  return {
    before: { ...before, ...was },
    after: { ...after, ...is },
    joining: missingIn(before, after),
    leaving: missingIn(after, before),
    worse: qualities.filter((quality) => is[quality] < was[quality]),
  };
}

const missingIn = ({ members }: Committee, other: Committee): Committee['members'] =>
  other.members.filter(({ index }) => !members.some((member) => member.index === index));

/**
 * What stands against a change: a committee that could not sign, or too few old members to make its shares.
 * `undefined` if nothing does.
 * @param dealing how many members of the old committee still hold a share and take part
 */
export function obstacleOf(before: Committee, after: Committee, dealing: number): Obstacle | undefined {
  const n = after.members.length;
  if (n < 2 || n > MAX_MEMBERS)
    return { code: 'bad-threshold', message: `a committee has 2 to ${MAX_MEMBERS} members, not ${n}` };
  if (!isLegalThreshold(after.required, n))
    return {
      code: 'bad-threshold',
      message:
        `${n} members with ${after.required} signers required could not sign safely: ` +
        `choose ${leastRequired(n)} to ${n}`,
    };
  if (dealing < before.required)
    return {
      code: 'change-mismatch',
      message:
        `only ${dealing} of the present members would deal, and ${before.required} must: ` +
        'without them nobody can make shares of this key',
    };
  return undefined;
}
