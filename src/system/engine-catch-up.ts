import type { L2Block } from '../chain/block.ts';
import type { HeadHashes, ImportVerdict } from '../chain/execution.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import type { Engine } from './ports.ts';

/** Looks a block up by its hash, 32 bytes, where the engine's driver has it. */
export type BlockOf = (hash: Uint8Array) => Promise<L2Block | undefined>;

/**
 * An engine that is given the blocks that it lacks: one that crashed may hold fewer than it was told, and a
 * new one holds none. That can take hours; it ends behind a block once `isWanted` says no. Errors are those
 * of the engine, and OperationError engine-left.
 */
export const catchingUp = (inner: Engine, blockOf: BlockOf, isWanted: () => boolean = () => true): Engine => {
  const rest = { name: inner.name, heads: () => inner.heads() };
  const engine: Engine = {
    ...rest,
    setHeads: (heads) => inner.setHeads(heads),
    importBlock: async (block) => {
      if (isWanted()) return inner.importBlock(block);
      const { number } = block.header;
      throw new OperationError('engine-left', 'retry', `nobody waits for ${inner.name} at block ${number}`);
    },
  };
  return {
    ...rest,
    importBlock: (block) => importWithParents(engine, block, blockOf),
    setHeads: (heads) => setHeads(engine, heads, blockOf),
  };
};

/** Goes back to a block that the engine takes, and from there up again. */
async function importWithParents(engine: Engine, block: L2Block, blockOf: BlockOf): Promise<ImportVerdict> {
  const above: Uint8Array[] = [];
  let at = block;
  let verdict = await engine.importBlock(at);
  while (verdict.kind === 'parent-unknown') {
    const parent = await blockOf(at.header.parentHash);
    // No engine is given block 0: one that lacks it is of another chain.
    if (parent === undefined || parent.header.number === 0n) return verdict;
    above.push(at.hash);
    at = parent;
    verdict = await engine.importBlock(at);
  }
  for (const hash of above.reverse()) {
    if (verdict.kind !== 'valid') return verdict;
    const next = equalBytes(hash, block.hash) ? block : await blockOf(hash);
    if (next === undefined) return { kind: 'parent-unknown' };
    verdict = await importOnto(engine, next);
  }
  return verdict;
}

/**
 * A block that an engine holds may have lost its state in a crash; made the head, it is executed again. Just
 * started, geth moves to no other head before it was told its own: until then it waits for peers.
 */
async function importOnto(engine: Engine, block: L2Block): Promise<ImportVerdict> {
  const verdict = await engine.importBlock(block);
  if (verdict.kind !== 'parent-unknown') return verdict;
  const heads = await engine.heads();
  await engine.setHeads(heads);
  await engine.setHeads({ ...heads, unsafe: block.header.parentHash });
  return engine.importBlock(block);
}

async function setHeads(engine: Engine, heads: HeadHashes, blockOf: BlockOf): Promise<void> {
  try {
    await engine.setHeads(heads);
  } catch (error) {
    const head = isUnknown(error) ? await blockOf(heads.unsafe) : undefined;
    if (head === undefined || head.header.number === 0n) throw error;
    await importWithParents(engine, head, blockOf);
    await engine.setHeads(heads);
  }
}

const isUnknown = (error: unknown): boolean =>
  error instanceof OperationError && error.code === 'engine-unknown-block';
