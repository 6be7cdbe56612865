import type { Backend } from './backend.ts';
import { logQuery } from './log-params.ts';
import type { Methods, SubscriptionKind } from './method.ts';
import * as params from './params.ts';
import { RpcError, invalidParams, rpcCodes, serverError } from './rpc-error.ts';

/** What is told over a WebSocket without being asked for again. */
export function subscribeMethods({ limits }: Backend): Methods {
  const query = logQuery(limits.filterValues);
  const kindOf = (list: params.Params): SubscriptionKind => {
    const name = list.at(0, aName);
    if (name === 'newHeads' || name === 'syncing') return { kind: name };
    if (name === 'newPendingTransactions') {
      // Whole transactions are not told.
      if (list.maybe(1, params.aBoolean) === true)
        throw invalidParams('invalid argument 1: only hashes are told');
      return { kind: name };
    }
    if (name === 'logs') return { kind: name, match: list.maybe(1, query) ?? { addresses: [], topics: [] } };
    throw new RpcError(rpcCodes.methodNotFound, `no "${name}" subscription in eth namespace`);
  };
  return {
    eth_subscribe: {
      most: 2,
      run: (list, session) => {
        const kind = kindOf(list);
        if (session === undefined) throw new RpcError(rpcCodes.methodNotFound, 'notifications not supported');
        return session.subscribe(kind);
      },
    },
    eth_unsubscribe: {
      most: 1,
      run: (list, session) => {
        const id = list.at(0, aName);
        if (session?.unsubscribe(id) !== true) throw serverError('subscription not found');
        return true;
      },
    },
  };
}

const aName: params.Read<string> = (value) => {
  if (typeof value !== 'string' || value.length > 66) throw invalidParams('not a name');
  return value;
};
