import { mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { batchFileText } from '../../scripts/lib/batch-file-text.ts';
import { type Line, conclave } from '../../scripts/lib/children.ts';
import { Screen } from '../../scripts/lib/screen.ts';
import { Story } from '../../scripts/lib/story.ts';

// Every command of an operator who has lost a file, on real folders, beside processes that run.

let story: Story;
let folder: string;
let batches = 0;

const member = (index: number) => {
  const found = story.members[index - 1];
  if (found === undefined) throw new RangeError(`no member ${index}`);
  return found;
};
const any = [0, 2, 4, 5, 6, 7, 8, 9, 11];
/** A command in the folder of a member; its last line. */
const run = (index: number, ...args: readonly string[]): Promise<Line> => {
  const { dataDir, password } = member(index);
  return conclave(['--data-dir', dataDir, '--password-file', password, ...args], () => undefined, any);
};
const registerOf = (index: number): string =>
  join(member(index).dataDir, 'keys', story.address.toLowerCase(), 'guard', '000001.log');

async function submit(at: number, ...flags: readonly string[]): Promise<Line> {
  batches += 1;
  const file = join(folder, `lost-${batches}.txt`);
  const plan = { seed: `lost-${batches}`, l2ChainId: 71_001n, accounts: 3, transactions: 3 };
  writeFileSync(file, batchFileText(plan));
  return run(at, 'sign', 'batch', '--file', file, '--submit', ...flags);
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lost-')));
  story = new Story(folder, new Screen(true));
  await story.startL1();
  await story.makeNodes();
  await story.makeKey();
  await story.register();
  expect(await submit(1, '--signers', '1,2,3')).toMatchObject({ type: 'result' });
}, 240_000);

