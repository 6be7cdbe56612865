import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { builtPage, preparePage } from '../../src/apps/audit-page.ts';
import { base } from './artefacts.ts';
import { AuditPage } from './audit-page.ts';
import { startBrowser } from './browser.ts';

const data = mkdtempSync(join(tmpdir(), 'audit-command-'));
beforeAll(preparePage);
afterAll(() => {
  rmSync(data, { recursive: true, force: true });
});

describe('the command', () => {
  it('serves a folder until it is stopped, and keeps nothing in the browser', async () => {
    const root = join(import.meta.dirname, '..', '..');
    mkdirSync(join(data, 's'));
    for (const [name, bytes] of base.signature) writeFileSync(join(data, 's', name), bytes);
    const child = spawn(process.execPath, [join(root, 'bin/conclave.mjs'), '--json', 'audit', 'serve', data]);
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (said: Buffer) =>
        resolve((JSON.parse(said.toString()) as { url: string }).url),
      );
      child.once('exit', (code) => reject(new RangeError(`it ended with ${String(code)}`)));
    });
    const browser = await startBrowser();
    const opened = await AuditPage.open(browser, url);
    await opened.pick('signature s');
    expect(await opened.isVerified()).toBe(true);
    expect(
      await opened.page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]'),
    ).toEqual([...[0, 0, '']]);
    await opened.close();
    await browser.close();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('builds a page that names no other place than those of its vocabularies', () => {
    const names = ['index.html', 'style.css', 'page.js', 'audit.js', 'kzg.js'];
    const places = names.flatMap((name) => {
      const text = readFileSync(join(builtPage, name), 'utf8');
      return [...text.matchAll(/\b(?:https?|wss?):\/\/([\w.-]+)/g)].map(([, host]) => host);
    });
    // A library names its manual in its messages; drawings have a name that looks like an address.
    expect(places.filter((host) => host !== 'www.w3.org' && host !== 'viem.sh')).toEqual([]);
  });
});
