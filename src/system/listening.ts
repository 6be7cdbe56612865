import type { Server } from 'node:http';

import { OperationError, assert } from '../crypto/errors.ts';

/** Where a server listens; port 0 takes any that is free. */
export interface ListenAt {
  /** As it was written, for messages. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
}

/** Listens, and gives `host:port` with the port that was bound. @throws OperationError port-in-use */
export async function listenOn(server: Server, { address, host, port }: ListenAt): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `${address} cannot be listened on (${cause.code ?? 'unknown'})`;
      reject(new OperationError('port-in-use', 'fatal', message, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
  const bound = server.address();
  assert(typeof bound === 'object' && bound !== null, 'a server that listens has a port');
  return host.includes(':') ? `[${host}]:${bound.port}` : `${host}:${bound.port}`;
}
