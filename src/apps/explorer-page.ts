import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { InputError, OperationError } from '../crypto/errors.ts';
import { type HttpAnswer, type HttpRoute, type HttpServer, serveHttp } from '../system/http.ts';
import { pageHeaders } from './audit-page.ts';

/** What the explorer is served with. */
export interface ExplorerPageOptions {
  /** `host:port`, loopback only. */
  readonly address: string;
  /** Folder with the files of the built page. */
  readonly page: string;
  /** JSON-RPC of the node that it shows. */
  readonly rpc: string;
  /** JSON-RPC of L1, for the bridge; without it that page says what is missing. */
  readonly l1?: string | undefined;
}

const files: Readonly<Record<string, Exclude<HttpAnswer['type'], undefined>>> = {
  'explorer.html': 'text/html; charset=utf-8',
  'bridge.html': 'text/html; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'bridge.css': 'text/css; charset=utf-8',
  'explorer.css': 'text/css; charset=utf-8',
  'explorer.js': 'text/javascript; charset=utf-8',
  'bridge.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/**
 * Serves the explorer and the bridge on loopback, to read only. The explorer may talk to its node and to
 * nothing else, the bridge to L1 as well.
 * @throws OperationError port-in-use | not-loopback | page-not-built, InputError bad-address
 */
export function serveExplorerPage({ address, page, rpc, l1 }: ExplorerPageOptions): Promise<HttpServer> {
  const [l2Url, l1Url] = [urlIn('--rpc', rpc), l1 === undefined ? '' : urlIn('--l1', l1)];
  const explorer: Connect = `connect-src ${l2Url} ${l2Url.replace(/^http/, 'ws')}`;
  const bridge: Connect = l1Url === '' ? explorer : `${explorer} ${l1Url}`;
  const routes: Record<string, HttpRoute> = {};
  for (const [name, type] of Object.entries(files)) {
    const path = join(page, name);
    if (!existsSync(path)) throw new OperationError('page-not-built', 'fatal', `${page} holds no explorer`);
    const body = readFileSync(path, 'utf8')
      .replace("connect-src 'none'", name === 'bridge.html' ? bridge : explorer)
      .replace('name="conclave-rpc" content=""', `name="conclave-rpc" content="${l2Url}"`)
      .replace('name="conclave-l1" content=""', `name="conclave-l1" content="${l1Url}"`);
    routes[name === 'explorer.html' ? '/' : `/${name}`] = (asked) =>
      name !== 'explorer.html' || asked === '/'
        ? { status: 200, body, type }
        : { status: 404, body: { error: 'no such file' } };
  }
  return serveHttp({ address, routes, headers: pageHeaders(bridge) });
}

type Connect = `connect-src ${string}`;

/**
 * A URL that can stand in a policy as it is: no password, no query, and no character that would end a word
 * of it. Policies have no form for an IPv6 address. @throws InputError bad-address
 */
function urlIn(flag: '--rpc' | '--l1', text: string): string {
  const href = URL.canParse(text) ? new URL(text).href : '';
  if (/^https?:\/\/[a-z0-9.-]+(:[0-9]+)?\/[A-Za-z0-9._~/-]*$/.test(href)) return href;
  throw new InputError('bad-address', flag, `${text} is not the http or https URL of a node`);
}
