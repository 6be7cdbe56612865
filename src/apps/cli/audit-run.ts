import { accessSync, constants, lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { type Audit, auditSource } from '../../audit/audit.ts';
import type { Expectations } from '../../audit/expectations.ts';
import { reportHtml } from '../../audit/report-html.ts';
import { reportJson, reportObject } from '../../audit/report-json.ts';
import type { Report } from '../../audit/report.ts';
import { fromHex } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import { parseAddress } from '../../ethereum/address.ts';
import { diskSource } from '../audit-files.ts';
import { closingLines, reportLines } from '../audit-text.ts';
import { auditTools } from '../audit-tools.ts';
import { exits } from '../exit-codes.ts';
import { progressOf } from '../audit-progress.ts';
import { document, note } from '../output.ts';
import { createUserFile } from '../user-file.ts';
import { type Cli, numberFlag, usage } from './context.ts';

/** What the caller expects, and where L1 is. */
export interface AuditRunFlags {
  readonly expectAddress?: string;
  readonly expectCommittee?: string;
  readonly expectRequired?: string;
  readonly expectLock?: string;
  readonly l1?: string;
  /** Files to write the report to. */
  readonly html?: string;
  readonly out?: string;
}

/**
 * Audits a folder, prints every check with its meaning and verdict, and sets exit 7 if one fails. @throws
 * OperationError would-overwrite, InputError usage for what cannot be written, before anything is read
 */
export async function verifyFolder(cli: Cli, folder: string, flags: AuditRunFlags): Promise<void> {
  const expected = expectationsOf(flags);
  const url = flags.l1 === undefined ? undefined : urlOf(flags.l1);
  refuseTargets(flags);
  const audit = await auditSource(diskSource(folder), expected, auditTools(), progressOf(cli.output));
  const reports = [...audit.reports, ...(url === undefined ? [] : await compareWithL1(cli, audit, url))];
  const ok = reports.every((report) => report.ok);
  const { paint } = cli.output;
  const isCompared = Object.values(expected).some((value) => value !== undefined);
  const lines = [...reportLines(reports, paint), ...closingLines(reports, isCompared, paint)];
  const frame = { expected, isReconciled: url !== undefined };
  if (flags.out !== undefined) createUserFile(flags.out, reportJson(reports, frame));
  if (flags.html !== undefined) createUserFile(flags.html, reportHtml(reports, frame));
  document(cli.output, { type: 'result', ...reportObject(reports, frame) }, lines);
  if (!ok) process.exitCode = exits.verification;
}

/** What cannot be written afterwards is refused before an audit that may take minutes. */
function refuseTargets({ out, html }: AuditRunFlags): void {
  const [first, second] = [targetOf('--out', out), targetOf('--html', html)];
  if (first !== undefined && first === second)
    throw usage('--html', `--out and --html both name ${html ?? ''}: the second would not be written`);
}

/** Where the file will be, without links. @throws InputError usage, OperationError would-overwrite */
function targetOf(flag: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    throw new OperationError('would-overwrite', 'fatal', `${path} exists; nothing was written`);
  try {
    const folder = realpathSync(dirname(path));
    accessSync(folder, constants.W_OK);
    return join(folder, basename(path));
  } catch {
    throw usage(flag, `${flag} is ${path}, and ${dirname(path)} is no folder that can be written to`);
  }
}

/** Each signature, and each account as a whole, on the chain that this L1 serves. */
async function compareWithL1(cli: Cli, audit: Audit, url: string): Promise<readonly Report[]> {
  const [{ auditOnL1, chainsOf, reconcileOnL1 }, { connectL1 }, { connectL1History }, { systemClock }] =
    await Promise.all([
      import('../audit-l1.ts'),
      import('../../system/l1-client.ts'),
      import('../../system/l1-client-history.ts'),
      import('../../system/clock.ts'),
    ]);
  const chains = chainsOf(audit);
  if (chains.length === 0) note(cli.output, 'there is no key and no sound signature to compare with L1');
  const reports: Report[] = [];
  const others: OperationError[] = [];
  for (const chainId of chains) {
    try {
      const l1 = await connectL1({ url, chainId }, { clock: systemClock });
      reports.push(...(await auditOnL1(audit, chainId, l1)));
      reports.push(...(await reconcileOnL1(audit, chainId, await connectL1History(url, chainId))));
    } catch (error) {
      if (!(error instanceof OperationError) || error.code !== 'wrong-chain') throw error;
      others.push(error);
    }
  }
  const [first] = others;
  if (first !== undefined && others.length === chains.length) throw first;
  for (const { message } of others) note(cli.output, `not compared: ${message}`);
  return reports;
}

const expectationsOf = ({
  expectAddress,
  expectCommittee,
  expectRequired,
  expectLock,
}: AuditRunFlags): Expectations => ({
  address: expectAddress === undefined ? undefined : parseAddress(expectAddress, '--expect-address'),
  committee: hashFlag('--expect-committee', expectCommittee),
  required: expectRequired === undefined ? undefined : numberFlag('--expect-required', expectRequired),
  lock: hashFlag('--expect-lock', expectLock),
});

function hashFlag(flag: string, text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  const bytes = text.startsWith('0x') ? fromHex(text) : undefined;
  if (bytes?.length !== 32)
    throw usage(flag, `${flag} is ${text.slice(0, 80)}, which is not 0x and 64 hex digits`);
  return bytes;
}

function urlOf(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw usage('--l1', `--l1 is ${text.slice(0, 80)}, which is no http or https URL`);
}
