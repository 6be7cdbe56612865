import type { Log, LogFields } from '../../src/system/ports.ts';

/** A line of a log that is kept. */
export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly event: string;
  readonly fields: LogFields;
}

/** A log that tests can read. */
export function keptLog(
  lines: LogLine[] = [],
  more: LogFields = {},
): Log & { readonly lines: readonly LogLine[] } {
  const at =
    (level: LogLine['level']) =>
    (event: string, fields: LogFields = {}): void =>
      void lines.push({ level, event, fields: { ...more, ...fields } });
  return {
    lines,
    ...{ error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') },
    child: (fields) => keptLog(lines, { ...more, ...fields }),
  };
}
