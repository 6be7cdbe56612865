import { Argument, Option } from 'commander';

import { type PlaceChoice, placeChoices } from '../../services/batcher/place-choice.ts';
import { type AddCommands, type Cli, collect } from './context.ts';
import type { NewSequencerFlags, NewVerifierFlags, RepairFlags } from './l2-flags.ts';
import type { ClearFlags } from './sequencer-control-run.ts';

const run = async (cli: Cli, role: 'sequencer' | 'verifier'): Promise<void> =>
  (await import('./l2-node-run.ts')).runL2(cli, role);

/** `conclave sequencer` */
export const addSequencer: AddCommands = (program, cli) => {
  const sequencer = program.command('sequencer').description('build blocks of L2, and get them onto L1');
  withNewFlags(sequencer.command('init'))
    .description('make the data folder of a sequencer; every account that may build has its own')
    .requiredOption('--key-file <file>', 'the key by which its blocks are sealed')
    .addOption(
      new Option('--cluster <folder>', 'data folder of a signing node; may be repeated')
        .argParser(collect)
        .default([]),
    )
    .addOption(new Option('--da <where>', 'where payloads go').choices(placeChoices).default('auto'))
    .option('--max-age <duration>', 'how old the oldest block of a batch may get', '30m')
    .action(async (flags: NewSequencerFlags) =>
      (await import('./l2-node-run.ts')).initSequencer(cli(), flags),
    );
  sequencer
    .command('run')
    .description('run the sequencer of the data folder until it is stopped')
    .action(() => run(cli(), 'sequencer'));
  sequencer
    .command('repair')
    .description('cut a damaged journal of batches back to what is sound')
    .option('--another-key', 'instead: begin a lost seal file, for a key that has signed no block')
    .action(async (flags: RepairFlags) =>
      (await import('./sequencer-repair-run.ts')).repairSequencer(cli(), flags),
    );
  addControl(sequencer, cli);
};

/** What a running sequencer is told, over the admin socket of its folder. */
const addControl: AddCommands = (sequencer, cli) => {
  const told = [
    ['pause', 'sign no more batches until "resume", also after a restart; blocks go on'],
    ['resume', 'sign batches again'],
    ['flush', 'put all blocks that are there into batches now'],
    ['retry', 'send again what the inbox refused for good, once you know why'],
  ] as const;
  sequencer
    .command('status')
    .description('show heads, batches, accounts and alarms of the running sequencer')
    .action(async () => (await import('./sequencer-control-run.ts')).showSequencer(cli()));
  for (const [what, description] of told)
    sequencer
      .command(what)
      .description(description)
      .action(async () => (await import('./sequencer-control-run.ts')).tellSequencer(cli(), what));
  sequencer
    .command('place')
    .description('say where payloads go from the next batch on, until l2.yaml says something new')
    .addArgument(new Argument('<where>').choices(placeChoices))
    .action(async (where: PlaceChoice) =>
      (await import('./sequencer-control-run.ts')).placePayloads(cli(), where),
    );
  sequencer
    .command('clear')
    .description('let an account go on that stopped for a foreign nonce, once you know whose it was')
    .requiredOption('--account <account>', 'the account, as the alarm names it')
    .requiredOption('--nonce <n>', 'how many nonces of it L1 has used: where it goes on')
    .action(async (flags: ClearFlags) =>
      (await import('./sequencer-control-run.ts')).clearAccount(cli(), flags),
    );
};

/** `conclave verifier` */
export const addVerifier: AddCommands = (program, cli) => {
  const verifier = program.command('verifier').description('follow L2, trusting L1 and your own execution');
  withNewFlags(verifier.command('init'))
    .description('make the data folder of a node that builds nothing and checks everything')
    .requiredOption('--leader <account>', 'who builds blocks')
    .option('--follow <url>', 'RPC of the sequencer, for blocks before they are on L1')
    .action(async (flags: NewVerifierFlags) => (await import('./l2-node-run.ts')).initVerifier(cli(), flags));
  verifier
    .command('run')
    .description('run the verifier of the data folder until it is stopped')
    .action(() => run(cli(), 'verifier'));
};

const withNewFlags = (command: ReturnType<Parameters<AddCommands>[0]['command']>): typeof command =>
  command
    .requiredOption('--rollup <file>', 'the rollup file of the chain')
    .requiredOption('--genesis <file>', 'the genesis of the chain')
    .addOption(new Option('--l1 <url>', 'endpoint of L1; may be repeated').argParser(collect).default([]))
    .option('--confirmations <n>', 'L1 blocks on top of one that L2 refers to', '2')
    .option('--listen <host:port>', 'where JSON-RPC is served', '127.0.0.1:9545');
