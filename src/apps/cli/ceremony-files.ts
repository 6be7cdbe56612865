import { to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { policyHash } from '../../node/policy/policy.ts';
import { writeDefinition } from '../../chain/definition-file.ts';
import { definitionHash } from '../../protocols/ceremony/definition.ts';
import { parseInvitation } from '../../protocols/ceremony/names.ts';
import { isoTime, systemClock } from '../../system/clock.ts';
import { note, result } from '../output.ts';
import { definitionOf, quorumSentence, quorumWarning } from '../proposal.ts';
import { readPublicIdentity } from '../public-identity.ts';
import { createUserFile } from '../user-file.ts';
import type { Cli } from './context.ts';
import { type ProposeFlags, checkFlagsFit, numbersOf } from './propose-flags.ts';

/** Writes a definition. Offline, and without any secret. */
export async function propose(cli: Cli, flags: ProposeFlags): Promise<void> {
  checkFlagsFit(flags);
  if (flags.kind !== 'keygen') {
    const { proposeChange } = await import('./change-files.ts');
    return proposeChange(cli, { ...flags, kind: flags.kind }, flags);
  }
  const { required = 0, ...numbers } = numbersOf(flags);
  const { settings, policy } = await cli.config();
  const { network } = settings;
  const definition = definitionOf({
    ...{ ...numbers, required },
    name: flags.name ?? '',
    purpose: flags.purpose ?? 'batch',
    network: { name: network.name, l1ChainId: network.l1_chain_id, l2ChainId: network.l2_chain_id },
    policyHash: policyHash(policy),
    self: readPublicIdentity(cli.dataDir, settings.paths.keys),
    members: (flags.member ?? []).map((line, i) => parseInvitation(line, `--member ${i + 1}`)),
    nowMs: systemClock.nowMs(),
  });
  if (policy.rules.length === 0)
    note(cli.output, 'The policy has no rule: a key of this ceremony would sign nothing.');
  const n = definition.committee.length;
  createUserFile(flags.out, fileOf(definition));
  const id = to0x(definitionHash(definition));
  const sentence = quorumSentence(n, definition.required);
  result(
    cli.output,
    { id, file: flags.out, members: n, required: definition.required, arithmetic: sentence },
    [
      `${cli.output.paint('good', '✔')} ceremony ${id.slice(2, 10)} written to ${flags.out}`,
      sentence,
      ...definition.committee.map(({ index, name, address }) => `  ${index}  ${name.padEnd(24)} ${address}`),
      `accept by ${isoTime(Number(definition.timing.acceptByMs))}, id ${id}`,
    ],
  );
  const warning = quorumWarning(n, definition.required);
  if (warning !== undefined) note(cli.output, `${cli.output.paint('warn', 'warning:')} ${warning}`);
  note(
    cli.output,
    `Next: send ${flags.out} to every operator, who runs "conclave ceremony join ${flags.out}".`,
  );
}

function fileOf(definition: Parameters<typeof writeDefinition>[0]['definition']): Uint8Array {
  const bytes = writeDefinition({ definition, signatures: [] });
  if (bytes.length > 262_144) throw new InputError('usage', 'definition', 'the definition is too long');
  return bytes;
}
