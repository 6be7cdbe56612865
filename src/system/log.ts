import { type DestinationStream, type Logger, pino } from 'pino';

import type { Log, LogFields } from './ports.ts';

/** What is logged, how, and to where. */
export interface LogOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug' | 'silent';
  /** `json`: one object a line; `console`: for people. */
  readonly format: 'json' | 'console';
  /** Names of fields that may be printed beside `plainFields`. */
  readonly alsoPlain?: readonly string[];
}

/** Where lines go: anything with a `write`. */
export interface LogTarget {
  readonly write: (line: string) => void;
}

/**
 * Fields whose values may be printed. Any other is named under `withheld` and its value is left out: a secret
 * that reaches a log call by mistake does not reach the log.
 */
export const plainFields: readonly string[] = [
  ...[
    'action',
    'address',
    'attempt',
    'batch',
    'bytes',
    'boot',
    'ceremony',
    'chain',
    'channel',
    'class',
    'code',
  ],
  ...['command', 'count', 'culprits', 'definition', 'deadlineMs', 'digest', 'durationMs', 'duty', 'epoch'],
  ...[
    'file',
    'folder',
    'format',
    'from',
    'grade',
    'guardSeq',
    'height',
    'heightL1',
    'heightL2',
    'hash',
    'host',
  ],
  ...['id', 'index', 'inFlight', 'keyId', 'kind', 'lane', 'lanes', 'limit', 'lock', 'means', 'method'],
  ...[
    'missing',
    'name',
    'node',
    'nonce',
    'outcome',
    'path',
    'peer',
    'peers',
    'phase',
    'pid',
    'port',
    'presignatures',
  ],
  ...[
    'purpose',
    'queued',
    'quorum',
    'reason',
    'remote',
    'report',
    'request',
    'round',
    'rttMs',
    'seq',
    'sender',
  ],
  ...[
    'session',
    'sid',
    'since',
    'slot',
    'stage',
    'state',
    'status',
    'step',
    'target',
    'task',
    'threshold',
    'to',
  ],
  ...['total', 'tries', 'txHash', 'url', 'valueWei', 'verdict', 'version', 'waitMs', 'worker'],
];

/** The longest text that is printed, in characters; the rest is cut. */
const MAX_TEXT = 512;
/** The most items of a list that are printed. */
const MAX_ITEMS = 64;

/** A log that prints the listed fields only. [security, 6 rule 7; product, 17.2 T9] */
export function createLog(options: LogOptions, target: LogTarget): Log {
  const plain = new Set([...plainFields, ...(options.alsoPlain ?? [])]);
  const stream: DestinationStream = options.format === 'json' ? target : consoleTarget(target);
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return wrap(logger, plain);
}

function wrap(logger: Logger, plain: ReadonlySet<string>): Log {
  const at =
    (level: 'error' | 'warn' | 'info' | 'debug') =>
    (event: string, fields: LogFields = {}): void =>
      logger[level](printable(fields, plain), cut(event));
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: (fields) => wrap(logger.child(printable(fields, plain)), plain),
  };
}

/** Names that the log line itself uses. */
const reserved: readonly string[] = ['level', 'time', 'event', 'withheld'];

function printable(fields: LogFields, plain: ReadonlySet<string>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const withheld: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (!plain.has(name) || reserved.includes(name)) withheld.push(cut(name));
    else out[name] = plainValue(value);
  }
  if (withheld.length > 0) out['withheld'] = withheld.slice(0, MAX_ITEMS);
  return out;
}

/** Values of the declared kinds only, also where a caller's types were wrong. */
function plainValue(value: unknown): unknown {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => cut(String(item)));
  return `(${typeof value})`;
}

/** Short and printable: control characters could forge lines or steer a terminal. */
const cut = (text: string): string => {
  const clean = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}…` : clean;
};

/** Turns the JSON line of a logger into `12:00:00.000 info  event  name=value`. */
function consoleTarget(target: LogTarget): LogTarget {
  return {
    write: (line) => {
      const { time, level, event, ...fields } = JSON.parse(line) as Record<string, unknown>;
      const rest = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
      const start = `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${String(event)}`;
      target.write(`${[start, ...rest].join('  ')}\n`);
    },
  };
}

const shown = (value: unknown): string => {
  const text = Array.isArray(value) ? value.join(',') : String(value);
  return /[\s="]/.test(text) ? JSON.stringify(text) : text;
};
