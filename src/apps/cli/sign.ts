import { Option } from 'commander';

import type { RequestSummary } from '../admin-protocol.ts';
import { document, table } from '../output.ts';
import { type AddCommands, type Cli, type SignBatchFlags, bigFlag, purposeChoices } from './context.ts';
import type { SignUpdateKeyFlags } from './sign-update-key.ts';

/** `conclave sign` */
export const addSign: AddCommands = (program, cli) => {
  const sign = program.command('sign').description('ask for signatures');
  sign
    .command('batch')
    .description('sign a batch of L2 transactions for the inbox on L1, and send it')
    .requiredOption('--file <file>', 'raw signed transactions in hex, one a line')
    .addOption(
      new Option('--da <place>', 'where the batch goes').choices(['calldata', 'blobs']).default('calldata'),
    )
    .option('--submit', 'send it to L1, and wait until it is mined')
    .option('--signers <list>', 'exactly these members, such as 1,2,3; left out: chosen by rule')
    .option('--index <n>', 'index of the batch (default: the next on L1)')
    .option('--nonce <n>', 'nonce of the transaction (default: the next on L1)')
    .option('--inbox <address>', 'contract (default: that of the policy)')
    .action(async (flags: SignBatchFlags) => {
      const { signBatch } = await import('./sign-batch.ts');
      await signBatch(cli(), flags, {
        index: flags.index === undefined ? undefined : bigFlag('--index', flags.index),
        nonce: flags.nonce === undefined ? undefined : bigFlag('--nonce', flags.nonce),
      });
    });
  sign
    .command('update-key')
    .description('sign a proof for KeyRegistry on L1 that the account of the key can sign')
    .addOption(
      new Option('--purpose <name>', 'what the account is to act for')
        .choices(purposeChoices)
        .makeOptionMandatory(),
    )
    .requiredOption('--activation <block>', 'L1 block from which on it is to act')
    .option('--registry <address>', 'contract (default: the only one of the policy)')
    .option('--signers <list>', 'exactly these members, such as 1,2,3; left out: chosen by rule')
    .option('--out <file>', 'write the proof into a new file')
    .action(async (flags: SignUpdateKeyFlags) => {
      const { signUpdateKey } = await import('./sign-update-key.ts');
      await signUpdateKey(cli(), flags);
    });
  sign
    .command('status')
    .argument('[id]', 'id of a request, or its beginning')
    .description('requests that this node was asked to lead since it started')
    .action((id: string | undefined) => status(cli(), id));
};

async function status(cli: Cli, id: string | undefined): Promise<void> {
  const { requestSummaries } = await import('../admin-protocol.ts');
  const all = requestSummaries.parse(await cli.ask('requests'));
  const wanted = id === undefined || id.startsWith('0x') ? id : `0x${id}`;
  const found = all.filter(({ requestId }) => wanted === undefined || requestId.startsWith(wanted));
  document(cli.output, found, table([['REQUEST', 'STATE', 'SIGNERS', 'DETAIL'], ...found.map(row)]));
}

const row = ({ requestId, state, report, failure }: RequestSummary): readonly string[] => [
  requestId,
  state,
  report === undefined ? '' : `{${report.signers.join(',')}}`,
  failure === undefined ? (report?.folder ?? '') : `${failure.message} [${failure.code}]`,
];
