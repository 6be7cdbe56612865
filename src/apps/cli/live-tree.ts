import type { CeremonyEvent, CeremonyView } from '../../node/api.ts';
import type { Color, Output } from '../output.ts';
import { shortDuration } from '../duration.ts';

/** Where one step of a ceremony stands. */
export type StepState = 'todo' | 'now' | 'done' | 'failed';

/** One line of the tree. */
export interface Step {
  readonly title: string;
  readonly state: StepState;
  readonly detail: string;
  /** Milliseconds since the epoch, from the events. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/** What the events of a ceremony add up to. */
export interface Tree {
  readonly id: string;
  readonly heading: string;
  readonly members: readonly string[];
  /** It changes the epoch of a key, and makes none. */
  readonly isChange: boolean;
  readonly steps: Readonly<Record<StepName, Step>>;
  /** The line with which it ended, if it has. */
  readonly ending: string | undefined;
}

/** Rounds of a key generation; and of an epoch change, whose certificate comes behind its session. */
const KEYGEN = ['setup', 'commitments', 'polynomials and shares', 'confirmations', 'certificate'];
const CHANGE = ['setup', 'shares dealt again', 'votes', 'acknowledgements'];
const names = [
  'accepted',
  'preflight',
  'gathering',
  'r1',
  'r2',
  'r3',
  'r4',
  'r5',
  'check',
  'countersign',
] as const;
type StepName = (typeof names)[number];

const fresh = (title: string): Step => ({ title, state: 'todo', detail: '' });

/** The tree before its first event. */
export function newTree({ id, name, required, members, change }: CeremonyView): Tree {
  const rounds = change === undefined ? KEYGEN : CHANGE;
  const round = (i: number): Step =>
    fresh(i < rounds.length ? `Round ${i + 1}/${rounds.length} ${rounds[i] ?? ''}` : 'Commits, certificate');
  return {
    id,
    heading: `Ceremony ${id.slice(2, 10)}  ${name}  ${members.length} nodes, ${required} signers required`,
    members: members.map((member) => member.name),
    isChange: change !== undefined,
    steps: {
      accepted: fresh('Signatures'),
      preflight: fresh('Pre-flight'),
      gathering: fresh('Gathering'),
      ...{ r1: round(0), r2: round(1), r3: round(2), r4: round(3), r5: round(4) },
      check: fresh('Check'),
      countersign: fresh('Write, countersign'),
    },
    ending: undefined,
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** The tree after one more event. Events that it does not know change nothing. */
export function grow(tree: Tree, event: CeremonyEvent): Tree {
  switch (event.type) {
    case 'accepted':
      return signed(tree, event);
    case 'preflight':
      return checked(tree, event);
    case 'gathering':
      return gathered(tree, event);
    case 'peer':
      return peer(tree, event);
    case 'round':
      return round(tree, event);
    case 'prepared':
      return prepared(tree, event);
    case 'acknowledged':
      return step(tree, 'r5', ['now', marks(tree, event)], event);
    case 'committed':
      return step(tree, 'r5', ['now', 'committed: this attempt is completed, or none'], event);
    case 'certificate':
      return step(
        finished(tree, 'r5', event),
        'check',
        ['now', `certified ${text(event['address'])}`],
        event,
      );
    case 'test-signature':
      return step(tree, 'check', ['now', `test signature by ${list(event['signers']).join(', ')}`], event);
    case 'countersigned':
      return step(finished(tree, 'check', event), 'countersign', ['now', marks(tree, event)], event);
    case 'complete':
      return finished(tree, 'countersign', event, 'lock.json, transcript.jsonl');
    case 'aborted':
      return failed(tree, event);
    default:
      return tree;
  }
}

function prepared(tree: Tree, event: CeremonyEvent): Tree {
  if (!tree.isChange) return step(tree, 'check', ['now', 'the share fits its public half'], event);
  return step(
    finished(tree, 'r4', event),
    'r5',
    ['now', 'the new share is durable, and signs nothing'],
    event,
  );
}

function step(
  tree: Tree,
  name: StepName,
  [state, detail]: readonly [StepState, string],
  { t }: CeremonyEvent,
): Tree {
  const before = tree.steps[name];
  const isOver = state === 'done' || state === 'failed';
  const next: Step = {
    ...before,
    ...{ state, detail },
    sinceMs: before.sinceMs ?? Number(t),
    untilMs: isOver ? Number(t) : undefined,
  };
  return { ...tree, steps: { ...tree.steps, [name]: next } };
}

/** All steps up to one are done: a later one shows that the earlier ones are over. */
function finished(tree: Tree, last: StepName, event: CeremonyEvent, detail?: string): Tree {
  let grown = tree;
  for (const name of names.slice(0, names.indexOf(last) + 1)) {
    const { state, detail: before } = grown.steps[name];
    if (state !== 'done')
      grown = step(grown, name, ['done', name === last ? (detail ?? before) : before], event);
  }
  return grown;
}

function signed(tree: Tree, event: CeremonyEvent): Tree {
  const before = tree.steps.accepted.detail.split('  ').filter((part) => part !== '');
  const mark = `☑ ${text(event['peer'])}`;
  const all = before.includes(mark) ? before : [...before, mark];
  return step(tree, 'accepted', [all.length >= tree.members.length ? 'done' : 'now', all.join('  ')], event);
}

function checked(tree: Tree, event: CeremonyEvent): Tree {
  const status = text(event['status']);
  const [passed = 0, warned = 0] = (/^(\d+) passed, (\d+) warned/.exec(tree.steps.preflight.detail) ?? [])
    .slice(1)
    .map(Number);
  const isFirst = text(event['item']).startsWith('identity in definition');
  const [p, w] = [
    (isFirst ? 0 : passed) + (status === 'pass' ? 1 : 0),
    (isFirst ? 0 : warned) + (status === 'warn' ? 1 : 0),
  ];
  const trouble = status === 'pass' ? '' : `: ${text(event['item'])}, ${text(event['detail'])}`;
  const state = status === 'fail' ? 'failed' : 'done';
  return step(tree, 'preflight', [state, `${p} passed, ${w} warned${trouble}`], event);
}

function marks(tree: Tree, event: CeremonyEvent): string {
  const awaiting = list(event['awaiting']);
  const waits = (name: string): boolean => awaiting.some((one) => one === name || one.startsWith(`${name} `));
  return tree.members.map((name) => `${waits(name) ? '☐' : '☑'} ${name}`).join('  ');
}

function gathered(tree: Tree, event: CeremonyEvent): Tree {
  const isAll = list(event['awaiting']).length === 0;
  return step(tree, 'gathering', [isAll ? 'done' : 'now', marks(tree, event)], event);
}

function peer(tree: Tree, event: CeremonyEvent): Tree {
  if (tree.steps.gathering.state === 'done') return tree;
  const lost = text(event['event']) === 'connected' ? '' : ` (${text(event['lastSeen']) || 'not seen'})`;
  return step(tree, 'gathering', ['now', `${text(event['peer'])} ${text(event['event'])}${lost}`], event);
}

function round(tree: Tree, event: CeremonyEvent): Tree {
  const name = names.find((one) => one === `r${String(event['round'])}`);
  if (name === undefined) return tree;
  const previous = names[names.indexOf(name) - 1];
  const before = previous === undefined ? tree : finished(tree, previous, event);
  const awaiting = list(event['awaiting']);
  const detail = awaiting.length === 0 ? 'computing' : `awaits ${awaiting.join(', ')}`;
  return step(before, name, ['now', detail], event);
}

function failed(tree: Tree, event: CeremonyEvent): Tree {
  const current = names.find((name) => tree.steps[name].state === 'now') ?? 'accepted';
  return { ...step(tree, current, ['failed', text(event['reason'])], event), ending: text(event['text']) };
}

const glyphs: Readonly<Record<StepState, readonly [string, Color]>> = {
  todo: ['◻', 'dim'],
  now: ['◼', 'strong'],
  done: ['✔', 'good'],
  failed: ['✖', 'bad'],
};
const TITLE_WIDTH = 34;

/** The tree as lines for people. */
export function drawn(tree: Tree, output: Pick<Output, 'paint'>, nowMs: number): readonly string[] {
  const lines = names.map((name) => {
    const { title, state, detail, sinceMs, untilMs } = tree.steps[name];
    const [glyph, color] = glyphs[state];
    const took =
      sinceMs === undefined || name === 'accepted' ? '' : shortDuration((untilMs ?? nowMs) - sinceMs);
    const heading = output.paint(state === 'todo' ? 'dim' : 'strong', title.padEnd(TITLE_WIDTH));
    return `  ${output.paint(color, glyph)} ${heading} ${took.padStart(8)}  ${detail}`.trimEnd();
  });
  return [output.paint('strong', tree.heading), ...lines];
}

/** One event as a plain line, for what is no terminal; `undefined` for events that say nothing to people. */
export function eventLine(event: CeremonyEvent): string | undefined {
  const awaiting = list(event['awaiting']);
  const waits = awaiting.length === 0 ? '' : `, awaiting ${awaiting.join(', ')}`;
  switch (event.type) {
    case 'proposed':
      return `proposed: ${text(event['name'])}`;
    case 'accepted':
      return `signed by ${text(event['peer'])}`;
    case 'preflight':
      return `pre-flight ${text(event['status'])}: ${text(event['item'])} (${text(event['detail'])})`;
    case 'gathering':
      return `gathering${waits === '' ? ': all are here' : waits}`;
    case 'peer':
      return `${text(event['peer'])} ${text(event['event'])}`;
    case 'round':
      return `round ${String(event['round'])}/${String(event['of'])} ${text(event['label'])}${waits}`;
    case 'prepared':
      return 'share durable, and checked against its public half';
    case 'acknowledged':
      return `acknowledged${waits}`;
    case 'committed':
      return 'committed to this attempt: the old epoch signs nothing more here';
    case 'certificate':
      return `certificate of ${text(event['address'])}`;
    case 'erased':
      return `share of epoch ${String(event['epoch'])} erased`;
    case 'test-signature':
      return `test signature by ${list(event['signers']).join(', ')}`;
    case 'countersigned':
      return `countersigned${waits}`;
    case 'written':
      return `written ${list(event['files']).join(', ')}`;
    case 'complete':
      return `complete: ${text(event['address'])}`;
    case 'blame':
      return `blamed ${list(event['accused']).join(', ')} for ${text(event['reason'])}`;
    case 'aborted':
      return text(event['text']);
    default:
      return undefined;
  }
}

/** Draws over what it drew before, on a terminal. */
export class LiveLines {
  readonly #output: Output;
  #height = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Replaces the lines that are shown. Lines are cut to the width of the terminal, so that none wraps. */
  show(lines: readonly string[]): void {
    const { err } = this.#output;
    const up = this.#height === 0 ? '' : `\u001b[${this.#height}A`;
    err.write(`${up}${lines.map((line) => `\u001b[2K${cut(line, err.columns)}\n`).join('')}`);
    this.#height = lines.length;
  }
}

/** At most `width` characters that are seen; colours count nothing. */
export function cut(line: string, width: number): string {
  let seen = 0;
  return line.replace(/\u001b\[[0-9;]*m|[^]/gu, (part) => {
    if (part.length > 1 && part.startsWith('\u001b')) return part;
    seen += 1;
    return seen < width ? part : '';
  });
}
