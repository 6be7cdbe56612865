import type { Command } from 'commander';

import type { ChangeDefinition } from '../../protocols/ceremony/definition.ts';
import { bigFlag, collect, durationFlag, numberFlag, usage } from './context.ts';

/** Flags of every command that writes a definition. */
export interface PlanFlags {
  readonly name?: string;
  readonly required?: string;
  readonly out: string;
  readonly sequence?: string;
  readonly acceptWithin: string;
  readonly executeWithin: string;
  readonly roundTimeout: string;
}

/** Flags of `ceremony propose`: those of a key generation, and those of an epoch change. */
export interface ProposeFlags extends PlanFlags {
  readonly kind: 'keygen' | ChangeDefinition['ceremony'];
  readonly member?: readonly string[];
  readonly purpose?: string;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly replace?: readonly string[];
  readonly lost?: readonly string[];
}

/** The numbers among the flags of a definition. */
export interface PlanNumbers {
  readonly required: number | undefined;
  readonly sequence: bigint | undefined;
  readonly acceptWithinMs: number;
  readonly executeWithinMs: number;
  readonly roundTimeoutMs: number;
}

/** The flags of every definition. */
export const withPlanFlags = (command: Command): Command =>
  command
    .requiredOption('--out <file>', 'file to write; an existing one is never replaced')
    .option('--name <text>', 'a name for people')
    .option('--required <t>', 'how many sign; for a change: left out, as before')
    .option('--sequence <n>', 'greater than in any earlier definition (default: the time)')
    .option('--accept-within <duration>', 'time to accept', '24h')
    .option('--execute-within <duration>', 'time to execute', '24h')
    .option('--round-timeout <duration>', 'time for one round', '20s');

/** The flags of an epoch change. Members are named by name or index. */
export const withChangeFlags = (command: Command): Command =>
  command
    .option('--add <line>', 'invitation line of a new member; repeat it', collect)
    .option('--remove <member>', 'a member that leaves; repeat it', collect)
    .option('--replace <member=line>', 'a member that leaves, and who takes its part; repeat it', collect)
    .option('--lost <member>', 'a member whose share is gone; repeat it', collect);

/** The numbers of flags. @throws InputError usage */
export const numbersOf = (flags: PlanFlags): PlanNumbers => ({
  required: flags.required === undefined ? undefined : numberFlag('--required', flags.required),
  sequence: flags.sequence === undefined ? undefined : bigFlag('--sequence', flags.sequence),
  acceptWithinMs: durationFlag('--accept-within', flags.acceptWithin),
  executeWithinMs: durationFlag('--execute-within', flags.executeWithin),
  roundTimeoutMs: durationFlag('--round-timeout', flags.roundTimeout),
});

/** Refuses flags that mean nothing for this kind: they would be passed over. @throws InputError usage */
export function checkFlagsFit(flags: ProposeFlags): void {
  const isKeygen = flags.kind === 'keygen';
  const foreign = isKeygen
    ? (['add', 'remove', 'replace', 'lost'] as const)
    : (['member', 'purpose'] as const);
  for (const flag of foreign)
    if (flags[flag] !== undefined)
      throw usage(`--${flag}`, `--${flag} means nothing for --kind ${flags.kind}`);
  if (!isKeygen) return;
  for (const flag of ['name', 'required', 'member'] as const)
    if (flags[flag] === undefined) throw usage(`--${flag}`, `a key generation needs --${flag}`);
}
