import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import packed from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

import { InputError } from '../../src/crypto/errors.ts';
import { findBinary } from '../../src/system/find-binary.ts';

// A Chromium without a window: the one that is installed, or named by CONCLAVE_CHROMIUM, else the one that a
// package of the lock file carries for Linux on x64. Nothing is downloaded, and nothing installed.

const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
const unpackedIn = join(cache, 'chromium-143.0.4');

interface Found {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the browser. @throws InputError binary-missing where there is none for this machine */
export async function startBrowser(): Promise<Browser> {
  const { path, env } = await findChromium();
  // Without its sandbox it also runs as root; it opens nothing but the pages of these tests.
  return chromium.launch({ executablePath: path, env: { ...process.env, ...env }, args: ['--no-sandbox'] });
}

async function findChromium(): Promise<Found> {
  const installed = findBinary('chromium') ?? findBinary('chromium-browser') ?? findBinary('google-chrome');
  if (installed !== undefined) return { path: installed, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new InputError('binary-missing', 'chromium', 'install Chromium, or name it in CONCLAVE_CHROMIUM');
  const path = join(unpackedIn, 'chromium');
  if (!existsSync(path)) await unpack();
  const fonts = existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_PATH: join(unpackedIn, 'fonts') };
  const runs = spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0;
  // A bare machine lacks libraries of its network code: the package carries these too.
  const libraries = runs ? {} : { LD_LIBRARY_PATH: join(unpackedIn, 'al2023', 'lib') };
  return { path, env: { ...fonts, ...libraries } };
}

/** Unpacks beside, then moves: a test that was killed meanwhile leaves nothing half done. */
async function unpack(): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const aside = mkdtempSync(join(cache, 'unpacking-'));
  const before = { TMPDIR: process.env['TMPDIR'], AWS_EXECUTION_ENV: process.env['AWS_EXECUTION_ENV'] };
  // The package unpacks to the folder for temporary files, and libraries only where it believes to be there.
  Object.assign(process.env, { TMPDIR: aside, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' });
  try {
    await packed.executablePath();
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
  if (!existsSync(join(unpackedIn, 'chromium'))) renameSync(aside, unpackedIn);
}
