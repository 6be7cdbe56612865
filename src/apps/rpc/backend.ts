import { equalBytes } from '../../crypto/bytes.ts';
import type { ExecutedBlock } from '../../chain/execution.ts';
import type { Clock, Executor, FreshRandom, Log, TxPool } from '../../system/ports.ts';
import type { RpcLimits } from './limits.ts';
import { type BlockRef, latest } from './params.ts';
import type { BlockId, RpcChain } from './rpc-chain.ts';
import { RpcError, rpcCodes, serverError } from './rpc-error.ts';

/** What the methods work on. */
export interface Backend {
  readonly chain: RpcChain;
  readonly executor: Executor;
  /** Absent on a node that takes no transactions. */
  readonly pool: TxPool | undefined;
  readonly clock: Clock;
  readonly rng: FreshRandom;
  readonly log: Log;
  readonly limits: RpcLimits;
  /** What `web3_clientVersion` says. */
  readonly version: string;
  /** The least tip that the pool takes, wei per gas. */
  readonly minTip: bigint;
}

/** The block that a caller means; `undefined` where there is none. */
export async function findBlock(
  { executor, chain }: Backend,
  ref: BlockRef,
): Promise<ExecutedBlock | undefined> {
  if (ref.kind === 'number') return executor.block(ref.number);
  if (ref.kind === 'tag') return executor.block(ref.tag === 'earliest' ? 0n : headOf(chain, ref.tag).hash);
  const found = await executor.block(ref.hash);
  if (found === undefined || !ref.mustBeCanonical) return found;
  const canonical = await executor.block(found.block.header.number);
  if (canonical === undefined || !equalBytes(canonical.block.hash, ref.hash))
    throw serverError('hash is not currently canonical');
  return found;
}

function headOf(chain: RpcChain, tag: 'latest' | 'pending' | 'safe' | 'finalized' | 'certified'): BlockId {
  const heads = chain.heads();
  return tag === 'safe' || tag === 'finalized' ? heads[tag] : heads.unsafe;
}

/** As `findBlock`. @throws RpcError server, header not found */
export async function needBlock(backend: Backend, ref: BlockRef): Promise<ExecutedBlock> {
  const found = await findBlock(backend, ref);
  if (found === undefined)
    throw serverError(ref.kind === 'hash' ? 'header for hash not found' : 'header not found');
  return found;
}

/** The hash of a block on whose state something is asked; the heads need no look into the store. */
export async function stateHash(backend: Backend, ref: BlockRef = latest): Promise<Uint8Array> {
  if (ref.kind === 'tag' && ref.tag !== 'earliest') return headOf(backend.chain, ref.tag).hash;
  return (await needBlock(backend, ref)).block.hash;
}

/** The number up to which a search goes. */
export async function numberOf(backend: Backend, ref: BlockRef): Promise<bigint> {
  if (ref.kind === 'number') return ref.number;
  if (ref.kind === 'tag') return ref.tag === 'earliest' ? 0n : headOf(backend.chain, ref.tag).number;
  return (await needBlock(backend, ref)).block.header.number;
}

/** The pool. @throws RpcError server on a node that has none */
export function needPool({ pool }: Backend): TxPool {
  if (pool === undefined) throw new RpcError(rpcCodes.server, 'this node takes no transactions');
  return pool;
}
