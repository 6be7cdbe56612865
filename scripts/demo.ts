/**
 * The demo: four nodes, one key, real batches on a real L1; then one of them leaves, a fifth takes its part,
 * and the same address goes on signing. `--once` ends after the table; without it the cluster stays up until
 * Ctrl-C. `--json` prints JSON lines. Everything is written below .devnet, a fresh folder each time.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { failureLine, failureOf } from '../src/apps/failure.ts';
import { batchFileText } from './lib/batch-file-text.ts';
import { changeCommittee } from './lib/committee-change.ts';
import { closingTable, nextCommands } from './lib/closing-table.ts';
import { Screen } from './lib/screen.ts';
import { Story } from './lib/story.ts';

const { values } = parseArgs({
  options: { once: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const screen = new Screen(values.json);
const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
const folder = join(import.meta.dirname, '..', '.devnet', `${stamp}-${process.pid}`);
mkdirSync(folder, { recursive: true, mode: 0o700 });
const story = new Story(folder, screen);

/** The whole story, in order. */
async function tell(): Promise<void> {
  screen.line(screen.paint(1, 'Conclave: four nodes, one key, real batches on a real L1'));
  screen.line();
  await story.startL1();
  await story.makeNodes();
  await story.makeKey();
  await story.register();
  await story.batch('Batch 1 as calldata', 1, 'calldata', 120);
  await story.batch('Batch 2 as blobs', 2, 'blobs', 900);
  await story.killNode(4);
  await story.batch('Batch 3 with three nodes left', 3, 'calldata', 60);
  await screen.phase('It starts again, on what its disk holds', async () => {
    await story.restartNode(4);
    return [undefined, 'its share, its guard, its identity'];
  });
  await changeCommittee(story, screen, 2);
  await story.batch('Batch 4 by other members, same address', 5, 'calldata', 90);
  await story.audit();
  screen.line();
  for (const line of closingTable(story, screen)) screen.line(line);
  const { address, lockHash, transcriptRoot, inbox, batches, members } = story;
  const epochs = story.epochs.map((epoch) => ({
    ...epoch,
    members: epoch.members.map(({ index, name }) => ({ index, name })),
  }));
  const nodes = members.map(({ name, dataDir, place }) => ({ name, dataDir, place }));
  const phases = screen.times;
  screen.json({
    type: 'result',
    ok: true,
    folder,
    address,
    lockHash,
    transcriptRoot,
    inbox,
    batches,
    epochs,
    nodes,
    phases,
  });
}

/** Resolves at Ctrl-C, or when the process is asked to end. */
const interrupted = new Promise<void>((resolve) => {
  process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
});

async function main(): Promise<number> {
  try {
    const isOver = await Promise.race([tell().then(() => true), interrupted.then(() => false)]);
    if (!isOver) screen.line('\nstopping');
    if (!isOver || values.once) return isOver ? 0 : 130;
    writeFileSync(
      join(folder, 'next.txt'),
      batchFileText({ seed: 'conclave-demo-next', l2ChainId: 71_001n, accounts: 24, transactions: 200 }),
    );
    for (const line of nextCommands(story)) screen.line(line);
    await interrupted;
    return 0;
  } catch (error) {
    const failure = failureOf(error);
    screen.json(failure);
    screen.line(failureLine(failure));
    screen.line(`What the nodes said is in ${join(folder, 'logs')}`);
    return 1;
  } finally {
    await story.stop();
  }
}

process.exitCode = await main();
// An interrupted story may still wait for a child; nothing that matters is left.
if (process.exitCode !== 0) process.exit();
