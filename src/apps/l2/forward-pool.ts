import { to0x } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import { type Address, keccak256 } from '../../ethereum/address.ts';
import type { Clock, PoolAnswer, TxPool } from '../../system/ports.ts';

/** To whom transactions are handed on. */
export interface ForwardOptions {
  /** RPC of the sequencer. */
  readonly url: string;
  readonly clock: Pick<Clock, 'after'>;
  /** The own chain's nonce of an account, for when the sequencer does not answer. */
  readonly nonce: (account: Address) => Promise<bigint>;
}

/** Milliseconds for an answer, and the longest one in bytes. */
const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 16_384;

/**
 * The pool of a node that has none: transactions go to the sequencer, and its answer comes back as it is, so
 * that a wallet may ask any node. Nothing waits here, so nothing is listed or announced.
 */
export function forwardPool({ url, clock, nonce }: ForwardOptions): TxPool {
  const ask = (method: string, params: readonly unknown[]): Promise<Reply> =>
    post(url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), clock);
  return {
    add: async (raw) => {
      const reply = await ask('eth_sendRawTransaction', [to0x(raw)]).catch(() => undefined);
      return reply === undefined ? away : answerOf(reply, keccak256(raw));
    },
    pendingNonce: async (account) => {
      const reply = await ask('eth_getTransactionCount', [account, 'pending']).catch(() => undefined);
      const count = reply?.result;
      const isCount = typeof count === 'string' && /^0x[0-9a-f]{1,16}$/.test(count);
      return isCount ? BigInt(count) : nonce(account);
    },
    get: () => undefined,
    candidates: () => [],
    size: () => ({ ready: 0, queued: 0, bytes: 0 }),
  };
}

const away: PoolAnswer = {
  kind: 'refused',
  code: 'sequencer-away',
  message: 'the sequencer does not answer: send the transaction again',
};

function answerOf({ error }: Reply, hash: Uint8Array): PoolAnswer {
  // It is known, but not here: nobody can be told more of it by this node.
  if (error === undefined) return { kind: 'accepted', hash, isKnown: true };
  return { kind: 'refused', code: error.reason ?? 'sequencer-away', message: error.message };
}

interface Reply {
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly reason?: string | undefined };
}

async function post(url: string, body: string, clock: Pick<Clock, 'after'>): Promise<Reply> {
  const late = new AbortController();
  const cancel = clock.after(TIMEOUT_MS, () => late.abort());
  try {
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(url, {
      ...{ method: 'POST', headers, body, redirect: 'error', signal: late.signal },
    });
    const text = await reply.text();
    if (text.length > MAX_ANSWER_BYTES)
      throw new OperationError('sequencer-away', 'retry', `${url} gives an answer without an end`);
    return replyIn(JSON.parse(text));
  } finally {
    cancel();
  }
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

function replyIn(value: unknown): Reply {
  const { result, error } = fieldsOf(value);
  if (error === undefined || error === null) return { result };
  const { message, data } = fieldsOf(error);
  const { reason } = fieldsOf(data);
  return {
    error: { message: String(message), reason: typeof reason === 'string' ? reason : undefined },
  };
}
