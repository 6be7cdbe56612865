import { ascii } from '../crypto/bytes.ts';
import { primitives } from '../crypto/primitives.ts';
import { plain } from './plain.ts';
import { type ReportFrame, countsOf, expectedOf, failedIds } from './report-json.ts';
import type { Check, CheckVerdict, Report } from './report.ts';
import { unproven } from './unproven.ts';

/** Subjects of one kind of which all checks hold are folded away; more than so many are only listed. */
const MAX_WHOLE = 500;

const STYLE = `:root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--dim:#666;--line:#ddd;\
--good:#0a6b2d;--bad:#a8071a;--wash:#fdecee}
@media (prefers-color-scheme:dark){:root{--ink:#e8e8e8;--paper:#161616;--dim:#a0a0a0;--line:#3a3a3a;\
--good:#5fd48a;--bad:#ff8f9a;--wash:#3a1a1e}}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:var(--ink);\
background:var(--paper)}
h1{font-size:1.6rem}h2{font-size:1.2rem}code,dd,.id{font-family:ui-monospace,monospace;font-size:.85rem}
.verdict{padding:1rem;border:2px solid}.ok{border-color:var(--good)}.failed{border-color:var(--bad)}
details{border-top:1px solid var(--line);padding:.5rem 0}summary{cursor:pointer;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td{vertical-align:top;padding:.35rem .5rem .35rem 0;\
border-top:1px solid var(--line);overflow-wrap:anywhere}
.pass>.word{color:var(--good)}.fail>.word{color:var(--bad);font-weight:700}.fail{background:var(--wash)}
.skip,.skip>.word,dt,.dim{color:var(--dim)}.word{white-space:nowrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dd{margin:0;overflow-wrap:anywhere}
@media print{:root{--ink:#000;--paper:#fff;--dim:#444;--line:#999;--good:#000;--bad:#000;--wash:#eee}
body{max-width:none;margin:0;font-size:10pt}tr,summary{break-inside:avoid}\
details:not([open])>summary~*{display:revert}}`;

const words: Readonly<Record<CheckVerdict, string>> = { pass: '✔ pass', fail: '✖ FAIL', skip: '– skip' };

/** Every character that is not plain ASCII, and those that HTML reads, as references by number. */
const text = (value: string): string =>
  plain(value).replace(/[^ -~]|[&<>"'`=]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 of 32 bytes. [RFC 4648, 4] */
function base64Of32(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (const shift of [18, 12, 6, 0]) out += BASE64[(group >> shift) & 63] ?? '';
  }
  return `${out.slice(0, 43)}=`;
}

/**
 * A report as one page that needs nothing else: no script, no picture, no font, no request to anywhere, which
 * the policy in it forbids a reader's browser too. Every value is text. Equal reports make equal bytes.
 */
export function reportHtml(reports: readonly Report[], frame: ReportFrame): Uint8Array {
  const style = base64Of32(primitives().sha256(ascii(STYLE)));
  const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'`;
  const ok = reports.every((report) => report.ok);
  const page = [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="referrer" content="no-referrer">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${ok ? 'verified' : 'not verified'}: audit report</title><style>${STYLE}</style></head><body>`,
    '<h1>Audit report</h1>',
    verdictOf(reports),
    expectationsOf(frame),
    '<h2>What this does not prove</h2>',
    `<ul>${unproven.map((what) => `<li>${text(what)}</li>`).join('')}</ul>`,
    '<h2>What was looked at</h2>',
    ...reports.map((report) => sectionOf(report, reports.length <= MAX_WHOLE)),
    '</body></html>',
  ];
  return ascii(`${page.map(asReferences).join('\n')}\n`);
}

/** What stands in the words of this file. */
const asReferences = (html: string): string =>
  html.replace(/[^\n -~]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);

function verdictOf(reports: readonly Report[]): string {
  const { pass, fail, skip } = countsOf(reports);
  const failed = failedIds(reports).map((id) => `<code>${text(id)}</code>`);
  const sums = `of ${pass + fail + skip} checks ${pass} hold, ${skip} were left out, ${fail} failed`;
  return fail === 0
    ? `<p class="verdict ok"><strong>✔ verified</strong>: ${sums}.</p>`
    : `<p class="verdict failed"><strong>✖ not verified</strong>: ${sums}: ${failed.join(', ')}.</p>`;
}

function expectationsOf({ expected, isReconciled }: ReportFrame): string {
  const known = Object.entries(expectedOf(expected)).filter(([, value]) => value !== null);
  const l1 = isReconciled ? 'Compared with L1.' : 'Not compared with L1.';
  if (known.length === 0)
    return `<p>Nothing was expected from outside: the files were compared with themselves only. ${l1}</p>`;
  const rows = known.map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(String(value))}</dd>`);
  return `<p>Expected from outside; ${l1}</p><dl>${rows.join('')}</dl>`;
}

function sectionOf({ subject, checks, facts, ok }: Report, isWhole: boolean): string {
  const title = `<code>${text(subject.kind)}</code> ${text(subject.path)}`;
  const word = ok ? words.pass : words.fail;
  // Of many reports, those on which there is nothing to say are one line, and the page can still be opened.
  if (ok && !isWhole) return `<div class="pass"><span class="word">${word}</span> ${title}</div>`;
  const rows = checks.map(rowOf).join('\n');
  const values = Object.entries(facts).map(
    ([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`,
  );
  const list = values.length === 0 ? '' : `<dl>${values.join('')}</dl>`;
  return (
    `<details${ok ? '' : ' open'}><summary class="${ok ? 'pass' : 'fail'}">` +
    `<span class="word">${word}</span> ${title}</summary><table>\n${rows}</table>${list}</details>`
  );
}

const rowOf = ({ id, title, meaning, verdict, detail }: Check): string =>
  `<tr class="${verdict}"><td class="word">${words[verdict]}</td><td class="id">${text(id)}</td>` +
  `<td><strong>${text(title)}</strong>: ${text(meaning)}<br><code>${text(detail)}</code></td></tr>`;
