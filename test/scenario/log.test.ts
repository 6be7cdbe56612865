import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Line } from '../../scripts/lib/children.ts';
import { Screen } from '../../scripts/lib/screen.ts';
import { type Member, Story } from '../../scripts/lib/story.ts';
import { makeTransactions } from '../../scripts/lib/test-transactions.ts';
import { askAdmin } from '../../src/apps/admin-client.ts';
import { nodeStatus, signReport } from '../../src/apps/admin-protocol.ts';
import { batchRequest } from '../../src/apps/batch-request.ts';
import { newestLock } from '../../src/apps/newest-lock.ts';
import { signedTransaction } from '../../src/audit/l1-file.ts';
import type { Report } from '../../src/audit/report.ts';
import { type LogEntry, type LogEvent, type SignEvent, noRecord } from '../../src/chain/log/entry.ts';
import { equalBytes, fromHex, to0x } from '../../src/crypto/bytes.ts';
import { decode, encode } from '../../src/crypto/codec.ts';
import { signatureCodec } from '../../src/crypto/ecdsa.ts';
import { type UnsignedL1Tx, signingDigest } from '../../src/ethereum/l1-tx.ts';
import { decodeL2Tx } from '../../src/ethereum/l2-tx.ts';
import { parseAddress } from '../../src/ethereum/address.ts';
import { seatOf } from '../../src/protocols/epoch.ts';
import { systemClock } from '../../src/system/clock.ts';
import { connectL1 } from '../../src/system/l1-client.ts';
import type { L1 } from '../../src/system/ports.ts';
import { Changing, until } from '../e2e/changing.ts';
import { goOn, logIn } from './rewritten.ts';
import { forgedTransaction, openedOf, repeatedTransaction, signedAgain, stolenKey } from './stolen.ts';

// 200 signatures in three epochs of one key, on a real L1; then what an auditor finds when somebody cheats.

const L1_CHAIN = 31_337n;
const L2_CHAIN = 71_001n;
let folder: string;
let story: Story;
let change: Changing;
let l1: L1;
let made = 0;
/** The exports of all members when all was well. */
let clean: string;

/** One batch: asked for by the socket of a node, as a sequencer does it, and mined. */
async function sign(index: number): Promise<void> {
  made += 1;
  const { dataDir } = change.at(index);
  const { key } = nodeStatus.parse(await askAdmin(dataDir, 'status'));
  if (key === undefined) throw new RangeError('no key');
  const plan = { seed: `log-${made}`, l2ChainId: L2_CHAIN, accounts: 2, transactions: 2 };
  const transactions = makeTransactions(plan).map((raw) => decodeL2Tx(raw, L2_CHAIN));
  const inbox = story.inbox ?? parseAddress(story.address, 'inbox');
  const batch = {
    transactions,
    key,
    inbox,
    da: 'calldata',
    l1ChainId: L1_CHAIN,
    l2ChainId: L2_CHAIN,
  } as const;
  const { request, bytes } = await batchRequest(batch, l1, () => Promise.resolve([]));
  const args = { request: to0x(bytes), deadlineMs: 60_000 };
  const report = signReport.parse(await askAdmin(dataDir, 'sign', { args }));
  const tx = signedTransaction(request, decode(signatureCodec, fromHex(report.signature) ?? bytes));
  await l1.send({ raw: tx.raw, hash: tx.hash });
  await l1.mined(tx.hash, 60_000);
}

/** As a sequencer at full speed: a node looks at L1 every two seconds, and signs 16 numbers ahead of it. */
async function signMany(count: number, askers: readonly number[]): Promise<void> {
  for (let i = 0; i < count; i++) {
    await sign(askers[i % askers.length] ?? 1);
    await new Promise((resolve) => void setTimeout(resolve, 2_000 / 16));
  }
}

/** Every member's public folder, side by side, as an auditor gets them. */
async function exportsIn(name: string): Promise<string> {
  const all = join(folder, name);
  mkdirSync(all);
  for (const { index, name: member } of story.members) {
    const done = await change.type(index, 'audit', 'export', '--out', join(all, member));
    if (done['type'] !== 'result') throw new RangeError(JSON.stringify(done));
  }
  return all;
}

