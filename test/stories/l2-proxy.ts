import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call of JSON-RPC on its way, and what the endpoint behind answers. */
export interface ProxiedCall {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly result: unknown;
}

/** What becomes of an answer: another one, or a failure of HTTP. */
export type Tampering = (call: ProxiedCall) => unknown;
export const HTTP_500: unique symbol = Symbol('HTTP 500');

/** An endpoint of L1 that stands before an honest one, and may change whatever it says. */
export interface L1Proxy {
  readonly url: string;
  /** Sets what becomes of answers from now on; left out: nothing. */
  readonly tamper: (how?: Tampering) => void;
  readonly close: () => void;
}

const honest: Tampering = ({ result }) => result;

/** Starts one on loopback. */
export async function startL1Proxy(behind: string): Promise<L1Proxy> {
  let tamper = honest;
  const answer = async (request: IncomingMessage, reply: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method, params = [] } = JSON.parse(body) as { method: string; params?: readonly unknown[] };
    const headers = { 'content-type': 'application/json' };
    const said = (await (await fetch(behind, { method: 'POST', headers, body })).json()) as Said;
    const result = 'result' in said ? tamper({ method, params, result: said.result }) : undefined;
    if (result === HTTP_500) reply.writeHead(500).end('no');
    else reply.writeHead(200, headers).end(JSON.stringify('result' in said ? { ...said, result } : said));
  };
  const server = createServer((request, reply) => {
    answer(request, reply).catch(() => reply.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tamper: (how = honest) => void (tamper = how),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Said {
  readonly id: number;
  readonly result?: unknown;
}
