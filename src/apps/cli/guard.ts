import type { GuardView } from '../../node/guard-api.ts';
import { document, result, table } from '../output.ts';
import { type AddCommands, type Cli, bigFlag, usage } from './context.ts';

/** Flags of `guard raise`. */
interface RaiseFlags {
  readonly lane: string;
  readonly scope?: string;
  readonly low?: string;
  readonly high?: string;
  readonly clearHigh?: boolean;
}

/** `conclave guard` */
export const addGuard: AddCommands = (program, cli) => {
  const guard = program.command('guard').description('what keeps this node from signing twice');
  guard
    .command('show')
    .description('how far each lane has come: bounds, highest signed, highest on L1, last answer')
    .action(() => show(cli()));
  guard
    .command('check')
    .description('look at the register on disk; changes nothing')
    .action(async () => (await import('./guard-offline.ts')).check(cli()));
  guard
    .command('raise')
    .description(
      'move a bound of a lane: numbers up to the low one are never signed, none above the high one',
    )
    .requiredOption('--lane <lane>', 'nonce, batch, …')
    .option('--scope <hex>', 'beginning of the scope, where the lane is not the only one of its name')
    .option('--low <n>', 'at or below it nothing is signed; it never falls')
    .option('--high <n>', 'planned stop: above it nothing is signed')
    .option('--clear-high', 'take the planned stop away')
    .action((flags: RaiseFlags) => raise(cli(), flags));
  guard
    .command('export')
    .description('what this node has signed, for a backup or another node')
    .requiredOption('--out <file>', 'a file that is not there yet')
    .action(({ out }: { readonly out: string }) => exportTo(cli(), out));
  guard
    .command('import')
    .argument('<file>', 'made by "conclave guard export"')
    .description('take in what an export knows; no node may run')
    .action(async (file: string) => (await import('./guard-offline.ts')).importFile(cli(), file));
  guard
    .command('init')
    .description('begin a lost register anew; the node starts in quarantine')
    .option('--from-l1', 'with what L1 shows now')
    .option('--from-peers', 'with what the members say, once the node runs')
    .action(async (flags: { readonly fromL1?: boolean; readonly fromPeers?: boolean }) =>
      (await import('./guard-offline.ts')).init(cli(), flags),
    );
  guard
    .command('repair')
    .description('keep what is sound of a damaged register; the node starts in quarantine')
    .action(async () => (await import('./guard-offline.ts')).repair(cli()));
};

/** The register of the running node, in lines. */
export function linesOfGuard({ rows, entries, quarantine }: GuardView): readonly string[] {
  return [
    ...table([
      ['LANE', 'LOW', 'HIGHEST', 'ON L1', 'HIGH', 'GAP', 'LAST ANSWER', 'SCOPE'],
      ...rows.map(({ lane, low, highestRecorded, onL1, high, gap, lastAnswer, scope }) =>
        [lane, low, highestRecorded, onL1, high, gap, lastAnswer, scope].map((cell) => cell ?? '-'),
      ),
    ]),
    `${entries} entries`,
    ...(quarantine === undefined
      ? []
      : [`quarantine: ${quarantine.why}; "conclave node release" says what is missing`]),
  ];
}

async function askGuard(cli: Cli, verb: 'guard' | 'guard-raise', args: object = {}): Promise<GuardView> {
  const { guardView } = await import('../admin-protocol.ts');
  return guardView.parse(await cli.ask(verb, { args: { ...args } }));
}

async function show(cli: Cli): Promise<void> {
  const view = await askGuard(cli, 'guard');
  document(cli.output, view, linesOfGuard(view));
}

async function raise(cli: Cli, { lane, scope, low, high, clearHigh }: RaiseFlags): Promise<void> {
  if (low === undefined && high === undefined && clearHigh !== true)
    throw usage('--low', 'nothing is to be moved: give --low, --high or --clear-high');
  if (high !== undefined && clearHigh === true)
    throw usage('--high', 'give --high or --clear-high, not both');
  for (const [flag, text] of [
    ['--low', low],
    ['--high', high],
  ] as const)
    if (text !== undefined) bigFlag(flag, text);
  const stop = clearHigh === true ? { high: null } : high === undefined ? {} : { high };
  const change = {
    lane,
    ...(scope === undefined ? {} : { scope }),
    ...(low === undefined ? {} : { low }),
    ...stop,
  };
  const view = await askGuard(cli, 'guard-raise', change);
  result(cli.output, view, linesOfGuard(view));
}

async function exportTo(cli: Cli, out: string): Promise<void> {
  const bytes = await exported(cli);
  const [{ createUserFile }, { readGuardFile }] = await Promise.all([
    import('../user-file.ts'),
    import('../../node/guard-file.ts'),
  ]);
  const { records, seq } = readGuardFile(bytes, out);
  createUserFile(out, bytes, 0o600);
  result(cli.output, { file: out, records: records.length, guardSeq: String(seq) }, [
    `${out}: ${records.length} records, ${seq} entries`,
  ]);
}

/** Of the running node, or of its folder when none runs. */
async function exported(cli: Cli): Promise<Uint8Array> {
  const [{ OperationError }, { ascii }] = await Promise.all([
    import('../../crypto/errors.ts'),
    import('../../crypto/bytes.ts'),
  ]);
  try {
    const { guardFile } = await import('../admin-protocol.ts');
    return ascii(guardFile.parse(await cli.ask('guard-export')).file);
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== 'no-node') throw error;
    return (await import('./guard-offline.ts')).exportOffline(cli);
  }
}
