import { Option } from 'commander';

import { type AddCommands, collect, urlFlag } from './context.ts';
import type { RepostFlags } from './dac-repost-run.ts';
import type { DacMemberFlags } from './dac-run.ts';

/** `conclave dac` */
export const addDac: AddCommands = (program, cli) => {
  const dac = program.command('dac').description('the committee that keeps payloads of batches');
  dac
    .command('member')
    .requiredOption('--key-file <file>', 'key of the member: hex, or the keystore of a wallet')
    .option('--key-password-file <file>', 'password of that keystore')
    .requiredOption('--l2-chain-id <id>', 'the L2 whose batches are kept')
    .option('--listen <address>', 'where it is asked', '127.0.0.1:9700')
    .option('--beyond-loopback', 'let other machines ask')
    .option('--host <name>', 'a name under which others ask it')
    .option('--reserve <megabytes>', 'disk that stays free', '1024')
    .description('keep payloads, and sign that they are kept')
    .action(async (flags: DacMemberFlags) => {
      const { runDacMember } = await import('./dac-run.ts');
      await runDacMember(cli(), flags);
    });
  dac
    .command('repost')
    .requiredOption('--index <n>', 'the batch that "payload-missing" names')
    .requiredOption('--l1 <url>', 'JSON-RPC of L1', urlFlag('--l1'))
    .requiredOption('--rollup <file>', 'what all who follow the L2 agree on')
    .requiredOption('--key-file <file>', 'the key that pays, any: hex, or the keystore of a wallet')
    .option('--key-password-file <file>', 'password of that keystore')
    .option('--payload <file>', 'the payload, as it is')
    .addOption(
      new Option('--member <url>', 'a member of the committee that has it; may be repeated')
        .argParser(collect)
        .default([]),
    )
    .option('--from-sequencer <folder>', 'the data folder of the sequencer that made the batch')
    .description('post on L1 the payload of a batch that the committee has lost')
    .action(async (flags: RepostFlags) => {
      const { repost } = await import('./dac-repost-run.ts');
      await repost(cli(), flags);
    });
};
