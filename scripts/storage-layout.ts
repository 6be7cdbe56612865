/**
 * Writes down where the upgradeable contracts keep what, to contracts/storage-layout.json. What an earlier
 * version kept must stay where it was, else nothing is written; `--check` writes nothing in any case.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import prettier from 'prettier';

import { type StorageLayouts, lostIn } from './lib/storage-layout.ts';
import { layoutsOf } from './lib/storage-source.ts';

const root = join(import.meta.dirname, '..');
const path = join(root, 'contracts/storage-layout.json');
const now = layoutsOf(root);
const wanted = await prettier.format(JSON.stringify(now), {
  parser: 'json',
  ...(await prettier.resolveConfig(path)),
});
const committed = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
const lost = committed === undefined ? [] : lostIn(JSON.parse(committed) as StorageLayouts, now);
if (lost.length > 0) {
  console.error(`what is in storage would not be found any more:\n${lost.join('\n')}`);
  process.exitCode = 1;
} else if (committed === wanted) {
  console.log('contracts/storage-layout.json is up to date');
} else if (process.argv.includes('--check')) {
  console.error('contracts/storage-layout.json lacks what was appended: npx tsx scripts/storage-layout.ts');
  process.exitCode = 1;
} else {
  writeFileSync(path, wanted);
  console.log('wrote contracts/storage-layout.json');
}
