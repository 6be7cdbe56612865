import type { Batch, Block, BlockId, Heads, Receipt, Tx, TxStatus } from './answers.ts';
import { abiText } from './abi-text.ts';
import * as calls from './calls.ts';
import { type L2Node, Refused } from './node.ts';
import type { Route } from './route.ts';

/** A block with its place on L1. */
export interface PlacedBlock {
  readonly block: Block;
  readonly origin: bigint;
  readonly batch: Batch | null;
}

/** What a page shows, as it was read. */
export type Shown =
  | { readonly page: 'home'; readonly blocks: readonly PlacedBlock[]; readonly batches: readonly Batch[] }
  | {
      readonly page: 'blocks';
      readonly blocks: readonly PlacedBlock[];
      readonly around: Around;
    }
  | { readonly page: 'batches'; readonly batches: readonly Batch[]; readonly around: Around }
  | {
      readonly page: 'txs';
      readonly txs: readonly Tx[];
      /** The oldest block whose transactions are listed. */
      readonly to: bigint;
      readonly around: Around;
    }
  | ({ readonly page: 'block'; readonly txs: readonly (Tx | null)[]; readonly part: number } & PlacedBlock)
  | {
      readonly page: 'tx';
      readonly tx: Tx;
      readonly receipt: Receipt | null;
      readonly status: TxStatus | null;
    }
  | { readonly page: 'batch'; readonly batch: Batch; readonly transactions: bigint | undefined }
  | {
      readonly page: 'account';
      readonly address: string;
      readonly balance: bigint;
      readonly nonce: bigint;
      readonly codeBytes: number;
      readonly name: string | undefined;
      readonly symbol: string | undefined;
    }
  | { readonly page: 'elsewhere'; readonly to: string }
  | { readonly page: 'none'; readonly what: string };

/** Where a list goes on; undefined where it ends. */
export interface Around {
  readonly newer: bigint | undefined;
  readonly older: bigint | undefined;
}

const NEWEST_BLOCKS = 12n;
const NEWEST_BATCHES = 6n;
/** Transactions of a block that are listed at once. */
export const LISTED_TXS = 100;
/** Blocks of a batch whose transactions are counted. */
const COUNTED_BLOCKS = 900n;

/** Blocks and batches of one page of a list. */
const PAGE = 25n;
/** Transactions after which a page of theirs goes no further, and blocks that it looks through at most. */
const [PAGE_TXS, LOOKED_THROUGH] = [25, 500n];

/** Reads what an address of the page asks for. */
export async function load(node: L2Node, heads: Heads, route: Route): Promise<Shown> {
  switch (route.page) {
    case 'home':
      return home(node, heads);
    case 'blocks':
      return blocks(node, heads, route.from);
    case 'batches':
      return batches(node, heads, route.from);
    case 'txs':
      return txs(node, heads, route.from);
    case 'block':
      return block(node, route);
    case 'tx':
      return tx(node, route.hash);
    case 'batch':
      return batch(node, route.index);
    case 'account':
      return account(node, route.address);
    case 'search':
      return search(node, route.text);
    case 'unknown':
      return { page: 'none', what: 'No page of this explorer has such an address.' };
  }
}

async function home(node: L2Node, { unsafe, safe }: Heads): Promise<Shown> {
  const last = await node.ask(calls.getBatchOf(safe.number));
  const [newestBlocks, newestBatches] = await Promise.all([
    blocksFrom(node, unsafe.number, NEWEST_BLOCKS),
    last === null ? [] : batchesFrom(node, last.index, NEWEST_BATCHES),
  ]);
  return { page: 'home', blocks: newestBlocks, batches: newestBatches };
}

async function blocks(node: L2Node, { unsafe }: Heads, from: bigint | undefined): Promise<Shown> {
  const start = lower(from, unsafe.number);
  const found = await blocksFrom(node, start, PAGE);
  return { page: 'blocks', blocks: found, around: aroundOf(start, { last: unsafe.number, size: PAGE }) };
}

async function batches(node: L2Node, { safe }: Heads, from: bigint | undefined): Promise<Shown> {
  const last = await node.ask(calls.getBatchOf(safe.number));
  if (last === null) return { page: 'none', what: 'L1 has no batch yet.' };
  const start = lower(from, last.index);
  const found = await batchesFrom(node, start, PAGE);
  return { page: 'batches', batches: found, around: aroundOf(start, { last: last.index, size: PAGE }) };
}

/** Transactions of whole blocks, newest block first: how many blocks that takes, the blocks say. */
async function txs(node: L2Node, { unsafe }: Heads, from: bigint | undefined): Promise<Shown> {
  const start = lower(from, unsafe.number);
  const hashes: string[] = [];
  let next: bigint = start;
  while (next >= 0n && hashes.length < PAGE_TXS && start - next < LOOKED_THROUGH) {
    for (const one of await node.askAll(newestOf({ number: next }, PAGE).map((at) => calls.getBlock(at)))) {
      if (hashes.length >= PAGE_TXS) break;
      // The newest of a block first, as of the blocks.
      hashes.push(...(one?.transactions.toReversed().slice(0, LISTED_TXS) ?? []));
      next -= 1n;
    }
  }
  const found = await node.askAll(hashes.map((hash) => calls.getTx(hash)));
  const to = next + 1n;
  const around = {
    newer: start < unsafe.number ? lower(start + (start - to) + 1n, unsafe.number) : undefined,
    older: next < 0n ? undefined : next,
  };
  return { page: 'txs', txs: found.filter(isThere), to, around };
}

