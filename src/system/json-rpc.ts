import { OperationError } from '../crypto/errors.ts';
import { shownUrl } from './shown-url.ts';

/** Milliseconds for one call; the first blob of a fresh anvil takes seconds. */
const CALL_TIMEOUT_MS = 60_000;
/** The longest answer: receipts of a full block of L1, or a full block of L2 in hex, are shorter. */
const MAX_ANSWER_BYTES = 67_108_864;

/** Calls one JSON-RPC method of one endpoint, once. */
export type JsonRpc = (method: string, params?: readonly unknown[]) => Promise<unknown>;

/**
 * The bare calls of a development L1, for which no library has a function.
 * The returned function throws OperationError l1-unreachable | l1-rejected.
 */
export function jsonRpc(url: string, timeoutMs: number = CALL_TIMEOUT_MS): JsonRpc {
  let id = 0;
  return async (method, params = []) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params });
    const { result, error } = await post(url, body, timeoutMs);
    // Some write `null` for no error.
    if (error === undefined || error === null) return result;
    throw new OperationError('l1-rejected', 'fatal', `${method} was refused: ${String(error.message)}`);
  };
}

interface Reply {
  readonly result?: unknown;
  readonly error?: { readonly message?: unknown } | null;
}

async function post(url: string, body: string, timeoutMs: number): Promise<Reply> {
  try {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    return replyIn(await bytesOf(reply));
  } catch (cause) {
    const what = cause instanceof OperationError ? cause.message : 'does not answer';
    throw new OperationError('l1-unreachable', 'retry', `${shownUrl(url)} ${what}`, { cause });
  }
}

const unusable = (what: string): OperationError => new OperationError('l1-unreachable', 'retry', what);

/** Whoever answers may lie: what has no end is not read to its end. */
async function bytesOf(reply: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | null = reply.body;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > MAX_ANSWER_BYTES) throw unusable(`answers with more than ${MAX_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}

function replyIn(bytes: Uint8Array): Reply {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw unusable('answers with no object');
}
