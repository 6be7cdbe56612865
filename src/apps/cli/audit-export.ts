import type { AuditExportFlags } from './audit-export-run.ts';
import type { AddCommands } from './context.ts';

/** `conclave audit export` */
export const addAuditExport: AddCommands = (audit, cli) => {
  audit
    .command('export')
    .description('copy what is public of a node, its log and records, into a folder to be audited')
    .requiredOption('--out <folder>', 'the new folder')
    .option('--from <data-dir>', 'data folder of the node, which may run (default: --data-dir)')
    .action(async (flags: AuditExportFlags) => {
      const { exportPublic } = await import('./audit-export-run.ts');
      await exportPublic(cli(), flags);
    });
};