/** What an audit has found wrong, check by check. */
function failedIn(found: Line): string {
  const reports = Array.isArray(found['reports']) ? (found['reports'] as readonly Report[]) : [];
  const failed = reports.flatMap(({ subject: { path }, checks }) =>
    checks.flatMap(({ id, verdict, detail }) => (verdict === 'fail' ? [`${path} ${id}: ${detail}`] : [])),
  );
  return [...failed, ...(reports.length === 0 ? [JSON.stringify(found)] : [])].join('\n');
}

/** The last signature of the first member, and all who took part in it: theirs are enough shares. */
function lastSigned(): { readonly reused: SignEvent; readonly thieves: readonly Member[] } {
  const logs = story.members.map((member) => ({ member, ...logIn(join(clean, member.name)) }));
  const isMade = ({ event }: LogEntry): boolean =>
    event.kind === 'sign' && event.outcome === 'done' && event.record.path !== '';
  const reused = logs[0]?.entries.findLast(isMade)?.event;
  if (reused?.kind !== 'sign') throw new RangeError('nothing was signed');
  const isIt = ({ event }: LogEntry): boolean =>
    event.kind === 'sign' && equalBytes(event.presigId, reused.presigId);
  const thieves = logs.filter(({ entries }) => entries.some(isIt)).map(({ member }) => member);
  return { reused, thieves };
}

/** The exports of these members, in which each has written the same entry behind its log. */
function colluding(name: string, members: readonly Member[], event: LogEvent): string {
  const all = join(folder, name);
  const colluders = members.map((member) => {
    const { disk, identity } = openedOf(member);
    const seat = seatOf(newestLock(disk, 'ceremonies').record, identity.publicKey);
    if (seat === undefined) throw new RangeError(`${member.name} has no seat`);
    return { folder: join(all, member.name), index: seat.index, identity };
  });
  for (const member of members) cpSync(join(clean, member.name), join(all, member.name), { recursive: true });
  for (const one of colluders)
    goOn(
      one,
      colluders.filter((other) => other !== one),
      [event],
    );
  return all;
}

const verify = (path: string, ...flags: readonly string[]) =>
  change.type(1, 'audit', 'verify', path, '--expect-address', story.address, ...flags);

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'log-')));
  story = new Story(folder, new Screen(true), true, 32);
  change = new Changing(story);
  await story.startL1();
  await story.makeNodes();
  for (const { dataDir } of story.members) await quick(dataDir);
  await story.makeKey();
  await story.register();
  l1 = await connectL1(
    { url: story.anvil?.url ?? '', chainId: L1_CHAIN, pollMs: 20 },
    { clock: systemClock },
  );
}, 480_000);

/** Heads of the log twice a second: a test does not wait a minute. */
async function quick(dataDir: string): Promise<void> {
  appendFileSync(join(dataDir, 'conclave.yaml'), '\nsignature_log: { head_entries: 64, head_every: 1s }\n');
  const member = story.members.find((one) => one.dataDir === dataDir);
  if (member === undefined) return;
  await story.killNode(member.index);
  await story.restartNode(member.index);
}

