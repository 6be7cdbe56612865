import { afterAll, beforeAll, expect, test } from 'vitest';

import { insecureTestAccount, signTestTx } from '../../scripts/lib/test-transactions.ts';
import type { Address } from '../../src/ethereum/address.ts';
import { to0x, toHex } from '../../src/crypto/bytes.ts';
import { type End, TownByHand, blockAt, originOf } from './l2-by-hand.ts';
import { L2_CHAIN, type TownNode, citizen, headsAt, until } from './l2-town.ts';

let world: TownByHand;
let sequencer: TownNode;
let verifier: TownNode;
const nodes = (): readonly (readonly [string, TownNode])[] => [
  ['sequencer', sequencer],
  ['verifier', verifier],
];
beforeAll(async () => {
  world = await TownByHand.found();
  sequencer = await world.town.sequencer();
  verifier = await world.town.verifier('verifier', sequencer);
  // So that even the deepest reorg leaves the origin of the genesis alone.
  await world.mine(24);
  await world.settled([sequencer, verifier]);
}, 60_000);
afterAll(() => world.town.end());

/** What a stage leaves behind for the reorg to fall on. */
interface Scene {
  /** Transactions that the other branch of L1 has too, with their places in it. */
  readonly again?: readonly (readonly [raw: string, at: number])[];
  /** Whether both nodes have read all of the branch that goes. */
  readonly isRead: boolean;
  /** What has to be true when all is over. */
  readonly after?: () => Promise<void>;
}

/** The depth of the reorg, and a number that makes one case differ from others of its kind. */
interface Case {
  readonly depth: number;
  readonly turn: number;
}

const mine = (count: number): Promise<void> => world.mine(count);
const read = (): Promise<End> => world.settled([sequencer, verifier]);
const statusOf = async (hash: string): Promise<Readonly<Record<string, unknown>>> =>
  ((await sequencer.rpc('conclave_getTxStatus', [hash])) ?? {}) as Readonly<Record<string, unknown>>;
const balanceOf = async ({ rpc }: TownNode, account: Address): Promise<bigint> =>
  BigInt(String(await rpc('eth_getBalance', [account, 'latest'])));

/** A batch that holds a new transaction waits for a block of L1. @returns that transaction */
async function batchWaits(): Promise<string> {
  world.gate.set('open');
  const hash = await world.town.send(sequencer, 0, {});
  const { batched } = await until(
    () => statusOf(hash),
    (status) => (status['signed'] ?? null) !== null,
  );
  // One account sends all batches, so its nonces count them.
  const { reference } = batched as { readonly reference: string };
  await until(sentBatches, (count) => count >= Number(reference));
  world.gate.set('shut');
  return hash;
}
const keeper = insecureTestAccount('town-keeper', 0).address;
const sentBatches = async (): Promise<number> =>
  Number(await world.town.anvil.rpc('eth_getTransactionCount', [keeper, 'pending']));

const isSafe = async (hash: string): Promise<unknown> =>
  until(
    () => statusOf(hash),
    (status) => (status['safe'] ?? null) !== null,
  );

/** The transactions of batches in the newest blocks of L1, for the last block of the other branch. */
async function batchesAgain({ depth }: Case): Promise<readonly (readonly [raw: string, at: number])[]> {
  const head = await world.l1Head();
  const facts = await world.facts(head - BigInt(depth) + 1n, head);
  const hashes = facts.flatMap(({ batches }) => batches.map(({ l1Hash }) => to0x(l1Hash)));
  return Promise.all(hashes.map(async (hash) => [await world.rawTx(hash), depth - 1] as const));
}

