// Runs before `npm start`, `npm test` and `npm run check`, also on a fresh clone: so it uses `node:` modules
// only. It installs the packages of the lock file when they are missing or of another lock file, and touches
// nothing but node_modules.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'node_modules', '.conclave-stamp');
const installedFile = join(root, 'node_modules', '.package-lock.json');
const say = (text) => process.stdout.write(`setup: ${text}\n`);

/** Prints what is wrong and what to do about it, and ends with exit code 1. */
function stop(problem, ...remedies) {
  process.stderr.write(`setup: ${problem}\n${remedies.map((remedy) => `  - ${remedy}\n`).join('')}`);
  process.exit(1);
}

/** Whether this Node.js is one that the code was written for. */
function checkNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node;
  const [major = 0, minor = 0] = wanted.replace('>=', '').split('.').map(Number);
  const [ourMajor = 0, ourMinor = 0] = process.versions.node.split('.').map(Number);
  if (ourMajor > major || (ourMajor === major && ourMinor >= minor)) return;
  stop(
    `this is Node.js ${process.versions.node}, and Conclave needs ${wanted}`,
    'install Node.js 20.19 or later, for example with your version manager, and run the command again',
  );
}

/** Whether node_modules holds just what the lock file names; platform packages of others may be absent. */
function isInstalled(lock) {
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(lock).packages;
  const found = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  const same = (path) => found[path]?.integrity === wanted[path].integrity;
  return Object.keys(wanted).every(
    (path) => path === '' || same(path) || (found[path] === undefined && wanted[path].optional === true),
  );
}

/** Installs exactly the lock file, without running any script of a package. */
function install(count) {
  say(`installing ${count} packages, each checked against its hash; this takes about a minute …`);
  const npm = process.env.npm_execpath;
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  const { status, error } = spawnSync(command, [...first, 'ci', '--ignore-scripts'], {
    cwd: root,
    stdio: 'inherit',
    shell: !npm && process.platform === 'win32',
  });
  if (error !== undefined) stop(`npm does not start: ${error.message}`, 'install npm 10 or later');
  if (status === 0) return;
  stop(
    `\`npm ci\` ended with exit code ${status}`,
    'without a network: connect, or fill the npm cache on a machine that has one, and run the command again',
    'behind a proxy: set HTTPS_PROXY, or `npm config set proxy <address>`',
    'EINTEGRITY or EUSAGE: restore the lock file with `git checkout package-lock.json`',
    'EACCES or ENOSPC: make this folder writable, or free about 500 MB of disk',
  );
}

checkNode();
const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
const stamp = createHash('sha256').update(lock).digest('hex');
const stamped = existsSync(stampFile) ? readFileSync(stampFile, 'utf8').trim() : '';
if (stamped !== stamp) {
  if (!isInstalled(lock)) {
    const started = process.hrtime.bigint();
    install(Object.keys(JSON.parse(lock).packages).length - 1);
    say(`packages are ready after ${Number((process.hrtime.bigint() - started) / 1_000_000_000n)} s`);
  }
  writeFileSync(stampFile, `${stamp}\n`);
}
