import type { Browser, BrowserContext, Page } from 'playwright-core';

import type { Check, Report } from '../../src/audit/report.ts';
import type { Files } from '../unit/audit/support/folders.ts';

/** A check as the page shows it. */
export type ShownCheck = Pick<Check, 'id' | 'verdict' | 'title' | 'meaning' | 'detail'>;

/** The page of the audit in a browser, which keeps what must never happen. */
export class AuditPage {
  readonly page: Page;
  /** Console errors, faults, requests to strangers, and what the content security policy refused. */
  readonly wrong: string[] = [];
  readonly #context: BrowserContext;

  private constructor(page: Page, context: BrowserContext) {
    this.page = page;
    this.#context = context;
  }

  /** Opens the page of an address; of a file too. */
  static async open(browser: Browser, url: string, width = 1200): Promise<AuditPage> {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    const page = await context.newPage();
    const opened = new AuditPage(page, context);
    await opened.#watch(new URL(url));
    await page.goto(url);
    return opened;
  }

  async #watch(home: URL): Promise<void> {
    const { page, wrong } = this;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => void wrong.push(`fault: ${error.message}`));
    page.on('dialog', (dialog) => {
      wrong.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    this.#context.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol !== home.protocol || host !== home.host) wrong.push(`request to ${request.url()}`);
    });
    await page.exposeFunction('tellRefusal', (what: string) => void wrong.push(`policy: ${what}`));
    await page.addInitScript(`document.addEventListener('securitypolicyviolation',
      (event) => tellRefusal(event.violatedDirective + ' ' + event.blockedURI));`);
  }

  /** Gives single files, as a person chooses them. */
  async give(files: Files): Promise<void> {
    const payload = [...files].map(([name, bytes]) => {
      return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
    });
    await this.page.locator('#files-input').setInputFiles(payload);
    await this.answered();
  }

  /** Picks what is served under this label. */
  async pick(label: string): Promise<void> {
    await this.page.getByRole('button', { name: label, exact: true }).click();
    await this.answered();
  }

  /** Waits until there is a verdict, or the word that there is none. */
  async answered(): Promise<void> {
    await this.page.locator('#verdict, #problem:not([hidden])').first().waitFor();
  }

  /** Whether everything holds. */
  async isVerified(): Promise<boolean> {
    return (await this.page.locator('#verdict').getAttribute('data-ok')) === 'true';
  }

  /** Every report, one after the other, as it is shown. */
  async reports(): Promise<readonly (readonly ShownCheck[])[]> {
    const buttons = this.page.locator('.subjects button');
    const all: ShownCheck[][] = [];
    for (let i = 0; i < (await buttons.count()); i++) {
      await buttons.nth(i).click();
      all.push(await this.page.evaluate<ShownCheck[]>(checksInPage));
    }
    return all;
  }

  /** @throws RangeError with everything that went wrong */
  async close(): Promise<void> {
    await this.#context.close();
    if (this.wrong.length > 0) throw new RangeError(this.wrong.join('\n'));
  }
}

/** Runs in the page. */
const checksInPage = `[...document.querySelectorAll('.check')].map((item) => {
  const text = (selector) => item.querySelector(selector)?.textContent ?? '';
  const id = item.getAttribute('data-check');
  return {
    id,
    verdict: item.getAttribute('data-verdict'),
    title: text('h4').slice(id.length).trim(),
    meaning: text('p'),
    detail: text('.detail'),
  };
})`;

/** What the command says of the same files, in the order of the page: what failed comes first. */
export const asShown = (reports: readonly Report[]): readonly (readonly ShownCheck[])[] =>
  [...reports]
    .sort((a, b) => Number(a.ok) - Number(b.ok))
    .map(({ checks }) =>
      checks.map(({ id, verdict, title, meaning, detail }) => ({ id, verdict, title, meaning, detail })),
    );
