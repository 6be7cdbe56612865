/**
 * Builds geth where Go is: `npm run geth`. It is the second opinion on every block, see
 * docs/operate/second-engine.md; nothing else needs it. It goes where our tests look for programs.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { findBinary } from '../src/system/find-binary.ts';

const VERSION = 'v1.17.5';
const bin = join(import.meta.dirname, '..', 'node_modules', '.bin');

const go = findBinary('go');
if (go === undefined) {
  process.stderr.write('Go is not here: https://go.dev/doc/install, 1.24 or newer. geth was NOT built.\n');
  process.exit(1);
}
const { status } = spawnSync(go, ['install', `github.com/ethereum/go-ethereum/cmd/geth@${VERSION}`], {
  stdio: 'inherit',
  env: { ...process.env, GOBIN: bin },
});
if (status === 0) process.stdout.write(`${join(bin, 'geth')}: geth ${VERSION}\n`);
process.exit(status ?? 1);