const stages: Readonly<Record<string, (at: Case) => Promise<Scene>>> = {
  'before a batch is on L1': async ({ depth }) => {
    await mine(depth);
    await read();
    return { isRead: true };
  },
  'with a batch that is just mined': async ({ depth, turn }) => {
    const below = turn % 2 === 0 ? depth - 1 : 0;
    await mine(below);
    await batchWaits();
    await mine(depth - below);
    return { isRead: false };
  },
  'with a batch that is safe': async (at) => {
    const below = at.turn % 2 === 0 ? at.depth - 1 : 0;
    await mine(below);
    const hash = await batchWaits();
    await mine(at.depth - below);
    await isSafe(hash);
    await read();
    return { isRead: true, ...(at.turn % 3 === 0 && { again: await batchesAgain(at) }) };
  },
  'with several batches': async (at) => {
    let left = at.depth;
    for (let i = 0; i < 3; i++) {
      await batchWaits();
      const step = i === 2 ? left : Math.min(left, Math.ceil(at.depth / 3));
      await mine(step);
      left -= step;
    }
    await read();
    return { isRead: true, ...(at.turn % 2 === 0 && { again: await batchesAgain(at) }) };
  },
  'with a deposit': async ({ depth, turn }) => {
    const to = insecureTestAccount('depositor', turn * 100 + depth).address;
    const raw = await world.rawTx(await world.deposit(to, 7n));
    await mine(depth);
    await read();
    // What is in the newest block of L1 is an origin of no block yet.
    expect(await balanceOf(verifier, to)).toBe(depth === 1 ? 0n : 7n * 10n ** 9n);
    const isAgain = turn % 2 === 0;
    const after = async (): Promise<void> => {
      for (const [, node] of nodes()) expect(await balanceOf(node, to)).toBe(isAgain ? 7n * 10n ** 9n : 0n);
    };
    return { isRead: true, after, ...(isAgain && { again: [[raw, Math.floor(depth / 2)]] }) };
  },
  'with a forced transaction': async ({ depth, turn }) => {
    const { address, secret } = citizen(6);
    const nonce = BigInt(String(await sequencer.rpc('eth_getTransactionCount', [address, 'latest'])));
    const forced = signTestTx(
      {
        ...{ type: 2, chainId: L2_CHAIN, nonce, to: citizen(7).address, value: 1n, gasLimit: 21_000n },
        ...{ fee: 10n ** 10n, tip: 10n ** 9n, data: new Uint8Array(0) },
      },
      secret,
    );
    const raw = await world.rawTx(await world.force(forced));
    const count = async (node: TownNode): Promise<bigint> =>
      BigInt(String(await node.rpc('eth_getTransactionCount', [address, 'latest'])));
    await mine(depth);
    await read();
    expect(await count(verifier)).toBe(depth === 1 ? nonce : nonce + 1n);
    const isAgain = turn % 2 === 0;
    const after = async (): Promise<void> => {
      for (const [, node] of nodes()) expect(await count(node)).toBe(isAgain ? nonce + 1n : nonce);
    };
    return { isRead: true, after, ...(isAgain && { again: [[raw, Math.floor(depth / 2)]] }) };
  },
  'while the submitter waits for a receipt': async ({ depth }) => {
    await mine(depth);
    await read();
    await batchWaits();
    return { isRead: true };
  },
  'while a batch is sealed that nobody signs': async ({ depth }) => {
    world.gate.set('refuses');
    await mine(depth);
    const hash = await world.town.send(sequencer, 0, {});
    await until(
      () => statusOf(hash),
      (status) => (status['batched'] ?? null) !== null,
    );
    await read();
    return { isRead: true };
  },
  'while a verifier catches up': async (at) => {
    await batchWaits();
    await mine(at.depth);
    await read();
    const late = await world.town.verifier(`late-${at.turn}-${at.depth}`);
    const after = async (): Promise<void> => {
      const { hash } = (await headsAt(verifier)).safe;
      await until(
        async () => (await headsAt(late)).safe.hash,
        (found) => found === hash,
      );
      await late.stop();
    };
    return { isRead: true, after };
  },
};

/** What a node has said since. */
const said = (node: string, event: string, since = 0) =>
  world.town.words.slice(since).filter((word) => word.node === node && word.event === event);

/** The last block of a node whose origin is not above a block of L1. */
async function lastWithin(node: TownNode, head: bigint, origin: bigint): Promise<bigint> {
  // A head is told a moment before its block is found by its number.
  const found = async (number: bigint): Promise<bigint> =>
    (await until(
      () => originOf(node, number).catch(() => undefined),
      (one) => one !== undefined,
    )) ?? 0n;
  let number = head;
  while (number > 0n && (await found(number)) > origin) number--;
  return number;
}

const safeOf = async (node: TownNode): Promise<End> => {
  const { number, hash } = (await headsAt(node)).safe;
  return { number: BigInt(number), hash };
};

/** What became of a batch; null while the verifier has read none of that index. */
const batchAt = async (index: bigint) =>
  (await verifier.rpc('conclave_getBatch', [`0x${index.toString(16)}`])) as {
    readonly isValid: boolean;
  } | null;

/** Where the blocks of L1 up to one leave the safe head. */
async function safeAt(l1: bigint): Promise<End> {
  const batches = (await world.facts(1n, l1)).flatMap((facts) => facts.batches);
  for (const { index, lastBlock, lastHash } of batches.reverse()) {
    if ((await batchAt(index))?.isValid === true) return { number: lastBlock, hash: to0x(lastHash) };
  }
  return { number: 0n, hash: to0x(world.town.rollup.genesis.hash) };
}

