import type { AuditLogFlags } from './audit-log-run.ts';
import type { AddCommands } from './context.ts';

/** `conclave audit log` and `conclave audit begin-anew` */
export const addAuditLog: AddCommands = (audit, cli) => {
  audit
    .command('log')
    .description('the signature log of the running node: its newest head, who countersigned it, alarms')
    .option('--entries', 'entries instead, one a line, as in log.jsonl of an export')
    .option('--heads', 'heads with their countersignatures instead, as in heads.jsonl of an export')
    .option('--from <n>', 'the first of them', '0')
    .option('--count <n>', 'how many; all that follow if left out')
    .action(async (flags: AuditLogFlags) => {
      const { showLog } = await import('./audit-log-run.ts');
      await showLog(cli(), flags);
    });
  audit
    .command('begin-anew')
    .description('put a damaged signature log into the attic and begin another; no node may run')
    .action(async () => {
      const { beginLogAnew } = await import('./audit-log-run.ts');
      await beginLogAnew(cli());
    });
};
