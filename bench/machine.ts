import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';

import type { Output } from './rows.ts';

/** Where and of what something was measured. */
export const machine = (): Pick<Output, 'commit' | 'node' | 'cpu' | 'cores' | 'load' | 'date'> => ({
  commit: commit(),
  node: process.version,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  load: loadavg()[0] ?? 0,
  date: new Date().toISOString(),
});

/** The commit of the sources, with a mark when something that is measured differs from it. */
function commit(): string {
  try {
    const git = (...args: readonly string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const isChanged = git('status', '--porcelain', '--', 'src', 'bench') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? '-changed' : ''}`;
  } catch {
    return 'unknown'; // an installed copy without its repository
  }
}
