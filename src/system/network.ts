import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';

import { InputError, OperationError } from '../crypto/errors.ts';
import { HalfOpen } from './half-open.ts';
import { type ListenAt, listenOn } from './listening.ts';
import type { Connection, Network } from './ports.ts';

/** What may be changed about the sockets of a node. */
export interface NetworkOptions {
  /** Whether addresses beyond loopback may be bound. */
  readonly beyondLoopback?: boolean;
  /** Time for a connection to become a WebSocket and to be admitted, in milliseconds. */
  readonly upgradeMs?: number;
  /** Time in which something of a full outbound queue must be taken, in milliseconds. */
  readonly stallMs?: number;
}

/** The longest frame, in bytes. [security, 3.8] */
const MAX_FRAME_BYTES = 1024 * 1024;
/** Bytes that may wait for a peer before its connection is closed. [security, 3.8] */
const MAX_OUTBOUND_BYTES = 16 * 1024 * 1024;
/** Frames kept until the owner of a new connection listens. */
const MAX_EARLY_FRAMES = 16;
const UPGRADE_MS = 5_000;
const STALL_MS = 30_000;
/** The one place on a listener where links are made. */
const PATH = '/link';
const MAX_HEADERS = 64;
/** Sockets of one listener, half-open and established. */
const MAX_SOCKETS = 1_024;

/** Both ends have the same limits: `ws` has generous ones of its own. [product, 17.2 T18] */
const limits = {
  maxPayload: MAX_FRAME_BYTES,
  perMessageDeflate: false,
  maxFragments: 64,
  maxBufferedChunks: 4_096,
  autoPong: false,
  skipUTF8Validation: true,
} as const;

/** WebSockets with the limits of this project. [security, 3.8] */
export function createNetwork(options: NetworkOptions = {}): Network {
  const upgradeMs = options.upgradeMs ?? UPGRADE_MS;
  const stallMs = options.stallMs ?? STALL_MS;
  return {
    listen: async (address, accept) =>
      listen({ address, accept, upgradeMs, stallMs, ...hostPort(address, options) }),
    connect: (url) => connect(url, upgradeMs, stallMs),
  };
}

interface Listening extends ListenAt {
  readonly accept: (connection: Connection) => void;
  readonly upgradeMs: number;
  readonly stallMs: number;
}

/** Whether a host names this machine only. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

/** Host and port of `host:port` or `[v6]:port`. @throws InputError bad-address */
export function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535)
    throw new InputError('bad-address', 'address', `${address} is not of the form host:port`);
  return { host, port };
}

function hostPort(
  address: string,
  options: NetworkOptions,
): { readonly host: string; readonly port: number } {
  const parsed = parseAddress(address);
  if (!isLoopback(parsed.host) && options.beyondLoopback !== true)
    throw new OperationError('not-loopback', 'fatal', `${address} is reachable from other machines`);
  return parsed;
}

