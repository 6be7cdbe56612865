import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import { verifierQuestionCodec } from '../../../src/chain/batch-verifier.ts';
import { decode } from '../../../src/crypto/codec.ts';
import { verifierClient } from '../../../src/apps/verifier-client.ts';
import { systemClock } from '../../../src/system/clock.ts';

const question = {
  ...{ index: 3n, da: 'blobs' as const, payload: new Uint8Array(90).fill(5) },
  blocksRoot: new Uint8Array(32).fill(6),
};

/** A server that gives one answer, or none at all. */
async function serving(
  answer: string | undefined,
  status = 200,
  busyTimes = 0,
): Promise<{ url: string; asked: Buffer[] }> {
  const asked: Buffer[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      asked.push(Buffer.concat(parts));
      if (asked.length <= busyTimes) response.writeHead(503).end('{"verdict":"again"}');
      else if (answer !== undefined) response.writeHead(status).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe('the client of a verifier', () => {
  it.each([
    ['{"verdict":"ok"}', 200, { kind: 'ok' }],
    ['{"verdict":"refused","reason":"block 2"}', 200, { kind: 'refused', reason: 'block 2' }],
    ['{"verdict":"refused"}', 200, { kind: 'unreachable' }],
    ['{"verdict":"maybe"}', 200, { kind: 'unreachable' }],
    ['{', 200, { kind: 'unreachable' }],
    ['null', 200, { kind: 'unreachable' }],
    ['{"verdict":"ok"}', 500, { kind: 'unreachable' }],
    [`{"verdict":"ok","x":"${'x'.repeat(5_000)}"}`, 200, { kind: 'unreachable' }],
  ])('reads %s with status %i', async (answer, status, expected) => {
    const { url, asked } = await serving(answer, status);
    expect(await verifierClient({ url, clock: systemClock })(question)).toMatchObject(expected);
    expect(decode(verifierQuestionCodec, Uint8Array.from(asked[0]!), 'question')).toEqual(question);
  });

  it('asks one that is busy again, and says so where it stays busy', async () => {
    const { url, asked } = await serving('{"verdict":"ok"}', 200, 2);
    expect(await verifierClient({ url, clock: systemClock })(question)).toEqual({ kind: 'ok' });
    expect(asked).toHaveLength(3);
    const busy = await serving('{"verdict":"ok"}', 200, 1_000);
    expect(await verifierClient({ url: busy.url, timeoutMs: 150, clock: systemClock })(question)).toEqual({
      ...{ kind: 'unreachable', reason: `${busy.url} is busy` },
    });
  });

  it('says that one is unreachable who does not answer in time, or is not there', async () => {
    const { url } = await serving(undefined);
    expect(await verifierClient({ url, timeoutMs: 50, clock: systemClock })(question)).toMatchObject({
      kind: 'unreachable',
    });
    expect(await verifierClient({ url: 'http://127.0.0.1:1', clock: systemClock })(question)).toMatchObject({
      kind: 'unreachable',
    });
  });
});
