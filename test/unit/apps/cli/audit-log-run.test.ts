import { afterEach, describe, expect, it } from 'vitest';

import { linesOfLog, showLog } from '../../../../src/apps/cli/audit-log-run.ts';
import type { Cli } from '../../../../src/apps/cli/context.ts';
import { createOutput } from '../../../../src/apps/output.ts';
import { sampleLog } from '../fake-node.ts';

const entries = Array.from({ length: 450 }, (_, i) => `{"seq":${i}}`);

/** A node that answers `log` with these entries, and what was asked and written. */
function made(isJson = false) {
  let out = '';
  const asked: unknown[] = [];
  const sink = { write: (text: string) => void (out += text), isTty: false, columns: 100 };
  const unused = (): never => {
    throw new RangeError('not needed');
  };
  const ask: Cli['ask'] = (_, options) => {
    const args = options?.args ?? {};
    asked.push(args);
    if (args['what'] === 'view') return Promise.resolve(sampleLog);
    const [from, count] = [Number(args['from']), Number(args['count'])];
    const lines = entries.slice(from, from + count);
    const next = from + lines.length < entries.length ? { next: from + lines.length } : {};
    return Promise.resolve({ lines, ...next });
  };
  const cli: Cli = {
    ...{ flags: { color: false }, dataDir: '.', config: unused, password: unused, ask },
    output: createOutput({ isJson, isQuiet: false, noColor: true }, sink, sink),
  };
  return { cli, asked, out: () => out };
}

afterEach(() => {
  process.exitCode = undefined;
});

describe('conclave audit log', () => {
  it('shows the head, who countersigned it, and the alarms', async () => {
    const { cli, out } = made();
    await showLog(cli, { from: '0' });
    expect(out()).toContain('head      of 4 entries, 2025-06-15T15:06:40.000Z, countersigned by 1, 3');
    expect(out()).toContain('alarm     split-view, member 3, evidence data/evidence/x-split-view.json');
  });

  it('says so when there is no head, or the disk takes no entries', () => {
    const { head: _head, ...none } = sampleLog;
    const lines = linesOfLog({ ...none, waiting: 3, refusalsLeftOut: 2, alarms: [{ code: 'log-behind' }] });
    expect(lines).toEqual([
      ...[`log       ${sampleLog.logId}`, 'entries   5, and 3 that wait for the disk'],
      ...[`root      ${sampleLog.root}`, 'head      none yet'],
      ...['left out  2 refusals, because one asker had too many', 'alarm     log-behind'],
    ]);
  });

  it('is one JSON document with --json', async () => {
    const { cli, out } = made(true);
    await showLog(cli, { from: '0' });
    expect(JSON.parse(out())).toEqual(sampleLog);
  });

  it('writes the lines of entries page by page, from and as many as asked for', async () => {
    const all = made();
    await showLog(all.cli, { entries: true, from: '0' });
    expect(all.out().trimEnd().split('\n')).toEqual(entries);
    expect(all.asked).toMatchObject([{ from: 0, count: 200 }, { from: 200 }, { from: 400 }]);
    const some = made();
    await showLog(some.cli, { heads: true, from: '7', count: '250' });
    expect(some.out().trimEnd().split('\n')).toEqual(entries.slice(7, 257));
    expect(some.asked).toMatchObject([
      { what: 'heads', count: 200 },
      { from: 207, count: 50 },
    ]);
  });

  it('refuses what cannot be meant', async () => {
    const { cli } = made();
    await expect(showLog(cli, { entries: true, heads: true, from: '0' })).rejects.toMatchObject({
      code: 'usage',
    });
    await expect(showLog(cli, { entries: true, from: 'x' })).rejects.toMatchObject({ code: 'usage' });
  });
});
