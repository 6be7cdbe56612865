import { describe, expect, it } from 'vitest';

import { healthOf, serveStatus } from '../../../src/apps/status-http.ts';
import { fakeNode, sampleStatus } from './fake-node.ts';

describe('the status pages', () => {
  it('say that the process lives, whether it can sign, and why not', async () => {
    const node = fakeNode();
    const server = await serveStatus('127.0.0.1:0', node);
    const get = async (path: string) => {
      const response = await fetch(`http://${server.address}${path}`);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    expect(await get('/livez')).toEqual({ status: 200, body: { status: 'alive' } });
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/v1/status')).body).toMatchObject({ name: 'amber-heron', checks: [] });
    node.state = 'too-few-peers';
    expect(await get('/readyz')).toEqual({ status: 503, body: { status: 'not-ready' } });
    await server.close();
  });

  it('name what is missing, with a remedy', () => {
    expect(healthOf({ ...sampleStatus, state: 'no-key' })).toMatchObject([{ check: 'key-not-loaded' }]);
    expect(healthOf({ ...sampleStatus, state: 'too-few-peers' })).toMatchObject([
      { check: 'peers-below-quorum', reason: 'not connected: brisk-otter' },
    ]);
    expect(healthOf({ ...sampleStatus, state: 'quarantine' })).toMatchObject([
      { check: 'quarantine', severity: 'critical', remedy: expect.stringMatching(/conclave node release/) },
    ]);
    expect(healthOf(sampleStatus)).toEqual([]);
  });
});
