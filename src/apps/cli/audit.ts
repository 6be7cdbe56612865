import { addAuditExport } from './audit-export.ts';
import { addAuditLog } from './audit-log.ts';
import { addAuditReceipt } from './audit-receipt.ts';
import { addAuditServe } from './audit-serve.ts';
import { addAuditVerify } from './audit-verify.ts';
import type { AddCommands } from './context.ts';

/** The verbs, in the order of the help, each in a file of its own. */
const verbs: readonly AddCommands[] = [
  addAuditVerify,
  addAuditReceipt,
  addAuditExport,
  addAuditLog,
  addAuditServe,
];

/** `conclave audit` */
export const addAudit: AddCommands = (program, cli) => {
  const audit = program.command('audit').description('verify what others state, from files alone');
  for (const add of verbs) add(audit, cli);
};
