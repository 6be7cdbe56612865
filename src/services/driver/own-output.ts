import { type OutputContent, outputRoot } from '../../chain/output.ts';
import { ascii } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import { keccak256 } from '../../ethereum/address.ts';
import { predeploys } from '../../ethereum/l2-genesis.ts';
import type { Executor } from '../../system/ports.ts';

const MESSAGE_ROOT = keccak256(ascii('messageRoot()')).subarray(0, 4);

/** What an output of a block of the own chain commits to; `undefined` where there is no such block. */
async function ownOutput(
  executor: Pick<Executor, 'block' | 'call'>,
  blockNumber: bigint,
): Promise<OutputContent | undefined> {
  const found = await executor.block(blockNumber);
  if (found === undefined) return undefined;
  const { hash: blockHash, header } = found.block;
  const asked = await executor.call(blockHash, { to: predeploys.MessagePasser, data: MESSAGE_ROOT });
  if (!asked.isSuccess || asked.output.length !== 32)
    throw new OperationError('engine-failed', 'fatal', `block ${blockNumber} has no tree of messages`);
  return { blockNumber, blockHash, stateRoot: header.stateRoot, messageTreeRoot: asked.output };
}

/** Its root, 32 bytes. */
export async function ownOutputRoot(
  executor: Pick<Executor, 'block' | 'call'>,
  l2ChainId: bigint,
  blockNumber: bigint,
): Promise<Uint8Array | undefined> {
  const content = await ownOutput(executor, blockNumber);
  return content && outputRoot(l2ChainId, content);
}
