import { decodeExtra } from '../../chain/block.ts';
import type { Address } from '../../ethereum/address.ts';
import { checkpointCall, relayCall } from '../../ethereum/bridge-calls.ts';
import { bridgeTopics, messagesQueued } from '../../ethereum/bridge-events.ts';
import { isRelayed, provenAt } from '../../ethereum/bridge-views.ts';
import { predeploys } from '../../ethereum/l2-genesis.ts';
import type { KeeperPorts } from '../../services/keeper/service.ts';
import type { BridgeChain } from '../../system/l1-client-chain.ts';
import type { Account } from './account.ts';

/** Where messages to L2 come from. */
export interface MessageSource {
  readonly l1: BridgeChain;
  readonly bridge: Address;
  /** The first block of L1 that can have one. */
  readonly from: bigint;
}

/** A keeper that pays on L2 with an account of its own. */
export const keeperPorts = (
  { l1, bridge, from }: MessageSource,
  { chain: l2, send }: Account,
): KeeperPorts => ({
  messages: async () => {
    const { number: to } = await l1.head('latest');
    const logs = await l1.logs({ address: bridge, topic: bridgeTopics.messageQueued, from, to });
    return messagesQueued(logs).map((message, i) => ({ message, block: logs[i]?.block ?? to }));
  },
  originHash: async (block) => (await l1.block(block)).hash,
  head: async () => {
    const { timestamp, extraData } = await l2.block('latest');
    return { timestamp, origin: decodeExtra(extraData).origin };
  },
  isRelayed: (leaf) => l2.ask(predeploys.Messenger, isRelayed(leaf)),
  isProven: async (root) => (await l2.ask(predeploys.Messenger, provenAt(root))) > 0n,
  checkpoint: async (checkpoint) => void (await send(checkpointCall(checkpoint))),
  relay: async (message, path) => void (await send(relayCall(message, path))),
});
