import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { blockOf, lastOnL1 } from './l2-look.ts';
import { HTTP_500, type L1Proxy, type ProxiedCall, type Tampering, startL1Proxy } from './l2-proxy.ts';
import { type TownNode, Town, headsAt, until } from './l2-town.ts';

// The verifier has nothing but an endpoint that lies; the sequencer asks it first, and then an honest one.
let town: Town;
let proxy: L1Proxy;
let sequencer: TownNode;
let verifier: TownNode;
let endpoints: readonly string[] = [];
/** How much was said before a test began. */
let before = 0;
beforeAll(async () => {
  town = await Town.found({
    settings: (text) => text.replace(/l1: \{ rpc: \[[^\]]*\]/, `l1: { rpc: ${JSON.stringify(endpoints)}`),
  });
  proxy = await startL1Proxy(town.anvil.url);
  endpoints = [proxy.url, town.anvil.url];
  sequencer = await town.sequencer();
  endpoints = [proxy.url];
  verifier = await town.verifier('verifier');
  await town.anvil.rpc('evm_setIntervalMining', [1]);
}, 60_000);
afterAll(async () => {
  await town.end();
  proxy.close();
});
beforeEach(() => {
  before = town.words.length;
});

type Json = Readonly<Record<string, unknown>>;
const receipts =
  (change: (all: readonly Json[]) => readonly Json[]): Tampering =>
  ({ method, result }) =>
    method === 'eth_getBlockReceipts' && Array.isArray(result) ? change(result as readonly Json[]) : result;
const logsOf = (receipt: Json): readonly unknown[] => receipt['logs'] as readonly unknown[];
const withTime: Tampering = ({ method, result }) =>
  method === 'eth_getBlockByNumber' && result !== null ? { ...(result as Json), timestamp: '0x1' } : result;
const withoutPayload = ({ method, result }: ProxiedCall): unknown => {
  if (method === 'eth_getRawTransactionByHash') return '0xc0';
  return method === 'eth_getTransactionByBlockHashAndIndex' ? { ...(result as Json), input: '0x' } : result;
};

const lies: readonly (readonly [string, readonly string[], Tampering])[] = [
  [
    'fails, and serves another chain then',
    ['l1-unreachable', 'wrong-chain'],
    ({ method }) => (method === 'eth_chainId' ? '0x1' : HTTP_500),
  ],
  ['changes the time of a block', ['l1-lies'], withTime],
  [
    'leaves out one log',
    ['l1-lies'],
    receipts((all) => all.map((one) => ({ ...one, logs: logsOf(one).slice(1) }))),
  ],
  ['has a receipt too many', ['l1-lies'], receipts((all) => [...all, ...all])],
  ['changes the payload of a batch', ['l1-lies'], withoutPayload],
];

/** What a node has said of an endpoint since the test began: which, and why it is not used. */
const failures = (node: string): readonly (readonly [unknown, unknown])[] =>
  town.words
    .slice(before)
    .filter((word) => word.node === node && word.event === 'l1-endpoint-failed')
    .map(({ fields }) => [fields['url'], fields['code']] as const);
const codes = (node: string): readonly unknown[] => [...new Set(failures(node).map(([, code]) => code))];
const takenBack = (): readonly unknown[] =>
  town.words.filter(({ event }) =>
    ['blocks were taken back', 'l1-block-gone', 'l1 took a batch back'].includes(event),
  );

/** The verifier goes beyond where it was, with the blocks of the sequencer; nothing was ever taken back. */
async function goesOn(from: bigint): Promise<void> {
  const { safe } = await until(
    () => headsAt(verifier),
    (heads) => BigInt(heads.safe.number) > from,
    40_000,
  );
  expect((await blockOf(sequencer, BigInt(safe.number))).hash).toBe(safe.hash);
  expect(takenBack()).toEqual([]);
}

test.each(lies)(
  'an endpoint that %s is named, not believed, and used again when it is honest',
  async (_, why, lie) => {
    const from = await lastOnL1(town, verifier);
    proxy.tamper(lie);
    await until(
      async () => codes('verifier'),
      (found) => found.length === why.length,
      40_000,
    );
    const held = await headsAt(verifier);
    expect(codes('verifier')).toEqual(why);
    expect(failures('verifier').every(([url]) => url === proxy.url)).toBe(true);
    proxy.tamper();
    expect(BigInt(held.safe.number)).toBeGreaterThanOrEqual(from);
    await goesOn(BigInt(held.safe.number));
  },
  90_000,
);

test('the sequencer found out the same liar, and asked the honest endpoint', () => {
  const first = town.words.find(({ node, event }) => node === 'sequencer' && event === 'l1-endpoint-failed');
  expect(first?.fields).toMatchObject({ url: proxy.url, code: 'l1-unreachable' });
});

test('an endpoint whose head goes back, with the blocks that it had, is slow and no reorg', async () => {
  const from = await lastOnL1(town, verifier);
  const old = await town.anvil.rpc('eth_getBlockByNumber', ['latest', false]);
  let asked = 0;
  proxy.tamper(({ method, params, result }) => {
    if (method !== 'eth_getBlockByNumber' || params[0] !== 'latest') return result;
    asked += 1;
    return old;
  });
  await until(
    async () => asked,
    (count) => count > 6,
  );
  expect(codes('verifier')).toEqual([]);
  proxy.tamper();
  await goesOn(from);
}, 90_000);
