import { join } from 'node:path';

import { OperationError, assert } from '../../src/crypto/errors.ts';
import { type Line, conclave } from './children.ts';
import type { Screen } from './screen.ts';
import type { Member, Story } from './story.ts';

/** Milliseconds that a node has to hear of a certificate after the others. */
const LEFT_MS = 30_000;

/**
 * The committee changes and the address does not: a new operator makes a node, takes the part of the one that
 * leaves, and everybody holds a new share. @throws OperationError child-failed
 */
export async function changeCommittee(story: Story, screen: Screen, leaves: number): Promise<void> {
  const before = story.epoch;
  const former = story.members[leaves - 1];
  assert(former !== undefined, `there is no node ${leaves}`);
  const joiner = await screen.phase('A fifth operator makes a node', async () => {
    const member = await story.addNode();
    return [member, `${member.name}, with a share of nothing`];
  });
  const proposer = before.members.find((member) => member !== former) ?? former;
  const file = join(story.folder, 'change.json');
  await screen.phase('It is proposed in the place of another', async () => {
    const args = ['node', 'replace', String(leaves), joiner.invitation, '--out', file];
    await conclave(['--data-dir', proposer.dataDir, ...args]);
    return [undefined, `${former.name} leaves, ${joiner.name} comes`];
  });
  await screen.phase('All five read what changes, and sign it', async ({ say }) => {
    const previews = await Promise.all(story.members.map((member) => consent(member, file, say)));
    return [undefined, previews[0] ?? ''];
  });
  const members = [...before.members.filter((member) => member !== former), joiner];
  await screen.phase('Shares are dealt anew, four rounds', async (phase) => {
    const made = await story.execute(proposer, members, phase);
    if (made['address'] !== story.address)
      throw failed(`the change gave the key another address: ${String(made['address'])}`);
    return [undefined, `${story.address}, as before`];
  });
  await screen.phase('Every member states the same epoch', () => story.compare());
  await screen.phase('The former member has left', async () => {
    await hasLeft(former);
    return [undefined, `${former.name} erased its share, and signs nothing`];
  });
}

/** Joins and accepts, as the operator does who reads. Returns what the preview says, in a few words. */
async function consent(
  { dataDir, name }: Member,
  file: string,
  say: (text: string) => void,
): Promise<string> {
  let preview = '';
  await conclave(['--data-dir', dataDir, 'ceremony', 'join', file], (line) => {
    if (line['type'] === 'preview') preview = previewText(line);
  });
  await conclave(['--data-dir', dataDir, 'ceremony', 'accept']);
  say(`${name} has signed`);
  return preview;
}

function previewText({ epoch, before, after }: Line): string {
  const change = (of: (side: unknown) => unknown): string => `${String(of(before))} → ${String(of(after))}`;
  const number = (key: string): string => change((side) => fieldOf(side, key));
  return (
    `epoch ${String(fieldOf(epoch, 'before'))} → ${String(fieldOf(epoch, 'after'))}; signers required ` +
    `${number('required')}, crashes survived ${number('crashesSurvived')}, ` +
    `leaked shares harmless ${number('leakedSharesHarmless')}`
  );
}

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : undefined;

/** The node hears of the certificate from the others, erases its share, and says so. */
async function hasLeft({ dataDir, name }: Member): Promise<void> {
  const end = performance.now() + LEFT_MS;
  for (;;) {
    const status = await conclave(['--data-dir', dataDir, 'node', 'status']);
    if (status['state'] === 'left') return;
    if (performance.now() > end) throw failed(`${name} is ${String(status['state'])}, and has not left`);
  }
}

const failed = (what: string): OperationError => new OperationError('child-failed', 'fatal', what);
