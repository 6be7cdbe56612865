import { InputError } from '../../crypto/errors.ts';
import type { ExclusionView, NodeStatus } from '../../node/api.ts';
import { exclusionView } from '../admin-protocol.ts';
import { note, result } from '../output.ts';
import type { Cli } from './context.ts';
import { whenOf } from './exclusion-text.ts';
import { statusOf } from './status.ts';

/** Shows what had a member excluded; with `--yes`, takes it back. */
export async function readmit(cli: Cli, member: string): Promise<void> {
  const found = exclusionOf(await statusOf(cli), member);
  const isDone = cli.flags.yes === true;
  const view = isDone
    ? exclusionView.parse(await cli.ask('readmit', { args: { member: found.member } }))
    : found;
  const what = `${view.name} (${view.member}) was excluded at ${whenOf(view)}: ${view.reason}`;
  result(cli.output, { isReadmitted: isDone, ...view }, [
    what,
    `evidence  ${view.evidence}`,
    isDone ? 'it is in the quorums of this node again' : 'it is still excluded',
  ]);
  if (isDone) note(cli.output, 'Each operator decides for its own node: the others still exclude it.');
  else note(cli.output, 'Judge it: conclave audit verify on the evidence. To take it back: add --yes');
}

/** @throws InputError not-excluded */
function exclusionOf({ exclusions = [] }: NodeStatus, member: string): ExclusionView {
  const found = exclusions.find(({ name, member: index }) => name === member || String(index) === member);
  if (found !== undefined) return found;
  throw new InputError('not-excluded', 'member', `${member.slice(0, 80)} is not excluded by this node`);
}
