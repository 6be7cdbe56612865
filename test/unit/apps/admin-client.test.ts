import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { askAdmin } from '../../../src/apps/admin-client.ts';
import { adminServer } from '../../../src/apps/admin-server.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { type FolderLease, takeFolder } from '../../../src/system/folder-lease.ts';
import { memoryLog } from '../node/helpers.ts';
import { type FakeNode, fakeNode, sampleEvent, sampleView } from './fake-node.ts';

let folder: string;
let lease: FolderLease;
let node: FakeNode;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'admin-'));
  lease = await takeFolder(folder, 1);
  node = fakeNode();
  lease.serve(adminServer({ node, clock: systemClock, log: memoryLog(), stop: () => undefined }).handle);
});
afterEach(async () => {
  await lease.release();
  rmSync(folder, { recursive: true });
});

describe('a question to a running node', () => {
  it('is answered over its socket', async () => {
    expect(await askAdmin(folder, 'status')).toMatchObject({ name: 'amber-heron' });
    expect(await askAdmin(folder, 'ceremonies')).toEqual([sampleView]);
  });

  it('fails as the node failed, with the same code', async () => {
    node.view = undefined;
    const join = askAdmin(folder, 'join', { args: { definition: '0x00' } });
    await expect(join).rejects.toMatchObject({
      name: 'InputError',
      code: 'not-a-member',
      path: 'definition',
    });
  });

  it('hears what happens on the way', async () => {
    const events: unknown[] = [];
    const watched = askAdmin(folder, 'watch', {
      args: { id: 'latest' },
      onProgress: (event) => {
        events.push(event);
        node.view = { ...sampleView, state: 'complete' };
        if (events.length === 1) node.tell(sampleEvent(1, 'result'));
      },
    });
    node.tell(sampleEvent(0, 'round'));
    expect(await watched).toMatchObject({ state: 'complete' });
    expect(events).toMatchObject([{ type: 'round' }, { type: 'result' }]);
  });

  it('finds no node where there is none, or none that speaks this protocol, or in no time', async () => {
    const left = new AbortController();
    const watched = askAdmin(folder, 'watch', { args: { id: 'latest' }, signal: left.signal });
    left.abort();
    await expect(watched).rejects.toMatchObject({ code: 'no-node' });
    await expect(askAdmin(folder, 'watch', { args: { id: 'latest' }, timeoutMs: 30 })).rejects.toMatchObject({
      code: 'no-node',
    });
    lease.serve(async () => 'hello');
    await expect(askAdmin(folder, 'status')).rejects.toMatchObject({ code: 'admin-protocol' });
    lease.serve(async () => '{"type":"other"}');
    await expect(askAdmin(folder, 'status')).rejects.toMatchObject({ code: 'admin-protocol' });
    await expect(askAdmin(join(folder, 'none'), 'status')).rejects.toMatchObject({ code: 'no-node' });
  });

  it('of a node that is only starting says so', async () => {
    const other = mkdtempSync(join(tmpdir(), 'admin-'));
    const starting = await takeFolder(other, 1);
    await expect(askAdmin(other, 'status')).rejects.toMatchObject({ code: 'node-starting', level: 'retry' });
    await starting.release();
    rmSync(other, { recursive: true });
  });
});