const lower = (wanted: bigint | undefined, last: bigint): bigint =>
  wanted === undefined || wanted > last ? last : wanted;

/** The pages before and behind one that begins at `start`. */
export const aroundOf = (
  start: bigint,
  { last, size }: { readonly last: bigint; readonly size: bigint },
): Around => ({
  newer: start < last ? lower(start + size, last) : undefined,
  older: start >= size ? start - size : undefined,
});

async function blocksFrom(node: L2Node, start: bigint, most: bigint): Promise<readonly PlacedBlock[]> {
  const found = await node.askAll(newestOf({ number: start }, most).map((number) => calls.getBlock(number)));
  return placed(node, found.filter(isThere));
}

async function batchesFrom(node: L2Node, start: bigint, most: bigint): Promise<readonly Batch[]> {
  const found = await node.askAll(newestOf({ number: start }, most).map((index) => calls.getBatch(index)));
  return found.filter(isThere);
}

const newestOf = ({ number }: Pick<BlockId, 'number'>, most: bigint): readonly bigint[] => {
  const count = number + 1n < most ? number + 1n : most;
  return Array.from({ length: Number(count) }, (_, i) => number - BigInt(i));
};

const isThere = <T>(value: T | null): value is T => value !== null;

async function placed(node: L2Node, found: readonly Block[]): Promise<readonly PlacedBlock[]> {
  const [origins, theirs] = await Promise.all([
    node.askAll(found.map(({ number }) => calls.getOrigin(number))),
    node.askAll(found.map(({ number }) => calls.getBatchOf(number))),
  ]);
  return found.map((one, i) => ({ block: one, origin: origins[i] ?? 0n, batch: theirs[i] ?? null }));
}

async function block(node: L2Node, { id, part }: Extract<Route, { page: 'block' }>): Promise<Shown> {
  const found = await node.ask(calls.getBlock(id));
  if (found === null) return { page: 'none', what: 'The node has no such block.' };
  const [[place], listed] = await Promise.all([
    placed(node, [found]),
    node.askAll(
      found.transactions.slice((part - 1) * LISTED_TXS, part * LISTED_TXS).map((hash) => calls.getTx(hash)),
    ),
  ]);
  const { origin = 0n, batch: held = null } = place ?? {};
  return { page: 'block', block: found, origin, batch: held, txs: listed, part };
}

async function tx(node: L2Node, hash: string): Promise<Shown> {
  const [found, receipt, status] = await Promise.all([
    node.ask(calls.getTx(hash)),
    node.ask(calls.getReceipt(hash)),
    node.ask(calls.getStatus(hash)),
  ]);
  if (found === null) return { page: 'none', what: 'The node has no such transaction.' };
  return { page: 'tx', tx: found, receipt, status };
}

async function batch(node: L2Node, index: bigint): Promise<Shown> {
  const found = await node.ask(calls.getBatch(index));
  if (found === null) return { page: 'none', what: 'L1 has no such batch yet.' };
  const count = found.lastBlock - found.firstBlock + 1n;
  if (count < 1n || count > COUNTED_BLOCKS) return { page: 'batch', batch: found, transactions: undefined };
  const numbers = Array.from({ length: Number(count) }, (_, i) => found.firstBlock + BigInt(i));
  const counts = await node.askAll(numbers.map((number) => calls.getCount(number)));
  const transactions = counts.reduce<bigint>((sum, one) => sum + (one ?? 0n), 0n);
  return { page: 'batch', batch: found, transactions };
}

async function account(node: L2Node, address: string): Promise<Shown> {
  const [[balance = 0n, nonce = 0n], code] = await Promise.all([
    node.askAll([calls.getBalance(address), calls.getNonce(address)]),
    node.ask(calls.getCode(address)),
  ]);
  const codeBytes = (code.length - 2) / 2;
  const [name, symbol] =
    codeBytes === 0 ? [] : [await textOf(node, address, 'name'), await textOf(node, address, 'symbol')];
  return { page: 'account', address, balance, nonce, codeBytes, name, symbol };
}

/** Most contracts have no name: that the call fails is an answer. */
async function textOf(node: L2Node, address: string, what: 'name' | 'symbol'): Promise<string | undefined> {
  try {
    return abiText(await node.ask(calls.getText(address, what)));
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

async function search(node: L2Node, hash: string): Promise<Shown> {
  if ((await node.ask(calls.getTx(hash))) !== null) return { page: 'elsewhere', to: `#/tx/${hash}` };
  if ((await node.ask(calls.getBlock(hash))) !== null) return { page: 'elsewhere', to: `#/block/${hash}` };
  return { page: 'none', what: 'The node knows no block and no transaction with this hash.' };
}
