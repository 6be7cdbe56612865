import { ClassicLevel } from 'classic-level';

import type { ExecutedBlock, HeadHashes } from '../../chain/execution.ts';
import { ascii, bytesToBigint, concat, equalBytes, toHex, u32, u64 } from '../../crypto/bytes.ts';
import { Bug, InputError, OperationError } from '../../crypto/errors.ts';
import { NO_CODE } from './account.ts';
import type { GenesisState } from './genesis.ts';
import { Newest } from './newest.ts';
import { Queue } from './queue.ts';
import { decodeExecuted, decodeHeads, encodeBlock, encodeHeads, encodeReceipts } from './records.ts';
import type { StateStore } from './state.ts';

/** Something that is written; without a value, removed. */
export type Write = readonly [key: Uint8Array, value: Uint8Array | undefined];

/** Where a transaction of the canonical chain stands. */
export interface TxPlace {
  /** 32 bytes */
  readonly blockHash: Uint8Array;
  readonly index: number;
}
/** What the canonical chain says of a number: which block, and which logs it may have. */
export interface Canonical {
  readonly number: bigint;
  /** 32 bytes */
  readonly hash: Uint8Array;
  /** 256 bytes */
  readonly bloom: Uint8Array;
}

const FORMAT = 1;
const keys = {
  /** Format and hash of the genesis: what this folder is. */
  identity: ascii('identity'),
  heads: ascii('heads'),
  node: (hash: Uint8Array): Uint8Array => concat(ascii('n'), hash),
  code: (hash: Uint8Array): Uint8Array => concat(ascii('c'), hash),
  block: (hash: Uint8Array): Uint8Array => concat(ascii('b'), hash),
  receipts: (hash: Uint8Array): Uint8Array => concat(ascii('r'), hash),
  canonical: (number: bigint): Uint8Array => concat(ascii('h'), u64(number)),
  transaction: (hash: Uint8Array): Uint8Array => concat(ascii('t'), hash),
} as const;

/** Where an engine keeps what it holds. */
export interface StorePlace {
  /** A folder of its own; made where there is none. */
  readonly folder: string;
  /** What is in it now, so that a folder that lost files is not taken for a new one. */
  readonly files?: readonly string[] | undefined;
  /** Told once, when it writes no more until it is opened again. */
  readonly failed?: ((error: OperationError) => void) | undefined;
}

/** Blocks that are remembered, counted as they are written: one has up to several megabytes. */
const BLOCKS = { entries: 64, sizeBytes: 67_108_864 } as const;
/** Codes that are remembered. */
const CODES = { entries: 4_096, sizeBytes: 16_777_216 } as const;

/** Everything that an engine holds, in a LevelDB folder. Blocks and nodes of state are never overwritten. */
export class EngineStore implements StateStore {
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>;
  readonly #blocks = new Newest<ExecutedBlock>(BLOCKS);
  readonly #codes = new Newest<Uint8Array>(CODES);
  readonly #writes = new Queue();
  readonly #failed: (error: OperationError) => void;
  #failure: OperationError | undefined;

  private constructor(level: ClassicLevel<Uint8Array, Uint8Array>, failed: (error: OperationError) => void) {
    this.#level = level;
    this.#failed = failed;
  }

