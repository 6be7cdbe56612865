import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { installPrimitives } from '../../src/crypto/primitives.ts';
import { nativePrimitives } from '../../src/system/native.ts';
import { runTrial } from './faults.ts';
import { runGust } from './gusts.ts';
import { merged, report, tallyFromText, tallyText } from './storm-report.ts';
import { prepare, runStorm } from './storm-run.ts';
import { newTally, sessionsOf } from './storm-tally.ts';

// npm run sim -- --seed 1 --count 100: runs so many seeds of sessions, and prints those that find something.
// npm run sim -- --storms --seed 1 --sessions 1000 --out FILE: whole nodes in bad weather, until so many
// sessions are in their logs; --gusts: the same without nodes around the sessions, for less.
// npm run sim -- --report FILE,FILE: their sum, for bench/results.
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '20' },
    verbose: { type: 'boolean', default: false },
    storms: { type: 'boolean', default: false },
    gusts: { type: 'boolean', default: false },
    sessions: { type: 'string', default: '1000' },
    out: { type: 'string' },
    report: { type: 'string' },
  },
});
const [first, count, sessions] = [Number(values.seed), Number(values.count), Number(values.sessions)];
if (![first, count, sessions].every(Number.isSafeInteger) || first < 0 || count < 1 || sessions < 1) {
  console.error('--seed, --count and --sessions are whole numbers');
  process.exit(2);
}
const native = nativePrimitives();
if (native !== undefined) installPrimitives(native);

if (values.report !== undefined)
  console.log(
    report(merged(values.report.split(',').map((file) => tallyFromText(readFileSync(file, 'utf8'))))),
  );
else if (values.storms || values.gusts) await storms();
else trials();

/** Storms or gusts, one seed after the other, until there are enough sessions. */
async function storms(): Promise<void> {
  const ground = values.gusts ? undefined : await prepare();
  const tally = newTally();
  for (let seed = first; sessionsOf(tally) < sessions; seed++) {
    const { accused, strays } = tally;
    const before = accused.length + strays.length;
    if (ground === undefined) await runGust(seed, tally);
    else await runStorm(ground, seed, tally);
    if (values.out !== undefined) writeFileSync(values.out, tallyText(tally));
    if (values.verbose) console.log(`seed ${seed}: ${sessionsOf(tally)} sessions`);
    if (accused.length + strays.length > before)
      console.log(`seed ${seed}: ${JSON.stringify([...accused, ...strays])}`);
  }
  console.log(report(tally));
  process.exit(tally.accused.length + tally.strays.length === 0 ? 0 : 1);
}

/** Single sessions, each with a lie in half of the seeds. */
function trials(): void {
  let failed = 0;
  for (let seed = first; seed < first + count; seed++) {
    let trial: ReturnType<typeof runTrial> | undefined;
    let faults: readonly string[];
    try {
      trial = runTrial(seed);
      ({ faults } = trial);
    } catch (error) {
      faults = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    }
    if (values.verbose || faults.length > 0)
      console.log(`seed ${seed}: ${trial?.scenario ?? 'thrown'}: ${trial?.signs.join() ?? ''}`);
    if (faults.length === 0) continue;
    failed++;
    for (const fault of faults) console.log(`  ${fault}`);
    console.log(`  again: npm run sim -- --seed ${seed} --count 1`);
  }
  console.log(
    `${count} seeds from ${first}: ${failed === 0 ? 'nothing found' : `${failed} found something`}`,
  );
  process.exitCode = failed === 0 ? 0 : 1;
}
