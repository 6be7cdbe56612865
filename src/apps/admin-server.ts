import type { z } from 'zod';

import { decodeRequest, requestId } from '../chain/duty.ts';
import { fromHex, latin1, to0x } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import type { CeremonyView, LogPage, LogView, NodeApi } from '../node/api.ts';
import { isOver } from '../node/ceremony/machine.ts';
import type { LineHandler } from '../system/folder-lease.ts';
import type { Clock, Log } from '../system/ports.ts';
import { type Asker, lineHandler, parsed, refuseStrange } from './admin-line.ts';
import {
  type AdminRequest,
  type RequestSummary,
  adminRequest,
  executeArgs,
  idArgs,
  joinArgs,
  logArgs,
  raiseArgs,
  readmitArgs,
  rejectArgs,
  releaseArgs,
  signArgs,
} from './admin-protocol.ts';
import { failureOf } from './failure.ts';

/** What the admin socket serves. */
export interface AdminDeps {
  readonly node: NodeApi;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the process, after the answer has left. */
  readonly stop: () => void;
}

/** The largest export that fits an answer, with its quotes and line ends spelled out. */
export const MAX_EXPORT_BYTES = 3_000_000;
/** Requests that are remembered. */
const MAX_REMEMBERED = 256;

/** One question as it is being answered. */
interface Asked extends Asker {
  readonly args: AdminRequest['args'];
}

/** Who answers the admin socket. */
export interface AdminServer {
  readonly handle: LineHandler;
  /** Requests for a signature that have no answer yet. */
  readonly inFlight: () => number;
}

/**
 * Answers the admin socket: one question a connection, progress lines, a result or an error. [product, 4.1]
 */
export function adminServer(deps: AdminDeps): AdminServer {
  const requests = new Map<string, RequestSummary>();
  const inFlight = (): number => [...requests.values()].filter(({ state }) => state === 'running').length;
  const handle = lineHandler(deps.log, async (question, asker) => {
    refuseStrange(question, 'signing node');
    const { verb, args } = parsed(adminRequest, question, 'request');
    return answer(verb, { args, ...asker }, deps, requests);
  });
  return { handle, inFlight };
}

async function answer(
  verb: AdminRequest['verb'],
  asked: Asked,
  deps: AdminDeps,
  requests: Map<string, RequestSummary>,
): Promise<unknown> {
  const { node } = deps;
  const named = (): string => ceremonyOf(node, parsed(idArgs, asked.args, 'args').id).id;
  switch (verb) {
    case 'status':
      return node.status();
    case 'ceremonies':
      return node.ceremonies();
    case 'join':
      return node.join(bytesOf(parsed(joinArgs, asked.args, 'args').definition));
    case 'accept':
      return tellingPreflight(named(), asked, node, (id) => node.accept(id));
    case 'abort':
      return node.abort(named());
    case 'reject': {
      const { id, why } = parsed(rejectArgs, asked.args, 'args');
      return node.reject(ceremonyOf(node, id).id, why);
    }
    case 'execute': {
      const { id, whenReady } = parsed(executeArgs, asked.args, 'args');
      return tellingPreflight(ceremonyOf(node, id).id, asked, node, async (whole) =>
        node.execute(whole, { whenReady }),
      );
    }
    case 'watch':
      return watch(named(), asked, node);
    case 'sign':
      return sign(asked, deps, requests);
    case 'requests':
      return [...requests.values()];
    case 'guard':
      return node.guard().view();
    case 'guard-raise':
      return node.guard().raise(parsed(raiseArgs, asked.args, 'args'));
    case 'guard-export':
      return { file: exported(node) };
    case 'release':
      return node.guard().release(parsed(releaseArgs, asked.args, 'args'));
    case 'readmit':
      return node.readmit(parsed(readmitArgs, asked.args, 'args').member);
    case 'log':
      return logAnswer(node, parsed(logArgs, asked.args, 'args'));
    case 'stop':
      // A turn of the clock lets the answer leave first.
      deps.clock.after(20, deps.stop);
      return { stopping: true };
  }
}

function logAnswer(node: NodeApi, asked: z.infer<typeof logArgs>): LogView | LogPage {
  const log = node.log();
  return asked.what === 'view' ? log.view() : log[asked.what](asked.from, asked.count);
}

/** The interchange file as text. @throws OperationError export-too-large */
function exported(node: NodeApi): string {
  const bytes = node.guard().export();
  if (bytes.length <= MAX_EXPORT_BYTES) return latin1(bytes);
  throw new OperationError(
    'export-too-large',
    'fatal',
    `the export has ${bytes.length} bytes, more than a running node hands over: stop it, and export again`,
  );
}

/** Tells the items of a pre-flight while the node runs it. */
async function tellingPreflight(
  id: string,
  { tell }: Asked,
  node: NodeApi,
  act: (id: string) => Promise<CeremonyView>,
): Promise<CeremonyView> {
  let isPast = true;
  const end = node.watch(id, (event) => {
    if (!isPast && event.type === 'preflight') tell(event);
  });
  isPast = false;
  try {
    return await act(id);
  } finally {
    end();
  }
}

/** Tells every event until the ceremony is over or nobody listens; then the ceremony as it is. */
function watch(id: string, { tell, gone }: Asked, node: NodeApi): Promise<CeremonyView> {
  return new Promise((resolve) => {
    const finish = (): void => {
      unsubscribe();
      resolve(ceremonyOf(node, id));
    };
    const unsubscribe = node.watch(id, (event) => {
      tell(event);
      // The event comes before the state that it announces; one turn later both are told.
      if (event.type === 'result') void Promise.resolve().then(finish);
    });
    if (isOver(ceremonyOf(node, id).state)) finish();
    gone.addEventListener('abort', finish, { once: true });
  });
}

async function sign(
  { args, tell }: Asked,
  { node, clock }: AdminDeps,
  requests: Map<string, RequestSummary>,
): Promise<unknown> {
  const { request, signers, deadlineMs } = parsed(signArgs, args, 'args');
  const bytes = bytesOf(request);
  const id = to0x(requestId(decodeRequest(bytes)));
  const askedAtMs = clock.nowMs();
  const note = (summary: Omit<RequestSummary, 'requestId' | 'askedAtMs'>): void => {
    requests.delete(id);
    requests.set(id, { requestId: id, askedAtMs, ...summary });
    const [oldest] = requests.keys();
    if (requests.size > MAX_REMEMBERED && oldest !== undefined) requests.delete(oldest);
  };
  note({ state: 'running' });
  try {
    const report = await node.sign(bytes, { signers, deadlineMs, onProgress: tell });
    note({ state: 'signed', report });
    return report;
  } catch (error) {
    const { code, message } = failureOf(error);
    note({ state: 'failed', failure: { code, message } });
    throw error;
  }
}

/** The ceremony whose id begins so, or the latest. @throws InputError ceremony-unknown */
function ceremonyOf(node: NodeApi, prefix: string): CeremonyView {
  const latest = node.ceremonies().at(-1);
  if (prefix === 'latest' && latest !== undefined) return latest;
  const wanted = prefix.startsWith('0x') ? prefix : `0x${prefix}`;
  const found = node.ceremonies().filter(({ id }) => id.startsWith(wanted));
  const [ceremony] = found;
  if (ceremony !== undefined && found.length === 1) return ceremony;
  const what = found.length === 0 ? 'no ceremony has' : `${found.length} ceremonies have`;
  throw new InputError('ceremony-unknown', 'id', `${what} an id that begins with ${wanted}`);
}

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new InputError('admin-protocol', 'args', 'bytes are not in hex');
  return bytes;
}
