import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeFunctionData } from 'viem/utils';

import { askAdmin } from '../../src/apps/admin-client.ts';
import { serveDac } from '../../src/apps/dac-http.ts';
import { silent } from '../../src/apps/guard-folder.ts';
import { writeRollupFile } from '../../src/apps/rollup-file.ts';
import { compareBytes, toHex } from '../../src/crypto/bytes.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { addressBytes } from '../../src/ethereum/address.ts';
import { keyRegistryAbi } from '../../src/ethereum/contracts/key-registry.ts';
import { signDigest } from '../../src/ethereum/deployment-tx.ts';
import { DacMember } from '../../src/services/dac/member.ts';
import { systemClock } from '../../src/system/clock.ts';
import { fund } from '../../src/system/dev-l1.ts';
import { openDisk } from '../../src/system/disk.ts';
import { freePorts } from '../../scripts/lib/free-ports.ts';
import { insecureTestAccount } from '../../scripts/lib/test-transactions.ts';
import { type SeenBatch, batchesAt, lastOnL1, saidBy } from './l2-look.ts';
import { L2_CHAIN, type OwnNode, type TownNode, Town, headsAt, until } from './l2-town.ts';

// Real members, a real L1, and the command in a process of its own, as an operator has it.
const root = join(import.meta.dirname, '../..');
const payer = insecureTestAccount('lost-payload', 0);
const keepers = Array.from({ length: 3 }, (_, i) => insecureTestAccount('lost-payload-dac', i)).sort((a, b) =>
  compareBytes(addressBytes(a.address), addressBytes(b.address)),
);
/** The first batch; and one that no committee ever has. */
const [ON_L1, NONE] = [1n, 99n];

/** Posted from the folder of the sequencer, and lost by everybody. */
let posted: Posted;
let lost: Posted;
let town: Town;
let ports: readonly number[];
let sequencer: OwnNode;
const ends: (() => Promise<void>)[] = [];

const urlOf = (i: number): string => `http://127.0.0.1:${ports[i] ?? 0}`;
const folderOf = (i: number): string => join(town.folder, `member-${i}`);
const file = (name: string): string => join(town.folder, name);

/** Those of a node that builds, and those of one that follows. */
function withCommittee(text: string): string {
  const members = JSON.stringify(keepers.map(({ address: account }, i) => ({ url: urlOf(i), account })));
  const said = `committee: { members: ${members}, timeout: 5s`;
  if (!text.includes('\nsequencer:\n')) return `${text}\n${said} }\n`;
  const built = text.replace('\nsequencer:\n', `\nsequencer:\n  ${said}, required: 2 }\n`);
  return built.replace('max_age: 2s', 'max_age: 2s, max_unfinal: 64');
}

beforeAll(async () => {
  ports = await freePorts(4);
  // Nothing becomes final, so that the sequencer forgets no batch that it sealed.
  town = await Town.found({ settings: withCommittee, l1Epoch: 1_000 });
  const timelock = town.contracts.at('Timelock');
  const signers = keepers.map(({ address }) => address);
  const data = encodeFunctionData({ abi: keyRegistryAbi, functionName: 'setDac', args: [signers, 2n] });
  await town.anvil.rpc('anvil_impersonateAccount', [timelock]);
  await fund(town.anvil, timelock, 10n ** 18n);
  await town.anvil.rpc('eth_sendTransaction', [{ from: timelock, to: town.contracts.registry, data }]);
  await fund(town.anvil, payer.address, 10n ** 18n);
  writeFileSync(file('payer.key'), toHex(payer.secret), { mode: 0o600 });
  writeFileSync(file('rollup.json'), writeRollupFile(town.rollup));
  await town.mine(3);
  sequencer = await town.sequencer();
  await town.anvil.rpc('evm_setIntervalMining', [1]);
}, 120_000);

afterAll(async () => {
  for (const end of ends) await end();
  await town?.end();
});

/** A member at a port, with what its folder holds. */
async function serve(i: number, folder = folderOf(i)): Promise<void> {
  const keeper = keepers[i % keepers.length]!;
  const sign = (digest: Uint8Array): Promise<Uint8Array> =>
    signDigest(digest, new Secret('test key', keeper.secret.slice()));
  const disk = openDisk({ folder });
  const member = new DacMember(
    { l2ChainId: L2_CHAIN, reserveBytes: 0 },
    { disk, clock: systemClock, log: silent, sign },
  );
  const { close } = await serveDac({ address: `127.0.0.1:${ports[i] ?? 0}` }, member);
  ends.push(close);
}

/** A batch as a node tells it, with what members know it by. */
type Posted = SeenBatch & { readonly payloadHash: string; readonly parentHash: string };

const seenBy = async (node: TownNode): Promise<readonly Posted[]> =>
  (await batchesAt(node)) as readonly Posted[];

/** Where members keep the payload of a batch. */
const pathOf = ({ payloadHash }: Posted): string => join('dac/payloads', payloadHash.slice(2));

interface Ended {
  readonly exit: number;
  /** The last line of JSON. */
  readonly said: Readonly<Record<string, unknown>>;
}

/** `conclave dac repost` for a batch. */
const repost = (index: bigint | string, ...more: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const args = ['--json', 'dac', 'repost', '--index', String(BigInt(index)), '--l1', town.anvil.url];
    const files = ['--key-file', file('payer.key'), '--rollup', file('rollup.json')];
    const program = [join(root, 'bin/conclave.mjs'), ...args, ...files, ...more];
    execFile(process.execPath, program, (error, stdout) => {
      const last = stdout.trim().split('\n').at(-1) ?? '';
      const exit = typeof error?.code === 'number' ? error.code : 0;
      resolve({ exit, said: JSON.parse(last) as Ended['said'] });
    });
  });