async function listen(
  options: Listening,
): Promise<{ readonly address: string; readonly close: () => Promise<void> }> {
  const halfOpen = new HalfOpen<Socket>({ destroy: (socket) => socket.destroy() });
  const sockets = new Set<Socket>();
  const upgrader = new WebSocketServer({ ...limits, noServer: true, clientTracking: false });
  const server = createServer({ maxHeaderSize: 8_192 }, (_, response) => response.writeHead(426).end());
  server.headersTimeout = options.upgradeMs;
  server.requestTimeout = options.upgradeMs;
  server.keepAliveTimeout = 1;
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = MAX_SOCKETS;
  server.on('connection', (socket) => {
    sockets.add(socket);
    const timer = setTimeout(() => socket.destroy(), options.upgradeMs);
    halfOpen.enter(socket, socket.remoteAddress ?? '');
    socket.once('close', () => {
      clearTimeout(timer);
      sockets.delete(socket);
      halfOpen.leave(socket);
    });
    socket.on('error', () => socket.destroy());
    socket.once('admitted', () => {
      clearTimeout(timer);
      halfOpen.leave(socket);
    });
  });
  server.on('clientError', (_, socket) => socket.destroy());
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request);
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\n\r\n`);
    upgrader.handleUpgrade(request, socket, head, (ws) => {
      const { remoteAddress, remotePort } = request.socket;
      const remote = `${remoteAddress ?? '?'}:${remotePort ?? 0}`;
      const admitted = (): void => void request.socket.emit('admitted');
      options.accept(wrap(ws, { remote, stallMs: options.stallMs, admitted }));
    });
  });
  const address = await listenOn(server, options);
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * A browser says where its page came from: a node has no page, so whoever says so is turned away. A node
 * offers no extension either: compression would let a small frame become a large one.
 */
function refusalOf(request: IncomingMessage): string | undefined {
  if (request.headers.origin !== undefined) return '403 Forbidden';
  if (request.url !== PATH) return '404 Not Found';
  if (request.headers['sec-websocket-extensions'] !== undefined) return '400 Bad Request';
  if (request.headers.host === undefined) return '400 Bad Request';
  return undefined;
}

function connect(url: string, upgradeMs: number, stallMs: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const { host, port } = parseAddress(url.replace(/^ws:\/\//, '').replace(/\/$/, ''));
    const name = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const unreachable = (why: string, cause?: unknown): void =>
      reject(new OperationError('peer-unreachable', 'retry', `${name} is unreachable: ${why}`, { cause }));
    const ws = new WebSocket(`ws://${name}${PATH}`, {
      ...limits,
      followRedirects: false,
      agent: undefined,
      maxHeaderSize: 8_192,
      ...{ handshakeTimeout: upgradeMs },
    });
    // The deadline of `ws` covers the answer only; this one also covers name and connection.
    const timer = setTimeout(() => ws.terminate(), upgradeMs);
    ws.on('error', (cause) => unreachable(cause.message, cause));
    ws.once('close', () => {
      clearTimeout(timer);
      unreachable('closed');
    });
    ws.once('open', () => {
      clearTimeout(timer);
      resolve(wrap(ws, { remote: name, stallMs, admitted: () => undefined }));
    });
  });
}

interface Wrapping {
  readonly remote: string;
  readonly stallMs: number;
  readonly admitted: () => void;
}

/** One WebSocket as the port sees it. */
function wrap(ws: WebSocket, { remote, stallMs, admitted }: Wrapping): Connection {
  let early: Uint8Array[] = [];
  let onFrame: ((frame: Uint8Array) => void) | undefined;
  const closers: ((reason: string) => void)[] = [];
  let ended: string | undefined;
  const end = (reason: string): void => {
    if (ended !== undefined) return;
    ended = reason;
    early = [];
    for (const handler of closers) handler(reason);
  };
  // Nobody is waited for: a peer that does not answer a close would hold a descriptor.
  const close = (reason: string): void => {
    end(reason);
    if (ws.readyState === WebSocket.OPEN) ws.close(1000);
    setTimeout(() => ws.terminate(), 100).unref();
  };
  const stall = new StallWatch(stallMs, () => close('outbound-stalled'));
  ws.on('message', (data: Buffer, isBinary: boolean) => {
    if (ended !== undefined) return;
    if (!isBinary) return close('text-frame');
    const frame = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (onFrame !== undefined) onFrame(frame);
    else if (early.push(frame) > MAX_EARLY_FRAMES) close('early-frames');
  });
  ws.on('error', (cause) => end(`broken: ${cause.message}`));
  ws.on('close', (code) => {
    stall.stop();
    end(`closed with ${code}`);
  });
  return {
    remote,
    send: (frame) => {
      if (ended !== undefined || ws.readyState !== WebSocket.OPEN) return false;
      if (ws.bufferedAmount + frame.length > MAX_OUTBOUND_BYTES) {
        close('outbound-full');
        return false;
      }
      stall.handedOver();
      ws.send(frame, { binary: true, compress: false }, () => stall.taken());
      return true;
    },
    close,
    admitted,
    onFrame: (handler) => {
      onFrame = handler;
      for (const frame of early.splice(0)) handler(frame);
    },
    onClose: (handler) => {
      if (ended === undefined) closers.push(handler);
      else handler(ended);
    },
    bufferedBytes: () => ws.bufferedAmount,
  };
}

/** Ends a connection of which frames wait and none has been taken for a while. */
class StallWatch {
  readonly #stallMs: number;
  readonly #stalled: () => void;
  #waiting = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stallMs: number, stalled: () => void) {
    this.#stallMs = stallMs;
    this.#stalled = stalled;
  }

  handedOver(): void {
    this.#waiting += 1;
    this.#timer ??= setTimeout(this.#stalled, this.#stallMs);
  }

  taken(): void {
    this.#waiting -= 1;
    this.stop();
    if (this.#waiting > 0) this.#timer = setTimeout(this.#stalled, this.#stallMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
