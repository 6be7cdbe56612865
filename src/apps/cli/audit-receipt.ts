import type { AddCommands } from './context.ts';

/** `conclave audit receipt` */
export const addAuditReceipt: AddCommands = (audit, cli) => {
  audit
    .command('receipt')
    .argument('<folder>', 'folder of one ceremony or of one signature')
    .requiredOption('--member <name>', 'index, name or identity of the member')
    .description('show what one member gave, and that the result holds it; needs no secret')
    .action(async (folder: string, { member }: { readonly member: string }) => {
      const { showReceipt } = await import('./audit-receipt-run.ts');
      await showReceipt(cli(), folder, member);
    });
};
