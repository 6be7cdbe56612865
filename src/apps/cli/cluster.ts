import { resolve } from 'node:path';

import type { MadeNode } from '../new-node.ts';
import { result } from '../output.ts';
import { type AddCommands, type Cli, bigFlag, numberFlag, usage } from './context.ts';

interface LocalFlags {
  readonly nodes: string;
  readonly required: string;
  readonly out: string;
  readonly basePort: string;
  readonly network: string;
  readonly l1ChainId: string;
  readonly l2ChainId: string;
  readonly l1?: string;
  readonly inbox?: string;
  readonly insecureDevKeys?: boolean;
}

/** `conclave cluster` */
export const addCluster: AddCommands = (program, cli) => {
  const cluster = program.command('cluster').description('several nodes on one machine, for development');
  cluster
    .command('local')
    .description('make the data folders of a development cluster, and the definition of its ceremony')
    .option('--nodes <n>', 'how many', '4')
    .option('--required <t>', 'how many sign', '3')
    .requiredOption('--out <dir>', 'folder to make them in')
    .option('--base-port <port>', 'port of the first; the others follow', '7610')
    .option('--network <name>', 'name of the network', 'devnet')
    .option('--l1-chain-id <id>', 'chain id of L1', '31337')
    .option('--l2-chain-id <id>', 'chain id of L2', '71001')
    .option('--l1 <url>', 'endpoint of L1')
    .option('--inbox <address>', 'allow batches to this contract')
    .option('--insecure-dev-keys', 'a cheap password derivation; refused for chain 1')
    .action((flags: LocalFlags) => local(cli(), flags));
};

/** Most nodes of one machine. */
const MAX_NODES = 64;

async function local(cli: Cli, flags: LocalFlags): Promise<void> {
  const [nodes, required] = [numberFlag('--nodes', flags.nodes), numberFlag('--required', flags.required)];
  const { isLegalThreshold } = await import('../../protocols/epoch.ts');
  if (nodes < 2 || nodes > MAX_NODES) throw usage('--nodes', `--nodes is ${nodes}, not 2 to ${MAX_NODES}`);
  if (!isLegalThreshold(required, nodes)) {
    const { InputError } = await import('../../crypto/errors.ts');
    throw new InputError(
      'bad-threshold',
      '--required',
      `--required ${required} of ${nodes}: needs 2 <= required <= n and 2 * required > n`,
    );
  }
  const { makeLocalCluster } = await import('../local-cluster.ts');
  const made = makeLocalCluster({
    ...{ nodes, required, out: resolve(flags.out), network: flags.network, inbox: flags.inbox },
    basePort: numberFlag('--base-port', flags.basePort),
    l1ChainId: bigFlag('--l1-chain-id', flags.l1ChainId),
    l2ChainId: bigFlag('--l2-chain-id', flags.l2ChainId),
    l1: flags.l1 === undefined ? [] : [flags.l1],
    profile: flags.insecureDevKeys === true ? 'insecure-development' : 'production',
  });
  const { quorumSentence } = await import('../proposal.ts');
  const summary = made.nodes.map(({ folder, name, advertise, invitation }) => ({
    folder,
    name,
    advertise,
    invitation,
  }));
  result(cli.output, { out: resolve(flags.out), definition: made.definition, nodes: summary }, [
    flags.out,
    '├─ definition.json   the plan of the ceremony, to be joined by every node',
    ...made.nodes.flatMap((node, i) => branch(node, i === made.nodes.length - 1)),
    '',
    quorumSentence(nodes, required),
    `Next, for each node: conclave --data-dir ${flags.out}/node-1 node run`,
    `then:                conclave --data-dir ${flags.out}/node-1 ceremony join ${flags.out}/definition.json`,
  ]);
}

function branch({ folder, name, advertise }: MadeNode, isLast: boolean): readonly string[] {
  const [fork, line] = isLast ? ['└─', '  '] : ['├─', '│ '];
  return [
    `${fork} ${folder.slice(folder.lastIndexOf('/') + 1).padEnd(17)} ${name}, ${advertise}`,
    `${line}   ├─ conclave.yaml    configuration`,
    `${line}   ├─ keys/            identity and master key, sealed`,
    `${line}   └─ secrets/password of this node, for development`,
  ];
}
