import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { batchFileText } from '../../scripts/lib/batch-file-text.ts';
import { type Line, conclave } from '../../scripts/lib/children.ts';
import { Screen } from '../../scripts/lib/screen.ts';
import { type Member, Story } from '../../scripts/lib/story.ts';

// The page for operators is the script: its commands are run here as they stand, by a shell, in their order.

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'operate', 'backup.md'), 'utf8');
/** Whose disk is lost. */
const LOST = 2;
let folder: string;
let story: Story;
let batches = 0;
const children = new Set<ChildProcess>();
const safe = (...parts: readonly string[]): string => join(folder, 'safe', ...parts);

function member(i: number): Member {
  const found = story.members[i - 1];
  if (found === undefined) throw new RangeError(`no member ${i}`);
  return found;
}

interface Ran {
  readonly exit: number | null;
  readonly said: string;
}

/** Runs commands of the page in a shell in which `conclave` is this program, and knows the password. */
async function shell(commands: string): Promise<Ran> {
  const { dataDir, password } = member(LOST);
  const conclaveIs = 'conclave() { "$NODE_BINARY" "$PROGRAM" --password-file "$PASSWORD" "$@"; }';
  const child = spawn('bash', ['-c', `${conclaveIs}\nset -e\n${commands}`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{ NO_COLOR: '1', NODE_BINARY: process.execPath, PROGRAM: join(root, 'bin', 'conclave.mjs') },
      ...{
        DIR: dataDir,
        PASSWORD: password,
        SAFE: safe(),
        LOCK: safe('lock.json'),
        RECIPIENT: recipientLine(),
      },
    },
  });
  children.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [exit] = (await once(child, 'close')) as [number | null];
  children.delete(child);
  return { exit, said };
}

const recipientLine = (): string =>
  existsSync(safe('recipient.key'))
    ? (readFileSync(safe('recipient.key'), 'latin1').split('\n')[1] ?? '')
    : '';

interface Block {
  readonly name: string;
  readonly commands: string;
  /** What the page shows as the answer, line by line. */
  readonly answers: readonly string[];
}

const blockForm = /^```sh\n([^]*?)^```$(?:\n\n```text\n([^]*?)^```$)?/gm;

/** The blocks of commands of the page, by the heading above each, with the answer that follows. */
const blocks: readonly Block[] = page.split(/^## /m).flatMap((section) => {
  const [name = ''] = section.split('\n');
  return [...section.matchAll(blockForm)].map(([, commands = '', answer = '']) => ({
    ...{ name, commands },
    answers: answer.split('\n').filter((line) => line !== ''),
  }));
});

const block = (name: string, i = 0): Block => {
  const found = blocks.filter((one) => one.name === name)[i];
  if (found === undefined) throw new RangeError(`the page has no block ${i} under ${name}`);
  used.add(found);
  return found;
};
const used = new Set<Block>();

/** A line of the page as a pattern: what differs from run to run is written as an ellipsis, or is hex. */
const pattern = (line: string): RegExp =>
  new RegExp(
    line
      .trim()
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('…', '.*')
      .replace(/\s+/g, '\\s+'),
  );

/** Runs a block and expects what the page shows. */
async function follow(name: string, i = 0, exit = 0): Promise<string> {
  const { commands, answers } = block(name, i);
  const ran = await shell(commands);
  expect(ran.exit, ran.said).toBe(exit);
  for (const line of answers) expect(ran.said).toMatch(pattern(line));
  return ran.said;
}

/** A batch of its own. */
function makeBatch(): string {
  batches += 1;
  const path = join(folder, `backup-${batches}.txt`);
  const plan = { seed: `backup-${batches}`, l2ChainId: 71_001n, accounts: 3, transactions: 6 };
  writeFileSync(path, batchFileText(plan));
  return path;
}

/** Has a batch signed by these members and mined. */
async function submit(path: string, signers: string): Promise<Line> {
  const args = ['--data-dir', member(1).dataDir, 'sign', 'batch', '--file', path, '--submit'];
  return conclave([...args, '--signers', signers], () => undefined, [0, 4, 5, 6, 10]);
}

/** Waits for something that a command shows. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) if (Date.now() > end) throw new RangeError(`${what}: not within a minute`);
}

async function links(): Promise<number> {
  const status = await conclave(['--data-dir', member(LOST).dataDir, 'node', 'status']);
  const members: unknown = status['members'];
  return Array.isArray(members)
    ? members.filter(({ state }: { readonly state: unknown }) => state === 'connected').length
    : 0;
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'backup-')));
  mkdirSync(safe(), { mode: 0o700 });
  story = new Story(folder, new Screen(true));
  await story.startL1();
  await story.makeNodes();
  await story.makeKey();
  await story.register();
}, 480_000);

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await story.stop();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

describe('the page on backups, command by command', () => {
  it('makes a recipient', async () => {
    await follow('Once: make a recipient');
    expect(recipientLine()).toMatch(/^x25519:/);
  }, 120_000);

  it('backs up a node that runs: the files first, then the share', async () => {
    await follow('After each ceremony: back up');
    await follow('After each ceremony: back up', 1);
    expect(readdirSync(safe()).filter((name) => name.startsWith('backup-'))).toHaveLength(1);
    const ceremonies = join(member(1).dataDir, 'ceremonies');
    copyFileSync(join(ceremonies, readdirSync(ceremonies)[0] ?? '', 'lock.json'), safe('lock.json'));
  }, 120_000);

  it('verifies the backup with the key, and skips without it', async () => {
    const opened = await follow('The drill: verify');
    expect(opened).not.toMatch(/FAIL/);
    expect(opened).toMatch(/PASS {2}share/);
    const outside = await follow('The drill: verify', 1);
    expect(outside).toMatch(/SKIP {2}share/);
    expect(outside).not.toMatch(/PASS {2}share/);
  }, 120_000);

  it('is refused over a node that has a share, and says so as the page does', async () => {
    await follow('What is refused, and why', 0, 9);
    await story.killNode(LOST);
    await follow('What is refused, and why', 1, 8);
    await story.restartNode(LOST);
  }, 120_000);

  it('restores into a folder that was lost: in quarantine until it is released, then it signs', async () => {
    expect(await submit(makeBatch(), '1,2,3')).toMatchObject({ type: 'result', from: story.address });
    await story.killNode(LOST);
    rmSync(member(LOST).dataDir, { recursive: true });
    await follow('Restore');
    await follow('Restore', 1);
    await story.restartNode(LOST);
    await until('three links', async () => (await links()) === 3);
    // The others may have recorded this batch for its number by then: it is this one that is tried again.
    const batch = makeBatch();
    expect(await submit(batch, '1,2,3')).toMatchObject({ type: 'error' });
    await follow('Restore', 2);
    await until('a signature', async () => (await submit(batch, '1,2,3'))['type'] === 'result');
  }, 480_000);

  it('changes the password of the node', async () => {
    writeFileSync(safe('new-password'), 'another password of it\n', { mode: 0o600 });
    await follow('Change the password of a node');
    await story.killNode(LOST);
    copyFileSync(safe('new-password'), member(LOST).password);
    await story.restartNode(LOST);
  }, 120_000);

  it('has no block of commands that is not run here', () => {
    expect(blocks.filter((one) => !used.has(one)).map(({ name }) => name)).toEqual([]);
    expect(blocks.length).toBeGreaterThan(6);
  });
});