afterAll(async () => {
  await story.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

it('a running node shows its register, moves its bounds and exports it', async () => {
  await vi.waitFor(
    async () => {
      const shown = await run(1, 'guard', 'show');
      expect(shown['rows']).toContainEqual(
        expect.objectContaining({ lane: 'nonce', highestRecorded: '0', onL1: '0', lastAnswer: 'new' }),
      );
    },
    { timeout: 30_000, interval: 0 }, // a node looks at L1 every two seconds
  );
  expect(await run(1, 'guard', 'raise', '--lane', 'nonce')).toMatchObject({ code: 'usage' });
  expect(await run(1, 'guard', 'raise', '--lane', 'batch', '--low', '0')).toMatchObject({
    code: 'lane-unknown',
  });
  const raised = await run(1, 'guard', 'raise', '--lane', 'nonce', '--high', '500');
  expect(raised['rows']).toContainEqual(expect.objectContaining({ lane: 'nonce', high: '500' }));
  await run(1, 'guard', 'raise', '--lane', 'nonce', '--clear-high');
  const out = join(folder, 'one.json');
  expect(await run(1, 'guard', 'export', '--out', out)).toMatchObject({ type: 'result', file: out });
  expect(await run(1, 'guard', 'export', '--out', out)).toMatchObject({ code: 'would-overwrite' });
  expect(await run(1, 'guard', 'import', out)).toMatchObject({ code: 'lease-held' });
  expect(await run(1, 'guard', 'check')).toMatchObject({ state: 'sound' });
  expect(await run(1, 'node', 'doctor')).toMatchObject({ isRunning: true });
  expect(await run(1, 'node', 'release')).toMatchObject({ code: 'not-in-quarantine' });
}, 120_000);

it('a lost register: the node does not start; begun anew it waits for its release, and signs', async () => {
  await story.killNode(3);
  const kept = readFileSync(registerOf(3));
  rmSync(registerOf(3));
  expect(await run(3, 'node', 'run')).toMatchObject({ code: 'safety-state-missing', exit: 11 });
  expect(await run(3, 'guard', 'check')).toMatchObject({ state: 'missing' });
  expect(await run(3, 'node', 'doctor')).toMatchObject({ isRunning: false });
  expect(await run(3, 'guard', 'init', '--from-l1')).toMatchObject({ code: 'usage' });
  const begun = await run(3, 'guard', 'init', '--from-l1', '--from-peers');
  expect(begun['marks']).toContainEqual({ lane: 'nonce', low: '0' });
  expect(await run(3, 'guard', 'init', '--from-peers')).toMatchObject({ code: 'would-overwrite' });
  await story.restartNode(3);
  expect(await run(3, 'node', 'status')).toMatchObject({ state: 'quarantine' });
  expect(await submit(3)).toMatchObject({ code: 'quarantine', exit: 5 });
  expect(await submit(1)).toMatchObject({ type: 'result', signers: [1, 2, 4] });
  const shown = await run(3, 'node', 'release');
  expect(shown).toMatchObject({ isReleased: false, quarantine: { why: 'relearned', required: 2 } });
  expect(await run(3, '--yes', 'node', 'release')).toMatchObject({ type: 'result', isReleased: true });
  expect(await submit(3, '--signers', '1,2,3')).toMatchObject({ type: 'result' });
  expect(kept.length).toBeGreaterThan(0);
}, 180_000);

it('an export of another member is taken in while no node runs, and a forged one is not', async () => {
  await story.killNode(3);
  const out = join(folder, 'one.json');
  const forged = join(folder, 'forged.json');
  writeFileSync(forged, readFileSync(out, 'utf8').replace('"low": null', '"low": "9"'));
  expect(await run(3, 'guard', 'import', forged)).toMatchObject({ code: 'bad-signature', exit: 7 });
  expect(await run(3, 'guard', 'import', out)).toMatchObject({ type: 'result', isNew: false });
  rmSync(registerOf(3));
  const taken = await run(3, 'guard', 'import', out);
  expect(taken).toMatchObject({ isNew: true, quarantine: 'imported' });
  const own = join(folder, 'three.json');
  expect(await run(3, 'guard', 'export', '--out', own)).toMatchObject({
    type: 'result',
    records: taken['records'],
  });
}, 120_000);

it('a damaged register and a lost manifest are mended, and kept', async () => {
  const bytes = readFileSync(registerOf(3));
  writeFileSync(
    registerOf(3),
    bytes.map((byte, i) => (i === bytes.length - 30 ? byte ^ 1 : byte)),
  );
  expect(await run(3, 'guard', 'check')).toMatchObject({ state: 'damaged', remedy: 'conclave guard repair' });
  const repaired = await run(3, 'guard', 'repair');
  expect(repaired).toMatchObject({ quarantine: 'repaired', problem: expect.stringMatching(/byte \d+/) });
  expect(readFileSync(join(member(3).dataDir, String(repaired['attic']))).length).toBe(bytes.length);
  expect(await run(3, 'guard', 'repair')).toMatchObject({ code: 'nothing-to-repair' });
  rmSync(join(member(3).dataDir, 'manifest'));
  expect(await run(3, 'node', 'run')).toMatchObject({ code: 'safety-state-missing', exit: 11 });
  expect(await run(3, 'node', 'doctor', '--rebuild-manifest')).toMatchObject({ type: 'result', shares: 1 });
  await story.restartNode(3);
  expect(await run(3, '--yes', 'node', 'release')).toMatchObject({ isReleased: true });
  expect(await submit(3, '--signers', '1,2,3')).toMatchObject({ type: 'result' });
}, 180_000);

it('without master key, password or identity a node does not start, and says which copy helps', async () => {
  await story.killNode(3);
  const { dataDir } = member(3);
  for (const name of ['master.json', 'identity.key.json']) {
    const path = join(dataDir, 'keys', name);
    renameSync(path, join(folder, name));
    const said = await run(3, 'node', 'run');
    expect(said).toMatchObject({ code: 'safety-state-missing', exit: 11 });
    expect(said['message']).toMatch(new RegExp(`${name} is missing: restore it from its backup`));
    renameSync(join(folder, name), path);
  }
  const wrong = join(folder, 'wrong-password');
  writeFileSync(wrong, 'not the password of this node\n', { mode: 0o600 });
  const args = ['--data-dir', dataDir, '--password-file', wrong, 'node', 'run'];
  expect(await conclave(args, () => undefined, any)).toMatchObject({ code: 'wrong-password', exit: 4 });
  await story.restartNode(3);
  expect(await submit(3, '--signers', '1,2,3')).toMatchObject({ type: 'result' });
}, 180_000);
