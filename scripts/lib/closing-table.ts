import { statSync } from 'node:fs';
import { join, relative } from 'node:path';

import { shortDuration } from '../../src/apps/duration.ts';
import { table } from '../../src/apps/output.ts';
import type { Line } from './children.ts';
import type { Screen } from './screen.ts';
import type { Member, Story, StoryEpoch } from './story.ts';

const numberIn = (value: unknown, key: string): number => {
  const found: unknown =
    typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : 0;
  return Number(found ?? 0);
};

/** Who signed, by name. */
const signersOf = (batch: Line, members: readonly Member[]): string =>
  (Array.isArray(batch['signers']) ? batch['signers'] : [])
    .map((index) => members.find((member) => member.index === index)?.name ?? String(index))
    .join(', ');

const row = (batch: Line): readonly string[] => {
  const { phasesMs } = batch;
  return [
    ...[
      String(batch['batchIndex']),
      String(batch['epoch']),
      String(batch['da']),
      String(batch['transactions']),
    ],
    ...[String(batch['payloadBytes']), String(batch['gasUsed']), String(batch['block'])],
    ...['approve', 'presign', 'online'].map((key) => shortDuration(numberIn(phasesMs, key))),
    ...[shortDuration(Number(batch['submitMs'])), String(batch['bytesSent'])],
  ];
};

/** Who holds it, by index; what its members said to each other, as it is kept; and what it signed. */
const epochRow = ({ batches }: Story, epoch: StoryEpoch, number: number): readonly string[] => [
  String(number),
  `{${epoch.members.map(({ index }) => index).join(', ')}}`,
  `${epoch.required} of ${epoch.members.length}`,
  shortDuration(epoch.madeMs),
  String(statSync(join(epoch.folder, 'transcript.jsonl')).size),
  ...(batches.length === 0 ? [] : [String(batches.filter((batch) => batch['epoch'] === number).length)]),
  epoch.lockHash,
];

/** Batches that the story had signed by itself, one by one; a sequencer signs without being asked. */
function batchLines(story: Story, heading: (text: string) => string): readonly string[] {
  if (story.batches.length === 0) return [];
  const names = ['BATCH', 'EPOCH', 'DATA', 'TXS', 'BYTES', 'GAS', 'BLOCK', 'APPROVE', 'PRESIGN', 'ONLINE'];
  return [
    heading('Batches'),
    ...table([[...names, 'MINED', 'SENT TO PEERS'], ...story.batches.map(row)]).map((line) => `  ${line}`),
    ...story.batches.flatMap((batch) => [
      `  ${String(batch['batchIndex'])}  ${String(batch['txHash'])}`,
      `     signed by ${signersOf(batch, story.members)}`,
    ]),
    '',
  ];
}

/** The end of the demo: addresses, hashes, who signed, time per phase, bytes, and where everything is. */
export function closingTable(story: Story, screen: Screen): readonly string[] {
  const here = (path: string): string => relative(process.cwd(), path);
  const heading = (text: string): string => screen.paint(1, text);
  return [
    heading('Key'),
    `  group address    ${screen.paint(1, story.address)}`,
    `  transcript root  ${story.transcriptRoot}`,
    `  inbox            ${story.inbox ?? ''}`,
    `  L1               ${story.anvil?.url ?? ''}`,
    '',
    heading('Epochs'),
    ...table([
      [
        ...['EPOCH', 'COMMITTEE', 'SIGN', 'MADE IN', 'TRANSCRIPT'],
        ...(story.batches.length === 0 ? ['LOCK'] : ['SIGNATURES', 'LOCK']),
      ],
      ...story.epochs.map((epoch, i) => epochRow(story, epoch, i)),
    ]).map((line) => `  ${line}`),
    '',
    ...batchLines(story, heading),
    heading('Time'),
    ...screen.times.map(({ phase, ms }) => `  ${phase.padEnd(46)} ${shortDuration(ms).padStart(8)}`),
    '',
    heading('Files'),
    ...story.members.map(
      ({ index, name, dataDir }) => `  node ${index}  ${name.padEnd(24)} ${here(dataDir)}`,
    ),
    `  plan    ${here(`${story.folder}/definition.json`)}`,
    `  logs    ${here(`${story.folder}/logs`)}`,
    '',
  ];
}

/** What to try while everything runs. */
export function nextCommands(story: Story): readonly string[] {
  const here = (path: string): string => relative(process.cwd(), path);
  const { rollup } = story;
  const { members } = story.epoch;
  const [first] = members;
  const former = story.members.find((member) => !members.includes(member));
  if (first === undefined || former === undefined) return [];
  const run = (command: string): string => `  npm run -s conclave -- ${command}`;
  const at = (member: Member, command: string): string =>
    run(`--data-dir ${here(member.dataDir)} ${command}`);
  const files = `--rollup ${here(rollup.rollup)} --genesis ${here(rollup.genesis)}`;
  return [
    'Things to try, in another terminal:',
    `  curl -s -H 'content-type: application/json' ${rollup.urlOf(0)} \\`,
    `    -d '{"jsonrpc":"2.0","id":1,"method":"conclave_getHeads"}'`,
    run(`l2 derive --from-scratch --l1 ${story.anvil?.url ?? ''} ${files}`),
    at(first, 'node status'),
    at(first, 'guard show'),
    at(first, `ceremony propose --kind refresh --out ${here(`${story.folder}/refresh.json`)}`),
    run(`audit verify ${here(first.dataDir)} --expect-address ${story.address}`),
    run(`audit serve ${here(first.dataDir)}`),
    'The node that has left:',
    at(former, 'ceremony status'),
    '',
    'Ctrl-C stops everything.',
  ];
}
