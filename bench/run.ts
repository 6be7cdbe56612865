import { InputError } from '../src/crypto/errors.ts';
import type { BenchName } from './cases.ts';
import { Context } from './context.ts';
import { benchKeygen } from './keygen.ts';
import { machine } from './machine.ts';
import { benchOnlineSign } from './online-sign.ts';
import { type Options, readOptions, usage } from './options.ts';
import { benchPresign } from './presign.ts';
import type { Output } from './rows.ts';

// What the parts of the product cost on this machine. Progress goes to stderr, results to stdout.

const benches: Readonly<Record<BenchName, (context: Context) => void | Promise<void>>> = {
  keygen: benchKeygen,
  presign: benchPresign,
  'online-sign': benchOnlineSign,
  audit: () => undefined,
  'cluster-sign': () => undefined,
};

async function main(options: Options): Promise<void> {
  const startedMs = performance.now();
  const say = (line: string): void => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
    process.stderr.write(`${seconds} s  ${line}\n`);
  };
  const context = new Context(options.plan, say);
  for (const name of options.names) await benches[name](context);
  const output: Output = { ...machine(), results: context.rows, leftOut: context.leftOut };
  process.stdout.write(`${JSON.stringify(output)}\n`);
}

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}\n`);
  process.exitCode = 2;
}
