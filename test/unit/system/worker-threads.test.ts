import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Bug } from '../../../src/crypto/errors.ts';
import type { WorkerThread } from '../../../src/system/ports.ts';
import { besides, createWorkers, insideWorker } from '../../../src/system/worker-threads.ts';

const entry = new URL('./threads/echo.ts', import.meta.url);
let folder: string;
beforeEach(() => void (folder = fs.mkdtempSync(join(tmpdir(), 'threads-'))));
const threads: WorkerThread[] = [];
afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.terminate();
  fs.rmSync(folder, { recursive: true, force: true });
});
function started(from: URL = entry): WorkerThread {
  const thread = createWorkers({ entry: from }).start();
  threads.push(thread);
  return thread;
}
const answer = (thread: WorkerThread): Promise<unknown> =>
  new Promise((resolve) => thread.onMessage(resolve));
const exit = (thread: WorkerThread): Promise<string> => new Promise((resolve) => thread.onExit(resolve));

describe('a worker thread', () => {
  it('runs from sources and answers', async () => {
    const thread = started();
    const answered = answer(thread);
    thread.post({ round: 2, bytes: new Uint8Array([1, 2]) });
    expect(await answered).toEqual({ round: 2, bytes: new Uint8Array([1, 2]) });
  });

  it('takes over the bytes that are transferred', async () => {
    const thread = started();
    const answered = answer(thread);
    const bytes = new Uint8Array(1_000_000).fill(7);
    thread.post(bytes, [bytes.buffer]);
    expect(bytes.length).toBe(0);
    expect(((await answered) as Uint8Array).length).toBe(1_000_000);
  });

  it('sees neither our environment nor our arguments', async () => {
    const thread = started();
    const answered = answer(thread);
    thread.post('about');
    expect(await answered).toEqual({ env: [], argv: [] });
  });

  it('that throws ends itself only, and says why, also to who asks later', async () => {
    const thread = started();
    const ended = exit(thread);
    thread.post('throw');
    expect(await ended).toBe('Error: as asked');
    expect(await exit(thread)).toBe('Error: as asked');
  });

  it('that exits says with which code', async () => {
    const thread = started();
    const ended = exit(thread);
    thread.post('exit');
    expect(await ended).toBe('exit 3');
  });

  it('can be ended while it is busy', async () => {
    const thread = started();
    const answered = answer(thread);
    thread.post('ready');
    await answered;
    const ended = exit(thread);
    thread.post('spin');
    await thread.terminate();
    expect(await ended).toBe('exit 1');
  });

  it('of a file that does not exist ends with the reason', async () => {
    expect(await exit(started(new URL('./threads/none.js', import.meta.url)))).toMatch(/Cannot find module/);
  });

  it('runs from a compiled file, without the loader', async () => {
    const file = join(folder, 'compiled.mjs');
    fs.writeFileSync(
      file,
      `import { parentPort } from 'node:worker_threads';
       parentPort.on('message', (message) => parentPort.postMessage([message, process.execArgv]));`,
    );
    const thread = started(pathToFileURL(file));
    const answered = answer(thread);
    thread.post('hello');
    expect(await answered).toEqual(['hello', []]);
  });

  it('runs from sources when the program itself does', () => {
    const file = join(folder, 'from-sources.mjs');
    const shell = new URL('../../../src/system/worker-threads.ts', import.meta.url).href;
    fs.writeFileSync(
      file,
      `import { createWorkers } from ${JSON.stringify(shell)};
       const thread = createWorkers({ entry: new URL(${JSON.stringify(entry.href)}) }).start();
       thread.onMessage(async (message) => { console.log(message); await thread.terminate(); });
       thread.onExit((reason) => console.log(reason));
       thread.post('hello');`,
    );
    const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const printed = execFileSync(process.execPath, ['--import', loader, file], { encoding: 'utf8' });
    expect(printed).toMatch(/^hello\n/);
  });
});

it('a worker has the ending of the module that starts it', () => {
  expect(besides('file:///a/src/apps/main.ts', './worker').href).toBe('file:///a/src/apps/worker.ts');
  expect(besides('file:///a/dist/apps/main.js', './worker').href).toBe('file:///a/dist/apps/worker.js');
});

it('the inner side is refused outside a thread', () => {
  expect(() => insideWorker()).toThrow(Bug);
});
