import type { ExclusionView, NodeStatus } from '../../node/api.ts';
import { isoTime } from '../../system/clock.ts';
import { type Output, table } from '../output.ts';

/** Who is in no quorum of a node, and why; nothing where that is nobody. */
export function exclusionLines(
  { exclusions = [] }: NodeStatus,
  { paint }: Pick<Output, 'paint'>,
): readonly string[] {
  if (exclusions.length === 0) return [];
  return [
    paint(
      'warn',
      'excluded  by proof; see "conclave audit verify" on the file, then "conclave node readmit"',
    ),
    ...table(exclusions.map((one) => [`  ${one.member}`, one.name, one.reason, whenOf(one), one.evidence])),
  ];
}

/** When a member was excluded, in UTC. */
export const whenOf = ({ atMs }: ExclusionView): string => isoTime(Number(atMs));
