import type { LogMatch } from './log-params.ts';
import type { Params } from './params.ts';

/** What a subscription tells. */
export type SubscriptionKind =
  | { readonly kind: 'newHeads' }
  | { readonly kind: 'logs'; readonly match: LogMatch }
  | { readonly kind: 'newPendingTransactions' }
  | { readonly kind: 'syncing' };

/** Who calls, as far as a method may need it: a WebSocket can be told things later. */
export interface Session {
  /** The name of a new subscription. @throws RpcError where there are too many */
  readonly subscribe: (kind: SubscriptionKind) => string;
  /** Whether there was such a subscription. */
  readonly unsubscribe: (id: string) => boolean;
}

/** One method of the server. */
export interface Method {
  /** How many parameters it takes at most; which of them it needs it says itself. */
  readonly most: number;
  /** Whether it searches on the thread that builds blocks, so that only a few run at a time. */
  readonly isHeavy?: boolean;
  /** Whether it executes, in a thread of its own; a few more of these run at a time. */
  readonly isCall?: boolean;
  /** Whether it waits for a disk: calls of one batch then wait together, and share its writes. */
  readonly sharesDisk?: boolean;
  /** Gives what is printed as the result. @throws RpcError, OperationError */
  readonly run: (params: Params, session: Session | undefined) => unknown;
}

/** Methods by name. */
export type Methods = Readonly<Record<string, Method>>;
