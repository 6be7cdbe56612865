import type { AddCommands } from './context.ts';

interface AuditFlags {
  readonly expectAddress?: string;
  readonly expectLock?: string;
  readonly expectRequired?: string;
  readonly l1?: string;
}

/** `conclave audit` */
export const addAudit: AddCommands = (program, cli) => {
  const audit = program.command('audit').description('verify what others state, from files alone');
  audit
    .command('verify')
    .argument('<folder>', 'folder of a ceremony or a signature, or a tree of many')
    .description('check every signature, proof and sum; needs no key, no node and no network')
    .option('--expect-address <address>', 'the address that the key should have')
    .option('--expect-lock <hash>', 'the hash that the lock should have')
    .option('--expect-required <t>', 'how many should sign')
    .option('--l1 <url>', 'compare mined transactions with this endpoint')
    .action(async (folder: string, flags: AuditFlags) => {
      const { verifyFolder } = await import('./audit-run.ts');
      await verifyFolder(cli(), folder, flags);
    });
};
