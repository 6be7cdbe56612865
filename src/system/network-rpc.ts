import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';

import { OperationError } from '../crypto/errors.ts';
import { isHostAllowed } from './http.ts';
import { listenOn } from './listening.ts';
import { isLoopback, parseAddress } from './network.ts';
import { type RpcSocket, socketOver } from './network-rpc-socket.ts';
import { Outbound } from './outbound.ts';

/** Limits of the server; bytes, milliseconds, counts. */
export interface RpcServerLimits {
  /** Of one request, and of one frame. */
  readonly bodyBytes: number;
  /** Within which a request has arrived as a whole. */
  readonly requestMs: number;
  /** After which a connection without traffic is closed; so is a WebSocket that answers no ping. */
  readonly idleMs: number;
  /** Open at a time: of HTTP and of WebSockets together, and of WebSockets alone. */
  readonly connections: number;
  readonly sockets: number;
  /** Frames of one WebSocket that are worked on at a time; further ones stay unread. */
  readonly framesInFlight: number;
  /** That may wait for a WebSocket before it is closed as too slow. */
  readonly outboundBytes: number;
  /** That may wait for all peers together; beyond that those are cut off that have not read for longest. */
  readonly outboundBytesOfAll: number;
}

/** The limits unless others are stated. */
const defaults: RpcServerLimits = {
  ...{ bodyBytes: 1_048_576, requestMs: 10_000, idleMs: 60_000 },
  ...{ connections: 512, sockets: 256, framesInFlight: 16, outboundBytes: 8_388_608 },
  outboundBytesOfAll: 268_435_456,
};

/** Answers bytes that were posted to a path. It does not throw. */
export type BytesRoute = (body: Uint8Array) => Promise<{ readonly status: number; readonly body: unknown }>;

/** What is served to whom. */
export interface RpcServerOptions {
  /** `host:port`. */
  readonly address: string;
  /** Whether an address that other machines reach may be bound. */
  readonly beyondLoopback?: boolean;
  /** Values of the Host header, without port, that are answered beside loopback names; `*` for all. */
  readonly allowedHosts?: readonly string[];
  /** Origins of web pages that may call, such as `https://wallet.example`; `*` for all. None by default. */
  readonly origins?: readonly string[];
  readonly limits?: Partial<RpcServerLimits>;
  /** Paths at which bytes are taken and JSON is given, for programs; pages cannot post such bodies. */
  readonly posts?: Readonly<Record<string, BytesRoute>>;
  /** Answers one body; `undefined` where there is nothing to answer. It does not throw. */
  readonly answer: (body: Uint8Array) => Promise<string | undefined>;
  /** Takes over a new WebSocket. */
  readonly accept: (socket: RpcSocket) => void;
}

/** A server that runs. */
export interface RpcServer {
  readonly address: string;
  readonly close: () => Promise<void>;
}

interface Serving extends RpcServerOptions {
  readonly limits: RpcServerLimits;
  readonly outbound: Outbound;
}

const MAX_HEADER_BYTES = 16_384;
const MAX_HEADERS = 64;
const PREFLIGHT_SECONDS = 600;

/**
 * HTTP and WebSocket on one port, for one service that takes and gives JSON. It knows nothing of what the
 * bodies say. A page in a browser is answered only where its origin is listed, and only under known names of
 * this server. @throws OperationError port-in-use | not-loopback, InputError bad-address
 */
export async function serveRpc(options: RpcServerOptions): Promise<RpcServer> {
  const { host, port } = parseAddress(options.address);
  if (!isLoopback(host) && options.beyondLoopback !== true)
    throw new OperationError('not-loopback', 'fatal', `${options.address} is reachable from other machines`);
  const limits: RpcServerLimits = { ...defaults, ...options.limits };
  const serving: Serving = { ...options, limits, outbound: new Outbound(limits.outboundBytesOfAll) };
  const server = httpServer(serving);
  const sockets = upgrades(server, serving);
  const address = await listenOn(server, { address: options.address, host, port });
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        server.closeAllConnections();
      }),
  };
}

function httpServer(serving: Serving): Server {
  const { limits } = serving;
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      // The peer may go at any moment, with a request half sent or an answer half read.
      request.on('error', () => response.destroy());
      void exchange(request, response, serving);
    },
  );
  server.headersTimeout = Math.min(limits.requestMs, 5_000);
  server.requestTimeout = limits.requestMs;
  server.keepAliveTimeout = limits.idleMs;
  // A peer that takes nothing of its answer is none.
  server.timeout = limits.idleMs;
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = limits.connections;
  server.on('clientError', (_, socket) => socket.destroy());
  return server;
}

