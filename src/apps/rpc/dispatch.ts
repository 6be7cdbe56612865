import { OperationError } from '../../crypto/errors.ts';
import type { Clock, Log } from '../../system/ports.ts';
import { Gate } from './gate.ts';
import { type JsonObject, fieldOf, isObject, readJson } from './json-text.ts';
import type { RpcLimits } from './limits.ts';
import type { Method, Methods, Session } from './method.ts';
import { Params } from './params.ts';
import { executionAborted } from './revert.ts';
import { RpcError, invalidParams, limitExceeded, rpcCodes, serverError } from './rpc-error.ts';

/** What answering needs beside the methods. */
export interface DispatchDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: RpcLimits;
}

/** Answers bodies of JSON-RPC; `undefined` where nobody waits for an answer. */
export type Dispatch = (body: Uint8Array, session?: Session) => Promise<string | undefined>;

type Id = string | number | null;

/** One call, read. */
interface Call {
  /** Absent where the caller wants no answer. */
  readonly id: Id | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** Answers calls and batches of calls; whatever comes in, it never throws. [JSON-RPC 2.0] */
export function createDispatch(methods: Methods, deps: DispatchDeps): Dispatch {
  const table = new Map(Object.entries(methods));
  const { heavy, calls, waiting } = deps.limits;
  const gates = {
    heavy: new Gate({ running: heavy, waiting, rests: true }, deps.clock),
    calls: new Gate({ running: calls, waiting, rests: false }, deps.clock),
  };
  const one = (value: unknown, session: Session | undefined): Promise<string | undefined> =>
    answerTo(value, (call) => resultOf(call, { table, gates, deps, session }), deps);
  return async (body, session) => {
    const read = tryRead(body, deps.limits);
    if (read instanceof RpcError) return failure(null, read);
    if (!Array.isArray(read)) return one(read, session);
    if (read.length === 0) return failure(null, invalidRequest('empty batch'));
    if (read.length > deps.limits.batch) return failure(null, invalidRequest('batch too large'));
    const turns = turnsOf(read, ({ method }) => table.get(method)?.sharesDisk === true);
    return answerBatch(turns, (value) => one(value, session), deps);
  };
}

const invalidRequest = (message: string): RpcError => new RpcError(rpcCodes.invalidRequest, message);

function tryRead(body: Uint8Array, { depth }: RpcLimits): unknown {
  try {
    return readJson(body, depth);
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
}

/** Calls that wait for a disk together, at most: reading each of them holds the thread. */
const MOST_TOGETHER = 128;

/** The calls of a batch in their order: what shares a disk in one turn with its like, all else alone. */
function turnsOf(
  values: readonly unknown[],
  shares: (call: Call) => boolean,
): readonly (readonly unknown[])[] {
  const turns: unknown[][] = [];
  let isOpen = false;
  for (const value of values) {
    const call = readCall(value);
    const isShared = !('error' in call) && shares(call);
    const last = turns.at(-1);
    if (isShared && isOpen && last !== undefined && last.length < MOST_TOGETHER) last.push(value);
    else turns.push([value]);
    isOpen = isShared;
  }
  return turns;
}

/**
 * One turn after the other, so that a batch is no way to take more than one place. When it has said too much,
 * or has taken too long, what is left of it is not done.
 */
async function answerBatch(
  turns: readonly (readonly unknown[])[],
  one: (value: unknown) => Promise<string | undefined>,
  { clock, limits }: DispatchDeps,
): Promise<string | undefined> {
  const answers: string[] = [];
  const endMs = clock.monotonicMs() + limits.callMs;
  let length = 0;
  const refusal = (): RpcError | undefined => {
    if (length >= limits.responseBytes) return new RpcError(rpcCodes.responseTooLarge, 'response too large');
    return clock.monotonicMs() >= endMs ? timedOut() : undefined;
  };
  for (const turn of turns) {
    const refused = refusal();
    const answered = await Promise.all(
      turn.map(async (value) => (refused === undefined ? one(value) : failureOf(value, refused))),
    );
    for (const answer of answered) {
      if (answer === undefined) continue;
      answers.push(answer);
      length += answer.length;
    }
  }
  return answers.length === 0 ? undefined : `[${answers.join(',')}]`;
}

const timedOut = (): RpcError => new RpcError(rpcCodes.timeout, 'request timed out');

/** The failure of a call that is not made. */
function failureOf(value: unknown, error: RpcError): string | undefined {
  const call = readCall(value);
  if ('error' in call) return failure(call.id, call.error);
  return call.id === undefined ? undefined : failure(call.id, error);
}

async function answerTo(
  value: unknown,
  result: (call: Call) => Promise<unknown>,
  deps: DispatchDeps,
): Promise<string | undefined> {
  const call = readCall(value);
  if ('error' in call) return failure(call.id, call.error);
  const answer = await result(call).then(
    (found) => success(call.id ?? null, found, deps.limits.responseBytes),
    (error: unknown) => failure(call.id ?? null, told(error, call, deps)),
  );
  return call.id === undefined ? undefined : answer;
}

function success(id: Id, result: unknown, mostBytes: number): string {
  const text = JSON.stringify(result ?? null);
  if (text.length > mostBytes)
    return failure(id, new RpcError(rpcCodes.responseTooLarge, 'response too large'));
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${text}}`;
}

function failure(id: Id, { rpcCode, message, data }: RpcError): string {
  const error = { code: rpcCode, message, ...(data === undefined ? {} : { data }) };
  return JSON.stringify({ jsonrpc: '2.0', id, error });
}

/** Reads the envelope of one call. */
function readCall(value: unknown): Call | { readonly id: Id; readonly error: RpcError } {
  if (!isObject(value)) return { id: null, error: invalidRequest('invalid request') };
  const id = idOf(value);
  const method = fieldOf(value, 'method');
  if (id === 'bad' || typeof method !== 'string' || fieldOf(value, 'jsonrpc') !== '2.0')
    return { id: id === 'bad' ? null : (id?.id ?? null), error: invalidRequest('invalid request') };
  return { id: id?.id, method, params: fieldOf(value, 'params') };
}

/** A number that JavaScript would print otherwise than it came is none that a caller could find again. */
function idOf(value: JsonObject): { readonly id: Id } | 'bad' | undefined {
  if (!Object.hasOwn(value, 'id')) return undefined;
  const id = fieldOf(value, 'id');
  if (typeof id === 'string' || id === null) return { id };
  if (typeof id !== 'number') return 'bad';
  return Number.isSafeInteger(id) || (Number.isFinite(id) && !Number.isInteger(id)) ? { id } : 'bad';
}

interface Running {
  readonly table: ReadonlyMap<string, Method>;
  readonly gates: { readonly heavy: Gate; readonly calls: Gate };
  readonly deps: DispatchDeps;
  readonly session: Session | undefined;
}

async function resultOf({ method: name, params }: Call, running: Running): Promise<unknown> {
  const { table, gates, deps, session } = running;
  const method = table.get(name);
  if (method === undefined)
    throw new RpcError(rpcCodes.methodNotFound, `the method ${shown(name)} does not exist/is not available`);
  if (params !== undefined && params !== null && !Array.isArray(params))
    throw invalidParams('non-array args');
  const list: readonly unknown[] = Array.isArray(params) ? params : [];
  if (list.length > method.most) throw invalidParams(`too many arguments, want at most ${method.most}`);
  const work = async (): Promise<unknown> => method.run(new Params(list), session);
  const gate = method.isCall === true ? gates.calls : method.isHeavy === true ? gates.heavy : undefined;
  if (gate === undefined) return within(work(), deps);
  if (gate.isFull) throw limitExceeded('too many calls at a time; try again');
  // Nobody waits any more for what has waited for its turn too long.
  const endMs = deps.clock.monotonicMs() + deps.limits.callMs;
  const inTime = (): Promise<unknown> =>
    deps.clock.monotonicMs() < endMs ? work() : Promise.reject(timedOut());
  return within(gate.run(inTime), deps);
}

/** A name as a message repeats it. */
const shown = (name: string): string => (name.length > 64 ? `${name.slice(0, 64)}…` : name);

/** What is not done in time goes on, but nobody waits for it. */
function within(work: Promise<unknown>, { clock, limits }: DispatchDeps): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limits.callMs, () => reject(timedOut()));
    void work.then(resolve, reject).finally(cancel);
  });
}

/** What a caller is told of a failure: of our own ones nothing that is for the operator alone. */
function told(error: unknown, { method }: Call, { log, limits }: DispatchDeps): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof OperationError && error.code === 'engine-unknown-block')
    return serverError('header not found');
  if (error instanceof OperationError && error.code === 'call-timeout')
    return executionAborted(limits.executionMs);
  log.error('rpc method failed', { method: shown(method), reason: reasonOf(error) });
  return new RpcError(rpcCodes.internal, 'internal error');
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
