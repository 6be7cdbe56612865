import type { AddCommands } from './context.ts';
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
};
