import { readFileSync, readdirSync } from 'node:fs';

import type { Browser } from 'playwright-core';

import { builtPage, preparePage, serveAuditPage } from '../src/apps/audit-page.ts';
import { type AuditSource, sourceOf } from '../src/audit/source.ts';
import { Bug, assert } from '../src/crypto/errors.ts';
import { AuditPage } from '../test/e2e/audit-page.ts';
import { startBrowser } from '../test/e2e/browser.ts';
import { countFor, exportOf } from './audit-log.ts';
import { SIGNATURES, signatureFolders } from './audit.ts';
import type { Size } from './cases.ts';
import type { Context } from './context.ts';
import { median, rounded } from './measure.ts';

/** Larger committees are audited in a browser as well, and would only make the run long. */
const MAX_MEMBERS = 5;
const RUNS = 3;
/** Longest wait for the audit of a long log, milliseconds. */
const WAIT_MS = 7_200_000;

/** The audit of the same signatures by the page, in a real browser, and of a log of ten thousand. */
export async function benchAuditPage(context: Context): Promise<void> {
  preparePage();
  const browser = await startBrowser();
  try {
    const sizes = context.plan.sizes.filter(({ n }) => n <= MAX_MEMBERS);
    for (const size of sizes) await benchFew(context, browser, size);
    const long = sizes.find(({ n }) => n === 4) ?? sizes[0];
    if (long !== undefined) await benchLong(context, browser, long);
  } finally {
    await browser.close();
  }
}

async function benchFew(context: Context, browser: Browser, size: Size): Promise<void> {
  const { folders, batch } = signatureFolders(context, size);
  const [first] = folders;
  if (first === undefined) throw new Bug('no signatures');
  const whole = await runs(browser, sourceOf(new Map(folders.flatMap((folder) => [...folder]))));
  const alone = await runs(browser, sourceOf(first));
  add(context, size, {
    msPerSignature: rounded(median(whole.samples) / SIGNATURES),
    msFirstSignature: rounded(median(alone.samples)),
    ...{ signatures: SIGNATURES, batch, runs: RUNS, peakMb: whole.peakMb },
  });
}

/** Copies of a few signatures: the audit finds that they are copies, so that nothing is verified by it. */
async function benchLong(context: Context, browser: Browser, size: Size): Promise<void> {
  const { folders, batch } = signatureFolders(context, size);
  const [first] = folders;
  if (first === undefined) throw new Bug('no signatures');
  const count = countFor(context);
  const { source } = exportOf(context, size, { folders, count });
  const { samples, peakMb } = await runs(browser, source, { count: 1, isVerified: false });
  const alone = await runs(browser, sourceOf(first));
  add(context, size, {
    msPerSignature: rounded(median(samples) / count),
    msFirstSignature: rounded(median(alone.samples)),
    ...{ signatures: count, batch, runs: 1, peakMb },
  });
}

interface Measured {
  readonly msPerSignature: number;
  readonly msFirstSignature: number;
  readonly signatures: number;
  readonly batch: number;
  readonly runs: number;
  readonly peakMb: number;
}

function add(context: Context, size: Size, measured: Measured): void {
  const { msPerSignature, msFirstSignature, signatures, peakMb } = measured;
  context.add(
    { bench: 'audit-page', ...size, ...measured, primitives: 'pure' },
    `${msPerSignature} ms a signature of ${signatures} in a browser, the first ${msFirstSignature} ms, ` +
      `${peakMb} MB`,
  );
}

/** Milliseconds of each run, as the page measures them; of several, the first one warms the browser up. */
async function runs(
  browser: Browser,
  source: AuditSource,
  { count, isVerified } = { count: RUNS + 1, isVerified: true },
): Promise<{ readonly samples: readonly number[]; readonly peakMb: number }> {
  const served = { name: 'bench', source };
  const server = await serveAuditPage({ address: '127.0.0.1:0', page: builtPage, served });
  const page = await AuditPage.open(browser, `http://${server.address}/`);
  page.page.setDefaultTimeout(WAIT_MS);
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    await page.pick('everything in bench');
    assert((await page.isVerified()) === isVerified, 'the audit does not end as it should');
    samples.push(Number(await page.page.locator('#verdict').getAttribute('data-ms')));
    if (i < count - 1) await page.page.reload();
  }
  const peakMb = peakOfPages();
  await page.close();
  await server.close();
  return { samples: samples.slice(count > 1 ? 1 : 0), peakMb };
}

/** Most memory that a process of a page has had, megabytes, as Linux tells it. */
function peakOfPages(): number {
  if (process.platform !== 'linux') return 0;
  const peaks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      if (!contentOf(`/proc/${pid}/cmdline`).includes('--type=renderer')) return 0;
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(contentOf(`/proc/${pid}/status`))?.[1] ?? 0);
    });
  return Math.round(Math.max(0, ...peaks) / 1024);
}

/** A process may end while it is looked at. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
