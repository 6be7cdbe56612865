import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { forwardPool } from '../../../../src/apps/l2/forward-pool.ts';
import { addressFromBytes, keccak256 } from '../../../../src/ethereum/address.ts';
import { systemClock } from '../../../../src/system/clock.ts';
import type { TxPool } from '../../../../src/system/ports.ts';

const account = addressFromBytes(new Uint8Array(20).fill(3));
const raw = Uint8Array.of(2, 0xc0);
const asked: unknown[] = [];
let answer: object = {};
let pool: TxPool;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    const { method, params } = JSON.parse(body) as { method: string; params: unknown };
    asked.push([method, params]);
    response.end(JSON.stringify(answer));
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  pool = forwardPool({ url, clock: systemClock, nonce: async () => 4n });
});
afterAll(() => void server.close());

it('a transaction goes to the sequencer, and its answer comes back', async () => {
  answer = { result: '0x12' };
  expect(await pool.add(raw)).toEqual({ kind: 'accepted', hash: keccak256(raw), isKnown: true });
  expect(asked.at(-1)).toEqual(['eth_sendRawTransaction', ['0x02c0']]);
  answer = { error: { code: -32000, message: 'nonce too low: next 4', data: { reason: 'pool-nonce' } } };
  expect(await pool.add(raw)).toEqual({
    ...{ kind: 'refused', code: 'pool-nonce', message: 'nonce too low: next 4' },
  });
  expect(pool.size()).toEqual({ ready: 0, queued: 0, bytes: 0 });
});

it('the next nonce is that of the pool of the sequencer, and else that of the own chain', async () => {
  answer = { result: '0x9' };
  expect(await pool.pendingNonce(account)).toBe(9n);
  expect(asked.at(-1)).toEqual(['eth_getTransactionCount', [account, 'pending']]);
  for (answer of [
    { result: 'nine' },
    { result: 9 },
    { error: { message: 'no' } },
    { result: '0x' + 'f'.repeat(20_000) },
  ])
    expect(await pool.pendingNonce(account)).toBe(4n);
});

it('a sequencer that does not answer is named as the reason', async () => {
  const nobody = forwardPool({ url: 'http://127.0.0.1:1', clock: systemClock, nonce: async () => 4n });
  expect(await nobody.add(raw)).toMatchObject({ kind: 'refused', code: 'sequencer-away' });
  expect(await nobody.pendingNonce(account)).toBe(4n);
});
