import { parseArgs } from 'node:util';

import { InputError } from '../src/crypto/errors.ts';
import { isLegalThreshold } from '../src/protocols/epoch.ts';
import { type BenchName, type PrimitivesKind, type Size, batches, benchNames, sizes } from './cases.ts';
import type { Plan } from './context.ts';
import { hasNative } from './primitives.ts';

/** What the command line asks for. */
export interface Options {
  readonly plan: Plan;
  readonly names: readonly BenchName[];
  readonly isJson: boolean;
  /** Whether nothing is filtered: only then are all recorded results replaced. */
  readonly isWhole: boolean;
  /** Whether the sections of these benches are replaced in the recorded results. */
  readonly isRecorded: boolean;
}

/** How the command is used. */
export const usage: string = `npm run bench -- [--json] [--quick] [--only NAME] [--nt N,T] [--batch B]
                 [--primitives native|pure]
                 [--record]

  --json         one JSON object on stdout; otherwise tables, and plots and a report in bench/results, or
                 in bench/results/part when something is left out
  --only NAME    one of ${benchNames.join(', ')}; may be repeated
  --nt N,T       a committee of N of whom T sign; may be repeated
  --batch B      presignatures a session; may be repeated
  --primitives   native or pure; otherwise both
  --record       with --only: replace the sections of these benches in bench/results, and say there that they
                 were measured apart
  --quick        small cases only, and few runs`;

/** Reads the command line. @throws InputError bad-usage */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parse(argv);
  const isQuick = values.quick;
  const filters = [values.only, values.nt, values.batch, values.primitives];
  return {
    names: values.only?.map(nameIn) ?? benchNames,
    isJson: values.json,
    isRecorded: values.record && values.only !== undefined && !isQuick,
    isWhole: !isQuick && filters.every((filter) => filter === undefined),
    plan: {
      sizes: values.nt?.map(sizeIn) ?? sizes.filter(({ n }) => !isQuick || n <= 5),
      clusterSizes: values.nt?.map(sizeIn) ?? [{ n: 4, t: 3 }],
      changeSizes:
        values.nt?.map(sizeIn) ?? sizes.filter(({ n }) => (isQuick ? n === 4 : [4, 9, 16].includes(n))),
      changes: isQuick ? { refresh: 1, reshare: 1 } : { refresh: 5, reshare: 3 },
      batches: values.batch?.map(batchIn) ?? batches.filter((batch) => !isQuick || batch <= 16),
      kinds: values.primitives === undefined ? allKinds : [kindIn(values.primitives)],
      effort: isQuick
        ? { warmUpMs: 300, warmUpRuns: 3, budgetMs: 500, maxRuns: 5 }
        : { warmUpMs: 1500, warmUpRuns: 20, budgetMs: 3000, maxRuns: 25 },
      pureLimitMs: isQuick ? 5_000 : 30_000,
      requests: isQuick ? { warm: 10, cold: 2 } : { warm: 40, cold: 6 },
    },
  };
}

const allKinds: readonly PrimitivesKind[] = hasNative ? ['native', 'pure'] : ['pure'];

// The return type is inferred from the options, so that a renamed one is a compile error above.
function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true },
        nt: { type: 'string', multiple: true },
        batch: { type: 'string', multiple: true },
        primitives: { type: 'string' },
      },
    });
  } catch (error) {
    throw bad('options', error instanceof Error ? error.message : String(error));
  }
}

const bad = (path: string, what: string): InputError => new InputError('bad-usage', path, what);

function nameIn(text: string): BenchName {
  const name = benchNames.find((known) => known === text);
  if (name === undefined) throw bad('--only', `no bench is called ${text}: ${benchNames.join(', ')}`);
  return name;
}

function sizeIn(text: string): Size {
  const match = /^([0-9]{1,2}),([0-9]{1,2})$/.exec(text);
  const [n, t] = [Number(match?.[1]), Number(match?.[2])];
  if (!isLegalThreshold(t, n)) throw bad('--nt', `${text} is no committee: n,t with 2 <= t <= n and 2t > n`);
  return { n, t };
}

function batchIn(text: string): number {
  if (!/^(1|4|8|16|32|64|128|256)$/.test(text)) throw bad('--batch', `${text} is no size of a batch`);
  return Number(text);
}

function kindIn(text: string): PrimitivesKind {
  const kind = allKinds.find((known) => known === text);
  if (kind === undefined) throw bad('--primitives', `${text} is none of ${allKinds.join(', ')}`);
  return kind;
}
