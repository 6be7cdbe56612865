import { writeDefinition } from '../../chain/definition-file.ts';
import { to0x } from '../../crypto/bytes.ts';
import { policyHash } from '../../node/policy/policy.ts';
import { definitionHash } from '../../protocols/ceremony/definition.ts';
import { parseInvitation } from '../../protocols/ceremony/names.ts';
import { isoTime, systemClock } from '../../system/clock.ts';
import { openDisk } from '../../system/disk.ts';
import { type ChangeWish, type Replacement, changeOf, titleOf } from '../change-proposal.ts';
import { newestLock } from '../newest-lock.ts';
import { note, result } from '../output.ts';
import { readPublicIdentity } from '../public-identity.ts';
import { createUserFile } from '../user-file.ts';
import { showPreview } from './change-text.ts';
import { type Cli, usage } from './context.ts';
import { type PlanFlags, numbersOf } from './propose-flags.ts';

/** What a command says of the committee that is to be, as it was typed. */
export interface ChangeWords {
  readonly kind: ChangeWish['kind'];
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
  /** `<member>=<invitation>` each. */
  readonly replace?: readonly string[] | undefined;
  readonly lost?: readonly string[] | undefined;
}

/** Writes the plan of an epoch change, behind its preview. Offline, and without any secret. */
export async function proposeChange(cli: Cli, words: ChangeWords, flags: PlanFlags): Promise<void> {
  const { settings, policy } = await cli.config();
  const previous = newestLock(openDisk({ folder: cli.dataDir, sweep: false }), settings.paths.ceremonies);
  const wished = {
    kind: words.kind,
    add: (words.add ?? []).map((line, i) => parseInvitation(line, `invitation ${i + 1}`)),
    remove: words.remove ?? [],
    replace: (words.replace ?? []).map(replacementIn),
    lost: words.lost ?? [],
  };
  const definition = changeOf({
    ...{ ...wished, ...numbersOf(flags), previous },
    name: flags.name ?? titleOf(wished),
    self: readPublicIdentity(cli.dataDir, settings.paths.keys).identityPk,
    policyHash: policyHash(policy),
    nowMs: systemClock.nowMs(),
  });
  showPreview(cli.output, { definition, previous });
  createUserFile(flags.out, writeDefinition({ definition, signatures: [], previous }));
  const id = to0x(definitionHash(definition));
  const { committee, leavers, required, ceremony, timing } = definition;
  result(cli.output, { id, file: flags.out, ceremony, members: committee.length, required }, [
    `${cli.output.paint('good', '✔')} ${ceremony} ${id.slice(2, 10)} written to ${flags.out}`,
    ...committee.map(({ index, name, address }) => `  ${index}  ${name.padEnd(24)} ${address}`),
    `accept by ${isoTime(Number(timing.acceptByMs))}, id ${id}`,
  ]);
  const going = leavers.length === 0 ? '' : ', those who leave among them';
  note(
    cli.output,
    `Next: send ${flags.out} to every operator${going}, who runs "conclave ceremony join ${flags.out}".`,
  );
}

/** `<member>=<invitation>`. @throws InputError usage | bad-invitation | bad-identity */
export function replacementIn(text: string): Replacement {
  const at = text.indexOf('=');
  if (at < 1) throw usage('--replace', `--replace is <member>=<invitation line>, not ${text}`);
  return { former: text.slice(0, at), by: parseInvitation(text.slice(at + 1), '--replace') };
}
