import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type ChangeWords, proposeChange, replacementIn } from '../../../../src/apps/cli/change-files.ts';
import { contextOf } from '../../../../src/apps/cli/context.ts';
import { isChangePlan } from '../../../../src/apps/change-proposal.ts';
import { makeLocalCluster } from '../../../../src/apps/local-cluster.ts';
import { createOutput } from '../../../../src/apps/output.ts';
import { readDefinition } from '../../../../src/chain/definition-file.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { writeJsonFile } from '../../../../src/crypto/json-file.ts';
import { identityText, invitationLine } from '../../../../src/protocols/ceremony/names.ts';
import { openDisk } from '../../../../src/system/disk.ts';
import { makeCeremony } from '../../audit/support/folders.ts';

const made = makeCeremony(4, 3);
const [first] = made.lock.definition.definition.committee;
const line = (i: number): string =>
  invitationLine({
    identityPk: identityPublicKey(new Uint8Array(32).fill(100 + i)),
    ...{ host: '127.0.0.1', port: 8_000 + i },
  });
const flags = { acceptWithin: '1h', executeWithin: '1h', roundTimeout: '5s' };

/** The data folder of the first member of a key. */
let folder: string;
let out: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'change-')));
  out = join(folder, 'plan.json');
  const [node] = makeLocalCluster({
    ...{ nodes: 2, required: 2, out: join(folder, 'c'), basePort: 7_000, network: 'devnet', l1: [] },
    ...{ l1ChainId: 31_337n, l2ChainId: 71_001n, inbox: undefined, profile: 'insecure-development' },
  }).nodes;
  folder = node?.folder ?? '';
  const identity = join(folder, 'keys', 'identity.json');
  const stated = JSON.parse(readFileSync(identity, 'utf8')) as object;
  const node1 = { ...stated, node: identityText(first?.identityPk ?? new Uint8Array()) };
  writeFileSync(identity, writeJsonFile(node1));
  const lock = made.files.get('lock.json') ?? new Uint8Array();
  openDisk({ folder, sweep: false }).create('ceremonies/aa/lock.json', lock);
});
afterEach(() => rmSync(join(out, '..'), { recursive: true }));

async function propose(words: ChangeWords, name?: string) {
  let said = '';
  const sink = { write: (text: string) => void (said += text), isTty: false, columns: 100 };
  const output = createOutput({ isJson: true, isQuiet: false, noColor: true }, sink, sink);
  const cli = { ...contextOf({ color: false, dataDir: folder }), output };
  await proposeChange(cli, words, { ...flags, out, ...(name === undefined ? {} : { name }) });
  return said
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Record<string, unknown>);
}
const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

describe('the proposal of an epoch change', () => {
  it('is written from the newest lock of the folder, behind its preview', async () => {
    const lines = await propose({ kind: 'reshare', add: [line(5)], replace: [`2=${line(6)}`] });
    expect(lines.map(({ type }) => type)).toEqual(['preview', 'result']);
    expect(lines[0]).toMatchObject({ joining: [5, 6], leaving: [2] });
    const plan = readDefinition(readFileSync(out), out);
    expect(isChangePlan(plan)).toBe(true);
    expect(plan.definition).toMatchObject({ name: 'add a member, replace a member', proposer: 1 });
    expect(plan.definition.committee.map(({ index }) => index)).toEqual([1, 3, 4, 5, 6]);
    expect(lines[1]).toMatchObject({ ok: true, ceremony: 'reshare', members: 5, required: 3, file: out });
  });

  it('takes a name, and never replaces a file', async () => {
    await propose({ kind: 'refresh' }, 'spring');
    expect(readDefinition(readFileSync(out), out).definition.name).toBe('spring');
    await expect(propose({ kind: 'refresh' })).rejects.toThrow(code('would-overwrite'));
  });

  it('leaves no file when the change could not be carried out', async () => {
    await expect(propose({ kind: 'reshare', remove: ['1', '2'] })).rejects.toThrow(code('bad-threshold'));
    await expect(propose({ kind: 'reshare', add: ['no line'] })).rejects.toThrow(code('bad-invitation'));
    expect(() => readFileSync(out)).toThrow();
  });

  it('needs a member before the sign of equality, and an invitation behind it', () => {
    expect(replacementIn(`amber-heron=${line(5)}`)).toMatchObject({
      former: 'amber-heron',
      by: { port: 8_005 },
    });
    for (const text of [line(5), `=${line(5)}`, '']) expect(() => replacementIn(text)).toThrow(code('usage'));
    expect(() => replacementIn('3=4')).toThrow(code('bad-invitation'));
  });
});
