import { type BenchName, benchNames } from './cases.ts';
import type { Row } from './rows.ts';
import { targetOf } from './targets.ts';

/** A column: its head, and what stands in it. */
type Column = readonly [head: string, cell: (row: Row) => string];

const committee: Column = ['n, t', ({ n, t }) => `${n}, ${t}`];
const kind: Column = ['primitives', ({ primitives }) => primitives];
const change: Column = ['change', (row) => changeText(row)];
const runs: Column = ['runs', ({ runs: count }) => String(count)];

const columns: Readonly<Record<BenchName, readonly Column[]>> = {
  keygen: [
    committee,
    kind,
    number('CPU ms/party', 'cpuMsPerParty'),
    number('bytes/party', 'bytesPerParty'),
    number('share file bytes', 'shareFileBytes'),
  ],
  reshare: [
    committee,
    change,
    kind,
    number('CPU ms/party', 'cpuMsPerParty'),
    number('bytes/party', 'bytesPerParty'),
  ],
  presign: [
    committee,
    number('batch', 'batch'),
    kind,
    number('CPU ms/party/presig', 'cpuMsPerPartyPerPresig'),
    number('bytes/peer/presig', 'bytesPerPeerPerPresig'),
  ],
  'online-sign': [
    committee,
    kind,
    number('CPU ms/party', 'cpuMsPerParty'),
    number('bytes/peer', 'bytesPerPeer'),
  ],
  audit: [
    committee,
    kind,
    number('CPU ms/signature', 'cpuMsPerSignature'),
    number('the first alone, ms', 'cpuMsFirstSignature'),
  ],
  'audit-log': [
    committee,
    kind,
    number('signatures', 'signatures'),
    number('CPU s', 'cpuSeconds'),
    number('with all presign sessions, s', 'cpuSecondsDistinct'),
    number('peak MB more', 'peakMb'),
  ],
  'audit-page': [
    committee,
    kind,
    number('signatures', 'signatures'),
    number('ms/signature', 'msPerSignature'),
    number('the first alone, ms', 'msFirstSignature'),
    number('peak MB', 'peakMb'),
  ],
  log: [kind, number('CPU ms/entry', 'cpuMsPerEntry'), number('with the disk, ms', 'diskMsPerEntry')],
  'cluster-reshare': [
    committee,
    change,
    kind,
    number('in service ms', 'inServiceMs'),
    number('complete ms', 'completeMs'),
    number('no signatures ms', 'frozenMs'),
  ],
  'cluster-sign': [
    committee,
    ['pool', (row) => (row.bench === 'cluster-sign' ? row.pool : '')],
    kind,
    number('p50 ms', 'p50Ms'),
    number('p95 ms', 'p95Ms'),
  ],
  pool: [
    kind,
    number('reading, ms', 'readMsPerTx'),
    number('a second', 'perSecond'),
    number('when full', 'perSecondFull'),
    number('on disk', 'perSecondOnDisk'),
  ],
  rpc: [
    kind,
    ['method', (row) => (row.bench === 'rpc' ? row.method : '')],
    number('calls a second', 'perSecond'),
    number('p50 ms', 'p50Ms'),
    number('p99 ms', 'p99Ms'),
  ],
  execution: [
    kind,
    ['block of', (row) => (row.bench === 'execution' ? `${row.transactions} ${row.block}` : '')],
    number('ms', 'msPerBlock'),
    number('a second', 'perSecond'),
    number('ms with recovery', 'msPerBlockUnknown'),
  ],
  rollup: [
    ['of', (row) => (row.bench === 'rollup' ? row.block : '')],
    number('a second', 'perSecond'),
    number('until safe', 'perSecondSafe'),
    number('soft p50 ms', 'softP50Ms'),
    number('p95 ms', 'softP95Ms'),
    number('p95 ms beside calls', 'softP95CalledMs'),
    number('sequencer CPU ms', 'sequencerMsPerTx'),
    number('verifier CPU ms', 'verifierMsPerTx'),
    number('bytes', 'bytesPerTx'),
    number('on disk', 'diskPerTx'),
    number('sequencer MB', 'sequencerMb'),
    number('verifier MB', 'verifierMb'),
    number('derived blocks/s', 'deriveBlocksPerSecond'),
  ],
  'rollup-da': [
    ['place', (row) => (row.bench === 'rollup-da' ? row.place : '')],
    number('batches', 'batches'),
    number('bytes/transfer', 'bytesPerTx'),
    number('L1 gas/transfer', 'l1GasPerTx'),
    number('blob gas/transfer', 'blobGasPerTx'),
    number('gwei/transfer', 'gweiPerTx'),
  ],
};

function number(head: string, key: string): Column {
  return [head, (row) => numberText(new Map<string, unknown>(Object.entries(row)).get(key))];
}

/** Which change a row is of, for people; empty for rows of none. */
export const changeText = (row: Row): string => {
  if (!('change' in row)) return '';
  return row.change === 'refresh' ? 'refresh' : `${row.replaced} of ${row.n} replaced`;
};

/** A number as people read it: three digits that count, or all of a count. */
export function numberText(value: unknown): string {
  if (typeof value !== 'number') return '';
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

/** One table: head and cells, the same number in every line. */
export interface Table {
  readonly name: BenchName;
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/** The tables of a result, one a bench, with the targets where there are any. */
export const tablesOf = (rows: readonly Row[]): readonly Table[] =>
  benchNames.flatMap((name) => {
    const mine = rows.filter(({ bench }) => bench === name);
    const all: readonly Column[] = [...columns[name], runs, ['target', verdictText]];
    return mine.length === 0
      ? []
      : [
          {
            name,
            head: all.map(([head]) => head),
            lines: mine.map((row) => all.map(([, cell]) => cell(row))),
          },
        ];
  });

const verdictText = (row: Row): string =>
  targetOf(row)
    .map(({ text, isMet }) => `${text} ${isMet ? 'met' : 'MISSED'}`)
    .join('; ');

/** Tables for a terminal of 100 columns. */
export const terminalText = (tables: readonly Table[]): string =>
  tables
    .map(({ name, head, lines }) => {
      const all = [head, ...lines];
      const widths = head.map((_, c) => Math.max(...all.map((line) => line[c]?.length ?? 0)));
      const text = all.map((line) =>
        line
          .map((cell, c) => cell.padEnd(widths[c] ?? 0))
          .join('  ')
          .trimEnd(),
      );
      return `${name}\n${text.map((line) => `  ${line}`).join('\n')}\n`;
    })
    .join('\n');

/** Tables for a document. */
export const markdownText = ({ head, lines }: Table): string =>
  [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
