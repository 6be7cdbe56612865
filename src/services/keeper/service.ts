import { appendMessages, emptyMessageTree, messagePath, messageTreeRoot } from '../../chain/message-tree.ts';
import { l1MessageLeaf } from '../../chain/output.ts';
import { to0x } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import type { ArrivingMessage, Checkpoint } from '../../ethereum/bridge-calls.ts';
import type { Log } from '../../system/ports.ts';
import { relayPlan } from './machine.ts';

/** What a keeper asks and does. Every call: @throws OperationError l1-unreachable and others of a chain */
export interface KeeperPorts {
  /** All messages that L1 ever sent to L2, in their order, and the blocks of L1 that have them. */
  readonly messages: () => Promise<readonly { readonly message: ArrivingMessage; readonly block: bigint }[]>;
  /** Of a block of L1, 32 bytes. */
  readonly originHash: (block: bigint) => Promise<Uint8Array>;
  /** The newest block of L2: its time, Unix seconds, and the L1 block that it refers to. */
  readonly head: () => Promise<{ readonly timestamp: bigint; readonly origin: bigint }>;
  /** By its leaf. */
  readonly isRelayed: (leaf: Uint8Array) => Promise<boolean>;
  readonly isProven: (root: Uint8Array) => Promise<boolean>;
  readonly checkpoint: (checkpoint: Checkpoint) => Promise<void>;
  /** @throws also l1-reverted when the target does not take it */
  readonly relay: (message: ArrivingMessage, path: readonly Uint8Array[]) => Promise<void>;
}

/** What came of one round: nonces. */
export interface Relayed {
  readonly relayed: readonly number[];
  /** Their targets refused them; they stay to be tried again. */
  readonly refused: readonly number[];
}

/**
 * Delivers on L2 what L1 sent there. Anybody may, and nobody can lose or spoil a message by it, so it keeps
 * nothing: whoever runs it repeats the round.
 */
export async function relayRound(ports: KeeperPorts, log: Log): Promise<Relayed> {
  // The head first: what L1 says later is of later blocks.
  const head = await ports.head();
  const found = await ports.messages();
  const leaves = found.map(({ message }) => l1MessageLeaf(message));
  const queued = await Promise.all(
    found.map(async ({ block }, i) => ({
      ...{ block, isRelayed: await ports.isRelayed(leaves[i] ?? new Uint8Array(32)) },
    })),
  );
  const { known } = relayPlan(queued, head.origin, false);
  const tree = leaves.slice(0, known);
  const root = messageTreeRoot(appendMessages(emptyMessageTree, tree));
  const plan = relayPlan(queued, head.origin, await ports.isProven(root));
  if (plan.mustProve) {
    const origin = { originNumber: head.origin, originHash: await ports.originHash(head.origin) };
    await ports.checkpoint({ timestamp: head.timestamp, ...origin, messageRoot: root });
    log.info('messages of L1 proven to L2', { origin: String(head.origin), root: to0x(root) });
  }
  const [relayed, refused]: [number[], number[]] = [[], []];
  for (const nonce of plan.relay) {
    const message = found[nonce]?.message;
    const isDone = message !== undefined && (await isTaken(ports, message, messagePath(tree, nonce)));
    (isDone ? relayed : refused).push(nonce);
    log.info(isDone ? 'message delivered' : 'message refused by its target', { nonce });
  }
  return { relayed, refused };
}

async function isTaken(
  ports: KeeperPorts,
  message: ArrivingMessage,
  path: readonly Uint8Array[],
): Promise<boolean> {
  try {
    await ports.relay(message, path);
    return true;
  } catch (error) {
    if (error instanceof OperationError && error.code === 'l1-reverted') return false;
    throw error;
  }
}
