import type { AuditRunFlags } from './audit-run.ts';
import type { AddCommands } from './context.ts';

/** `conclave audit` */
export const addAudit: AddCommands = (program, cli) => {
  const audit = program.command('audit').description('verify what others state, from files alone');
  audit
    .command('verify')
    .argument('<folder>', 'folder of a ceremony or a signature, or one above them')
    .description('check every signature, proof and sum; needs no secret and no running node')
    .option('--expect-address <address>', 'the address that you know the key by')
    .option('--expect-committee <hash>', 'the committee that you know, 32 bytes')
    .option('--expect-required <number>', 'how many members must sign')
    .option('--expect-lock <hash>', 'the lock that you know, 32 bytes')
    .option('--l1 <url>', 'and compare mined transactions with this L1')
    .action(async (folder: string, flags: AuditRunFlags) => {
      const { verifyFolder } = await import('./audit-run.ts');
      await verifyFolder(cli(), folder, flags);
    });
};
