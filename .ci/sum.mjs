// Adds up the reports that vitest has written into a folder, names what failed, and prints the closing line.
// Usage: node sum.mjs <folder> <exit code of npm test>. Only `node:` modules: packages may be missing.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '', code = '1'] = process.argv.slice(2);
let passed = 0;
let failed = 0;
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
for (const name of names) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  for (const file of report.testResults) {
    const tests = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName } of tests) console.error(`failed: ${file.name}: ${fullName}`);
    // A file that does not load has no test to count, and has failed all the same.
    if (file.status === 'failed' && tests.length === 0) {
      failed += 1;
      console.error(`failed: ${file.name}: ${file.message}`);
    }
  }
}

// A step that is no test (compiler, lint, floors, setup) fails as one; and so does a run without any test.
if (failed === 0 && (code !== '0' || passed === 0)) {
  failed = 1;
  console.error(`failed: npm test ended with exit code ${code} after ${names.length} test runs`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
