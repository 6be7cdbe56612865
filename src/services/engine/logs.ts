import type { ExecutedBlock, LogFilter, PlacedLog, TxLog } from '../../chain/execution.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { addressBytes } from '../../ethereum/address.ts';
import { mayHold } from './bloom.ts';
import { breathe } from './breathe.ts';
import { held } from './canonical.ts';
import type { EngineStore } from './store.ts';

/** Blooms that are looked at before others have their turn. */
const BLOOMS_AT_A_TIME = 256;

/** Logs of canonical blocks that a filter asks for; `most` of them, and one more where there are more. */
export async function findLogs(
  store: EngineStore,
  filter: LogFilter,
  most: number,
): Promise<readonly PlacedLog[]> {
  const found: PlacedLog[] = [];
  let work = 0;
  for await (const { hash, bloom } of store.canonicals(filter.from, filter.to)) {
    // A search goes through thousands of blocks on the thread that builds them.
    if ((work += 1) % BLOOMS_AT_A_TIME === 0) await breathe();
    // The bloom of a block says for most blocks that there is nothing to be read.
    if (!mayMatch(bloom, filter)) continue;
    await breathe();
    for (const log of logsOf(held(store, hash))) {
      if (!matches(log, filter)) continue;
      found.push(log);
      if (found.length > most) return found;
    }
  }
  return found;
}

/** The alternatives at each place where a filter asks for something. */
const places = ({ addresses, topics }: LogFilter): readonly (readonly Uint8Array[])[] =>
  [addresses.map(addressBytes), ...topics].filter((any) => any.length > 0);

const mayMatch = (bloom: Uint8Array, filter: LogFilter): boolean =>
  places(filter).every((any) => any.some((bytes) => mayHold(bloom, bytes)));

const matches = ({ address, topics }: TxLog, filter: LogFilter): boolean =>
  (filter.addresses.length === 0 || filter.addresses.includes(address)) &&
  filter.topics.length <= topics.length &&
  filter.topics.every(
    (any, i) => any.length === 0 || any.some((topic) => equalBytes(topic, topics[i] ?? new Uint8Array(0))),
  );

function* logsOf({ block: { hash, header }, receipts }: ExecutedBlock): Generator<PlacedLog> {
  let logIndex = 0;
  for (const [transactionIndex, receipt] of receipts.entries())
    for (const log of receipt.logs)
      yield {
        ...log,
        ...{ blockNumber: header.number, blockHash: hash, transactionHash: receipt.hash },
        ...{ transactionIndex, logIndex: logIndex++ },
      };
}
