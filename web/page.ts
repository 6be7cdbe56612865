import { startClient } from './client.ts';
import { type Choice, askServed, choicesOf } from './served.ts';
import { refusalOf, warningOf } from './shared/limits.ts';
import type { Progress, TypedExpectations } from './shared/messages.ts';
import { button, html } from './view/dom.ts';
import { type Given, type Taken, filesOfDrop, filesOfInput } from './view/intake.ts';
import { resultView } from './view/result.ts';

/** The element of the page with this id. */
function at<E extends Element>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new RangeError(`the page has no ${id}`);
}

const fields = ['address', 'committee', 'required', 'lock'] as const;
const client = startClient();
const result = at('result', HTMLElement);
const status = at('status', HTMLElement);
const bar = at('bar', HTMLProgressElement);
const working = at('working', HTMLElement);
const problem = at('problem', HTMLElement);
const again = at('again', HTMLButtonElement);
let given: Taken = { files: [], leftOut: [] };
let run = 0;

const typed = (): TypedExpectations => {
  const value = (field: (typeof fields)[number]): string => at(`expect-${field}`, HTMLInputElement).value;
  return {
    address: value('address'),
    committee: value('committee'),
    required: value('required'),
    lock: value('lock'),
  };
};

const say = (text: string): void => {
  status.textContent = text;
};

function tell({ done, total, path }: Progress): void {
  bar.max = total;
  bar.value = done;
  at('at', HTMLElement).textContent = path === '.' ? '' : path;
  // A reader that is told of every folder hears nothing else.
  const tenth = Math.max(1, Math.floor(total / 10));
  if (done % tenth === 0) say(`${done} of ${total} looked at`);
}

function markFields(problems: readonly { readonly field: string; readonly message: string }[]): void {
  for (const field of fields) {
    const found = problems.find((one) => one.field === field);
    const input = at(`expect-${field}`, HTMLInputElement);
    input.setAttribute('aria-invalid', String(found !== undefined));
    at(`problem-${field}`, HTMLElement).textContent = found?.message ?? '';
  }
  const [first] = problems;
  if (first === undefined) return;
  at('expecting', HTMLDetailsElement).open = true;
  at(`expect-${first.field}`, HTMLInputElement).focus();
}

function refuse(message: string): void {
  problem.hidden = false;
  problem.replaceChildren(html('strong', {}, 'Nothing was verified. '), message);
  say('Nothing was verified.');
}

async function audit(): Promise<void> {
  const mine = ++run;
  const expectations = typed();
  problem.hidden = true;
  result.replaceChildren();
  working.hidden = false;
  bar.removeAttribute('value');
  at('many', HTMLElement).textContent = warningOf(given.files.length) ?? '';
  say(`Auditing ${given.files.length} files`);
  const answer = await client.ask({ ask: 'audit', ...given, expectations }, (progress) => {
    if (mine === run) tell(progress);
  });
  if (mine !== run) return;
  working.hidden = true;
  markFields(answer.kind === 'fields' ? answer.problems : []);
  if (answer.kind === 'failed') refuse(answer.message);
  if (answer.kind === 'fields') refuse('An expectation cannot be read: see its field.');
  if (answer.kind !== 'audited') return;
  const isCompared = fields.some((field) => expectations[field].trim() !== '');
  result.replaceChildren(resultView(answer.audited, isCompared, client));
  say(answer.audited.ok ? 'Verified.' : 'Not verified.');
  again.hidden = false;
  const verdict = at('verdict', HTMLElement);
  verdict.focus({ preventScroll: true });
  verdict.scrollIntoView({ block: 'start' });
}

function take(taken: Given): void {
  if (working.hidden === false) client.stop();
  result.replaceChildren();
  again.hidden = true;
  if ('problem' in taken) {
    run++;
    working.hidden = true;
    return refuse(taken.problem);
  }
  given = taken;
  void audit();
}

function wireInputs(): void {
  for (const id of ['folder-input', 'files-input']) {
    const input = at(id, HTMLInputElement);
    input.addEventListener('change', () => {
      const { files } = input;
      if (files !== null && files.length > 0) take(filesOfInput(files));
      input.value = '';
    });
  }
  for (const [trigger, input] of [
    ['choose-folder', 'folder-input'],
    ['choose-files', 'files-input'],
  ] as const)
    at(trigger, HTMLButtonElement).addEventListener('click', () => at(input, HTMLInputElement).click());
  at('expectations', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    if (given.files.length > 0) void audit();
    else say('Give files first.');
  });
  at('stop', HTMLButtonElement).addEventListener('click', () => client.stop());
}

function wireDrop(): void {
  const zone = at('drop', HTMLElement);
  const mark = (isOver: boolean): void => void zone.classList.toggle('over', isOver);
  // A file that misses the zone must not replace the page.
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    mark(true);
  });
  document.addEventListener('dragleave', (event) => mark(event.relatedTarget !== null));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    mark(false);
    if (event.dataTransfer === null) return;
    void filesOfDrop(event.dataTransfer).then(take, () => refuse('What was dropped cannot be read.'));
  });
}

const MAX_CHOICES = 200;

function chosen({ files, leftOut }: Choice): Given {
  const tooMany = refusalOf(files.length);
  return tooMany === undefined ? { files, leftOut } : { problem: tooMany };
}

function showChoices(choices: readonly Choice[]): void {
  const served = at('served', HTMLElement);
  served.hidden = false;
  const item = (choice: Choice): HTMLElement =>
    html(
      'li',
      {},
      button(choice.label, () => take(chosen(choice)), { class: 'choice' }),
    );
  at('choices', HTMLElement).replaceChildren(...choices.slice(0, MAX_CHOICES).map(item));
  if (choices.length > MAX_CHOICES)
    served.append(html('p', { class: 'note' }, `${choices.length - MAX_CHOICES} more are in the first.`));
}

wireInputs();
wireDrop();
void askServed().then((served) => {
  if (served !== undefined) showChoices(choicesOf(served));
});
