import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';

import { OperationError } from '../crypto/errors.ts';
import { listenOn } from './listening.ts';
import { isLoopback, parseAddress } from './network.ts';

/** An answer: JSON by default; `text/plain` for metrics. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Left out: the body is printed as JSON. Otherwise the body is a string, or bytes, of this type. */
  readonly type?:
    | 'text/plain; version=0.0.4'
    | 'application/jsonl'
    | 'application/octet-stream'
    | 'image/svg+xml'
    | `text/${'html' | 'css' | 'javascript'}; charset=utf-8`;
}

/** Answers a path, at once or later. */
export type HttpRoute = (path: string, query: URLSearchParams) => HttpAnswer | Promise<HttpAnswer>;

/** What is read-only served, and where. */
export interface HttpOptions {
  /** `host:port`, loopback only unless `allowedHosts` names others. */
  readonly address: string;
  /** Paths, without query, and who answers them. A path ending in `/` answers all below it. */
  readonly routes: Readonly<Record<string, HttpRoute>>;
  /** Headers of every answer, refusals too, in lower case; in place of those of the same name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Values of the Host header, without port, that are answered beside loopback names. */
  readonly allowedHosts?: readonly string[];
}

/** A server that runs. */
export interface HttpServer {
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** [security, 3.8] */
const limits = {
  headerBytes: 8_192,
  headers: 64,
  requestMs: 5_000,
  urlCharacters: 1_024,
  connections: 64,
} as const;

/**
 * A small read-only server: GET of listed paths, nothing else. The Host header is checked, so that a web page
 * cannot reach it under a name of its own. [product, 9.1; security, ATK-T20]
 * @throws OperationError port-in-use | not-loopback, InputError bad-address
 */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port } = parseAddress(options.address);
  if (!isLoopback(host) && options.allowedHosts === undefined)
    throw new OperationError('not-loopback', 'fatal', `${options.address} is reachable from other machines`);
  const server = createServer({ maxHeaderSize: limits.headerBytes }, (request, response) => {
    // A route that throws is our fault: the answer says no more, and the server goes on.
    const answered = (async () => answerOf(request, options))().catch(() =>
      refusal(500, 'this path has failed'),
    );
    void answered.then((answer) => respond(response, answer, options.headers ?? {}));
  });
  server.headersTimeout = limits.requestMs;
  server.requestTimeout = limits.requestMs;
  server.keepAliveTimeout = limits.requestMs;
  server.maxHeadersCount = limits.headers;
  server.maxConnections = limits.connections;
  server.on('clientError', (_, socket) => socket.destroy());
  const address = await listenOn(server, { address: options.address, host, port });
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerOf(request: IncomingMessage, options: HttpOptions): ReturnType<HttpRoute> {
  if (!isHostAllowed(request.headers.host, options.allowedHosts ?? [])) return refusal(403, 'unknown host');
  if (request.headers.origin !== undefined) return refusal(403, 'no other page may read this');
  if (request.method !== 'GET') return refusal(405, 'read only');
  if (
    request.headers['transfer-encoding'] !== undefined ||
    (request.headers['content-length'] ?? '0') !== '0'
  )
    return refusal(413, 'a read has no body');
  const target = request.url ?? '';
  if (target.length > limits.urlCharacters || !target.startsWith('/'))
    return refusal(414, 'the path is too long');
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const route = routeOf(path, options);
  if (route === undefined) return refusal(404, 'no such path');
  return route(path, new URLSearchParams(at < 0 ? '' : target.slice(at + 1)));
}

function routeOf(path: string, { routes }: HttpOptions): HttpRoute | undefined {
  if (Object.hasOwn(routes, path)) return routes[path];
  const below = Object.keys(routes).filter((route) => route.endsWith('/') && path.startsWith(route));
  const longest = below.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : routes[longest];
}

/** Whether a Host header names this machine by loopback, or by one of the allowed names. */
export function isHostAllowed(header: string | undefined, allowed: readonly string[]): boolean {
  if (header === undefined) return false;
  const host = header
    .replace(/:\d{1,5}$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  return isLoopback(host) || allowed.includes(host);
}

const refusal = (status: number, message: string): HttpAnswer => ({ status, body: { error: message } });

function respond(
  response: ServerResponse,
  answer: HttpAnswer,
  headers: Readonly<Record<string, string>>,
): void {
  const body = bodyOf(answer);
  response.writeHead(answer.status, {
    'content-type': answer.type ?? 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'",
    ...headers,
    ...(answer.status === 405 ? { allow: 'GET' } : {}),
    // What a refused request may still send is not read.
    ...(answer.status >= 400 ? { connection: 'close' } : {}),
  });
  response.end(body);
}

function bodyOf({ type, body }: HttpAnswer): Buffer {
  if (type === undefined) return Buffer.from(`${JSON.stringify(body)}\n`);
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(String(body));
}
