import { randomInt } from 'node:crypto';
import { type Server, createServer } from 'node:net';

import { assert } from '../../src/crypto/errors.ts';

/** From 32,768 on outgoing connections take their ports: one free there may be gone a moment later. */
const [FIRST, END] = [22_000, 27_000];

/** Free ports of loopback: all are held until the last is found, so that they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listening));
  const ports = servers.map((server) => {
    const address = server.address();
    assert(typeof address === 'object' && address !== null, 'a listening server has an address');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** On a port that is free; another is tried where one is not. */
const listening = (): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') server.listen(randomInt(FIRST, END), '127.0.0.1');
      else reject(error);
    });
    server.listen(randomInt(FIRST, END), '127.0.0.1', () => resolve(server));
  });
