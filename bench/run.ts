import { InputError } from '../src/crypto/errors.ts';
import { benchAuditLog } from './audit-log.ts';
import { benchAuditPage } from './audit-page.ts';
import { benchAudit } from './audit.ts';
import type { BenchName } from './cases.ts';
import { benchClusterSign } from './cluster-sign.ts';
import { Context } from './context.ts';
import { benchClusterReshare } from './cluster-reshare.ts';
import { benchExecution } from './execution.ts';
import { benchKeygen } from './keygen.ts';
import { benchLog } from './log.ts';
import { machine } from './machine.ts';
import { benchOnlineSign } from './online-sign.ts';
import { type Options, readOptions, usage } from './options.ts';
import { benchPool } from './pool.ts';
import { benchPresign } from './presign.ts';
import { benchReshare } from './reshare.ts';
import { benchRpc } from './rpc.ts';
import { benchRollupDa } from './rollup-da.ts';
import { benchRollup } from './rollup.ts';
import { leftOutText, recordSections, writeReport } from './report.ts';
import type { Output } from './rows.ts';
import { measureShares } from './shares.ts';
import { tablesOf, terminalText } from './table.ts';

// What the parts of the product cost on this machine. Progress goes to stderr, results to stdout.

const benches: Readonly<Record<BenchName, (context: Context) => void | Promise<void>>> = {
  keygen: benchKeygen,
  reshare: benchReshare,
  presign: benchPresign,
  'online-sign': benchOnlineSign,
  audit: benchAudit,
  'audit-log': benchAuditLog,
  'audit-page': benchAuditPage,
  log: benchLog,
  'cluster-reshare': benchClusterReshare,
  'cluster-sign': benchClusterSign,
  pool: benchPool,
  rpc: benchRpc,
  execution: benchExecution,
  rollup: benchRollup,
  'rollup-da': benchRollupDa,
};

async function main(options: Options): Promise<void> {
  const startedMs = performance.now();
  const say = (line: string): void => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
    process.stderr.write(`${seconds} s  ${line}\n`);
  };
  // The sources of now are measured, whatever becomes of them meanwhile.
  const here = machine();
  const context = new Context(options.plan, say);
  for (const name of options.names) await benches[name](context);
  const output: Output = { ...here, results: context.rows, leftOut: context.leftOut };
  if (options.isJson) {
    process.stdout.write(`${JSON.stringify(output)}\n`);
    return;
  }
  const shares = options.isWhole ? measureShares(context) : [];
  process.stdout.write(terminalText(tablesOf(output.results)));
  process.stdout.write(output.leftOut.map((one) => `left out ${leftOutText(one)}\n`).join(''));
  if (options.isRecorded) {
    process.stdout.write(`\nwritten: ${recordSections('bench/results', output).join(', ')}\n`);
    return;
  }
  const folder = options.isWhole ? 'bench/results' : 'bench/results/part';
  process.stdout.write(`\nwritten: ${writeReport(folder, output, shares).join(', ')}\n`);
}

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof InputError && error.code === 'bad-usage')) throw error;
  process.stderr.write(`${error.message}\n\n${usage}\n`);
  process.exitCode = 2;
}
