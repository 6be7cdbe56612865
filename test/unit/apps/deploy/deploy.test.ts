import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { deploy, idleNonce } from '../../../../src/apps/deploy/deploy.ts';
import { DeploymentJournal } from '../../../../src/apps/deploy/journal.ts';
import { startCodec } from '../../../../src/apps/deploy/settings.ts';
import { planDeployment } from '../../../../src/ethereum/deployment-plan.ts';
import { openDisk } from '../../../../src/system/disk.ts';
import { FakeL1, type Kill, sampleStart, testKey } from './fake-l1.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'deploy-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = sampleStart();
const { steps } = planDeployment(start.settings);

/** One process: opens the journal anew, as after a kill. */
async function run(l1: FakeL1, from = start): Promise<readonly string[]> {
  const old: string[] = [];
  const journal = DeploymentJournal.open(openDisk({ folder }), startCodec);
  const heard = (step: { readonly name: string }, _: unknown, isOld: boolean): void => {
    if (isOld) old.push(step.name);
  };
  const { settings } = from;
  const plan = planDeployment(settings);
  const deployment = { start: from, deployer: settings.deployer, plan };
  await deploy(deployment, { l1: l1.port(), journal, key: testKey(), heard });
  return old;
}

/** Every step is on the chain, once. */
function whole(l1: FakeL1): void {
  expect(l1.mined.map(({ nonce }) => nonce)).toEqual(steps.map((_, i) => i));
  expect(new Set(l1.mined.map(({ hash }) => hash)).size).toBe(steps.length);
}

const coded = (code: string): unknown => expect.objectContaining({ code });

// The first, one amid, and the call at the end: each is a step of another kind.
const kills: readonly Kill[] = [0, 15, steps.length - 1].flatMap((nonce) => [
  { call: 'send' as const, nonce, isHeard: false },
  { call: 'send' as const, nonce, isHeard: true },
  { call: 'mined' as const, nonce, isHeard: true },
]);

describe('a deployment', () => {
  it('sends every step once, in order', async () => {
    const l1 = new FakeL1();
    expect(await run(l1)).toEqual([]);
    whole(l1);
  });

  it('that is run again after its end sends nothing', async () => {
    const l1 = new FakeL1();
    await run(l1);
    const offered = l1.offered.length;
    expect(await run(l1)).toEqual(steps.map(({ name }) => name));
    expect(l1.offered.length).toBe(offered);
  });

  it('that is killed at any call of a step goes on, and deploys nothing twice', async () => {
    for (const kill of kills) {
      const l1 = new FakeL1();
      l1.kill = kill;
      await expect(run(l1), JSON.stringify(kill)).rejects.toEqual(coded('node-stopped'));
      l1.kill = undefined;
      await run(l1);
      whole(l1);
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('sends the bytes again that it wrote before it was killed', async () => {
    const l1 = new FakeL1();
    l1.kill = { call: 'send', nonce: 3, isHeard: false };
    await expect(run(l1)).rejects.toEqual(coded('node-stopped'));
    const [written] = DeploymentJournal.open(openDisk({ folder }), startCodec).sent(steps[3]?.name ?? '');
    l1.kill = undefined;
    l1.fee = 5_000n;
    await run(l1);
    expect(l1.offered[3]?.raw).toEqual(written?.raw);
  });

  it.each([
    ['a fee', 2_000_000_000_000n, 1_000n],
    ['gas', 1_000n, 60_000_000n],
  ])('signs nothing for an L1 that asks for %s beyond reason', async (_, fee, gas) => {
    const l1 = new FakeL1();
    [l1.fee, l1.gas] = [fee, gas];
    await expect(run(l1)).rejects.toEqual(coded('fee-implausible'));
    expect(l1.offered).toEqual([]);
    const journal = DeploymentJournal.open(openDisk({ folder }), startCodec);
    expect(journal.sent(steps[0]?.name ?? '')).toEqual([]);
  });

  it('replaces what it wrote when the fee is too low by now, with the same nonce', async () => {
    const l1 = new FakeL1();
    l1.kill = { call: 'send', nonce: 3, isHeard: false };
    await expect(run(l1)).rejects.toEqual(coded('node-stopped'));
    l1.kill = undefined;
    [l1.fee, l1.leastFee] = [50_000n, 100_000n];
    await run(l1);
    whole(l1);
    expect(DeploymentJournal.open(openDisk({ folder }), startCodec).sent(steps[3]?.name ?? '')).toHaveLength(
      2,
    );
  });

  it('stops when the account of the deployer sent something else', async () => {
    const l1 = new FakeL1();
    l1.kill = { call: 'send', nonce: 3, isHeard: false };
    await expect(run(l1)).rejects.toEqual(coded('node-stopped'));
    l1.kill = undefined;
    l1.sendElsewhere();
    await expect(run(l1)).rejects.toEqual(coded('deployment-diverged'));
    expect(l1.mined).toHaveLength(4);
  });

  it('stops when a transaction made nothing', async () => {
    const l1 = new FakeL1();
    l1.isMaking = false;
    await expect(run(l1)).rejects.toEqual(coded('deployment-diverged'));
    expect(l1.mined).toHaveLength(1);
  });

  it('is refused on another chain, also one with the same chain id', async () => {
    const [other, twin] = [new FakeL1(), new FakeL1()];
    other.chainId = 1n;
    twin.genesis = new Uint8Array(32);
    await expect(run(other)).rejects.toEqual(coded('wrong-chain'));
    await expect(run(twin)).rejects.toEqual(coded('wrong-chain'));
    expect([...other.offered, ...twin.offered]).toEqual([]);
  });

  it('is refused with other code or values than it began with', async () => {
    const l1 = new FakeL1();
    const other = { ...start, plan: new Uint8Array(32) };
    await expect(run(l1, other)).rejects.toEqual(coded('deployment-differs'));
    expect(l1.offered).toEqual([]);
  });
});

it('the next nonce of an account is known only when nothing of it waits', async () => {
  const { deployer } = start.settings;
  const waiting = (pending: bigint) => ({
    nonce: (_: unknown, at: string) => Promise.resolve(at === 'latest' ? 4n : pending),
  });
  expect(await idleNonce(waiting(4n), deployer)).toBe(4n);
  await expect(idleNonce(waiting(5n), deployer)).rejects.toMatchObject({ code: 'deployment-diverged' });
});
