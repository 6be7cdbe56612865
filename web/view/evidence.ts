import type { Client } from '../client.ts';
import type { EvidenceView } from '../shared/messages.ts';
import { lineBox } from './bytes.ts';
import { verdictMark } from './checks.ts';
import { definitions, html } from './dom.ts';

/** An evidence file, judged in this browser while it is looked at. */
export function evidenceBox(path: string, client: Client): HTMLElement {
  const box = html('div', { class: 'evidence' }, html('p', { class: 'note', role: 'status' }, 'Judging …'));
  void client.ask({ ask: 'evidence', path }).then((answer) => {
    if (answer.kind === 'evidence') box.replaceChildren(...judged(answer.evidence));
    else if (answer.kind === 'failed')
      box.replaceChildren(html('p', { class: 'problem', role: 'alert' }, answer.message));
  });
  return box;
}

const judged = (evidence: EvidenceView): readonly HTMLElement[] => [
  html(
    'p',
    { class: 'judgement' },
    verdictMark(evidence.verdict, evidence.verdict === 'pass' ? 'guilty' : 'not proven'),
    html('span', {}, evidence.because),
  ),
  definitions([
    ['accused', evidence.accused === 0 ? 'nobody that can be read' : `party ${evidence.accused}`],
    ['of', evidence.reason],
    ['form', evidence.kind],
    ['rule', evidence.check],
  ]),
  html('p', {}, 'What the accused has signed, on which alone the judgement rests:'),
  ...evidence.envelopes.map((line) => lineBox(line, 'h5')),
];