/** Every batch that a node has read was taken back, or is on L1; each index once, with one content. */
const contents = new Map<bigint, string>();
async function batchesOnce(): Promise<void> {
  const batches = await world.batches();
  expect(batches.map(({ index }) => index)).toEqual(batches.map((_, i) => BigInt(i + 1)));
  for (const { index, payloadHash } of batches) remember(index, payloadHash);
  const due = [...contents.keys()].map((index) => ({ index, stands: batches.length >= index ? 1 : 0 }));
  // A node may read the newest block of L1 a moment later than the other.
  for (const [name] of nodes())
    await until(
      async () => due.map(({ index }) => ({ index: Number(index), stands: standing(name, index) })),
      (found) => found.every(({ stands }, i) => stands === due[i]?.stands),
    );
}
/** How often a node has read a batch, less how often it was taken back. */
function standing(name: string, index: bigint): number {
  const count = (event: string): number =>
    said(name, event).filter(({ fields }) => fields['index'] === String(index)).length;
  return count('batch-read') - count('l1 took a batch back');
}
/** Whatever has been on L1 under an index, in any branch, is all that ever is. */
function remember(index: bigint, payloadHash: Uint8Array): void {
  const content = toHex(payloadHash);
  expect({ index, content: contents.get(index) ?? content }).toEqual({ index, content });
  contents.set(index, content);
}

async function story(stage: (at: Case) => Promise<Scene>, at: Case): Promise<void> {
  const { town, gate } = world;
  const { words } = town;
  const user = await town.send(sequencer, 1, {});
  const scene = await stage(at);
  const l1 = await world.l1Head();
  const common = l1 - BigInt(at.depth);
  const gone = (await world.facts(common + 1n, l1)).flatMap(({ batches }) => batches);
  for (const { index, payloadHash } of gone) remember(index, payloadHash);
  const before = await headsAt(sequencer);
  const head = BigInt(before.unsafe.number);
  const kept = await lastWithin(sequencer, head, common);
  const old = await Promise.all([kept, kept + 1n].map((number) => blockAt(sequencer, number)));
  const safe = await safeAt(common);
  const since = words.length;

  await world.reorg(at.depth, scene.again ?? []);
  await mine(1);
  await read();
  const other = (await world.facts(common + 1n, await world.l1Head())).flatMap(({ batches }) => batches);
  for (const [node, running] of nodes()) {
    const blocks = said(node, 'l1-block-gone', since).map(({ fields }) => BigInt(String(fields['l1'])));
    const run = blocks.map((_, i) => common + BigInt(blocks.length - i));
    expect({ node, blocks }).toEqual({ node, blocks: run });
    if (scene.isRead && node === 'sequencer') expect(blocks).toHaveLength(at.depth);
    const cuts = said(node, 'blocks were taken back', since).map(({ fields }) =>
      BigInt(String(fields['to'])),
    );
    if (scene.isRead) expect({ node, cuts }).toEqual({ node, cuts: kept < head ? [kept] : [] });
    expect((await blockAt(running, kept)).hash).toBe(old[0]?.hash);
    if (kept < head) expect((await blockAt(running, kept + 1n)).hash).not.toBe(old[1]?.hash);
    if (other.length === 0) expect({ node, ...(await safeOf(running)) }).toEqual({ node, ...safe });
    const { finalized } = await headsAt(running);
    expect(BigInt(finalized.number)).toBeGreaterThanOrEqual(BigInt(before.finalized.number));
    expect((await blockAt(running, BigInt(before.finalized.number))).hash).toBe(before.finalized.hash);
  }
  await batchesOnce();

  gate.set('open');
  await untilMined(async () => ((await statusOf(user))['safe'] ?? null) !== null);
  gate.set('shut');
  const last = Math.max(await sentBatches(), ...[...contents.keys()].map(Number));
  await untilMined(async () => (await batchAt(BigInt(last))) !== null);
  await endsEqual();
  await scene.after?.();
  expect(words.filter(({ level }) => level === 'error')).toEqual([]);
}

/** L1 goes on, block by block, until something is so. */
const untilMined = async (isDone: () => Promise<boolean>): Promise<unknown> =>
  until(
    async () => {
      await mine(1);
      await read();
      return isDone();
    },
    (done) => done,
    60_000,
  );

/** Who has L1 alone comes to where both nodes are. */
async function endsEqual(): Promise<void> {
  const { number, hash } = await world.derived();
  for (const [, node] of nodes())
    await until(
      async () => (await headsAt(node)).safe,
      (safe) => BigInt(safe.number) === number && safe.hash === hash,
    );
  await batchesOnce();
}

/** `all` by hand: every stage with every depth. */
const all = process.env['CONCLAVE_REORGS'] === 'all';
const depths = Array.from({ length: 20 }, (_, i) => i + 1);
const cases = depths.flatMap((depth, i) =>
  Object.entries(stages).flatMap(([name, stage], j, { length }) =>
    all || j === i % length ? [{ name, stage, depth, turn: i + j }] : [],
  ),
);

for (const { name, stage, ...at } of cases)
  test(`L1 goes back ${at.depth} blocks ${name}`, () => story(stage, at), 120_000);
