import type { NodeStatus } from '../../node/api.ts';
import { document, note, progress, result, table } from '../output.ts';
import type { ChangeWords } from './change-files.ts';
import type { AddCommands, Cli } from './context.ts';
import { exclusionLines } from './exclusion-text.ts';
import { type PlanFlags, withPlanFlags } from './propose-flags.ts';
import { statusOf } from './status.ts';

/** `conclave node` */
export const addNode: AddCommands = (program, cli) => {
  const node = program.command('node').description('run a node and look at it');
  node
    .command('run')
    .description('run the node of the data folder until it is stopped')
    .action(() => run(cli()));
  node
    .command('status')
    .description('the running node at a glance')
    .action(() => show(cli()));
  node
    .command('doctor')
    .description('look at the files and at the running node, and say what to do')
    .option('--rebuild-manifest', 'write a lost manifest anew; the node starts in quarantine')
    .action(async (flags: { readonly rebuildManifest?: boolean }) =>
      (await import('./node-care.ts')).doctor(cli(), flags),
    );
  node
    .command('release')
    .description('what is missing before a quarantined node signs again; with --yes, end the quarantine')
    .option('--without-l1', 'L1 cannot be asked, and you have looked at it elsewhere')
    .action(async (flags: { readonly withoutL1?: boolean }) =>
      (await import('./node-care.ts')).release(cli(), flags),
    );
  node
    .command('readmit')
    .argument('<member>', 'name or index')
    .description('what proof had a member excluded; with --yes, take it back into the quorums of this node')
    .action(async (member: string) => (await import('./exclusions.ts')).readmit(cli(), member));
  node
    .command('stop')
    .description('stop the running node; what it is signing ends first')
    .action(() => stop(cli()));
  addChanges(node, cli);
};

/** Shortcuts that write the plan of a change of committee. [product, 4.2] */
const addChanges: AddCommands = (node, cli) => {
  const write = async (words: Omit<ChangeWords, 'kind'>, flags: PlanFlags): Promise<void> =>
    (await import('./change-files.ts')).proposeChange(cli(), { ...words, kind: 'reshare' }, flags);
  withPlanFlags(node.command('add'))
    .argument('<invitation...>', 'invitation lines of the new members')
    .description('write the proposal of a committee with new members, for the same address')
    .action((add: readonly string[], flags: PlanFlags) => write({ add }, flags));
  withPlanFlags(node.command('remove'))
    .argument('<member...>', 'names or indices of those who leave')
    .description('write the proposal of a committee without these members, for the same address')
    .action((remove: readonly string[], flags: PlanFlags) => write({ remove }, flags));
  withPlanFlags(node.command('replace'))
    .argument('<member>', 'name or index of the one who leaves')
    .argument('<invitation>', 'invitation line of the one who comes')
    .description('write the proposal of a committee in which one node takes the part of another')
    .action((former: string, by: string, flags: PlanFlags) => write({ replace: [`${former}=${by}`] }, flags));
};

async function run(cli: Cli): Promise<void> {
  process.umask(0o077);
  const [{ startSigner }, { createLog }, { packageVersion }] = await Promise.all([
    import('../signer.ts'),
    import('../../system/log.ts'),
    import('../version.ts'),
  ]);
  const config = await cli.config();
  const { level, format } = config.settings.log;
  const log = createLog(
    {
      level: cli.flags.quiet === true ? 'error' : level,
      format: cli.flags.logFormat === undefined ? format : format,
    },
    { write: (line) => void process.stderr.write(line) },
  );
  const signer = await startSigner({
    ...{ config, log, version: packageVersion() },
    password: () => cli.password(),
  });
  const stopBy = (signal: NodeJS.Signals): void => {
    log.info('signal', { name: signal });
    void signer.stop();
  };
  process.once('SIGINT', stopBy).once('SIGTERM', stopBy);
  const { name, monitoring } = signer;
  const event = { type: 'ready', name, pid: process.pid, dataDir: cli.dataDir, monitoring };
  progress(
    cli.output,
    event,
    `${cli.output.paint('good', '✔')} node ${name} runs in ${cli.dataDir}; Ctrl-C stops it`,
  );
  await signer.ended;
  process.off('SIGINT', stopBy).off('SIGTERM', stopBy);
  result(cli.output, { stopped: name }, cli.output.isQuiet ? [] : [`node ${name} stopped`]);
}

const marks = { connected: '☑', self: '☑', connecting: '☐', refused: '☒' } as const;

async function show(cli: Cli): Promise<void> {
  const status = await statusOf(cli);
  document(cli.output, status, linesOf(status, cli));
}

function linesOf(status: NodeStatus, { output }: Cli): readonly string[] {
  const { key, members, ceremony } = status;
  const color = status.state === 'ready' ? 'good' : 'warn';
  return [
    `node      ${output.paint('strong', status.name)}  ${output.paint(color, status.state)}  ` +
      `version ${status.version}, ${status.primitives} operations`,
    `identity  ${status.identity}`,
    key === undefined
      ? 'key       none yet'
      : `key       ${key.address}  purpose ${key.purpose}, epoch ${key.epoch}, ` +
        `${key.required} signers required`,
    ...(status.verifier === 'none'
      ? [`verifier  ${output.paint('warn', 'none')}: batches of blocks are signed unchecked`]
      : []),
    ...(ceremony === undefined
      ? []
      : [`ceremony  ${ceremony.id.slice(2, 10)} ${ceremony.state}, attempt ${ceremony.attempt}`]),
    ...table(
      members.map(({ index, name, state, reason, rttMs }) => [
        `  ${marks[state]} ${index}`,
        name,
        state === 'self' ? 'this node' : state,
        rttMs === undefined ? (reason ?? '') : `${rttMs.toFixed(1)} ms`,
      ]),
    ),
    ...exclusionLines(status, output),
  ];
}

async function stop(cli: Cli): Promise<void> {
  await cli.ask('stop');
  result(cli.output, { stopping: true }, ['the node stops']);
  note(cli.output, 'What it was signing ends first.');
}
