import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { freePorts } from '../../scripts/lib/free-ports.ts';
import { Screen } from '../../scripts/lib/screen.ts';
import { Story } from '../../scripts/lib/story.ts';
import { Changing } from './changing.ts';
import { Page } from './page.ts';

// The page for operators is the script: its commands are run here as they stand, by a shell, in their order.

const page = new Page('docs/operate/rotate.md');
let folder: string;
let story: Story;
let change: Changing;
let plans = 0;
let plan = '';

const CONSENT = 'Consent, on every node';
const REPAIR = 'Repair: a node that lost its share';
const START = 'Start, on the node of the proposer';

/** Runs a block at one node. */
function follow(index: number, heading: string, place = 0, more: Readonly<Record<string, string>> = {}) {
  const { dataDir, password } = change.at(index);
  const variables = { DIR: dataDir, PLAN: plan, ADDRESS: story.address, ...more };
  return page.follow([heading, place], { folder, password, variables });
}

const newPlan = (): void => void (plan = join(folder, `plan-${(plans += 1)}.json`));

/** All of them consent to the plan, and the first carries it out. */
async function carryOut(indices: readonly number[], members = indices): Promise<void> {
  await Promise.all(indices.map((index) => follow(index, CONSENT)));
  await follow(indices[0] ?? 0, START);
  await Promise.all(members.map((index) => change.type(index, 'ceremony', 'watch')));
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'rotate-')));
  story = new Story(folder, new Screen(true), true);
  change = new Changing(story);
  await story.startL1();
  await story.makeNodes();
  await story.makeKey();
}, 480_000);

afterAll(async () => {
  await story.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** The folder and the password of an operator who begins. */
async function newOperator(index: number): Promise<void> {
  const [port = 0] = await freePorts(1);
  const password = join(folder, 'secrets', `node-${index}.password`);
  writeFileSync(password, 'a password of this operator\n', { mode: 0o600 });
  story.members.push({
    ...{ index, name: '', dataDir: join(folder, `node-${index}`), password, invitation: '' },
    ...{ log: join(folder, 'logs', `node-${index}.log`), place: `127.0.0.1:${port}`, monitoring: '' },
  });
}

describe('the page on changes of a committee, command by command', () => {
  it('adds a member', async () => {
    newPlan();
    await newOperator(5);
    const contracts = { INBOX: story.inbox ?? '', REGISTRY: story.registry ?? '' };
    await follow(5, 'Add a member', 0, {
      ...{ LISTEN: change.at(5).place, L1: story.anvil?.url ?? '', ...contracts },
    });
    await story.restartNode(5);
    const { invitation } = await change.type(5, 'identity', 'show');
    await follow(1, 'Add a member', 1, { INVITATION: String(invitation) });
    await carryOut([1, 2, 3, 4, 5]);
  }, 240_000);

  it('removes one, which says that it has left', async () => {
    newPlan();
    await follow(1, 'Remove a member', 0, { MEMBER: '2' });
    await carryOut([1, 2, 3, 4, 5], [1, 3, 4, 5]);
    await follow(2, 'Remove a member', 1);
  }, 240_000);

  it('writes the plan of a replacement', async () => {
    newPlan();
    const { invitation } = await story.addNode();
    await follow(1, 'Replace a member', 0, { MEMBER: '3', INVITATION: invitation });
  }, 60_000);

  it('plans a refresh, looks at it when it is interrupted, ends it, and carries out another', async () => {
    newPlan();
    const said = await follow(1, 'Refresh on a schedule');
    const id = `0x${/refresh ([0-9a-f]{8}) written/.exec(said)?.[1] ?? ''}`;
    await Promise.all([1, 3, 4, 5].map((index) => follow(index, CONSENT)));
    await story.killNode(4);
    await follow(1, 'Interrupted');
    await follow(1, 'Interrupted', 1);
    await story.restartNode(4);
    for (const { state } of await change.outcomes([3, 4, 5], { id })) expect(state).toBe('aborted');
    await follow(1, 'Interrupted', 2);
    plan = `${plan}-again`;
    await carryOut([1, 3, 4, 5]);
  }, 240_000);

  it('repairs a node whose share is gone', async () => {
    newPlan();
    await story.killNode(3);
    const { dataDir, password } = change.at(3);
    const epoch = join(dataDir, 'keys', story.address.toLowerCase(), 'epoch-000003');
    for (const name of readdirSync(epoch)) if (name.startsWith('share-')) rmSync(join(epoch, name));
    const started = await change.type(3, '--password-file', password, 'node', 'run');
    expect(started).toMatchObject({ code: 'safety-state-missing' });
    await follow(3, REPAIR);
    await story.restartNode(3);
    await follow(1, REPAIR, 1, { MEMBER: '3' });
    await carryOut([1, 3, 4, 5]);
    expect(await change.epochs([1, 3, 4, 5])).toEqual(['4', '4', '4', '4']);
  }, 240_000);

  it('shows the key and its epochs afterwards, on every node', async () => {
    for (const index of [1, 3, 5]) await follow(index, 'Afterwards');
  }, 60_000);

  it('has no block of commands that is not run here', () => {
    expect(page.unused).toEqual([]);
  });
});
