import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { kindOf } from '../audit/kinds.ts';
import { type AuditSource, PART_BYTES, foldersIn } from '../audit/source.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { type HttpAnswer, type HttpRoute, type HttpServer, serveHttp } from '../system/http.ts';

const root = join(import.meta.dirname, '..', '..');

/** What is served, and where. */
export interface AuditPageOptions {
  /** `host:port`, loopback only. */
  readonly address: string;
  /** Folder with the files of the built page. */
  readonly page: string;
  /** The files that can be picked on the page, and what people call their folder; left out: none. */
  readonly served?: { readonly name: string; readonly source: AuditSource } | undefined;
}

/**
 * Headers of every answer: a page runs its own scripts only, reads only what `connect` allows, and is in
 * nobody's frame. [security, W02]
 */
export const pageHeaders = (connect: `connect-src ${string}`): Readonly<Record<string, string>> => ({
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
    `${connect}; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; ` +
    "require-trusted-types-for 'script'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});

/** Where the page that this program builds lies. */
export const builtPage: string = join(root, 'web', 'dist');

/** Builds the page where its sources are at hand and have changed. @throws OperationError page-not-built */
export function preparePage(): void {
  const script = join(root, 'scripts', 'web.ts');
  const built = existsSync(script)
    ? spawnSync(process.execPath, ['--import', 'tsx', script, '--if-changed'], {
        cwd: root,
        encoding: 'utf8',
      })
    : undefined;
  if (built !== undefined && built.status !== 0)
    throw new OperationError('page-not-built', 'fatal', `the page cannot be built: ${whyIn(built.stderr)}`);
  if (!existsSync(join(builtPage, 'index.html')))
    throw new OperationError('page-not-built', 'fatal', `${builtPage} holds no page`);
}

/** The line that says why. */
const whyIn = (text: string): string =>
  text.split('\n').find((line) => /error|cannot/i.test(line)) ?? text.trim().slice(0, 200);

const pageFiles: Readonly<Record<string, Exclude<HttpAnswer['type'], undefined>>> = {
  'index.html': 'text/html; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'audit.js': 'text/javascript; charset=utf-8',
  'kzg.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/**
 * Serves the page of the audit on loopback, with the list of a folder's audited files and their bytes, to
 * read only. @throws OperationError port-in-use | not-loopback, InputError bad-address
 */
export function serveAuditPage({ address, page, served }: AuditPageOptions): Promise<HttpServer> {
  const routes: Record<string, HttpRoute> = {};
  for (const [name, type] of Object.entries(pageFiles)) {
    const text = readFileSync(join(page, name), 'utf8');
    const body = name === 'index.html' && served !== undefined ? announced(text) : text;
    routes[`/${name}`] = () => ({ status: 200, body, type });
    // A route that ends in a slash answers everything below it.
    if (name === 'index.html') routes['/'] = (path) => (path === '/' ? { status: 200, body, type } : noFile);
  }
  if (served !== undefined) {
    const body = listOf(served.name, served.source);
    routes[`/${LIST}`] = () => ({ status: 200, body });
    routes['/files/'] = (path, query) => fileAt(served.source, path.slice('/files/'.length), query);
  }
  return serveHttp({ address, routes, headers: pageHeaders("connect-src 'self'") });
}

const LIST = 'files.json';

/** The page with the word that there is a list: it asks for none that may not be there. */
const announced = (text: string): string =>
  text.replace('name="conclave-files" content=""', `name="conclave-files" content="${LIST}"`);

/** What can be picked: all files, and each folder that can be audited by itself; and what cannot. */
function listOf(folder: string, source: AuditSource): object {
  const paths = source.list();
  const folders = foldersIn(paths).flatMap(({ path, names }) => {
    const kind = kindOf(names);
    return kind === undefined || path === '.' ? [] : [{ kind, path, names }];
  });
  return { folder, paths, folders, leftOut: source.leftOut() };
}

const noFile: HttpAnswer = { status: 404, body: { error: 'no such file' } };

/**
 * A file by its number in the list: whatever it is called, its name is in no address. Of a long one, the part
 * that is asked for.
 */
async function fileAt(source: AuditSource, number: string, query: URLSearchParams): Promise<HttpAnswer> {
  const path = isNumber(number) ? source.list()[Number(number)] : undefined;
  if (path === undefined) return noFile;
  const from = query.get('from');
  if (from !== null && !isNumber(from)) return noFile;
  try {
    const body = await (from === null ? source.read(path) : source.part(path, Number(from), PART_BYTES));
    return body === undefined ? noFile : { status: 200, body, type: 'application/octet-stream' };
  } catch (error) {
    // A file that has become unreadable since the list was made, or is too large to be read whole.
    if (error instanceof InputError) return { status: 404, body: { error: error.message } };
    throw error;
  }
}

const isNumber = (text: string): boolean => /^(0|[1-9][0-9]{0,14})$/.test(text);