  /** @throws OperationError engine-busy | engine-damaged | engine-other-chain */
  static async open(
    { folder, files = [], failed = () => undefined }: StorePlace,
    genesis: GenesisState,
  ): Promise<EngineStore> {
    // LevelDB would take what lost this file for a new folder, and remove the rest.
    if (files.length > 0 && !files.includes('CURRENT'))
      throw new OperationError('engine-damaged', 'fatal', `${folder} has lost the file CURRENT`);
    const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, {
      ...{ keyEncoding: 'view', valueEncoding: 'view' },
    });
    try {
      await level.open();
    } catch (cause) {
      throw whyNotOpen(folder, cause);
    }
    const store = new EngineStore(level, failed);
    try {
      await store.#begin(folder, genesis);
      return store;
    } catch (error) {
      await level.close();
      throw error;
    }
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    return this.#get(keys.node(hash));
  }

  code(hash: Uint8Array): Uint8Array {
    const name = toHex(hash);
    if (name === NO_CODE_NAME) return new Uint8Array(0);
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    const code = this.#get(keys.code(hash));
    if (code === undefined)
      throw new OperationError('engine-damaged', 'fatal', `the code ${name} is missing`);
    this.#codes.keep(name, code, code.length);
    return code;
  }

  /** A block with its receipts. @throws OperationError engine-damaged */
  executed(hash: Uint8Array): ExecutedBlock | undefined {
    return this.#blocks.get(toHex(hash)) ?? this.#read(hash);
  }

  canonical(number: bigint): Uint8Array | undefined {
    return this.#get(keys.canonical(number))?.slice(0, 32);
  }

  /** What the canonical chain says of the numbers from–to, in their order. */
  async *canonicals(from: bigint, to: bigint): AsyncGenerator<Canonical> {
    const range = { gte: keys.canonical(from), lte: keys.canonical(to) };
    for await (const [key, value] of this.#level.iterator(range))
      yield { number: bytesToBigint(key.subarray(1)), ...placed(plain(value)) };
  }

  transaction(hash: Uint8Array): TxPlace | undefined {
    const value = this.#get(keys.transaction(hash));
    if (value === undefined) return undefined;
    return { blockHash: value.slice(0, 32), index: Number(bytesToBigint(value.subarray(32))) };
  }

  heads(): HeadHashes {
    const value = this.#get(keys.heads);
    if (value === undefined) throw new OperationError('engine-damaged', 'fatal', 'the heads are missing');
    return decodeHeads(value);
  }

  /** Keeps a block and all that its state adds, in one write: after a crash all of it is there, or none. */
  async keep(
    executed: ExecutedBlock,
    nodes: readonly (readonly [hash: Uint8Array, bytes: Uint8Array])[],
    codes: readonly (readonly [hash: Uint8Array, bytes: Uint8Array])[],
  ): Promise<void> {
    const { hash } = executed.block;
    const [block, receipts] = [encodeBlock(executed), encodeReceipts(executed.receipts)];
    await this.write([
      ...nodes.map(([name, bytes]) => [keys.node(name), bytes] as const),
      ...codes.map(([name, bytes]) => [keys.code(name), bytes] as const),
      [keys.block(hash), block],
      [keys.receipts(hash), receipts],
    ]);
    this.#blocks.keep(toHex(hash), executed, block.length + receipts.length);
  }

  /**
   * One durable write. After one that failed there is none until the folder is opened again: LevelDB would
   * acknowledge what comes behind a torn record, and the next start would not find it.
   * @throws OperationError engine-write-failed
   */
  write(writes: readonly Write[]): Promise<void> {
    return this.#writes.run(() => this.#writeNext(writes));
  }

  async #writeNext(writes: readonly Write[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const batch = writes.map(([key, value]) =>
      value === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const),
    );
    try {
      await this.#level.batch(batch, { sync: true });
    } catch (cause) {
      const message = `the engine writes no more until it is started again: ${whyOf(cause)}`;
      this.#failure = new OperationError('engine-write-failed', 'fatal', message, { cause });
      this.#failed(this.#failure);
      throw this.#failure;
    }
  }

  close(): Promise<void> {
    return this.#level.close();
  }

  /** As plain bytes: a slice of a Buffer would not be a copy. */
  #get(key: Uint8Array): Uint8Array | undefined {
    try {
      const value = this.#level.getSync(key);
      return value === undefined ? undefined : plain(value);
    } catch (cause) {
      throw new OperationError('engine-damaged', 'fatal', `the engine cannot read: ${String(cause)}`, {
        cause,
      });
    }
  }

  #read(hash: Uint8Array): ExecutedBlock | undefined {
    const block = this.#get(keys.block(hash));
    if (block === undefined) return undefined;
    const receipts = this.#get(keys.receipts(hash)) ?? new Uint8Array(0);
    try {
      const executed = decodeExecuted(block, receipts);
      if (equalBytes(executed.block.hash, hash)) {
        this.#blocks.keep(toHex(hash), executed, block.length + receipts.length);
        return executed;
      }
    } catch (cause) {
      if (!(cause instanceof Bug || cause instanceof InputError)) throw cause;
    }
    throw new OperationError(
      'engine-damaged',
      'fatal',
      `the block 0x${toHex(hash)} is not as it was written`,
    );
  }

  /** A new folder gets block 0; any other must be of the same chain, with heads that are there. */
  async #begin(folder: string, genesis: GenesisState): Promise<void> {
    const { block, nodes, codes } = genesis;
    const identity = concat(u32(FORMAT), block.hash);
    const found = this.#get(keys.identity);
    if (found === undefined) {
      await this.#refuseForeign(folder);
      const executed = { block, receipts: [], forcedCount: 0, carry: 0n, nextWithdrawal: 0n };
      await this.keep(executed, nodes, codes);
      const heads = { unsafe: block.hash, safe: block.hash, finalized: block.hash };
      // What says that the folder is complete is written last.
      await this.write([
        canonicalWrite(executed),
        [keys.heads, encodeHeads(heads)],
        [keys.identity, identity],
      ]);
    } else if (!equalBytes(found, identity))
      throw new OperationError(
        'engine-other-chain',
        'fatal',
        `${folder} is of another chain, or of another format, than this engine`,
      );
    const heads = this.heads();
    for (const head of [heads.unsafe, heads.safe, heads.finalized])
      if (this.executed(head) === undefined)
        throw new OperationError('engine-damaged', 'fatal', `${folder} lacks the block that is its head`);
  }

  /** Without an identity there is nothing but what a crash left of the first start. */
  async #refuseForeign(folder: string): Promise<void> {
    for await (const key of this.#level.keys({ gt: keys.canonical(0n), limit: 1 }))
      if (key[0] === keys.canonical(0n)[0])
        throw new OperationError('engine-damaged', 'fatal', `${folder} does not say whose it is`);
  }
}

