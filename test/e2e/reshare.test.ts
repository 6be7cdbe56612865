import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Screen } from '../../scripts/lib/screen.ts';
import { Story } from '../../scripts/lib/story.ts';
import type { Line } from '../../scripts/lib/children.ts';
import { Changing, type Proposed } from './changing.ts';

// Members come and go, shares are replaced, nodes die in the middle of it: processes, sockets, disks and an
// L1
// as in operation, and everything by the commands that operators type, or by the socket behind them.

let folder: string;
let story: Story;
let change: Changing;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'reshare-')));
  story = new Story(folder, new Screen(true), true);
  change = new Changing(story);
  await story.startL1();
  await story.makeNodes();
  await story.makeKey();
  await story.register();
}, 480_000);

afterAll(async () => {
  await story.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const FORMER = 2;
const MEMBERS = [1, 3, 4, 5];
const everybody = [1, 2, 3, 4, 5];

/** Proposes a refresh, and all members consent. */
async function refreshAgreed(roundTimeout?: string): Promise<Proposed> {
  const plan = await change.propose(1, ['ceremony', 'propose', '--kind', 'refresh'], roundTimeout);
  await change.agree(MEMBERS, plan);
  return plan;
}

/** It completes on all members, with the same lock, and the address stays. */
async function completes(plan: Proposed): Promise<void> {
  const [first, ...others] = await change.outcomes(MEMBERS, plan);
  expect(first).toMatchObject({ state: 'complete', address: story.address });
  for (const { state, address, lockHash } of others)
    expect({ state, address, lockHash }).toMatchObject({
      ...{ state: 'complete', address: story.address, lockHash: first?.lockHash },
    });
}

describe('a committee that changes', () => {
  it('takes one member in and lets one go, and keeps its address', async () => {
    const joiner = await story.addNode();
    const plan = await change.propose(1, ['node', 'replace', String(FORMER), joiner.invitation]);
    await change.consent(everybody, plan);
    await change.type(1, 'ceremony', 'execute', '--when-ready');
    const ends = await Promise.all(everybody.map((index) => change.type(index, 'ceremony', 'watch')));
    for (const end of ends) expect(end).toMatchObject({ type: 'result', address: story.address });
    expect(ends[FORMER - 1]).toMatchObject({ state: 'left' });
    const locks = ends.filter((_, i) => i !== FORMER - 1).map((end) => end['lockHash']);
    expect(new Set(locks).size).toBe(1);
  }, 240_000);

  it.each([[[5, 1, 3]], [[5, 1, 4]], [[5, 3, 4]], [[1, 3, 4]]])(
    'signs with the quorum %j of the new epoch',
    async (signers) => {
      const signed = await change.submitOnceThere(signers);
      expect(signed).toMatchObject({ type: 'result', from: story.address });
      expect(signed['signers']).toEqual([...signers].sort());
    },
    120_000,
  );

  it('has nothing more to do with the member that has left', async () => {
    expect(await change.status(FORMER)).toMatchObject({ state: 'left' });
    expect(await change.submit([FORMER, 1, 3])).toMatchObject({ type: 'error' });
    expect(await change.submit([1, FORMER, 3])).toMatchObject({ type: 'error', code: 'bad-signer-set' });
  }, 120_000);
});

describe('a node that is killed while shares are replaced', () => {
  it.each<[point: string, victim: number, tells: (event: Line) => boolean]>([
    ['executing', 1, ({ type, round }) => type === 'round' && Number(round) > 1],
    ['prepared', 5, ({ type }) => type === 'prepared'],
    ['committed', 3, ({ type }) => type === 'committed'],
  ])(
    'goes on after its restart when it was %s, and the change completes',
    async (_, victim, tells) => {
      const plan = await refreshAgreed();
      await change.start(1, plan);
      await change.killWhen(victim, plan, tells);
      await story.restartNode(victim);
      await completes(plan);
      const others = MEMBERS.filter((index) => index !== victim).slice(0, 2);
      const signed = await change.submitOnceThere([victim, ...others]);
      expect(signed).toMatchObject({ from: story.address });
    },
    240_000,
  );

  it('when it had only accepted, has not forgotten that, and the change goes on with it', async () => {
    const plan = await refreshAgreed();
    await story.killNode(4);
    await story.restartNode(4);
    await change.start(1, plan);
    await completes(plan);
    expect(await change.submitOnceThere([4, 1, 3])).toMatchObject({ from: story.address });
  }, 240_000);
});

describe('the files that are left', () => {
  it('hold, epoch by epoch, on every node', async () => {
    const told = await Promise.all(
      everybody.map((index) => {
        const expected = ['--expect-address', story.address];
        return change.type(index, 'audit', 'verify', change.at(index).dataDir, ...expected);
      }),
    );
    for (const [i, audit] of told.entries())
      expect({ node: i + 1, ok: audit['ok'], failed: failedChecks(audit) }).toEqual({
        ...{ node: i + 1, ok: true, failed: [] },
      });
  }, 120_000);
});

/** What an audit says that does not hold. */
function failedChecks({ reports }: Line): readonly unknown[] {
  const all: readonly unknown[] = Array.isArray(reports) ? reports : [];
  return all.flatMap((report) => {
    const checks: unknown = new Map(Object.entries(report ?? {})).get('checks');
    const each: readonly Line[] = Array.isArray(checks) ? checks : [];
    return each.filter((check) => check['verdict'] === 'fail');
  });
}
