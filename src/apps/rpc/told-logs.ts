import type { PlacedLog } from '../../chain/execution.ts';
import type { HeadChange } from './head-feed.ts';
import { logsOfBlock, renderLog } from './render-tx.ts';

/** A log that came or went, printed once for all who want it. */
export interface ToldLog {
  readonly log: PlacedLog;
  readonly printed: () => unknown;
  /** The same as JSON. */
  readonly text: () => string;
}

const known = new WeakMap<HeadChange, readonly ToldLog[]>();

/** The logs of a change: removed ones first, with the mark that says so. One list, however many ask. */
export function logsOfChange(change: HeadChange): readonly ToldLog[] {
  const made = known.get(change);
  if (made !== undefined) return made;
  const logs = [
    ...change.removed.flatMap((block) => [...logsOfBlock(block)].reverse().map((log) => told(log, true))),
    ...change.added.flatMap((block) => logsOfBlock(block).map((log) => told(log, false))),
  ];
  known.set(change, logs);
  return logs;
}

function told(log: PlacedLog, isRemoved: boolean): ToldLog {
  let [value, text]: [unknown, string | undefined] = [undefined, undefined];
  const printed = (): unknown => (value ??= renderLog(log, isRemoved));
  return { log, printed, text: () => (text ??= JSON.stringify(printed())) };
}
