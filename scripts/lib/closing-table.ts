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
  String(batches.filter((batch) => batch['epoch'] === number).length),
  epoch.lockHash,
];

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
      ['EPOCH', 'COMMITTEE', 'SIGN', 'MADE IN', 'TRANSCRIPT', 'SIGNATURES', 'LOCK'],
      ...story.epochs.map((epoch, i) => epochRow(story, epoch, i)),
    ]).map((line) => `  ${line}`),
    '',
    heading('Batches'),
    ...table([
      [
        'BATCH',
        'EPOCH',
        'DATA',
        'TXS',
        'BYTES',
        'GAS',
        'BLOCK',
        'APPROVE',
        'PRESIGN',
        'ONLINE',
        'MINED',
        'SENT TO PEERS',
      ],
      ...story.batches.map(row),
    ]).map((line) => `  ${line}`),
    ...story.batches.flatMap((batch) => [
      `  ${String(batch['batchIndex'])}  ${String(batch['txHash'])}`,
      `     signed by ${signersOf(batch, story.members)}`,
    ]),
    '',
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

/** What to try while the cluster runs. */
export function nextCommands(story: Story): readonly string[] {
  const here = (path: string): string => relative(process.cwd(), path);
  const { members } = story.epoch;
  const [first] = members;
  const former = story.members.find((member) => !members.includes(member));
  if (first === undefined || former === undefined) return [];
  const signers = members.slice(0, story.epoch.required).map(({ index }) => index);
  const next = here(`${story.folder}/next.txt`);
  const run = (member: Member, command: string): string =>
    `  npm run -s conclave -- --data-dir ${here(member.dataDir)} ${command}`;
  return [
    'Things to try, in another terminal:',
    run(first, 'node status'),
    run(first, `sign batch --file ${next} --da blobs --submit --signers ${signers.join(',')}`),
    run(first, 'guard show'),
    run(first, 'presign status'),
    run(first, `ceremony propose --kind refresh --out ${here(`${story.folder}/refresh.json`)}`),
    `  npm run -s conclave -- audit verify ${here(first.dataDir)} --expect-address ${story.address}`,
    `  npm run -s conclave -- audit serve ${here(first.dataDir)}`,
    run(first, 'audit log'),
    `  curl http://${first.monitoring}/v1/status`,
    'The node that has left:',
    run(former, 'ceremony status'),
    '',
    'Ctrl-C stops everything.',
  ];
}
