import type { Log, LogFields } from '../../system/ports.ts';
import { type Output, progress } from '../output.ts';

/** The log of a service that a command runs: each line is a step of that command. */
export function commandLog(output: Output): Log {
  const say = (event: string, fields: LogFields = {}): void => {
    const words = Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`);
    progress(output, { type: 'progress', event, ...fields }, [event, ...words].join(', '));
  };
  const log: Log = {
    ...{ error: say, warn: say, info: say, debug: () => undefined },
    child: () => log,
  };
  return log;
}
