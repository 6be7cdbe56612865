import { type Stats, chmodSync, linkSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { join, relative } from 'node:path';

import { InputError, OperationError } from '../crypto/errors.ts';

/** Path of the socket in a data folder. Who can connect to it knows that the folder is taken. */
export const LEASE_SOCKET = 'run/admin.sock';
/** The longest answer of a holder that is read, in bytes. */
const MAX_ANSWER_BYTES = 512;
/** Time for a holder to answer, in milliseconds. */
const ANSWER_MS = 2_000;
/** Connections served at a time. */
const MAX_CONNECTIONS = 32;

/** Who holds a data folder. */
export interface LeaseHolder {
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
}

/**
 * Answers one line. `say` sends a line ahead of the answer; `gone` is aborted when whoever asked has left,
 * which ends nothing but the interest in the answer.
 */
export type LineHandler = (
  request: string,
  say: (line: string) => void,
  gone: AbortSignal,
) => Promise<string>;

/** A data folder that is ours. */
export interface FolderLease {
  readonly holder: LeaseHolder;
  /**
   * Sets who serves connections to the admin socket. Before the first is set, and for a connection whose
   * first line is `who`, the answer is the holder and the end.
   */
  readonly serve: (handler: LineHandler) => void;
  /** Gives the folder back. */
  readonly release: () => Promise<void>;
}

/**
 * Takes a data folder for this process. Node has no file locks, so the bound admin socket is the lock: it
 * ends with the process, and a stale file is recognised by a refused connection. [product, 6.1 note 2]
 * @throws OperationError lease-held, naming the process and since when; InputError bad-path | bad-permissions
 */
export async function takeFolder(folder: string, sinceMs: number): Promise<FolderLease> {
  const path = socketPath(folder);
  prepareFolder(join(folder, 'run'));
  const holder: LeaseHolder = { pid: process.pid, sinceMs };
  const service: Service = { handler: undefined, holder, sockets: new Set() };
  const first = await bind(path, service);
  if (first !== undefined) return leaseOf(first, service);
  const asked = socketAt(path);
  const found = await askHolder(path);
  if (found !== 'stale') throw held(folder, found);
  const mark = asked === undefined ? undefined : claim(path, asked);
  if (asked !== undefined && mark === undefined) throw held(folder, await askHolder(path));
  if (mark !== undefined) unlinkSync(path);
  const second = await bind(path, service);
  if (mark !== undefined) unlinkSync(mark);
  // Another process was faster to bind the free name.
  if (second === undefined) throw held(folder, await askHolder(path));
  return leaseOf(second, service);
}

/** Asks the process that holds a data folder. @throws OperationError no-node when there is none */
export function askNode(folder: string, request: string, limits: AskLimits = {}): Promise<string> {
  return ask(socketPath(folder), request, limits).catch((cause: unknown) => {
    throw new OperationError('no-node', 'reset', `no node answers for ${folder}`, { cause });
  });
}

/** Bounds of one question. */
export interface AskLimits {
  /** Time for the whole answer; 0: as long as it takes. */
  readonly answerMs?: number;
  readonly maxBytes?: number;
  /** Hears every line as it comes, also the last, which is the answer; `maxBytes` then bounds one line. */
  readonly onLine?: (line: string) => void;
  /** Leaves without the answer. */
  readonly signal?: AbortSignal;
}

/** A socket has a short name by law of the system, so the shorter of two spellings is used. */
function socketPath(folder: string): string {
  const path = join(folder, LEASE_SOCKET);
  const near = relative(process.cwd(), path);
  return near.length < path.length ? near : path;
}

interface Service {
  handler: LineHandler | undefined;
  readonly holder: LeaseHolder;
  readonly sockets: Set<Socket>;
}

function leaseOf(server: Server, service: Service): FolderLease {
  return {
    holder: service.holder,
    serve: (handler) => void (service.handler = handler),
    release: () =>
      new Promise((resolve) => {
        for (const socket of service.sockets) socket.destroy();
        // Closing the server also removes the file.
        server.close(() => resolve());
      }),
  };
}

function prepareFolder(run: string): void {
  const found = lstatSync(run, { throwIfNoEntry: false });
  if (found === undefined) return void mkdirSync(run, { mode: 0o700, recursive: true });
  if (!found.isDirectory()) throw new InputError('bad-path', run, `${run} is no folder`);
  if ((found.mode & 0o077) !== 0)
    throw new InputError('bad-permissions', run, `${run} is open to other users`);
}

/** The bound server, or `undefined` if the name is taken. */
function bind(path: string, service: Service): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket, service));
    server.maxConnections = MAX_CONNECTIONS;
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE') resolve(undefined);
      else
        reject(
          new InputError('bad-path', path, `${path} cannot be bound (${cause.code ?? 'unknown'})`, { cause }),
        );
    });
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve(server);
    });
  });
}

