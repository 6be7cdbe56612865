import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Plugin, build } from 'vite';

// Builds the page of the audit into web/dist: static files that any host, or a file manager, can open. With
// `--if-changed` only when a source is another than that of the last build.

const root = join(import.meta.dirname, '..');
const web = join(root, 'web');
const out = join(web, 'dist');
/** Which sources the build is of. */
const stampFile = join(out, '.sources');
/** Copied as they are. */
const plain = ['index.html', 'style.css', 'icon.svg'];

/** A hash over everything that the build is made of. */
function sourcesHash(): string {
  const hash = createHash('sha256');
  const folders = [
    'web',
    ...['crypto', 'ethereum', 'protocols', 'chain', 'audit'].map((name) => `src/${name}`),
  ];
  for (const folder of folders) {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort();
    for (const name of names)
      if (/\.(ts|html|css|svg|bin)$/.test(name) && !/^dist\b/.test(name))
        hash.update(`${folder}/${name}\n`).update(readFileSync(join(root, folder, name)));
  }
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
}

/** A file of bytes becomes a part of the script: a page that is a file cannot fetch one. */
const bytesInScript: Plugin = {
  name: 'bytes-in-script',
  load: (id) =>
    id.endsWith('.bin')
      ? { code: `export const base64 = '${readFileSync(id).toString('base64')}';`, moduleType: 'js' }
      : undefined,
};

/** One classic script: modules do not load from a file. */
async function bundle(name: 'page' | 'audit' | 'kzg'): Promise<void> {
  await build({
    root: web,
    configFile: false,
    logLevel: 'warn',
    plugins: [bytesInScript],
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: out,
      emptyOutDir: false,
      target: 'es2022',
      sourcemap: false,
      lib: {
        entry: join(web, `${name}.ts`),
        formats: ['iife'],
        name: `conclave_${name}`,
        fileName: () => `${name}.js`,
      },
    },
  });
}

const stamp = sourcesHash();
const isBuilt = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
if (!isBuilt || !process.argv.includes('--if-changed')) {
  mkdirSync(out, { recursive: true });
  await bundle('audit');
  await bundle('page');
  await bundle('kzg');
  for (const name of plain) writeFileSync(join(out, name), readFileSync(join(web, name)));
  writeFileSync(stampFile, stamp);
}
