import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, test } from 'vitest';

import { addAudit } from '../../../../src/apps/cli/audit.ts';
import type { Cli } from '../../../../src/apps/cli/context.ts';
import { createOutput } from '../../../../src/apps/output.ts';

const folder = 'test/vectors/data/audit';
const made = mkdtempSync(join(tmpdir(), 'conclave-audit-report-'));
afterAll(() => {
  rmSync(made, { recursive: true });
});

/** Runs `conclave audit` and gives what it wrote and how it would end. */
async function audit(argv: readonly string[], isJson = false): Promise<{ out: string; exit: unknown }> {
  let out = '';
  const sink = { write: (text: string) => void (out += text), isTty: false, columns: 100 };
  const output = createOutput({ isJson, isQuiet: false, noColor: true }, sink, sink);
  const unused = (): never => {
    throw new RangeError('an audit asks no node and reads no configuration');
  };
  const cli: Cli = {
    ...{ flags: { color: false }, output, dataDir: '.' },
    ...{ config: unused, password: unused, ask: unused },
  };
  const program = new Command().exitOverride();
  addAudit(program, () => cli);
  await program.parseAsync(['audit', ...argv], { from: 'user' });
  return { out, exit: process.exitCode };
}

const verify = (argv: readonly string[], isJson = false): ReturnType<typeof audit> =>
  audit(['verify', ...argv], isJson);

afterEach(() => {
  process.exitCode = undefined;
});

describe('conclave audit verify', () => {
  test('prints each check with its verdict, in a hundred columns, and ends well', async () => {
    const { out, exit } = await verify([`${folder}/pass`]);
    expect(exit).toBeUndefined();
    expect(out).toContain('✔ pass  V1   files: ');
    expect(out).toContain('✔ verified');
    expect(out).not.toContain('[####');
    expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  test('prints one JSON document, and ends with 7 when a check fails', async () => {
    const { out, exit } = await verify([`${folder}/fail/A1`], true);
    expect(exit).toBe(7);
    expect(JSON.parse(out)).toMatchObject({ ok: false, reports: [{ subject: { kind: 'ceremony' } }] });
  });

  test('with --json says how far it is, a line a folder, and the result in the last line', async () => {
    const { out } = await verify([`${folder}/pass`], true);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string });
    expect(lines.map(({ type }) => type)).toEqual(['progress', 'progress', 'result']);
    expect(lines.at(-1)).toMatchObject({ ok: true, kind: 'conclave-audit-report' });
  });

  test('writes the report to files that are the same every time, and overwrites none', async () => {
    const reports = [1, 2].map((run) => ({
      out: join(made, `${run}.json`),
      html: join(made, `${run}.html`),
    }));
    for (const { out, html } of reports) await verify([`${folder}/pass`, '--out', out, '--html', html]);
    const [one, two] = reports.map(({ out, html }) => [
      readFileSync(out, 'utf8'),
      readFileSync(html, 'utf8'),
    ]);
    expect(one).toEqual(two);
    expect(one?.[0]).not.toContain(made);
    expect(JSON.parse(one?.[0] ?? '')).toMatchObject({ ok: true });
    expect(one?.[1]).toContain('<h1>Audit report</h1>');
    for (const flag of ['--out', '--html'])
      await expect(verify([`${folder}/pass`, flag, join(made, '1.json')])).rejects.toMatchObject({
        code: 'would-overwrite',
      });
  });
});

describe('conclave audit receipt', () => {
  test('shows what a member gave to a ceremony, and to a signature', async () => {
    const ceremony = await audit(['receipt', `${folder}/pass/ceremony`, '--member', '2']);
    expect(ceremony.exit).toBeUndefined();
    expect(ceremony.out).toContain('✔ pass  RC   receipt');
    expect(ceremony.out).toContain('✔ the part of this member is in the result');
    const signature = await audit(['receipt', `${folder}/pass/signature`, '--member', '1'], true);
    expect(JSON.parse(signature.out)).toMatchObject({ ok: true, receipt: { subject: { kind: 'receipt' } } });
  });

  test('ends with 7 where the part is not shown, and refuses a stranger', async () => {
    const { exit, out } = await audit(['receipt', `${folder}/pass/signature`, '--member', '3']);
    expect(exit).toBe(7);
    expect(out).toContain('[audit-failed]');
    await expect(audit(['receipt', `${folder}/pass/signature`, '--member', 'nobody'])).rejects.toMatchObject({
      code: 'receipt-mismatch',
    });
  });
});