/** One line in, one line out. */
function serve(socket: Socket, service: Service): void {
  service.sockets.add(socket);
  let text = '';
  let isAsked = false;
  const gone = new AbortController();
  socket.setEncoding('utf8').setTimeout(ANSWER_MS * 30, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    service.sockets.delete(socket);
    gone.abort();
  });
  // Who says no more has left, as far as anybody can tell: an answer that was asked for is still sent, but
  // nothing is watched for it, and a connection without a question holds no place.
  socket.on('end', () => {
    gone.abort();
    if (!isAsked) socket.destroy();
  });
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > MAX_REQUEST) return void socket.destroy();
    const end = text.indexOf('\n');
    if (end < 0) return;
    const request = text.slice(0, end);
    text = '';
    isAsked = true;
    if (request === 'who' || service.handler === undefined)
      return void socket.end(`${JSON.stringify(service.holder)}\n`);
    // From here on it may take as long as it takes: a ceremony is watched for hours.
    socket.setTimeout(0);
    const say = (line: string): void => {
      // Who does not read is left behind, before what waits for it fills the memory.
      if (socket.writableLength > MAX_WAITING) socket.destroy();
      else socket.write(`${line}\n`);
    };
    service.handler(request, say, gone.signal).then(
      (answer) => void socket.end(`${answer}\n`),
      () => void socket.destroy(),
    );
  });
}

/** The longest request to a node, in characters: a batch for three blobs in hex, and room beside it. */
const MAX_REQUEST = 1_048_576;
/** Bytes that may wait for who asked. */
const MAX_WAITING = 4_194_304;

async function askHolder(path: string): Promise<LeaseHolder | 'unknown' | 'stale'> {
  try {
    const answer: unknown = JSON.parse(await ask(path, 'who', {}));
    return isHolder(answer) ? answer : 'unknown';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ECONNREFUSED' || code === 'ENOENT' ? 'stale' : 'unknown';
  }
}

/** Whether an answer is that of a node which holds its folder, and does not serve it yet. */
export const isHolder = (value: unknown): value is LeaseHolder =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  'sinceMs' in value &&
  Number.isSafeInteger(value.pid) &&
  Number.isSafeInteger(value.sinceMs);

function ask(path: string, request: string, limits: AskLimits): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    let last = '';
    const socket = connect(path, () => void socket.write(`${request}\n`));
    const answerMs = limits.answerMs ?? ANSWER_MS;
    const leave = (why: string) => (): void =>
      void socket.destroy(new OperationError('no-node', 'reset', why));
    const timer = answerMs === 0 ? undefined : setTimeout(leave('no answer in time'), answerMs);
    const abandon = leave('it was given up');
    limits.signal?.addEventListener('abort', abandon, { once: true });
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (limits.onLine !== undefined) text = heard(text, limits.onLine, (line) => void (last = line));
      if (text.length > (limits.maxBytes ?? MAX_ANSWER_BYTES)) leave('the answer is too long')();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(timer);
      limits.signal?.removeEventListener('abort', abandon);
      resolve(text === '' ? last : text.trimEnd());
    });
  });
}

/** Tells every whole line, and gives what is left. */
function heard(text: string, ...listeners: readonly ((line: string) => void)[]): string {
  const end = text.lastIndexOf('\n');
  if (end < 0) return text;
  for (const line of text.slice(0, end).split('\n')) for (const listener of listeners) listener(line);
  return text.slice(end + 1);
}

/**
 * Gives the right to remove one stale socket to one process: who links it to a name made of its inode.
 * Removing it without that could remove the live socket of a process that had just taken the folder over. The
 * mark keeps the inode from being used again until the new socket is bound. Returns the mark, or `undefined`
 * for who was late.
 */
function claim(path: string, asked: Stats): string | undefined {
  const mark = `${path}.${asked.ino}`;
  const left = lstatSync(mark, { throwIfNoEntry: false });
  // Whoever made this mark ended before it used it: that takes microseconds.
  if (left !== undefined && Date.now() - left.ctimeMs > MARK_MS) unlinkSync(mark);
  try {
    linkSync(path, mark);
  } catch {
    return undefined;
  }
  if (socketAt(path)?.ino === asked.ino && lstatSync(mark).ino === asked.ino) return mark;
  unlinkSync(mark);
  return undefined;
}

/** Age at which a mark is left over, in milliseconds. */
const MARK_MS = 10_000;

/** The socket at a path. Anything else was put there by somebody, and is not removed. */
function socketAt(path: string): Stats | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isSocket()) return found;
  throw new InputError('bad-path', path, `${path} is no socket`);
}

function held(folder: string, holder: LeaseHolder | 'unknown' | 'stale'): OperationError {
  const who =
    typeof holder === 'string'
      ? 'by a process that does not say who it is'
      : `by process ${holder.pid} since ${new Date(holder.sinceMs).toISOString()}`;
  return new OperationError('lease-held', 'fatal', `${folder} is in use ${who}`);
}
