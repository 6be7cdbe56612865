import { auditReceipt } from '../../audit/personal.ts';
import { diskSource } from '../audit-files.ts';
import { reportLines } from '../audit-text.ts';
import { auditTools } from '../audit-tools.ts';
import { exits } from '../exit-codes.ts';
import { document } from '../output.ts';
import type { Cli } from './context.ts';

/** Prints the part of one member in a ceremony or a signature, and sets exit 7 if a check of it fails. */
export async function showReceipt({ output }: Cli, folder: string, member: string): Promise<void> {
  const { receipt } = await auditReceipt(diskSource(folder), member, {}, auditTools());
  const verdict = receipt.ok
    ? output.paint('good', '✔ the part of this member is in the result')
    : `${output.paint('bad', '✖ the part of this member is not shown')} [audit-failed]`;
  document(output, { type: 'result', ok: receipt.ok, receipt }, [
    ...reportLines([receipt], output.paint),
    verdict,
  ]);
  if (!receipt.ok) process.exitCode = exits.verification;
}
