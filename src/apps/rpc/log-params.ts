import { compareBytes } from '../../crypto/bytes.ts';
import type { PlacedLog } from '../../chain/execution.ts';
import type { Address } from '../../ethereum/address.ts';
import * as params from './params.ts';
import { invalidParams } from './rpc-error.ts';

/** What of logs is wanted, wherever they stand. */
export interface LogMatch {
  /** Any of them; empty for all. */
  readonly addresses: readonly Address[];
  /** At each position any of the topics, 32 bytes each; an empty list for all. */
  readonly topics: readonly (readonly Uint8Array[])[];
}

/** Logs of one block, or of a range; an absent end stands for the newest block. */
export interface LogQuery extends LogMatch {
  readonly range:
    | { readonly kind: 'block'; readonly hash: Uint8Array }
    | {
        readonly kind: 'range';
        readonly from: params.BlockRef | undefined;
        readonly to: params.BlockRef | undefined;
      };
}

const MAX_TOPICS = 4;

/** Reads the object of `eth_getLogs`. `most` bounds each of its lists. @throws RpcError invalidParams */
export const logQuery =
  (most: number): params.Read<LogQuery> =>
  (value) => {
    const object = params.anObject(value);
    const hash = params.maybeField(object, 'blockHash', params.hash);
    const from = params.maybeField(object, 'fromBlock', params.blockNumber);
    const to = params.maybeField(object, 'toBlock', params.blockNumber);
    if (hash !== undefined && (from !== undefined || to !== undefined))
      throw invalidParams('cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other');
    const topics = params.maybeField(object, 'topics', (list) => {
      if (Array.isArray(list) && list.length > MAX_TOPICS) throw invalidParams('exceed max topics');
      return params.listOf(eitherOf(params.hash, most), MAX_TOPICS)(list);
    });
    return {
      addresses: params.maybeField(object, 'address', eitherOf(params.address, most)) ?? [],
      topics: topics ?? [],
      range: hash === undefined ? { kind: 'range', from, to } : { kind: 'block', hash },
    };
  };

/** One value, a list of them, or null for all. */
const eitherOf =
  <T>(read: params.Read<T>, most: number): params.Read<readonly T[]> =>
  (value) => {
    if (value === null) return [];
    // A null among alternatives stands for all of them, as execution clients have it.
    if (Array.isArray(value) && value.includes(null)) return [];
    return Array.isArray(value) ? params.listOf(read, most)(value) : [read(value)];
  };

/** Whether a log is one of those that are wanted. */
export function isWanted(log: Pick<PlacedLog, 'address' | 'topics'>, match: LogMatch): boolean {
  if (match.addresses.length > 0 && !match.addresses.includes(log.address)) return false;
  return match.topics.every((wanted, i) => {
    const topic = log.topics[i];
    if (topic === undefined) return false;
    return wanted.length === 0 || wanted.some((one) => compareBytes(one, topic) === 0);
  });
}
