import { builtPage, preparePage, serveAuditPage } from '../src/apps/audit-page.ts';
import { sourceOf } from '../src/audit/source.ts';
import { Bug, assert } from '../src/crypto/errors.ts';
import { AuditPage } from '../test/e2e/audit-page.ts';
import { startBrowser } from '../test/e2e/browser.ts';
import type { Files } from '../test/unit/audit/support/folders.ts';
import { SIGNATURES, signatureFolders } from './audit.ts';
import type { Context } from './context.ts';
import { median, rounded } from './measure.ts';

/** Larger committees are audited in a browser as well, and would only make the run long. */
const MAX_MEMBERS = 5;
const RUNS = 3;

/** The audit of the same signatures by the page, in a real browser. */
export async function benchAuditPage(context: Context): Promise<void> {
  preparePage();
  const browser = await startBrowser();
  try {
    for (const size of context.plan.sizes.filter(({ n }) => n <= MAX_MEMBERS)) {
      const { folders, batch } = signatureFolders(context, size);
      const [first] = folders;
      if (first === undefined) throw new Bug('no signatures');
      const ms = async (files: Files): Promise<number> => median(await runs(browser, files));
      const whole = await ms(new Map(folders.flatMap((folder) => [...folder])));
      const row = {
        bench: 'audit-page',
        ...size,
        msPerSignature: rounded(whole / SIGNATURES),
        msFirstSignature: rounded(await ms(first)),
        signatures: SIGNATURES,
        batch,
        primitives: 'pure',
        runs: RUNS,
      } as const;
      context.add(
        row,
        `${row.msPerSignature} ms a signature in a browser, the first ${row.msFirstSignature} ms`,
      );
    }
  } finally {
    await browser.close();
  }
}

/** Milliseconds of each run, as the page has measured them; the first one warms the browser up. */
async function runs(
  browser: Awaited<ReturnType<typeof startBrowser>>,
  files: Files,
): Promise<readonly number[]> {
  const served = { name: 'bench', source: sourceOf(files) };
  const server = await serveAuditPage({ address: '127.0.0.1:0', page: builtPage, served });
  const page = await AuditPage.open(browser, `http://${server.address}/`);
  const samples: number[] = [];
  for (let i = 0; i <= RUNS; i++) {
    await page.pick('everything in bench');
    assert(await page.isVerified(), 'an honest signature fails its audit');
    samples.push(Number(await page.page.locator('#verdict').getAttribute('data-ms')));
    await page.page.reload();
  }
  await page.close();
  await server.close();
  return samples.slice(1);
}
