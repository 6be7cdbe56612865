import type { Address } from '../../ethereum/address.ts';
import {
  depositOf,
  gameAt,
  lastFinalOutput,
  lastGame,
  lastOutput,
  messageRootOf,
  outputAt,
  outputBond,
} from '../../ethereum/bridge-views.ts';
import { predeploys } from '../../ethereum/l2-genesis.ts';
import { moveCall, proposeCall } from '../../ethereum/output-calls.ts';
import type { BridgeChain } from '../../system/l1-client-chain.ts';
import type { BatchRange, OutputsL1, OwnChain } from '../../system/ports.ts';
import type { Account } from './account.ts';

/** Where outputs, disputes and batches are on L1. */
export interface OutputPlaces {
  readonly outputs: Address;
  readonly game: Address;
  readonly inbox: Address;
}

/** Takes part in outputs and disputes with an ordinary account. */
export function outputsOn(
  { address, chain, send }: Account,
  { outputs, game, inbox }: OutputPlaces,
): OutputsL1 {
  const batchAt = async (index: bigint): Promise<BatchRange | undefined> => {
    const found = await chain.batchAt(inbox, index);
    return found && { index, firstBlock: found.firstBlock, lastBlock: found.lastBlock };
  };
  const lastBatch = async (): Promise<bigint> => (await chain.inbox(inbox)).lastIndex;
  return {
    account: address,
    now: () => chain.time(),
    last: () => chain.ask(outputs, lastOutput()),
    lastFinal: () => chain.ask(outputs, lastFinalOutput()),
    output: (index) => chain.ask(outputs, outputAt(index)),
    lastGame: () => chain.ask(game, lastGame()),
    game: (id) => chain.ask(game, gameAt(id)),
    bond: async () => ({
      free: await chain.ask(outputs, depositOf(address)),
      needed: await chain.ask(outputs, outputBond()),
    }),
    newestBatch: async () => batchAt(await lastBatch()),
    batchOf: async (block) => batchHolding(block, await lastBatch(), batchAt),
    propose: async (index, output, place) => void (await send(proposeCall(outputs, index, output, place))),
    move: async (move) => void (await send(moveCall(game, move))),
  };
}

/** The batch of a block, found by halving: batches go up, with gaps where derivation made blocks alone. */
async function batchHolding(
  block: bigint,
  last: bigint,
  batchAt: (index: bigint) => Promise<BatchRange | undefined>,
): Promise<BatchRange | undefined> {
  let [low, high] = [1n, last];
  while (low <= high) {
    const middle = (low + high) / 2n;
    const batch = await batchAt(middle);
    if (batch === undefined || batch.firstBlock > block) high = middle - 1n;
    else if (batch.lastBlock < block) low = middle + 1n;
    else return batch;
  }
  return undefined;
}

/** The chain of a node of one's own, behind its RPC: what it says is what one puts a bond on. */
export async function ownChain(l2: BridgeChain): Promise<OwnChain> {
  const safe = async (): Promise<bigint> => (await l2.block('safe')).number;
  return {
    ...{ l2ChainId: await l2.chainId(), safe },
    outputAfter: async (number) => {
      if (number > (await safe())) return undefined;
      const { hash: blockHash, stateRoot } = await l2.block(number);
      const messageTreeRoot = await l2.ask(predeploys.MessagePasser, messageRootOf(), number);
      return { blockNumber: number, blockHash, stateRoot, messageTreeRoot };
    },
    hashes: async (from, to) => {
      const found: Uint8Array[] = [];
      for (let number = from; number <= to; number++) found.push((await l2.block(number)).hash);
      return found;
    },
  };
}
