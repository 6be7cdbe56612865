import { Command } from 'commander';
import { afterEach, describe, expect, test } from 'vitest';

import { addAudit } from '../../../../src/apps/cli/audit.ts';
import type { Cli } from '../../../../src/apps/cli/context.ts';
import { createOutput } from '../../../../src/apps/output.ts';

const folder = 'test/vectors/data/audit';

/** Runs `conclave audit verify` and gives what it wrote and how it would end. */
async function verify(argv: readonly string[], isJson = false): Promise<{ out: string; exit: unknown }> {
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
  await program.parseAsync(['audit', 'verify', ...argv], { from: 'user' });
  return { out, exit: process.exitCode };
}

afterEach(() => {
  process.exitCode = undefined;
});

describe('conclave audit verify', () => {
  test('prints each check with its verdict, in a hundred columns, and ends well', async () => {
    const { out, exit } = await verify([`${folder}/pass`]);
    expect(exit).toBeUndefined();
    expect(out).toContain('✔ pass  V1   files: ');
    expect(out).toContain('✔ verified');
    expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  test('prints one JSON document, and ends with 7 when a check fails', async () => {
    const { out, exit } = await verify([`${folder}/fail/A1`], true);
    expect(exit).toBe(7);
    expect(JSON.parse(out)).toMatchObject({ ok: false, reports: [{ subject: { kind: 'ceremony' } }] });
  });
});
