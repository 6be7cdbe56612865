import { Option } from 'commander';

import { note, result } from '../output.ts';
import { type AddCommands, type Cli, bigFlag, collect, numberFlag } from './context.ts';

/** Flags that say what a new node is configured with. */
export interface NewNodeFlags {
  readonly network: string;
  readonly l1ChainId: string;
  readonly l2ChainId: string;
  readonly listen: string;
  readonly advertise?: string;
  readonly nickname?: string;
  readonly monitoring?: string;
  readonly l1: readonly string[];
  readonly inbox?: string;
  readonly registry?: string;
  readonly verifier?: string;
  readonly presign?: string;
  readonly insecureDevKeys?: boolean;
}

/** `conclave init` */
export const addInit: AddCommands = (program, cli) => {
  program
    .command('init')
    .description('make the data folder of a new node: keys, identity, commented configuration')
    .option('--network <name>', 'name of the network', 'devnet')
    .option('--l1-chain-id <id>', 'chain id of L1', '31337')
    .option('--l2-chain-id <id>', 'chain id of L2', '71001')
    .option('--listen <host:port>', 'where links of other nodes are accepted', '127.0.0.1:7610')
    .option('--advertise <host:port>', 'where other nodes reach it (default: --listen)')
    .option('--nickname <name>', 'a name for people')
    .option('--monitoring <host:port>', 'serve the status pages')
    .addOption(new Option('--l1 <url>', 'endpoint of L1; may be repeated').argParser(collect).default([]))
    .option('--inbox <address>', 'allow batches to this contract')
    .option('--registry <address>', 'allow proofs of the account to this KeyRegistry')
    .option('--verifier <url>', 'batches are batches of blocks, which the verifier there must agree to')
    .option('--presign <n>', 'presignatures made ahead')
    .option('--insecure-dev-keys', 'a cheap password derivation, for development only')
    .action((flags: NewNodeFlags) => init(cli(), flags));
};

async function init(cli: Cli, flags: NewNodeFlags): Promise<void> {
  const [{ makeNode }, { refuseUsed }] = await Promise.all([
    import('../new-node.ts'),
    import('../data-dir.ts'),
  ]);
  refuseUsed(cli.dataDir);
  const password = await newPassword(cli);
  const made = makeNode({
    folder: cli.dataDir,
    config: {
      ...{ network: flags.network, listen: flags.listen, advertise: flags.advertise ?? flags.listen },
      ...{ nickname: flags.nickname, monitoring: flags.monitoring, l1: flags.l1 },
      ...{ inbox: flags.inbox, registry: flags.registry, verifier: flags.verifier },
      l1ChainId: bigFlag('--l1-chain-id', flags.l1ChainId),
      l2ChainId: bigFlag('--l2-chain-id', flags.l2ChainId),
      presign: flags.presign === undefined ? undefined : numberFlag('--presign', flags.presign),
      passwordFile: undefined,
    },
    password,
    profile: flags.insecureDevKeys === true ? 'insecure-development' : 'production',
  });
  const { folder, name, invitation } = made;
  result(cli.output, { folder, name, invitation }, [
    `${cli.output.paint('good', '✔')} node ${cli.output.paint('strong', name)} in ${folder}`,
    'Send this line to the operators of the other nodes:',
    '',
    `  ${invitation}`,
    '',
  ]);
  note(cli.output, 'Back up keys/master.json and keys/identity.key.json, and the password apart from them.');
  note(cli.output, `Next: conclave --data-dir ${folder} node run`);
}

/** A new password is typed twice. */
async function newPassword(cli: Cli): Promise<string> {
  const { passwordFile, passwordFd } = cli.flags;
  const first = await cli.password('New password (at least 12 characters): ');
  if (passwordFile !== undefined || passwordFd !== undefined) return first;
  const second = await cli.password('The same again: ');
  if (first === second) return first;
  const { InputError } = await import('../../crypto/errors.ts');
  throw new InputError('usage', 'password', 'the two passwords differ; nothing was made');
}
