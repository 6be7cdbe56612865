/** A message on its way to L2, as far as it matters when it can be delivered. */
export interface QueuedMessage {
  /** The block of L1 that has it. */
  readonly block: bigint;
  readonly isRelayed: boolean;
}

/** What is due on L2. */
export interface RelayPlan {
  /** How many messages the tree has of which L2 knows; their root is what is proven. */
  readonly known: number;
  /** Whether that root must be proven first. */
  readonly mustProve: boolean;
  /** Nonces of those that can be delivered. */
  readonly relay: readonly number[];
}

/**
 * What a keeper does: L2 knows the messages of blocks up to its origin. `messages` are all, in the order of
 * their nonces, from 0.
 */
export function relayPlan(messages: readonly QueuedMessage[], origin: bigint, isProven: boolean): RelayPlan {
  const first = messages.findIndex(({ block }) => block > origin);
  const known = first < 0 ? messages.length : first;
  const relay = messages.slice(0, known).flatMap(({ isRelayed }, nonce) => (isRelayed ? [] : [nonce]));
  return { known, mustProve: relay.length > 0 && !isProven, relay };
}
