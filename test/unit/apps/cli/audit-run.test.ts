import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, describe, expect, test } from 'vitest';

import { type AuditRunFlags, verifyFolder } from '../../../../src/apps/cli/audit-run.ts';
import type { Cli } from '../../../../src/apps/cli/context.ts';
import { createOutput } from '../../../../src/apps/output.ts';
import { InputError } from '../../../../src/crypto/errors.ts';

const folder = 'test/vectors/data/audit';
const made = mkdtempSync(join(tmpdir(), 'conclave-audit-run-'));
afterAll(() => {
  rmSync(made, { recursive: true });
});

/** Audits a folder and gives what was written and how the program would end. */
async function verify(path: string, flags: AuditRunFlags = {}): Promise<{ out: string; exit: unknown }> {
  let out = '';
  const sink = { write: (text: string) => void (out += text), isTty: false, columns: 100 };
  const output = createOutput({ isJson: false, isQuiet: false, noColor: true }, sink, sink);
  const unused = (): never => {
    throw new RangeError('an audit asks no node and reads no configuration');
  };
  const cli: Cli = {
    ...{ flags: { color: false }, output, dataDir: '.' },
    ...{ config: unused, password: unused, ask: unused },
  };
  await verifyFolder(cli, path, flags);
  return { out, exit: process.exitCode };
}

afterEach(() => {
  process.exitCode = undefined;
});

describe('the audit of a folder on disk', () => {
  test('compares with what the caller expects', async () => {
    const { out, exit } = await verify(`${folder}/pass/ceremony`, { expectRequired: '3' });
    expect(exit).toBe(7);
    expect(out).toContain('required is 2, not 3');
    expect(out).not.toContain('compared with themselves only');
  });

  test.each([
    ['usage', { expectLock: '0x12' }],
    ['usage', { expectCommittee: '12' }],
    ['usage', { expectRequired: 'two' }],
    ['usage', { l1: 'ftp://localhost' }],
    ['bad-account', { expectAddress: '0x12' }],
  ])('refuses as %s what is no value of its flag: %o', async (code, flags) => {
    const refused: unknown = await verify(folder, flags).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InputError);
    expect(refused).toMatchObject({ code });
  });

  test('refuses what could not be written, before it looks at anything', async () => {
    mkdirSync(join(made, 'folder'));
    symlinkSync(join(made, 'folder'), join(made, 'same'));
    symlinkSync(join(made, 'nowhere'), join(made, 'dangling'));
    const [a, b] = [join(made, 'folder', 'report'), join(made, 'same', '..', 'same', 'report')];
    for (const [flags, code] of [
      [{ out: a, html: a }, 'usage'],
      [{ out: a, html: b }, 'usage'],
      [{ out: join(made, 'none', 'report') }, 'usage'],
      [{ html: join(made, 'none', 'report') }, 'usage'],
      [{ html: join(made, 'dangling') }, 'would-overwrite'],
      [{ out: made }, 'would-overwrite'],
    ] as const)
      await expect(verify(`${folder}/none`, flags)).rejects.toMatchObject({ code });
    expect(readdirSync(join(made, 'folder'))).toEqual([]);
  });

  test('fails for a link in the folder, and names it', async () => {
    cpSync(`${folder}/pass/ceremony`, join(made, 'linked'), { recursive: true });
    symlinkSync('lock.json', join(made, 'linked', 'l1.json'));
    const { out, exit } = await verify(join(made, 'linked'));
    expect(exit).toBe(7);
    expect(out).toContain('> l1.json is a link, and links are not followed');
  });

  test('refuses a folder that is not there, or holds nothing to audit', async () => {
    await expect(verify(`${folder}/none`)).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect(verify('test/tidy')).rejects.toMatchObject({ code: 'nothing-to-audit' });
  });

  test('says so where there is nothing to compare with L1, and asks nobody', async () => {
    const { out } = await verify(`${folder}/fail/A5`, { l1: 'http://127.0.0.1:1' });
    expect(out).toContain('no key and no sound signature');
  });

  test('does not hide that L1 is down', async () => {
    for (const kind of ['signature', 'ceremony']) {
      const refused = verify(`${folder}/pass/${kind}`, { l1: 'http://127.0.0.1:1' });
      await expect(refused).rejects.toMatchObject({ code: 'l1-unreachable' });
    }
  });
});
