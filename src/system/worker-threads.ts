import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type Transferable, Worker, parentPort } from 'node:worker_threads';

import { Bug } from '../crypto/errors.ts';
import type { WorkerThread, Workers } from './ports.ts';

/** What a thread runs. */
export interface WorkerOptions {
  /** The module that the thread runs, `.ts` from sources or `.js` when compiled. */
  readonly entry: URL;
  /** Heap of one thread, in MiB. */
  readonly maxHeapMiB?: number;
}

/** Heap of one thread unless stated, in MiB. */
const MAX_HEAP_MIB = 1_024;

/** Threads of `node:worker_threads`. They get no environment and none of our arguments. */
export function createWorkers(options: WorkerOptions): Workers {
  return { start: () => startThread(options) };
}

/**
 * Beside which name a module finds its worker: the same ending as its own, so that sources start sources and
 * compiled files start compiled ones.
 */
export const besides = (moduleUrl: string, name: string): URL =>
  new URL(`${name}${moduleUrl.endsWith('.ts') ? '.ts' : '.js'}`, moduleUrl);

function startThread({ entry, maxHeapMiB = MAX_HEAP_MIB }: WorkerOptions): WorkerThread {
  const isSource = entry.pathname.endsWith('.ts');
  const worker = new Worker(isSource ? sourceStarter(entry) : entry, {
    ...{ eval: isSource, env: {}, argv: [], execArgv: [] },
    resourceLimits: { ['maxOldGenerationSizeMb']: maxHeapMiB }, // the name is Node's own
  });
  const closers: ((reason: string) => void)[] = [];
  let ended: string | undefined;
  const end = (reason: string): void => {
    if (ended !== undefined) return;
    ended = reason;
    for (const handler of closers) handler(reason);
  };
  // The message of an error is for our log: a thread holds secrets, but its errors never do.
  worker.on('error', (cause: unknown) =>
    end(cause instanceof Error ? `${cause.name}: ${cause.message}` : 'unknown'),
  );
  worker.on('messageerror', () => void worker.terminate());
  worker.on('exit', (code) => end(`exit ${code}`));
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    onMessage: (handler) => void worker.on('message', handler),
    onExit: (handler) => {
      if (ended === undefined) closers.push(handler);
      else handler(ended);
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}

/**
 * Sources need the loader that also runs this program from sources. `--import` does not reach the module
 * loader of a thread in Node 20, so the thread registers it itself. Compiled files need none.
 */
function sourceStarter(entry: URL): string {
  // The twin for `require` looks for its parts in a folder that is not there.
  const api = pathToFileURL(
    createRequire(entry)
      .resolve('tsx/esm/api')
      .replace(/[.]cjs$/, '.mjs'),
  ).href;
  const [loader, module] = [JSON.stringify(api), JSON.stringify(entry.href)];
  return `import(${loader}).then(({ register }) => { register(); return import(${module}); });`;
}

/**
 * The side of the thread: how its entry module speaks with who started it. @throws Bug outside a worker
 * thread
 */
export function insideWorker(): {
  readonly post: (message: unknown, transfer?: readonly ArrayBuffer[]) => void;
  readonly onMessage: (handler: (message: unknown) => void) => void;
} {
  const port = parentPort;
  if (port === null) throw new Bug('this module runs in a worker thread only');
  return {
    post: (message, transfer: readonly Transferable[] = []) => port.postMessage(message, [...transfer]),
    onMessage: (handler) => void port.on('message', handler),
  };
}
