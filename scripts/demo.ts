/**
 * The demo: four signers, one key, and a sequencer whose blocks they bring onto a real L1, each trusting
 * nothing but a verifier of its own. One of them is killed, one leaves and a fifth takes its part; the same
 * address goes on signing. In the end L2 is built again from L1 alone, and every transcript is audited.
 * `--once` ends after the table; without it everything stays up until Ctrl-C. `--json` prints JSON lines. All
 * is written below .devnet, a fresh folder each time.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { failureLine, failureOf } from '../src/apps/failure.ts';
import { changeCommittee } from './lib/committee-change.ts';
import { closingTable, nextCommands } from './lib/closing-table.ts';
import { l2Table, rebuild, startL2, usersSend } from './lib/l2-chapter.ts';
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
  screen.line(screen.paint(1, 'Conclave: a sequencer whose batches four signers sign, on a real L1'));
  screen.line();
  await story.startL1({ hasL2: true });
  await story.makeNodes();
  await story.makeKey();
  await story.register();
  await startL2(story, screen);
  const rounds = [await usersSend(story, screen, { title: 'Users send transactions', transactions: 120 })];
  await story.killNode(4);
  rounds.push(await usersSend(story, screen, { title: 'And with three signers left', transactions: 60 }));
  await screen.phase('It starts again, on what its disk holds', async () => {
    await story.restartNode(4);
    return [undefined, 'its share, its guard, its identity'];
  });
  await changeCommittee(story, screen, 2);
  await screen.phase('Its verifier reads the whole L2 from L1', async () => {
    await story.rollup.startVerifier(5);
    return [undefined, story.rollup.urlOf(5)];
  });
  rounds.push(await usersSend(story, screen, { title: 'Other members, same address', transactions: 90 }));
  const derived = await rebuild(story, screen);
  await story.audit();
  screen.line();
  for (const line of l2Table(rounds, screen)) screen.line(line);
  for (const line of closingTable(story, screen)) screen.line(line);
  const { address, lockHash, transcriptRoot, inbox, members } = story;
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
    derived,
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
