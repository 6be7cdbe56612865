import { maxBlockPayload } from '../chain/block-batch.ts';
import { bytesToBigint, concat, fromHex, to0x, u64 } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import type { Address } from '../ethereum/address.ts';
import { DacClient, type DacClientDeps, type DacPeer } from '../services/dac/client.ts';
import type { DacMember } from '../services/dac/member.ts';
import { type BytesRoute, type RpcServer, serveRpc } from '../system/network-rpc.ts';
import type { Clock } from '../system/ports.ts';

/** POST expiry (u64) ‖ payload: the signature of the member. */
const KEEP = '/dac/v1/keep';
/** POST hash: the payload. */
const FETCH = '/dac/v1/fetch';
const EXPIRY_BYTES = 8;
const HASH_BYTES = 32;
/** Hex of a payload, and what JSON puts around it. */
const MAX_ANSWER: number = 2 * maxBlockPayload('committee') + 256;

/** Where a member serves. */
export interface DacServerOptions {
  /** `host:port` */
  readonly address: string;
  readonly beyondLoopback?: boolean;
  /** Host names that are answered beside loopback. */
  readonly allowedHosts?: readonly string[];
}

/**
 * Serves a member. Bodies and connections are bounded; nothing is read for pages. @throws OperationError
 * port-in-use
 */
export function serveDac(options: DacServerOptions, member: DacMember): Promise<RpcServer> {
  return serveRpc({
    ...options,
    posts: { [KEEP]: keepRoute(member), [FETCH]: fetchRoute(member) },
    limits: { bodyBytes: maxBlockPayload('committee') + EXPIRY_BYTES, connections: 64, sockets: 0 },
    answer: () => Promise.resolve(undefined),
    accept: (socket) => socket.close(1_008, 'no sockets here'),
  });
}

const keepRoute =
  (member: DacMember): BytesRoute =>
  async (body) => {
    try {
      const expiry = bytesToBigint(body.subarray(0, EXPIRY_BYTES));
      return { status: 200, body: { signature: to0x(await member.keep(body.slice(EXPIRY_BYTES), expiry)) } };
    } catch (error) {
      if (error instanceof InputError)
        return { status: 400, body: { code: error.code, message: error.message } };
      if (error instanceof OperationError) return { status: 503, body: { code: error.code } };
      return { status: 500, body: { code: 'failed' } };
    }
  };

const fetchRoute =
  (member: DacMember): BytesRoute =>
  (body) => {
    const payload = body.length === HASH_BYTES ? member.payload(body) : undefined;
    return Promise.resolve(
      payload === undefined
        ? { status: 404, body: { code: 'unknown' } }
        : { status: 200, body: { payload: to0x(payload) } },
    );
  };

/** A member that is asked over HTTP. Answers are as long as a payload can be, and no longer. */
export function dacPeer(account: Address, url: string, wait: Wait): DacPeer {
  const ask = async (path: string, body: Uint8Array, field: string): Promise<Uint8Array | undefined> => {
    const { status, answer } = await post(`${url.replace(/\/$/, '')}${path}`, body, wait);
    if (status === 404) return undefined;
    const value = answer[field];
    const bytes = typeof value === 'string' ? fromHex(value) : undefined;
    if (status === 200 && bytes !== undefined) return bytes;
    throw unreachable(`${url} answers ${status}`);
  };
  return {
    account,
    keep: async (payload, expiry) => {
      const signature = await ask(KEEP, concat(u64(expiry), payload), 'signature');
      if (signature === undefined) throw unreachable(`${url} is no member`);
      return signature;
    },
    payload: (hash) => ask(FETCH, hash, 'payload'),
  };
}

/** How a sequencer or a driver names its committee. */
export interface CommitteeSettings {
  readonly members: readonly { readonly url: string; readonly account: Address }[];
  /** Signatures that make a certificate. */
  readonly required: number;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Payloads are kept for two hours more than the 14 days less one hour that the inbox asks for. */
const RETENTION_S = 14n * 86_400n + 3_600n;

/** The committee behind its members' addresses. */
export const committeeOf = (
  { members, required, timeout }: CommitteeSettings,
  { l2ChainId, ...deps }: Omit<DacClientDeps, 'peers'> & { readonly l2ChainId: bigint },
): DacClient =>
  new DacClient(
    { l2ChainId, required, timeoutMs: timeout, retention: RETENTION_S },
    {
      ...deps,
      peers: members.map(({ account, url }) =>
        dacPeer(account, url, { clock: deps.clock, timeoutMs: timeout }),
      ),
    },
  );

const unreachable = (message: string, cause?: unknown): OperationError =>
  new OperationError('peer-unreachable', 'retry', message, { cause });

/** How long an answer may take. */
export interface Wait {
  readonly clock: Pick<Clock, 'after'>;
  readonly timeoutMs: number;
}

async function post(
  url: string,
  body: Uint8Array,
  { clock, timeoutMs }: Wait,
): Promise<{ readonly status: number; readonly answer: Readonly<Record<string, unknown>> }> {
  const late = new AbortController();
  const cancel = clock.after(timeoutMs, () => late.abort());
  try {
    const reply = await fetch(url, {
      ...{ method: 'POST', headers: { 'content-type': 'application/octet-stream' } },
      ...{ body: Uint8Array.from(body), redirect: 'error', signal: late.signal },
    });
    const text = await textOf(reply);
    const answer: unknown = JSON.parse(text);
    return { status: reply.status, answer: Object.fromEntries(Object.entries(answer ?? {})) };
  } catch (cause) {
    throw unreachable(`${url} does not answer`, cause);
  } finally {
    cancel();
  }
}

async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  const parts: AsyncIterable<Uint8Array> | undefined = body ?? undefined;
  let text = '';
  for await (const part of parts ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length > MAX_ANSWER) throw new OperationError('peer-unreachable', 'retry', 'a long answer');
  }
  return text;
}
