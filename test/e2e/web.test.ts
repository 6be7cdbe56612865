import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { builtPage, preparePage, serveAuditPage } from '../../src/apps/audit-page.ts';
import { auditFolder } from '../../src/audit/audit.ts';
import { plain } from '../../src/audit/plain.ts';
import { type AuditSource, sourceOf } from '../../src/audit/source.ts';
import { readTranscript } from '../../src/audit/transcript-file.ts';
import { unproven } from '../../src/audit/unproven.ts';
import { ascii } from '../../src/crypto/bytes.ts';
import { addressOf } from '../../src/ethereum/address.ts';
import { publicKeyOf } from '../../src/protocols/epoch.ts';
import type { HttpServer } from '../../src/system/http.ts';
import { type Files, failedCeremony, makeCeremony, tools, under } from '../unit/audit/support/folders.ts';
import { failingSets } from '../unit/audit/support/sets.ts';
import { fileOf, lineMutations, withFile } from '../unit/audit/support/tamper.ts';
import { base, epochs, evidenceOf, inBlobs, logWithVerdict } from './artefacts.ts';
import { AuditPage, asShown } from './audit-page.ts';
import { startBrowser } from './browser.ts';
import { hostile } from './hostile.ts';
import { faults, paleColors } from './reading.ts';

const { ceremony, signature } = base;
const folder = mkdtempSync(join(tmpdir(), 'audit-page-'));
const servers: HttpServer[] = [];
const pages: AuditPage[] = [];
let browser: Browser;
let home: string;

/** The page, with these files to pick. */
async function serve(files: Files, source: AuditSource = sourceOf(files)): Promise<string> {
  const served = { name: 'sample', source };
  const server = await serveAuditPage({ address: '127.0.0.1:0', page: builtPage, served });
  servers.push(server);
  return `http://${server.address}/`;
}

