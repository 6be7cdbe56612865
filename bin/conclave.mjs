#!/usr/bin/env node
// Starts the command line: the build if it is as new as the sources, the sources otherwise.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const built = join(root, 'dist', 'apps', 'main.js');
const sources = join(root, 'src');

/** Whether no source is newer than the build. */
function isFresh() {
  if (!existsSync(built)) return false;
  if (!existsSync(sources)) return true;
  const builtAt = statSync(built).mtimeMs;
  const files = readdirSync(sources, { recursive: true });
  return files.every((file) => statSync(join(sources, String(file))).mtimeMs <= builtAt);
}

async function load() {
  if (isFresh()) return import(pathToFileURL(built).href);
  const { register } = await import('tsx/esm/api');
  register();
  return import(pathToFileURL(join(sources, 'apps', 'main.ts')).href);
}

const { main } = await load();
process.exitCode = await main(process.argv.slice(2));
