/**
 * Lints the contracts and runs their tests: `npm run contracts`. With arguments of `forge test` behind `--`
 * it runs these tests alone. Where `.ci/run` wants a report it leaves one, so that they are counted with
 * others.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { findBinary } from '../src/system/find-binary.ts';

const forge = findBinary('forge');
if (forge === undefined) {
  process.stderr.write(
    'forge is not here. On Linux with x64 it comes with `npm ci`; elsewhere install Foundry 1.7.1\n' +
      'and name it in CONCLAVE_FORGE. The tests of the contracts have NOT run.\n',
  );
  process.exit(1);
}
const cwd = join(import.meta.dirname, '..');
if (process.argv.length === 2) {
  const lint = spawn(forge, ['lint', '--deny', 'warnings', 'contracts/src'], { cwd, stdio: 'inherit' });
  const ended: unknown[] = await once(lint, 'close');
  if (ended[0] !== 0) process.exit(1);
}
const child = spawn(forge, ['test', '--offline', ...process.argv.slice(2)], {
  cwd,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let last = '';
child.stdout.on('data', (chunk: Buffer) => {
  process.stdout.write(chunk);
  last = `${last}${chunk.toString()}`.slice(-2000);
});
const code: unknown[] = await once(child, 'close');

const sum = /(?<passed>\d+) tests passed, (?<failed>\d+) failed, \d+ skipped \(\d+ total tests\)/.exec(last);
const reports = process.env['CONCLAVE_TEST_REPORTS'];
if (reports !== undefined && sum?.groups !== undefined) {
  const { passed, failed } = sum.groups;
  const report = { numPassedTests: Number(passed), numFailedTests: Number(failed), testResults: [] };
  writeFileSync(join(reports, `forge-${process.pid}.json`), JSON.stringify(report));
}
process.exitCode = code[0] === 0 ? 0 : 1;