/** Files in a folder of the disk. */
function write(place: string, files: Files): void {
  mkdirSync(join(folder, place), { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(folder, place, name), bytes);
}

async function open(url: string = home, width?: number): Promise<AuditPage> {
  const page = await AuditPage.open(browser, url, width);
  pages.push(page);
  return page;
}

beforeAll(async () => {
  preparePage();
  browser = await startBrowser();
  home = await serve(new Map([...under('ceremony', ceremony.files), ...under('signature', signature)]));
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.close();
});
afterAll(async () => {
  await browser.close();
  for (const server of servers) await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The page says of these files exactly what the command says. */
async function agree(page: AuditPage, files: Files): Promise<boolean> {
  await page.give(files);
  const { reports, ok } = await auditFolder(files, {}, tools);
  expect(await page.reports()).toEqual(asShown(reports));
  expect(await page.isVerified()).toBe(ok);
  return ok;
}

describe('files that are whole', () => {
  it('are verified, with every check that the command makes', async () => {
    const page = await open();
    expect(await agree(page, ceremony.files)).toBe(true);
    expect(await agree(page, signature)).toBe(true);
  });

  it('are picked from what is served, one by one or all together', async () => {
    const page = await open();
    await page.pick('signature signature');
    expect(await page.page.locator('.subjects button').allInnerTexts()).toHaveLength(1);
    await page.pick('everything in sample');
    expect(await page.isVerified()).toBe(true);
    expect((await page.page.locator('.subjects button').allInnerTexts()).join()).toContain('Ceremony');
  });

  it('are read from a folder with all below it', async () => {
    write('tree/deep', signature);
    const page = await open();
    await page.page.locator('#folder-input').setInputFiles(join(folder, 'tree'));
    await page.answered();
    expect(await page.isVerified()).toBe(true);
    expect(await page.page.locator('.subjects').innerText()).toContain('deep');
  });

  it('with a compressed body in blobs are unpacked, and their hashes recomputed', async () => {
    const page = await open();
    await page.give(await inBlobs());
    expect(await page.isVerified()).toBe(true);
    const found = page.page.locator('.check[data-check="A6"] .detail');
    expect(await found.innerText()).toMatch(/^(?!.*not recomputed).*L2 transactions/);
    await page.give(await inBlobs(new Uint8Array(32).fill(1)));
    expect(await page.isVerified()).toBe(false);
    expect(await found.innerText()).toContain('blobVersionedHashes[0]');
  });

  it('are verified by the page as plain files too, without a worker', async () => {
    const page = await open(pathToFileURL(join(builtPage, 'index.html')).href);
    expect(await agree(page, signature)).toBe(true);
  });

  it('of an attempt without a key are what they are', async () => {
    expect(await agree(await open(), failedCeremony())).toBe(true);
  });
});

describe('files that are not', () => {
  const sign = fileOf(signature, 'sign.jsonl');
  const [, doubled, swapped] = lineMutations(sign).slice(6, 9);
  const tampered = sign.slice();
  tampered[tampered.length >> 1] = (tampered[tampered.length >> 1] ?? 0) ^ 1;
  const other = makeCeremony(3, 2, 'other');
  const cases: readonly (readonly [what: string, files: Files])[] = [
    ['one byte of a line is another', withFile(signature, 'sign.jsonl', tampered)],
    ['the file ends early', withFile(signature, 'sign.jsonl', sign.subarray(0, sign.length - 9))],
    ['a line stands twice', withFile(signature, 'sign.jsonl', doubled?.bytes)],
    ['two lines are exchanged', withFile(signature, 'sign.jsonl', swapped?.bytes)],
    ['two keys are merged', withFile(signature, 'lock.json', fileOf(other.files, 'lock.json'))],
    ['a file is missing', withFile(signature, 'presign.jsonl', undefined)],
    ['a receipt is another member’s', withFile(ceremony.files, 'receipt-node-9.json', ascii('{}\n'))],
  ];
  for (const [what, files] of cases)
    it(`fail as with the command: ${what}`, async () => {
      const page = await open();
      expect(await agree(page, files)).toBe(false);
      expect(await page.page.locator('#verdict').innerText()).toContain('Not verified');
      expect(await page.page.locator('.check.fail .word').first().innerText()).toBe('FAIL');
    });

  it('fail by a false accusation in a transcript', async () => {
    const page = await open();
    const found = failingSets(base).find(({ item }) => item === 'A9');
    await page.give(found?.files ?? signature);
    expect(await page.page.locator('.check.fail[data-check="A9"]').count()).toBe(1);
  });

  it('are not verified where some cannot be read or were left out, and the page says why', async () => {
    const files = new Map(under('signature', signature));
    const unread = new Map([['signature/l1.json', 'signature/l1.json has 67108865 bytes']]);
    const leftOut = [{ path: 'signature/more', why: 'is a link' }];
    const audited = await open(await serve(files, sourceOf(files, unread, leftOut)));
    const said = 'signature/l1.json has 67108865 bytes';
    for (const [label, details] of [
      ['signature signature', [`l1.json: ${said}`, 'more is a link']],
      ['everything in sample', [said, 'signature/more is a link']],
    ] as const) {
      await audited.pick(label);
      expect(await audited.isVerified()).toBe(false);
      const found = (await audited.reports()).flat().filter(({ id }) => id === 'F1');
      expect(found.map(({ detail }) => detail).sort()).toEqual(details);
    }
    // The console of a browser tells of each answer that is a refusal, and of nothing else.
    const refused = audited.wrong.splice(0);
    expect(refused.filter((what) => !what.includes('404'))).toEqual([]);
  });

  it('of two folders are not mixed up in silence', async () => {
    const page = await open();
    const lock = { name: 'lock.json', mimeType: 'text/plain', buffer: Buffer.from('{}') };
    await page.page.locator('#files-input').setInputFiles([lock, lock]);
    await page.answered();
    expect(await page.page.locator('#problem').innerText()).toContain('Two files are called lock.json');
    await page.page.locator('#files-input').setInputFiles({ ...lock, name: 'notes.txt' });
    await page.page.getByText('holds nothing that can be audited').waitFor();
  });
});

describe('evidence', () => {
  it('that holds convicts before the eyes of the reader', async () => {
    const page = await open();
    await page.give(new Map([['0badc0de-equivocation.json', evidenceOf(true)]]));
    expect(await page.isVerified()).toBe(true);
    await page.page.getByText('guilty', { exact: true }).waitFor();
    expect(await page.page.locator('.evidence .bytes').count()).toBe(2);
    expect(await page.page.locator('.result').innerText()).toContain('Excluded by proof');
  });

  it('that is false convicts nobody', async () => {
    const page = await open();
    expect(await agree(page, new Map([['0badc0de-equivocation.json', evidenceOf(false)]]))).toBe(false);
    await page.page.getByText('not proven', { exact: true }).waitFor();
    expect(await page.page.locator('.result').innerText()).not.toContain('Excluded by proof');
  });
});

describe('what is expected', () => {
  const address = addressOf(publicKeyOf(ceremony.lock.record));
  it('is compared, and cannot be mistyped unnoticed', async () => {
    const audited = await open();
    const { page } = audited;
    await audited.give(signature);
    expect(await page.locator('#verdict').innerText()).toContain('Nothing was expected from outside');
    await page.locator('#expecting summary').click();
    const again = async (text: string): Promise<void> => {
      await page.locator('#expect-address').fill(text);
      await page.locator('#again').click();
      await audited.answered();
    };
    await again(address);
    expect(await page.locator('.check[data-check="X"]').getAttribute('data-verdict')).toBe('pass');
    await again(`0x${'12'.repeat(20)}`);
    expect(await page.locator('.check[data-check="X"]').getAttribute('data-verdict')).toBe('fail');
    await again('0x12');
    expect(await page.locator('#expect-address').getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('#problem').innerText()).toContain('Nothing was verified');
    expect(await page.locator('#verdict').count()).toBe(0);
  });
});

describe('drawings', () => {
  it('show who sent what to whom, each link of the chain, and the way of a receipt to the root', async () => {
    const audited = await open();
    const { page } = audited;
    await audited.pick('ceremony ceremony');
    await page.locator('details.transcript summary').click();
    const { entries } = readTranscript(fileOf(ceremony.files, 'transcript.jsonl'), 'transcript.jsonl');
    await page.locator('.diagram').waitFor();
    expect(await page.locator('.message.broadcast').count()).toBe(15);
    expect(await page.locator('.message.direct').count()).toBe(6);
    expect(await page.locator('.chain li').count()).toBe(entries.length + 2);
    expect(await page.locator('.node.leaf').count()).toBe(15);
    await page.locator('.chooser select').selectOption('2');
    expect(await page.locator('.node.leaf.way').count()).toBe(5);
    await page.locator('.message.broadcast').nth(4).click();
    const bytes = await page.locator('.chosen pre').innerText();
    expect(bytes.replace(/^[0-9a-f]{4}| |\n/gm, '')).toMatch(/^4356/);
  });

  it('show a signature log entry by entry, and whom it excludes', async () => {
    const { files, count } = logWithVerdict();
    const page = await open(await serve(files));
    await page.pick('everything in sample');
    expect(await page.page.locator('.result').innerText()).toContain('Party 3, equivocation');
    await page.page.getByRole('button', { name: 'Signature log' }).click();
    await page.page.locator('.entries li').first().waitFor();
    expect(await page.page.locator('.entries li').count()).toBe(count);
    expect(await page.page.locator('.entries').innerText()).toContain('done: parties 1, 2, digest 0x');
  });

  it('show epochs as a chain, and who came and went', async () => {
    const page = await open(await serve(epochs()));
    await page.pick('everything in sample');
    await page.page.getByRole('button', { name: 'Epochs of a key' }).click();
    expect(await page.page.locator('.epoch').count()).toBe(2);
    const shown = await page.page.locator('.epochs').innerText();
    expect(shown).toContain('party 4 joined; party 3 left');
    expect(shown).toContain('follows from the lock above');
  });
});

describe('hostile texts', () => {
  it(`of ${hostile.length} kinds are shown as text, in names of files and in their fields`, async () => {
    const field = (text: string): Uint8Array =>
      new TextEncoder().encode(`{\n  ${JSON.stringify(text)}: 1\n}\n`);
    const named = hostile.map((text, i) => [`${i} ${text.replaceAll('/', '∕')}`, text] as const);
    const files: Files = new Map(named.map(([name, text]) => [`${name}/lock.json`, field(text)]));
    const audited = await open(await serve(files));
    const { page } = audited;
    expect(await page.locator('.choice').count()).toBe(hostile.length + 1);
    await audited.pick('everything in sample');
    const shown = await page.locator('.subjects').textContent();
    for (const [i, [name]] of named.entries()) {
      expect(shown).toContain(plain(name));
      await page.locator('.subjects button').nth(i).click();
      expect(await page.locator('.detail-pane h3').textContent()).toMatch(/^Ceremony [0-9]+ /);
      expect(await page.locator('.check.fail .detail').first().textContent()).toContain('lock.json');
    }
    await page.locator('#expecting summary').click();
    for (const text of hostile.slice(0, 5)) await page.locator('#expect-lock').fill(text);
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(
      await page.locator('main script, main img, main iframe, main style, main base, main a').count(),
    ).toBe(0);
  });
});

describe('without a mouse', () => {
  it('everything is reached and used by keyboard, and is seen to be in focus', async () => {
    const { page } = await open();
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent');
    const tabTo = async (text: string): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        await press('Tab');
        if ((await focused()).startsWith(text)) return;
      }
      throw new RangeError(`Tab never came to ${text}`);
    };
    await press('Tab');
    expect(await focused()).toBe('Skip to the audit');
    await tabTo('ceremony ceremony');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await press('Enter');
    await page.locator('#verdict').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('verdict');
    await tabTo('transcript.jsonl');
    await press('Enter');
    await page.locator('.diagram').waitFor();
    await tabTo('Round 0: party 1 to all');
    await press('ArrowDown', 'ArrowDown', 'Enter');
    await page.locator('.chosen').getByText('party 3', { exact: true }).waitFor();
    await tabTo('Line 1');
    await press('Enter');
    await page.locator('.chosen').getByText('keygen', { exact: true }).waitFor();
  });
});

describe('on a phone', () => {
  it('of 360 pixels nothing runs out of the page', async () => {
    const audited = await open(home, 360);
    const { page } = audited;
    const width = (): Promise<number> => page.evaluate('document.documentElement.scrollWidth');
    expect(await width()).toBe(360);
    await audited.pick('ceremony ceremony');
    await page.locator('details.transcript summary').click();
    await page.locator('.diagram').waitFor();
    await page.locator('.chain button').nth(2).click();
    await page.locator('.chosen pre').waitFor();
    expect(await width()).toBe(360);
    const small = await page.evaluate(`[...document.querySelectorAll('main button')]
      .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 24)
      .map((one) => one.textContent)`);
    expect(small).toEqual([]);
  });
});

describe('what a reader of screens is told', () => {
  it('is complete: names, labels, headings in order, one of each id', async () => {
    const audited = await open();
    const { page } = audited;
    await audited.pick('ceremony ceremony');
    await page.locator('details.transcript summary').click();
    await page.locator('.diagram').waitFor();
    expect(await page.evaluate(faults)).toEqual([]);
    expect(await page.locator('#status').innerText()).toBe('Verified.');
    for (const role of ['banner', 'main', 'navigation', 'complementary'] as const)
      expect(await page.getByRole(role).count()).toBeGreaterThan(0);
  });

  it('is what is always there: what no audit of files can show', async () => {
    const { page } = await open();
    const shown = (await page.locator('#limits').innerText()).replace(/\s+/g, ' ');
    for (const sentence of unproven) expect(shown).toContain(sentence);
  });

  it('can be read: every colour stands out from what is behind it, in both schemes', async () => {
    const { page } = await open();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(paleColors)).toEqual([]);
    }
  });
});

describe('a page that is busy', () => {
  it('still answers, and stops when it is told to', async () => {
    const many = new Map(Array.from({ length: 12 }, (_, i) => [...under(`s${i}`, ceremony.files)]).flat());
    const { page } = await open(await serve(many));
    await page.getByRole('button', { name: 'everything in sample' }).click();
    await page.locator('#stop').click();
    await page.getByText('The audit was stopped.').waitFor();
    expect(await page.locator('#verdict').count()).toBe(0);
    await page.getByRole('button', { name: 'ceremony s3' }).click();
    await page.locator('#verdict').waitFor();
  });
});
