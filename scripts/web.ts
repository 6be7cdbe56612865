import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Plugin, build } from 'vite';

// Builds the pages of the audit, of the explorer and of the bridge into web/dist: static files. The first
// opens from any host, or a file manager; the others are told their nodes by the command that serves them.
// With `--if-changed` only when a source is another than that of the last build.

const root = join(import.meta.dirname, '..');
const web = join(root, 'web');
const out = join(web, 'dist');
/** Which sources the build is of. */
const stampFile = join(out, '.sources');
/** Copied as they are. */
const plain = [
  ...['index.html', 'explorer.html', 'bridge.html', 'style.css', 'explorer.css', 'bridge.css', 'icon.svg'],
];

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

/** The bridge calls contracts and deploys none: their code, most of all bytes, stays out of its script. */
const withoutCode: Plugin = {
  name: 'without-code',
  enforce: 'pre',
  transform: (code, id) =>
    /src\/ethereum\/contracts\/[a-z0-9-]+\.ts$/.test(id)
      ? { code: code.replaceAll(/`0x\$\{\[[^\]]*\]\.join\(''\)\}`/g, "'0x'"), map: null }
      : undefined,
};

/** One classic script: modules do not load from a file. */
async function bundle(name: 'page' | 'audit' | 'kzg' | 'explorer' | 'bridge'): Promise<void> {
  await build({
    root: web,
    configFile: false,
    logLevel: 'warn',
    plugins: name === 'bridge' ? [bytesInScript, withoutCode] : [bytesInScript],
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
  await bundle('explorer');
  await bundle('bridge');
  for (const name of plain) writeFileSync(join(out, name), readFileSync(join(web, name)));
  writeFileSync(stampFile, stamp);
}
