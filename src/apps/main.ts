import { Command, CommanderError, Option } from 'commander';

import { type AddCommands, type Cli, type GlobalFlags, contextOf } from './cli/context.ts';
import type { Failure } from './failure.ts';
import { fail, processOutput, trace } from './output.ts';
import { outliveOutput } from './outlive-output.ts';

interface Noun {
  readonly about: string;
  readonly load: () => Promise<AddCommands>;
}

/**
 * The nouns of the command line, in the order of the help. Each is loaded when it is named. [product, 4.2]
 */
const nouns: Readonly<Record<string, Noun>> = {
  init: {
    about: 'make the data folder of a new node',
    load: async () => (await import('./cli/init.ts')).addInit,
  },
  identity: {
    about: 'the key by which other nodes know this one',
    load: async () => (await import('./cli/identity.ts')).addIdentity,
  },
  cluster: {
    about: 'several nodes on one machine, for development',
    load: async () => (await import('./cli/cluster.ts')).addCluster,
  },
  ceremony: {
    about: 'make a key together, or change who holds it',
    load: async () => (await import('./cli/ceremony.ts')).addCeremony,
  },
  node: { about: 'run a node and look at it', load: async () => (await import('./cli/node.ts')).addNode },
  key: { about: 'keys of this node', load: async () => (await import('./cli/key.ts')).addKey },
  sign: { about: 'ask for signatures', load: async () => (await import('./cli/sign.ts')).addSign },
  presign: { about: 'presignatures', load: async () => (await import('./cli/presign.ts')).addPresign },
  guard: {
    about: 'what keeps this node from signing twice',
    load: async () => (await import('./cli/guard.ts')).addGuard,
  },
  policy: {
    about: 'what this node may sign',
    load: async () => (await import('./cli/policy.ts')).addPolicy,
  },
  audit: {
    about: 'verify what others state, from files alone',
    load: async () => (await import('./cli/audit.ts')).addAudit,
  },
  contracts: {
    about: 'put the contracts on L1, and check them there',
    load: async () => (await import('./cli/contracts.ts')).addContracts,
  },
  sequencer: {
    about: 'build blocks of L2, and get them onto L1',
    load: async () => (await import('./cli/l2-node.ts')).addSequencer,
  },
  verifier: {
    about: 'follow L2, trusting L1 and your own execution',
    load: async () => (await import('./cli/l2-node.ts')).addVerifier,
  },
  l2: {
    about: 'follow the L2, and rebuild it from L1',
    load: async () => (await import('./cli/l2.ts')).addL2,
  },
  bridge: {
    about: 'move METIS and tokens between L1 and L2',
    load: async () => (await import('./cli/bridge.ts')).addBridge,
  },
  outputs: {
    about: 'claim on L1 what L2 is, and dispute what is wrong',
    load: async () => (await import('./cli/outputs.ts')).addOutputs,
  },
  dac: {
    about: 'the committee that keeps payloads of batches',
    load: async () => (await import('./cli/dac.ts')).addDac,
  },
  config: { about: 'the configuration', load: async () => (await import('./cli/config.ts')).addConfig },
  version: {
    about: 'version, commit, protocol and file formats',
    load: async () => (await import('./cli/version.ts')).addVersion,
  },
};

/** Runs one command line and gives its exit code; a daemon, until it has stopped. */
export async function main(argv: readonly string[]): Promise<number> {
  outliveOutput(process.stdout, process.stderr, tellLost);
  const program = newProgram();
  const context = (): Cli => contextOf(program.opts<GlobalFlags>());
  for (const [name, { about, load }] of Object.entries(nouns)) {
    // A word that only looks like a noun costs a module, nothing else.
    if (argv.includes(name)) (await load())(program, context);
    else program.command(name).description(about);
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    return failed(error, argv);
  }
}

/** Whoever reads the exit code must not take for done what no file holds. */
function tellLost(code: string): void {
  if (process.listeners('exit').includes(endLost)) return;
  process.stderr.write(`✖ what this command prints cannot be written (${code}). [disk-failed]\n`);
  process.once('exit', endLost);
}

const endLost = (): void => {
  if ((process.exitCode ?? 0) === 0) process.exitCode = LOST;
};
/** As of a disk that is full. */
const LOST = 6;

function newProgram(): Command {
  return new Command('conclave')
    .description('Threshold signatures of many nodes, with transcripts that anyone can audit')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .helpCommand(false)
    .addOption(new Option('--config <file>', 'configuration (default: <data-dir>/conclave.yaml)'))
    .addOption(new Option('--data-dir <dir>', 'folder of the node (default: .conclave)'))
    .addOption(new Option('--admin <socket>', 'admin socket of the node'))
    .addOption(new Option('--json', 'print JSON only'))
    .addOption(new Option('--quiet', 'print results only'))
    .addOption(new Option('--yes', 'answer confirmations with yes'))
    .addOption(new Option('--no-color', 'no colours (also NO_COLOR)'))
    .addOption(
      new Option('--log-level <level>', 'how much is logged').choices(['error', 'warn', 'info', 'debug']),
    )
    .addOption(new Option('--log-format <format>', 'how it is logged').choices(['console', 'json']))
    .addOption(new Option('--timeout <duration>', 'give up waiting for an answer, for example 30s'))
    .addOption(new Option('--password-file <file>', 'password of the node: a file that only you can read'))
    .addOption(new Option('--password-fd <n>', 'password of the node: a descriptor to read it from'))
    .configureHelp({ showGlobalOptions: false });
}

/** Says what went wrong, and gives the exit code. */
async function failed(error: unknown, argv: readonly string[]): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const output = processOutput({
    isJson: argv.includes('--json'),
    isQuiet: false,
    noColor: argv.includes('--no-color'),
  });
  const failure = await failureFrom(error);
  fail(output, failure);
  if (failure.kind === 'bug' && error instanceof Error) trace(output, error);
  return failure.exit;
}

async function failureFrom(error: unknown): Promise<Failure> {
  const { failureOf } = await import('./failure.ts');
  if (!(error instanceof CommanderError)) return failureOf(error);
  const { InputError } = await import('../crypto/errors.ts');
  const isHelp = error.code === 'commander.help';
  const sentence = isHelp
    ? 'a command is missing'
    : error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  return failureOf(new InputError('usage', 'arguments', sentence));
}
