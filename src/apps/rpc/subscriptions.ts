import type { FreshRandom } from '../../system/ports.ts';
import { newId } from './filters.ts';
import type { HeadFeed } from './head-feed.ts';
import type { RpcLimits } from './limits.ts';
import { isWanted } from './log-params.ts';
import type { Session, SubscriptionKind } from './method.ts';
import { quantity } from './output.ts';
import type { PendingFeed } from './pending-feed.ts';
import { renderHeader } from './render-block.ts';
import type { RpcChain, SyncProgress } from './rpc-chain.ts';
import { limitExceeded } from './rpc-error.ts';
import { logsOfChange } from './told-logs.ts';

/** Where what is told comes from. */
export interface SubscriptionDeps {
  readonly heads: HeadFeed;
  readonly pending: PendingFeed;
  readonly chain: RpcChain;
  readonly rng: FreshRandom;
  readonly limits: Pick<RpcLimits, 'subscriptions' | 'socketSubscriptions'>;
}

/** How far a node is, as printed; `false` where it is not behind. */
export const renderSyncing = (progress: SyncProgress | undefined): unknown =>
  progress === undefined
    ? false
    : {
        startingBlock: quantity(progress.startingBlock),
        currentBlock: quantity(progress.currentBlock),
        highestBlock: quantity(progress.highestBlock),
      };

/** What one WebSocket has subscribed to. */
export interface OpenSession {
  /**
   * The session as one frame sees it. What its new subscriptions tell waits for `release`, so that no caller
   * hears of a name before the answer that gives it.
   */
  readonly frame: () => { readonly session: Session; readonly release: () => void };
  readonly close: () => void;
}

/** The subscriptions of all WebSockets. */
export class Subscriptions {
  readonly #deps: SubscriptionDeps;
  #count = 0;

  constructor(deps: SubscriptionDeps) {
    this.#deps = deps;
  }

  /** A session that tells by `send`, which says whether anybody still listens. */
  open(send: (text: string) => boolean): OpenSession {
    const stops = new Map<string, () => void>();
    const unsubscribe = (id: string): boolean => {
      const stop = stops.get(id);
      if (stop === undefined) return false;
      stop();
      stops.delete(id);
      this.#count -= 1;
      return true;
    };
    const frame = (): ReturnType<OpenSession['frame']> => {
      let held: string[] | undefined = [];
      const tell = (id: string, result: string): boolean => {
        const text = notice(id, result);
        if (held === undefined) return send(text);
        if (held.length < MAX_HELD) held.push(text);
        return true;
      };
      const subscribe = (kind: SubscriptionKind): string => {
        const { limits, rng } = this.#deps;
        if (stops.size >= limits.socketSubscriptions || this.#count >= limits.subscriptions)
          throw limitExceeded('too many subscriptions');
        const id = newId(rng);
        const stop = this.#start(kind, (result) => tell(id, result));
        stops.set(id, stop);
        this.#count += 1;
        return id;
      };
      const release = (): void => {
        for (const text of held ?? []) send(text);
        held = undefined;
      };
      return { session: { subscribe, unsubscribe }, release };
    };
    return {
      frame,
      close: () => {
        for (const id of [...stops.keys()]) unsubscribe(id);
      },
    };
  }

  /** `tell` takes JSON, and says whether anybody still listens. */
  #start(kind: SubscriptionKind, tell: (result: string) => boolean): () => void {
    const { heads, pending, chain } = this.#deps;
    switch (kind.kind) {
      case 'newHeads':
        return heads.listen(({ added }) => {
          for (const { block } of added) tell(JSON.stringify(renderHeader(block)));
        });
      case 'logs':
        return heads.listen((change) => {
          for (const { log, text } of logsOfChange(change))
            if (isWanted(log, kind.match) && !tell(text())) return;
        });
      case 'newPendingTransactions':
        return pending.listen((hash) => void tell(`"${hash}"`));
      case 'syncing':
        return tellSyncing(chain, tell);
    }
  }
}

/** Names are hex, and results JSON already. */
const notice = (subscription: string, result: string): string => {
  const params = `{"subscription":"${subscription}","result":${result}}`;
  return `{"jsonrpc":"2.0","method":"eth_subscription","params":${params}}`;
};

/** Texts that wait for the answer to their subscription. */
const MAX_HELD = 1_024;

/** Tells when a node falls behind, and when it has caught up. */
function tellSyncing(chain: RpcChain, tell: (result: string) => void): () => void {
  let was = chain.syncing() !== undefined;
  return chain.onHeads(() => {
    const progress = chain.syncing();
    const is = progress !== undefined;
    if (is !== was) tell(JSON.stringify(is ? { syncing: true, status: renderSyncing(progress) } : false));
    was = is;
  });
}
