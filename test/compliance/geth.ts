import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findBinary } from '../../src/system/find-binary.ts';
import { parseEngineSecret, type EngineAccess } from '../../src/system/engine-rpc.ts';

/** Milliseconds until a start, or an end, has failed. */
const PATIENCE_MS = 60_000;
const SECRET = '5e'.repeat(32);
// The flags alone would still open a socket for peers, at all addresses.
const CONFIG = '[Node.P2P]\nListenAddr = ""\nMaxPeers = 0\nNoDiscovery = true\n';

/** A geth that runs, on loopback and without peers. */
export interface Geth extends EngineAccess {
  /** Ends it as an operator does: it writes what it holds. */
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

/** Where geth is; none on a machine without Go, unless somebody has put it there. */
export const gethBinary: string | undefined = findBinary('geth');

/** Makes the data folder of a chain. */
export async function initGeth(folder: string, genesis: object): Promise<void> {
  const file = join(folder, 'genesis.json');
  writeFileSync(file, JSON.stringify(genesis));
  writeFileSync(join(folder, 'secret.hex'), SECRET, { mode: 0o600 });
  writeFileSync(join(folder, 'geth.toml'), CONFIG);
  await promisify(execFile)(gethBinary ?? 'geth', [
    'init',
    '--state.scheme',
    'hash',
    '--datadir',
    join(folder, 'data'),
    file,
  ]);
}

/** Starts it on a folder of `initGeth`. */
export async function startGeth(folder: string): Promise<Geth> {
  const child = spawn(
    gethBinary ?? 'geth',
    [
      ...['--config', join(folder, 'geth.toml'), '--datadir', join(folder, 'data'), '--ipcdisable'],
      ...['--nat', 'none', '--syncmode', 'full', '--gcmode', 'archive', '--cache', '128'],
      // By default it keeps states in memory, and after a kill begins again with block 0.
      ...['--state.scheme', 'hash', '--engine.maxreorgdepth', '0'],
      ...['--authrpc.addr', '127.0.0.1', '--authrpc.port', '0'],
      ...['--authrpc.jwtsecret', join(folder, 'secret.hex')],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  process.once('exit', () => void child.kill('SIGKILL'));
  const end = async (signal: 'SIGINT' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return {
    url: `http://${await authAddress(child)}`,
    secret: parseEngineSecret(SECRET, 'test'),
    stop: () => end('SIGINT'),
    kill: () => end('SIGKILL'),
  };
}

/** Where it says that it listens for its driver. */
function authAddress(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`geth said: ${output}`)), PATIENCE_MS);
    child.stderr?.on('data', (chunk) => {
      output += String(chunk);
      const found = /HTTP server started\s+endpoint=(127\.0\.0\.1:\d+) auth=true/.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(`geth ended: ${output}`));
    });
  });
}
