import { OperationError } from '../crypto/errors.ts';
import { askNode, isHolder } from '../system/folder-lease.ts';
import { ADMIN_VERSION, type AdminLine, type AdminVerb, MAX_LINE, adminLine } from './admin-protocol.ts';
import { errorOf } from './failure.ts';
import type { ControlVerb } from './l2/control-protocol.ts';

/** How a question is asked. */
export interface AskOptions {
  readonly args?: Readonly<Record<string, unknown>>;
  /** Hears what happens on the way. */
  readonly onProgress?: (event: unknown) => void;
  /** Milliseconds for the whole answer; 0, the default, as long as it takes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks the node that runs in a data folder, and gives its result. @throws OperationError no-node | node-
 * starting | admin-
 * protocol, and every error of the node itself
 */
export async function askAdmin(
  dataDir: string,
  verb: AdminVerb | ControlVerb,
  options: AskOptions = {},
): Promise<unknown> {
  const request = JSON.stringify({ v: ADMIN_VERSION, verb, args: options.args ?? {} });
  const last = await askNode(dataDir, request, {
    answerMs: options.timeoutMs ?? 0,
    maxBytes: MAX_LINE,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onLine: (line) => {
      const event = eventIn(line);
      if (event !== undefined) options.onProgress?.(event.event);
    },
  });
  if (last === '')
    throw new OperationError('no-node', 'reset', `the node of ${dataDir} ended before it had answered`);
  const read = parseLine(last, dataDir);
  if (read.type === 'result') return read.result;
  if (read.type === 'error') throw errorOf(read);
  throw new OperationError('no-node', 'reset', `the node of ${dataDir} ended before it had answered`);
}

/** The event of a progress line. What is none is judged when it is the last line, not here. */
function eventIn(line: string): { readonly event: unknown } | undefined {
  if (!line.startsWith('{"type":"progress"')) return undefined;
  const read = parseLine(line);
  return read.type === 'progress' ? read : undefined;
}

function parseLine(line: string, dataDir = ''): AdminLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new OperationError('admin-protocol', 'reset', 'the answer of the node is not JSON', { cause });
  }
  if (isHolder(value))
    throw new OperationError('node-starting', 'retry', `process ${value.pid} is starting in ${dataDir}`);
  const read = adminLine.safeParse(value);
  if (read.success) return read.data;
  throw new OperationError('admin-protocol', 'reset', 'the answer of the node is none of this version');
}
