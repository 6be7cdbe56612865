import { to0x, toHex } from '../../crypto/bytes.ts';
import type { BatchRecord } from '../../services/driver/records.ts';
import type { TxStages } from '../rpc/rpc-chain.ts';

/** Blocks of which the times are kept; older ones are told from what L1 says. */
const MAX_BLOCKS = 200_000;
/** Batches of which the times are kept. */
const MAX_BATCHES = 10_000;

interface BlockTimes {
  readonly hash: Uint8Array;
  readonly softMs: number;
}

interface BatchTimes {
  readonly firstBlock: bigint;
  readonly lastBlock: bigint;
  readonly sealedMs: number;
  readonly signed?: { readonly atMs: number; readonly l1Hash: Uint8Array };
}

/** What the book must know of a block to say how far it has come. */
export interface BlockOnL1 {
  readonly number: bigint;
  readonly timestamp: bigint;
  readonly hash: Uint8Array;
  /** The batch that fixed it, where one did. */
  readonly batch: BatchRecord | undefined;
  readonly isFinal: boolean;
}

/** The times at which blocks and their batches came one step further, as this node has seen them. */
export class StageBook {
  readonly #blocks = new Map<bigint, BlockTimes>();
  readonly #batches = new Map<bigint, BatchTimes>();
  readonly #safeMs = new Map<bigint, number>();
  readonly #finalMs = new Map<bigint, number>();

  /** A block became part of the chain here. */
  readonly block = (number: bigint, hash: Uint8Array, atMs: number): void => {
    this.#blocks.set(number, { hash, softMs: atMs });
    keep(this.#blocks, MAX_BLOCKS);
  };

  /** A batch was closed. */
  readonly sealed = (
    {
      index,
      firstBlock,
      lastBlock,
    }: { readonly index: bigint; readonly firstBlock: bigint; readonly lastBlock: bigint },
    atMs: number,
  ): void => {
    this.#batches.set(index, { firstBlock, lastBlock, sealedMs: atMs });
    keep(this.#batches, MAX_BATCHES);
  };

  /** The cluster has signed its transaction. */
  readonly signed = (index: bigint, l1Hash: Uint8Array, atMs: number): void => {
    const batch = this.#batches.get(index);
    if (batch !== undefined) this.#batches.set(index, { ...batch, signed: { atMs, l1Hash } });
  };

  /** Derivation took it. */
  readonly safe = (index: bigint, atMs: number): void => {
    this.#safeMs.set(index, atMs);
    keep(this.#safeMs, MAX_BATCHES);
  };

  /** A reorg of L1 took it back. */
  readonly undone = (index: bigint): void => {
    this.#safeMs.delete(index);
    this.#finalMs.delete(index);
  };

  /** Everything up to this batch is final; what was known before keeps its time. */
  readonly finalized = (index: bigint, atMs: number): void => {
    for (const safe of this.#safeMs.keys())
      if (safe <= index && !this.#finalMs.has(safe)) this.#finalMs.set(safe, atMs);
    keep(this.#finalMs, MAX_BATCHES);
  };

  /** How far a block has come. Steps that this node did not see have the times of L2 and L1. */
  readonly stagesOf = ({ number, timestamp, hash, batch, isFinal }: BlockOnL1): TxStages => {
    const own = this.#blocks.get(number);
    const isSame = own !== undefined && toHex(own.hash) === toHex(hash);
    const soft = { atMs: isSame ? own.softMs : Number(timestamp) * 1_000, reference: to0x(hash) };
    const [index, sealed] = this.#batchOf(number, batch?.index) ?? [];
    const batched =
      index === undefined || sealed === undefined
        ? undefined
        : { atMs: sealed.sealedMs, reference: String(index) };
    const signed = sealed?.signed && {
      atMs: sealed.signed.atMs,
      reference: to0x(sealed.signed.l1Hash),
    };
    const reference = batch && to0x(batch.l1BlockHash);
    const l1Ms = Number(batch?.l1Time ?? 0n) * 1_000;
    const at = (seen: number | undefined): number => seen ?? l1Ms;
    return {
      soft,
      ...(batched !== undefined && { batched }),
      ...(signed !== undefined && { signed }),
      ...(batch !== undefined &&
        reference !== undefined && { safe: { atMs: at(this.#safeMs.get(batch.index)), reference } }),
      ...(batch !== undefined &&
        reference !== undefined &&
        isFinal && { finalized: { atMs: at(this.#finalMs.get(batch.index)), reference } }),
    };
  };

  /** The batch that L1 says, or the newest closed one that holds the block. */
  #batchOf(number: bigint, index: bigint | undefined): readonly [bigint, BatchTimes] | undefined {
    if (index !== undefined) {
      const known = this.#batches.get(index);
      return known && [index, known];
    }
    return [...this.#batches]
      .reverse()
      .find(([, { firstBlock, lastBlock }]) => firstBlock <= number && number <= lastBlock);
  }
}

/** Forgets the oldest entries of a map beyond a number. */
function keep(map: Map<bigint, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
