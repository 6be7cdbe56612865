import { createHmac } from 'node:crypto';

import { fromHex } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { Secret } from '../crypto/secret.ts';
import type { Clock } from './ports.ts';

/** Where an execution engine listens for its driver, and the secret that both know. */
export interface EngineAccess {
  readonly url: string;
  /** 32 bytes */
  readonly secret: Secret;
}

/** Calls one method of an engine, once. `code` of the answer is the engine's own where it refuses. */
export type EngineRpc = (method: string, params: readonly unknown[]) => Promise<EngineReply>;

/** What an engine answers. */
export type EngineReply =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly code: number; readonly message: string };

/** Milliseconds for one call: a full block of heavy transactions takes an engine seconds. */
const CALL_TIMEOUT_MS = 60_000;
/** Characters of an engine's own words that a message repeats. */
const KEPT_CHARACTERS = 300;

/** The secret of a file: 64 hex digits, 0x before them or not. @throws InputError bad-engine-secret */
export function parseEngineSecret(text: string, path: string): Secret {
  const bytes = fromHex(text.trim());
  if (bytes?.length === 32) return new Secret('engine secret', bytes);
  throw new InputError('bad-engine-secret', path, `${path} does not hold 64 hex digits`);
}

/** A token for one call: HS256 over the time, which an engine takes within 60 s. [Engine API, RFC 7519] */
export function engineToken(secret: Secret, nowMs: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iat: Math.floor(nowMs / 1_000) })}`;
  const mac = secret.use((bytes) => createHmac('sha256', bytes).update(content).digest('base64url'));
  return `${content}.${mac}`;
}

/**
 * The calls of one engine. The returned function throws OperationError engine-unreachable |
 * engine-refuses-us | engine-failed.
 */
export function engineRpc({ url, secret }: EngineAccess, { nowMs }: Pick<Clock, 'nowMs'>): EngineRpc {
  let id = 0;
  return async (method, params) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params });
    const { status, text } = await post(url, body, engineToken(secret, nowMs()));
    if (status === 401 || status === 403)
      throw new OperationError('engine-refuses-us', 'retry', `${url}: ${text.trim() || `HTTP ${status}`}`);
    return replyOf(method, text);
  };
}

async function post(
  url: string,
  body: string,
  token: string,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    return { status: reply.status, text: await reply.text() };
  } catch (cause) {
    throw new OperationError('engine-unreachable', 'retry', `${url} does not answer`, { cause });
  }
}

function replyOf(method: string, text: string): EngineReply {
  const reply = fieldsOf(parsed(text));
  if (reply['error'] === undefined && 'result' in reply) return { kind: 'result', result: reply['result'] };
  const { code, message } = fieldsOf(reply['error']);
  if (typeof code === 'number' && typeof message === 'string')
    return { kind: 'error', code, message: message.slice(0, KEPT_CHARACTERS) };
  const shown = text.slice(0, KEPT_CHARACTERS);
  throw new OperationError('engine-failed', 'retry', `${method}: no answer of an engine: ${shown}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller shows the text
  }
}

/** The fields of an object; none of anything else. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
