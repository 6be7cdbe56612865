import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fromHex } from '../../src/crypto/bytes.ts';
import { systemClock } from '../../src/system/clock.ts';
import { openDisk } from '../../src/system/disk.ts';
import { openPool } from './pool-house.ts';

const here = (name: string): string => join(import.meta.dirname, name);
/** Where the process dies: before the call of this number. Each group of transactions makes one of each. */
const kills = [
  { call: 'write', nth: 1 },
  { call: 'fsync', nth: 2 },
  { call: 'write', nth: 7 },
  { call: 'fsync', nth: 12 },
] as const;

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pool-kill-')));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Lets a process take transactions until it is killed, and gives the hashes that it has acknowledged. */
function takenUntil(kill: (typeof kills)[number], firstNonce: number): Promise<readonly string[]> {
  const flags = ['--import', 'tsx', '--import', here('../kills/kill-at.mjs')];
  const child = spawn(process.execPath, [...flags, here('pool-child.ts'), folder, `${firstNonce}`], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (said === '') child.send(kill);
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (_, signal) => {
      if (signal === 'SIGKILL') resolve(said.split('\n').slice(1, -1));
      else reject(new Error(`it ended by itself: ${said}`));
    });
  });
}

describe('a process with a pool that is killed', () => {
  it('at any call of its disk has all that it has acknowledged when it starts again', async () => {
    const acknowledged: string[] = [];
    for (const kill of kills) {
      acknowledged.push(...(await takenUntil(kill, Math.floor(acknowledged.length / 4))));
      const pool = await openPool(openDisk({ folder }), systemClock);
      const missing = acknowledged.filter((hash) => pool.get(fromHex(hash)!) === undefined);
      expect(missing).toEqual([]);
      expect(pool.size().queued).toBe(0);
    }
    expect(acknowledged.length).toBeGreaterThan(40);
  }, 120_000);
});
