import { parseArgs } from 'node:util';

import { installPrimitives } from '../../src/crypto/primitives.ts';
import { nativePrimitives } from '../../src/system/native.ts';
import { runTrial } from './faults.ts';

// npm run sim -- --seed 1 --count 100: runs so many seeds, and prints those that find something.
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '20' },
    verbose: { type: 'boolean', default: false },
  },
});
const [first, count] = [Number(values.seed), Number(values.count)];
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || first < 0 || count < 1) {
  console.error('--seed and --count are whole numbers');
  process.exit(2);
}
const native = nativePrimitives();
if (native !== undefined) installPrimitives(native);

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
console.log(`${count} seeds from ${first}: ${failed === 0 ? 'nothing found' : `${failed} found something`}`);
process.exitCode = failed === 0 ? 0 : 1;
