import type { AuditServeFlags } from './audit-serve-run.ts';
import type { AddCommands } from './context.ts';

/** `conclave audit serve` */
export const addAuditServe: AddCommands = (audit, cli) => {
  audit
    .command('serve')
    .argument('[folder]', 'folder whose ceremonies and signatures can be picked on the page')
    .description('the same checks as a page in a browser, on this machine only')
    .option('--listen <address>', 'where, on loopback', '127.0.0.1:0')
    .action(async (folder: string | undefined, flags: AuditServeFlags) => {
      const { serveAudit } = await import('./audit-serve-run.ts');
      await serveAudit(cli(), folder, flags);
    });
};
