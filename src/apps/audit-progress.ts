import type { AuditProgress, OnProgress } from '../audit/walk.ts';
import { plain } from '../audit/plain.ts';
import { type Output, progress } from './output.ts';

/** Characters of the bar. */
const WIDTH = 24;
/** Steps that are shown at most, so that a long audit does not write a line for each folder. */
const MAX_SHOWN = 200;

/** The bar of an audit, one line. */
export function barOf({ done, total, path }: AuditProgress): string {
  const filled = Math.floor((WIDTH * done) / total);
  return `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${done} of ${total}  ${plain(path)}`;
}

/**
 * Shows how far an audit is: a bar on a terminal, JSON lines with `--json`, and nothing at all where nobody
 * looks. An audit of one folder is over before a bar could be read.
 */
export function progressOf(output: Output): OnProgress {
  let shown = -1;
  return (step) => {
    const at = Math.floor((MAX_SHOWN * step.done) / step.total);
    if (step.total < 2 || at === shown) return;
    shown = at;
    if (output.isJson) progress(output, { type: 'progress', ...step });
    else if (output.err.isTty && !output.isQuiet) drawn(output, step);
  };
}

/** Draws over the line before; the last one is wiped, so that only the report stays. */
function drawn({ err }: Output, step: AuditProgress): void {
  const line = barOf(step).slice(0, Math.max(err.columns - 1, 0));
  err.write(`\r\u001b[2K${step.done === step.total ? '' : line}`);
}
