import { type Audit, auditFolder } from '../../audit/audit.ts';
import type { Expectations } from '../../audit/expectations.ts';
import type { Check, CheckVerdict, Report } from '../../audit/report.ts';
import { fromHex } from '../../crypto/bytes.ts';
import { installPrimitives } from '../../crypto/primitives.ts';
import { parseAddress } from '../../ethereum/address.ts';
import { brotli } from '../../system/compression.ts';
import { nativePrimitives } from '../../system/native.ts';
import { auditFiles } from '../audit-files.ts';
import { exits } from '../exit-codes.ts';
import { type Color, document } from '../output.ts';
import { type Cli, numberFlag, usage } from './context.ts';

/** What the caller expects, and where L1 is. */
export interface AuditRunFlags {
  readonly expectAddress?: string;
  readonly expectLock?: string;
  readonly expectRequired?: string;
  readonly l1?: string;
}

/** Audits a folder, prints every check with its meaning and verdict, and sets exit 7 if one fails. */
export async function verifyFolder(cli: Cli, folder: string, flags: AuditRunFlags): Promise<void> {
  const native = nativePrimitives();
  if (native !== undefined) installPrimitives(native);
  const expectations = expectationsOf(flags);
  const files = auditFiles(folder);
  const hasBlobs = [...files.keys()].some((path) => path.endsWith('sign.jsonl'));
  const audit = await auditFolder(files, expectations, {
    compressor: brotli,
    versionedHashes: hasBlobs ? hashes : undefined,
  });
  const l1 = flags.l1 === undefined ? [] : await onL1(flags.l1, audit);
  const reports = [...audit.reports, ...l1];
  const ok = reports.every((report) => report.ok);
  document(cli.output, { type: 'result', ok, folder, reports }, [
    ...reports.flatMap((report) => reportLines(cli, report)),
    ...endLines(cli, reports, Object.keys(expectations).length > 0),
  ]);
  if (!ok) process.exitCode = exits.verification;
}

async function hashes(payload: Uint8Array): Promise<readonly Uint8Array[]> {
  const [{ kzg }, { versionedHashesOf }] = await Promise.all([
    import('../../system/kzg.ts'),
    import('../../system/blob-sidecar.ts'),
  ]);
  return versionedHashesOf(await kzg(), payload);
}

async function onL1(url: string, audit: Audit): Promise<readonly Report[]> {
  const { auditOnL1 } = await import('../audit-l1.ts');
  return auditOnL1(url, audit);
}

function expectationsOf(flags: AuditRunFlags): Expectations {
  const lock = flags.expectLock === undefined ? undefined : fromHex(flags.expectLock);
  if (flags.expectLock !== undefined && lock?.length !== 32)
    throw usage('--expect-lock', '--expect-lock is not 0x and 64 hex digits');
  return {
    ...(flags.expectAddress === undefined
      ? {}
      : { address: parseAddress(flags.expectAddress, '--expect-address') }),
    ...(lock === undefined ? {} : { lock }),
    ...(flags.expectRequired === undefined
      ? {}
      : { required: numberFlag('--expect-required', flags.expectRequired) }),
  };
}

const marks: Readonly<Record<CheckVerdict, readonly [string, Color]>> = {
  pass: ['✔', 'good'],
  fail: ['✖', 'bad'],
  skip: ['–', 'dim'],
};

function reportLines({ output }: Cli, { subject, checks, facts, ok }: Report): readonly string[] {
  const line = ({ id, title, meaning, verdict, detail }: Check): readonly string[] => {
    const [mark, color] = marks[verdict];
    return [
      `  ${output.paint(color, mark)} ${verdict.padEnd(4)} ${id.padEnd(4)} ${title}: ${detail}`,
      ...(output.isQuiet ? [] : [output.paint('dim', `             ${meaning}`)]),
    ];
  };
  return [
    output.paint('strong', `${subject.kind} ${subject.path}  ${ok ? 'holds' : 'DOES NOT HOLD'}`),
    ...Object.entries(facts).map(([name, value]) => `    ${name.padEnd(12)} ${value}`),
    ...checks.flatMap(line),
    '',
  ];
}

function endLines({ output }: Cli, reports: readonly Report[], hasExpectations: boolean): readonly string[] {
  const count = (verdict: CheckVerdict): number =>
    reports.reduce((sum, { checks }) => sum + checks.filter((check) => check.verdict === verdict).length, 0);
  const failed = count('fail');
  return [
    `${output.paint(failed === 0 ? 'good' : 'bad', failed === 0 ? '✔' : '✖')} ${count('pass')} checks passed, ${failed} failed, ${count('skip')} had nothing to look at`,
    ...(hasExpectations
      ? []
      : [
          'Nothing was expected from outside, so the files were compared with themselves only: give --expect-address.',
        ]),
    'Not shown by this: that operators are independent, that old shares were erased, that randomness was good.',
  ];
}
