import { writeHeads } from '../../chain/log/heads-file.ts';
import { LogWriter, readableEntry } from '../../chain/log/log-file.ts';
import { readableHead } from '../../chain/log/heads-file.ts';
import { OperationError } from '../../crypto/errors.ts';
import type { LogApi, LogPage, LogView } from '../api.ts';
import type { NodeLog } from './node-log.ts';

/** The folder of signature logs in the folder of records. */
export const LOG_FOLDER = 'log';

/** Longest page, in lines: an answer of the admin socket holds so many of the longest. */
export const MAX_PAGE = 200;

const page = (lines: readonly string[], from: number, all: number): LogPage => ({
  lines,
  next: from + lines.length < all ? from + lines.length : undefined,
});

/** The signature log of a running node, for its operator: read, never written. */
export class LogDesk implements LogApi {
  readonly #log: NodeLog;

  constructor(log: NodeLog) {
    this.#log = log;
  }

  /** Of a node that may have none. @throws OperationError no-key */
  static of(log: NodeLog | undefined): LogDesk {
    if (log !== undefined) return new LogDesk(log);
    throw new OperationError('no-key', 'fatal', 'this node belongs to no cluster: run a ceremony first');
  }

  readonly view = (): LogView => {
    const { of } = this.#log.entries;
    const [headsHeader = ''] = writeHeads(of, []);
    const heads = this.#log.heads().length;
    return { ...this.#log.status(), logHeader: new LogWriter(of).header(), headsHeader, heads };
  };

  readonly entries = (from: number, count: number): LogPage => {
    const { entries } = this.#log;
    const lines: string[] = [];
    for (const entry of entries.entries(from, from + Math.min(count, MAX_PAGE)))
      lines.push(JSON.stringify(readableEntry(entry)));
    return page(lines, from, entries.size);
  };

  readonly heads = (from: number, count: number): LogPage => {
    const heads = this.#log.heads();
    const lines = heads
      .slice(from, from + Math.min(count, MAX_PAGE))
      .map((head) => JSON.stringify(readableHead(head)));
    return page(lines, from, heads.length);
  };
}