afterAll(async () => {
  await story.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('the log of a key', () => {
  it('holds 200 signatures of three epochs, and L1 has nothing else', async () => {
    await signMany(66, [1, 2, 3]);
    const refresh = await change.propose(1, ['ceremony', 'propose', '--kind', 'refresh', '--name', 'second']);
    await change.agree([1, 2, 3, 4], refresh);
    await change.start(1, refresh);
    await change.outcomes([1, 2, 3, 4], refresh);
    await signMany(67, [1, 2, 3]);
    const fifth = await story.addNode();
    await quick(fifth.dataDir);
    const replace = await change.propose(1, [
      'node',
      'replace',
      story.members[3]?.name ?? '',
      fifth.invitation,
    ]);
    await change.agree([1, 2, 3, 4, 5], replace);
    await change.start(1, replace);
    await change.outcomes([1, 2, 3, 5], replace);
    await signMany(67, [1, 2, 5]);
    let last: Line = {};
    // The heads that cover the last entries are signed and countersigned within a second or two.
    await until(
      'a sound audit',
      async () => {
        rmSync(join(folder, 'clean'), { recursive: true, force: true });
        clean = await exportsIn('clean');
        last = await verify(clean, '--l1', story.anvil?.url ?? '');
        return last['ok'] === true;
      },
      () => failedIn(last),
    );
  }, 600_000);

  it('shows a transaction that was made with stolen shares, outside of every log', async () => {
    const thieves = [1, 2, 3].map((index) => change.at(index));
    const sender = parseAddress(story.address, 'address');
    const fees = await l1.fees();
    const tx = forgedTransaction(stolenKey(thieves), {
      type: 'eip1559',
      chainId: L1_CHAIN,
      nonce: await l1.nonce(sender, 'latest'),
      ...{ maxPriorityFeePerGas: 1n, maxFeePerGas: fees.baseFee * 2n + 1n, gasLimit: 21_000n },
      ...{ to: sender, value: 1n, data: new Uint8Array(0) },
    });
    await l1.send({ raw: tx.raw, hash: tx.hash });
    await l1.mined(tx.hash, 60_000);
    const found = await verify(clean, '--l1', story.anvil?.url ?? '');
    expect(found['ok']).toBe(false);
    expect(failedIn(found)).toContain(to0x(tx.hash));
    expect(await verify(clean)).toMatchObject({ ok: true }); // without L1 nobody can know
  }, 120_000);

  it('shows a presignature that its quorum used twice, by the nonce on L1 and by both entries', async () => {
    const { reused, thieves } = lastSigned();
    const key = stolenKey(thieves);
    const made = { digest: reused.digest, signature: decode(signatureCodec, reused.signature) };
    const sender = parseAddress(story.address, 'address');
    const fees = await l1.fees();
    const unsigned: UnsignedL1Tx = {
      type: 'eip1559',
      chainId: L1_CHAIN,
      nonce: await l1.nonce(sender, 'latest'),
      ...{ maxPriorityFeePerGas: 1n, maxFeePerGas: fees.baseFee * 2n + 1n, gasLimit: 21_000n },
      ...{ to: sender, value: 2n, data: new Uint8Array(0) },
    };
    const tx = repeatedTransaction(key, made, unsigned);
    // L1 has no such transaction yet, and no nonce twice.
    const before = failedIn(await verify(clean, '--l1', story.anvil?.url ?? ''));
    expect(before).not.toContain('has the same r as');
    await l1.send({ raw: tx.raw, hash: tx.hash });
    await l1.mined(tx.hash, 60_000);
    const after = failedIn(await verify(clean, '--l1', story.anvil?.url ?? ''));
    expect(after).toContain(`${to0x(tx.hash)} on L1 has the same r as`);

    // Without L1: the quorum writes the second use into its logs, as it may, with all that belongs to it.
    const digest = signingDigest(unsigned);
    const again: LogEvent = {
      ...reused,
      ...{ kind: 'sign', digest, requestId: digest, sid: digest, record: noRecord },
      signature: encode(signatureCodec, signedAgain(key, made, digest)),
      guardCount: 10_000,
    };
    const harmless: LogEvent = { kind: 'refused', requestId: digest, from: 0, reason: 'policy-denied' };
    const told = await verify(colluding('harmless', thieves, harmless));
    expect(failedIn(told)).toBe('');
    expect(told['ok']).toBe(true);
    const found = failedIn(await verify(colluding('reused', thieves, again)));
    for (const { name } of thieves) {
      const ofLog = found.split('\n').filter((line) => line.includes(`${name}/log.jsonl`));
      for (const what of ['G9: ', 'uses up the preparation of', 'G10: ', 'has the same r as'])
        expect(ofLog.join('\n')).toContain(what);
    }
  }, 240_000);

  it('shows an entry that was dropped from one of the logs', async () => {
    const [{ name } = { name: '' }] = story.members;
    const dropped = join(folder, 'dropped');
    cpSync(clean, dropped, { recursive: true });
    const path = join(dropped, name, 'log.jsonl');
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, [...lines.slice(0, 40), ...lines.slice(41)].join('\n'));
    const found = await verify(dropped);
    expect(found['ok']).toBe(false);
    expect(failedIn(found)).toContain('log.jsonl');
  }, 120_000);
});
