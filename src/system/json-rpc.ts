import { OperationError } from '../crypto/errors.ts';

/** Milliseconds for one call; the first blob of a fresh anvil takes seconds. */
const CALL_TIMEOUT_MS = 60_000;

/** Calls one JSON-RPC method of one endpoint, once. */
export type JsonRpc = (method: string, params?: readonly unknown[]) => Promise<unknown>;

/**
 * The bare calls of a development L1, for which no library has a function.
 * The returned function throws OperationError l1-unreachable | l1-rejected.
 */
export function jsonRpc(url: string): JsonRpc {
  let id = 0;
  return async (method, params = []) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params });
    const { result, error } = await post(url, body);
    if (error === undefined) return result;
    throw new OperationError('l1-rejected', 'fatal', `${method} was refused: ${String(error.message)}`);
  };
}

interface Reply {
  readonly result?: unknown;
  readonly error?: { readonly message?: unknown };
}

async function post(url: string, body: string): Promise<Reply> {
  try {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    return (await reply.json()) as Reply;
  } catch (cause) {
    throw new OperationError('l1-unreachable', 'retry', `${url} does not answer`, { cause });
  }
}
