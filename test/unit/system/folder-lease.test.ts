import { fork, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { InputError } from '../../../src/crypto/errors.ts';
import { LEASE_SOCKET, askNode, takeFolder } from '../../../src/system/folder-lease.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => void (folder = fs.mkdtempSync(join(tmpdir(), 'lease-'))));
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Another process that binds the socket as a node does, in a few lines of plain JavaScript. */
async function otherHolder(): Promise<ChildProcess> {
  const script = join(folder, 'holder.mjs');
  fs.mkdirSync(join(folder, 'run'), { mode: 0o700 });
  fs.writeFileSync(
    script,
    `import { createServer } from 'node:net';
     const who = JSON.stringify({ pid: process.pid, sinceMs: 1700000000000 }) + '\\n';
     const server = createServer((s) => s.end(who));
     server.listen(${JSON.stringify(join(folder, LEASE_SOCKET))}, () => process.send('held'));`,
  );
  const child = fork(script, { execArgv: [] });
  children.push(child);
  await new Promise((resolve) => child.once('message', resolve));
  return child;
}

describe('the lease of a data folder', () => {
  it('is held once, and can be taken again when it was released', async () => {
    const lease = await takeFolder(folder, 1_700_000_000_000);
    await expect(takeFolder(folder, 5)).rejects.toMatchObject({ code: 'lease-held', level: 'fatal' });
    await expect(takeFolder(folder, 5)).rejects.toThrow(
      `by process ${process.pid} since 2023-11-14T22:13:20.000Z`,
    );
    await lease.release();
    const again = await takeFolder(folder, 6);
    await again.release();
    expect(fs.existsSync(join(folder, LEASE_SOCKET))).toBe(false);
  });

  it('of another process is refused while that runs, and taken over when it was killed', async () => {
    const child = await otherHolder();
    await expect(takeFolder(folder, 5)).rejects.toThrow(`by process ${child.pid} since 2023`);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(fs.existsSync(join(folder, LEASE_SOCKET))).toBe(true);
    const lease = await takeFolder(folder, 5);
    await lease.release();
  });

  it('that is stale goes to one of three that come at once', async () => {
    const child = await otherHolder();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    const results = await Promise.allSettled([1, 2, 3].map((sinceMs) => takeFolder(folder, sinceMs)));
    const leases = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(leases).toHaveLength(1);
    expect(JSON.parse(await askNode(folder, 'who'))).toEqual(leases[0]?.holder);
    await leases[0]?.release();
    expect(fs.readdirSync(join(folder, 'run'))).toEqual([]);
  });

  it('goes to one of two that come at once', async () => {
    const results = await Promise.allSettled([takeFolder(folder, 1), takeFolder(folder, 2)]);
    const leases = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(leases).toHaveLength(1);
    await leases[0]?.release();
  });

  it('is a socket that others cannot open', async () => {
    const lease = await takeFolder(folder, 1);
    expect(fs.statSync(join(folder, LEASE_SOCKET)).mode & 0o777).toBe(0o600);
    expect(fs.statSync(join(folder, 'run')).mode & 0o777).toBe(0o700);
    await lease.release();
  });

  it('is not taken from a holder that says nothing sensible', async () => {
    fs.mkdirSync(join(folder, 'run'), { mode: 0o700 });
    const server = createServer((socket) => socket.resume().end('hello\n')).listen(
      join(folder, LEASE_SOCKET),
    );
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(takeFolder(folder, 5)).rejects.toMatchObject({ code: 'lease-held' });
    await new Promise((resolve) => server.close(resolve));
  });

  it('does not remove what is no socket, and not through a folder that others may write', async () => {
    fs.mkdirSync(join(folder, 'run'), { mode: 0o700 });
    fs.writeFileSync(join(folder, LEASE_SOCKET), 'precious');
    await expect(takeFolder(folder, 5)).rejects.toThrow(InputError);
    expect(fs.readFileSync(join(folder, LEASE_SOCKET), 'utf8')).toBe('precious');
    fs.rmSync(join(folder, LEASE_SOCKET));
    fs.chmodSync(join(folder, 'run'), 0o770);
    await expect(takeFolder(folder, 5)).rejects.toMatchObject({ code: 'bad-permissions' });
  });

  it('keeps no place for one that leaves without a question, nor while it is answered', async () => {
    const lease = await takeFolder(folder, 5);
    let left = 0;
    lease.serve(
      (_, __, gone) =>
        new Promise((resolve) => {
          gone.addEventListener('abort', () => {
            left += 1;
            resolve('late');
          });
        }),
    );
    const path = join(folder, LEASE_SOCKET);
    const leave = (text: string): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect(path, () => socket.end(text));
        socket.resume().once('close', () => resolve());
      });
    // More than there are places: each would hold one for a minute, or for as long as a ceremony takes.
    for (let i = 0; i < 40; i++) await leave(i % 2 === 0 ? '' : 'watch\n');
    expect(left).toBe(20);
    expect(JSON.parse(await askNode(folder, 'who'))).toEqual(lease.holder);
    await lease.release();
  });

  it('sends lines ahead of the answer, to whoever still listens', async () => {
    const lease = await takeFolder(folder, 7);
    const left = new Promise<void>((resolve) =>
      lease.serve(async (_, say, gone) => {
        gone.addEventListener('abort', () => resolve());
        say('one');
        say('two');
        return 'three';
      }),
    );
    const heard: string[] = [];
    expect(await askNode(folder, 'count', { onLine: (line) => heard.push(line) })).toBe('three');
    expect(heard).toEqual(['one', 'two', 'three']);
    await left;
    const never = new AbortController();
    lease.serve(() => new Promise(() => never.abort()));
    await expect(askNode(folder, 'wait', { answerMs: 0, signal: never.signal })).rejects.toThrow('no node');
    await lease.release();
  });

  it('serves one line for one line', async () => {
    const lease = await takeFolder(folder, 7);
    expect(JSON.parse(await askNode(folder, 'status'))).toEqual({ pid: process.pid, sinceMs: 7 });
    lease.serve(async (request) => `you said ${request}`);
    expect(await askNode(folder, 'status')).toBe('you said status');
    expect(JSON.parse(await askNode(folder, 'who'))).toEqual(lease.holder);
    await lease.release();
    await expect(askNode(folder, 'status')).rejects.toMatchObject({ code: 'no-node' });
  });

  it('limits what it reads: a request and an answer', async () => {
    const lease = await takeFolder(folder, 7);
    lease.serve(async () => 'x'.repeat(10_000));
    await expect(askNode(folder, 'status')).rejects.toMatchObject({ code: 'no-node' });
    expect(await askNode(folder, 'status', { maxBytes: 20_000 })).toHaveLength(10_000);
    expect(await askNode(folder, 'y'.repeat(1_100_000)).catch(() => '')).toBe('');
    await lease.release();
  });
});
