import type { ExecutedBlock, HeadHashes } from '../../chain/execution.ts';
import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import {
  type EngineStore,
  type Write,
  canonicalWrite,
  headsWrite,
  placeWrites,
  uncanonicalWrite,
  unplaceWrites,
} from './store.ts';

/** A block that the store must hold. @throws OperationError engine-unknown-block */
export function held(store: EngineStore, hash: Uint8Array): ExecutedBlock {
  const found = store.executed(hash);
  if (found !== undefined) return found;
  throw unknown(`block ${to0x(hash)}`);
}

const unknown = (what: string): OperationError =>
  new OperationError('engine-unknown-block', 'reset', `the engine does not hold ${what}`);

/**
 * All that changes when other heads are named: which block a number has, where its transactions are, and the
 * heads. @throws OperationError engine-unknown-block, also for heads that are not on one chain
 */
export function writesForHeads(store: EngineStore, from: HeadHashes, to: HeadHashes): readonly Write[] {
  const added: ExecutedBlock[] = [];
  let ancestor = held(store, to.unsafe);
  while (!isCanonical(store, ancestor)) {
    added.push(ancestor);
    ancestor = held(store, ancestor.block.header.parentHash);
  }
  const fork = ancestor.block.header.number;
  for (const head of [to.safe, to.finalized]) {
    const found = held(store, head);
    const isOld = found.block.header.number <= fork && isCanonical(store, found);
    if (!isOld && !added.some(({ block }) => equalBytes(block.hash, head)))
      throw unknown(`${to0x(head)} on one chain with the unsafe head`);
  }
  const writes: Write[] = [];
  let gone = held(store, from.unsafe);
  for (; gone.block.header.number > fork; gone = held(store, gone.block.header.parentHash))
    writes.push(uncanonicalWrite(gone.block.header.number), ...unplaceWrites(gone));
  // A transaction of both chains is where the new one has it: what is written later counts.
  for (const block of added) writes.push(canonicalWrite(block), ...placeWrites(block));
  return [...writes, headsWrite(to)];
}

const isCanonical = (store: EngineStore, { block: { hash, header } }: ExecutedBlock): boolean => {
  const found = store.canonical(header.number);
  return found !== undefined && equalBytes(found, hash);
};

/** The hash of a block at or before `tip`, by its number: the ancestors that BLOCKHASH sees. */
export function ancestorsOf(
  store: EngineStore,
  tip: ExecutedBlock,
): (number: bigint) => Uint8Array | undefined {
  return (number) => {
    let at = tip;
    while (at.block.header.number > number && !isCanonical(store, at))
      at = held(store, at.block.header.parentHash);
    if (at.block.header.number < number) return undefined;
    return at.block.header.number === number ? at.block.hash : store.canonical(number);
  };
}
