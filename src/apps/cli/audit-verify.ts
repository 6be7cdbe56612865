import type { AuditRunFlags } from './audit-run.ts';
import type { AddCommands } from './context.ts';

/** `conclave audit verify` */
export const addAuditVerify: AddCommands = (audit, cli) => {
  audit
    .command('verify')
    .argument('<folder>', 'folder of a ceremony, of a signature or of an export, or one above them')
    .description('check every signature, proof and sum; needs no secret and no running node')
    .option('--expect-address <address>', 'the address that you know the key by')
    .option('--expect-committee <hash>', 'the committee that you know, 32 bytes')
    .option('--expect-required <number>', 'how many members must sign')
    .option('--expect-lock <hash>', 'the lock that you know, 32 bytes')
    .option('--l1 <url>', 'and compare with this L1: every transaction of the key, and every signature')
    .option('--out <file>', 'write the report as JSON, too')
    .option('--html <file>', 'write the report as a page, too')
    .action(async (folder: string, flags: AuditRunFlags) => {
      const { verifyFolder } = await import('./audit-run.ts');
      await verifyFolder(cli(), folder, flags);
    });
};
