import type { PlacedLog } from '../../chain/execution.ts';
import { type Backend, needBlock, numberOf } from './backend.ts';
import type { Filters } from './filters.ts';
import { type LogQuery, isWanted, logQuery } from './log-params.ts';
import type { Methods } from './method.ts';
import { latest, type Read } from './params.ts';
import { logsOfBlock, renderLog } from './render-tx.ts';
import { invalidParams, limitExceeded, serverError } from './rpc-error.ts';

/** Logs, and filters that collect what is new between two polls. */
export function logMethods(backend: Backend, filters: Filters): Methods {
  const query = logQuery(backend.limits.filterValues);
  return {
    eth_getLogs: {
      most: 1,
      isHeavy: true,
      run: async (list) => printed(await search(backend, list.at(0, query))),
    },
    eth_newFilter: { most: 1, run: (list) => filters.add({ kind: 'logs', query: list.at(0, query) }) },
    eth_newBlockFilter: { most: 0, run: () => filters.add({ kind: 'blocks' }) },
    // Whole transactions, which the parameter may ask for, are not given.
    eth_newPendingTransactionFilter: { most: 1, run: () => filters.add({ kind: 'transactions' }) },
    eth_uninstallFilter: { most: 1, run: (list) => filters.remove(list.at(0, filterId)) },
    eth_getFilterChanges: { most: 1, run: (list) => filters.take(list.at(0, filterId)) },
    eth_getFilterLogs: {
      most: 1,
      isHeavy: true,
      run: async (list) => {
        const wanted = filters.queryOf(list.at(0, filterId));
        if (wanted === undefined) throw serverError('filter not found');
        return printed(await search(backend, wanted));
      },
    },
  };
}

const printed = (logs: readonly PlacedLog[]): unknown => logs.map((log) => renderLog(log));

const filterId: Read<string> = (value) => {
  if (typeof value !== 'string') throw invalidParams('not the name of a filter');
  return value;
};

/** @throws RpcError invalidParams, limit */
async function search(backend: Backend, query: LogQuery): Promise<readonly PlacedLog[]> {
  const { limits, executor } = backend;
  if (query.range.kind === 'block') {
    const ref = { kind: 'hash', hash: query.range.hash, mustBeCanonical: false } as const;
    const found = logsOfBlock(await needBlock(backend, ref)).filter((log) => isWanted(log, query));
    return few(found, limits.logResults);
  }
  const head = backend.chain.heads().unsafe.number;
  const from = await numberOf(backend, query.range.from ?? latest);
  const asked = await numberOf(backend, query.range.to ?? latest);
  if (from > asked) throw invalidParams('invalid block range params');
  const to = asked < head ? asked : head;
  if (from > to) return [];
  if (to - from >= limits.logBlocks) throw limitExceeded(`query exceeds max block range ${limits.logBlocks}`);
  const { addresses, topics } = query;
  return few(await executor.logs({ from, to, addresses, topics }, limits.logResults), limits.logResults);
}

/** @throws RpcError limit */
function few(logs: readonly PlacedLog[], most: number): readonly PlacedLog[] {
  if (logs.length > most) throw limitExceeded(`query returned more than ${most} results`);
  return logs;
}