const plain = ({ buffer, byteOffset, length }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length);

const placed = (value: Uint8Array): Omit<Canonical, 'number'> => ({
  ...{ hash: value.slice(0, 32), bloom: value.slice(32) },
});

const NO_CODE_NAME: string = toHex(NO_CODE);

/** Says that a block is the canonical one of its number. */
export const canonicalWrite = ({ block: { hash, header } }: ExecutedBlock): Write => [
  ...([keys.canonical(header.number), concat(hash, header.logsBloom)] as const),
];

/** Says that no block of a number is canonical. */
export const uncanonicalWrite = (number: bigint): Write => [keys.canonical(number), undefined];

/** Says where the transactions of a block are. */
export const placeWrites = ({ block, receipts }: ExecutedBlock): readonly Write[] =>
  receipts.map(({ hash }, i) => [keys.transaction(hash), concat(block.hash, u32(i))]);

/** Says that a transaction is nowhere. */
export const unplaceWrites = ({ receipts }: ExecutedBlock): readonly Write[] =>
  receipts.map(({ hash }) => [keys.transaction(hash), undefined]);

/** Says which heads there are. */
export const headsWrite = (heads: HeadHashes): Write => [keys.heads, encodeHeads(heads)];

const whyOf = (cause: unknown): string =>
  String(cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause);

function whyNotOpen(folder: string, cause: unknown): OperationError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = typeof inner === 'object' && inner !== null && 'code' in inner ? inner.code : undefined;
  return code === 'LEVEL_LOCKED'
    ? new OperationError('engine-busy', 'fatal', `another process works on ${folder}`, { cause })
    : new OperationError('engine-damaged', 'fatal', `${folder} does not open: ${String(inner)}`, { cause });
}