async function exchange(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const refusal = refusalOf(request, serving);
  if (refusal !== undefined) return void finish(response, refusal, undefined, { connection: 'close' });
  const headers = corsOf(request, serving);
  if (request.method === 'OPTIONS')
    return void finish(response, 204, undefined, {
      ...headers,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    });
  const body = await bodyOf(request, serving.limits.bodyBytes);
  if (body === 'gone') return;
  if (body === 'too-long') return void finish(response, 413, undefined, { ...headers, connection: 'close' });
  const route = routeOf(request, serving);
  if (route !== undefined) {
    const { status, body: said } = await route(body);
    return void finish(response, status, `${JSON.stringify(said)}\n`, headers);
  }
  const answer = await serving.answer(body);
  if (response.destroyed) return;
  const taken = serving.outbound.enter(answer?.length ?? 0, () => request.socket.destroy());
  response.once('close', taken);
  finish(response, answer === undefined ? 204 : 200, answer, headers);
}

type Headers = Readonly<Record<string, string>>;

function finish(response: ServerResponse, status: number, body: string | undefined, headers: Headers): void {
  const bytes = Buffer.from(body ?? '');
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(status === 204 ? {} : { 'content-length': bytes.length }),
    ...(status === 405 ? { allow: 'POST, OPTIONS' } : {}),
    ...{ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', vary: 'origin' },
    ...headers,
  });
  response.end(bytes);
}

/** The status with which a request is turned away before its body is read. */
function refusalOf(request: IncomingMessage, serving: Serving): number | undefined {
  if (isForeign(request, serving)) return 403;
  if (request.method === 'OPTIONS') return undefined;
  if (request.method !== 'POST') return 405;
  // A page can post plain text to anywhere without asking first; JSON it cannot.
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  const wanted = routeOf(request, serving) === undefined ? 'application/json' : 'application/octet-stream';
  if (type !== wanted) return 415;
  return Number(request.headers['content-length'] ?? 0) > serving.limits.bodyBytes ? 413 : undefined;
}

const routeOf = ({ url = '' }: IncomingMessage, { posts = {} }: Serving): BytesRoute | undefined =>
  Object.hasOwn(posts, url) ? posts[url] : undefined;

/** Whether a request goes to a name that is not ours, or comes from a page that may not call. */
function isForeign({ headers }: IncomingMessage, { allowedHosts = [], origins = [] }: Serving): boolean {
  if (!allowedHosts.includes('*') && !isHostAllowed(headers.host, allowedHosts)) return true;
  if (headers.origin === undefined || EXTENSION.test(headers.origin)) return false;
  return !origins.includes('*') && !origins.includes(headers.origin);
}
/** A wallet in a browser is no page: it reaches whatever its user has let it reach. */
const EXTENSION = /^(chrome|moz|safari-web)-extension:\/\//;

const corsOf = ({ headers }: IncomingMessage, { origins = [] }: Serving): Headers =>
  headers.origin === undefined
    ? {}
    : { 'access-control-allow-origin': origins.includes('*') ? '*' : headers.origin };

function bodyOf(request: IncomingMessage, most: number): Promise<Uint8Array | 'too-long' | 'gone'> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    request.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= most) return void parts.push(part);
      request.pause();
      resolve('too-long');
    });
    request.on('end', () => resolve(new Uint8Array(Buffer.concat(parts))));
    request.on('close', () => resolve('gone'));
  });
}

/** Turns requests for an upgrade into WebSockets; the set holds those that are open. */
function upgrades(server: Server, serving: Serving): ReadonlySet<Duplex> {
  const { limits } = serving;
  const open = new Set<Duplex>();
  const upgrader = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false },
    // What a frame says, broken text too, is for the service to judge.
    ...{ maxPayload: limits.bodyBytes, skipUTF8Validation: true, autoPong: false },
    ...{ maxFragments: 64, maxBufferedChunks: 4_096 },
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refuse = (status: string): void =>
      void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    if (isForeign(request, serving)) return refuse('403 Forbidden');
    if (open.size >= limits.sockets) return refuse('503 Service Unavailable');
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    upgrader.handleUpgrade(request, socket, head, (ws) =>
      serving.accept(socketOver(ws, limits, serving.outbound)),
    );
  });
  return open;
}