const sentByPayer = async (): Promise<bigint> =>
  BigInt(String(await town.anvil.rpc('eth_getTransactionCount', [payer.address, 'latest'])));

describe('a payload that the committee has lost', () => {
  it('is of a batch of the committee; the first ones went to calldata', async () => {
    const first = await until(
      () => seenBy(sequencer),
      (all) => all.length >= 1,
      60_000,
    );
    expect(first[0]?.da).not.toBe('0x4');
    for (const [i] of keepers.entries()) await serve(i);
    await askAdmin(file('sequencer'), 'sequencer-place', { args: { place: 'committee' } });
    const isKept = ({ da, isValid }: Posted): boolean => da === '0x4' && isValid === true;
    // Two in different blocks of L1: derivation waits at the block before the one that lacks a payload.
    const apart = (all: readonly Posted[]): readonly Posted[] =>
      all.filter(isKept).filter(({ l1Block }, i, kept) => l1Block.number !== kept[i - 1]?.l1Block.number);
    const found = await until(
      () => seenBy(sequencer),
      (all) => apart(all).length >= 2,
      60_000,
    );
    [posted, lost] = apart(found) as [Posted, Posted];
  }, 120_000);

  it('can be posted from the folder of a sequencer that runs', async () => {
    const { exit, said } = await repost(posted.index, '--from-sequencer', file('sequencer'));
    expect([exit, said]).toMatchObject([0, { type: 'result', ok: true, payloadHash: posted.payloadHash }]);
    const { status, blockNumber } = (await town.anvil.rpc('eth_getTransactionReceipt', [
      said['hash'],
    ])) as Record<string, string>;
    expect([status, String(BigInt(blockNumber ?? 0))]).toEqual(['0x1', said['l1Block']]);
    expect(await sentByPayer()).toBe(1n);
  }, 60_000);

  let early: OwnNode;
  let late: OwnNode;

  it('stops a verifier that has not read it, at the block before', async () => {
    await sequencer.stop();
    early = await town.verifier('early');
    await lastOnL1(town, early);
    const name = pathOf(lost);
    cpSync(folderOf(0), file('copy'), { recursive: true });
    writeFileSync(file('kept'), readFileSync(join(folderOf(0), name)).subarray(8));
    writeFileSync(file('other'), readFileSync(file('kept')).subarray(1));
    for (const [i] of keepers.entries()) rmSync(join(folderOf(i), name), { force: true });
    late = await town.verifier('late');
    const waits = await until(
      () => Promise.resolve(saidBy(town, 'late', 'driver-waits')),
      (words) => words.length > 2,
      60_000,
    );
    expect(waits.every(({ fields }) => fields['code'] === 'payload-missing')).toBe(true);
    expect(waits[0]?.fields['message']).toContain(`batch ${BigInt(lost.index)},`);
    expect((await headsAt(late)).safe.hash).toBe(lost.parentHash);
  }, 120_000);

  it('is refused, before anything is sent, where something is wrong', async () => {
    const wrong = { ...town.rollup, l1ChainId: 5n };
    writeFileSync(file('wrong.json'), writeRollupFile(wrong));
    const away = [0, 1, 2, 3].flatMap((i) => ['--member', urlOf(i)]);
    const kept = ['--payload', file('kept')];
    const cases: readonly (readonly [bigint | string, readonly string[], number, string])[] = [
      [lost.index, [], 2, 'usage'],
      [lost.index, ['--payload', file('none')], 2, 'file-unreadable'],
      [lost.index, ['--from-sequencer', file('none')], 2, 'file-unreadable'],
      [lost.index, ['--payload', file('other')], 7, 'payload-differs'],
      [lost.index, away, 6, 'payload-not-found'],
      [lost.index, [...kept, '--rollup', file('wrong.json')], 4, 'wrong-chain'],
      [NONE, kept, 2, 'batch-unknown'],
      [ON_L1, kept, 4, 'not-at-committee'],
      [posted.index, kept, 8, 'already-reposted'],
    ];
    for (const [index, more, exit, code] of cases)
      expect(await repost(index, ...more)).toMatchObject({ exit, said: { type: 'error', code } });
    expect(await sentByPayer()).toBe(1n);
    expect((await headsAt(late)).safe.hash).toBe(lost.parentHash);
  }, 120_000);

  it('is posted by somebody with a copy, and who waited comes to the same head', async () => {
    await serve(3, file('copy'));
    const account = keepers[0]!.address;
    const { exit, said } = await repost(
      lost.index,
      '--member',
      urlOf(1),
      '--member',
      `${account}=${urlOf(3)}`,
    );
    expect([exit, said]).toMatchObject([0, { type: 'result', ok: true, payloadHash: lost.payloadHash }]);
    const { safe } = await headsAt(early);
    const reached = await until(
      () => headsAt(late),
      (heads) => BigInt(heads.safe.number) >= BigInt(safe.number),
      60_000,
    );
    expect(reached.safe).toEqual(safe);
    expect(await batchesAt(late)).toEqual(await batchesAt(early));
    const again = await repost(lost.index, '--payload', file('kept'));
    expect(again).toMatchObject({ exit: 8, said: { code: 'already-reposted' } });
    expect(again.said['message']).toContain(`L1 block ${String(said['l1Block'])}`);
    expect(await sentByPayer()).toBe(2n);
  }, 120_000);
});
