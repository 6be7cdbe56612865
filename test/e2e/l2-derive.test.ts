import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeFunctionData } from 'viem/utils';

import { silent } from '../../src/apps/guard-folder.ts';
import { writeRollupFile } from '../../src/apps/rollup-file.ts';
import { encodeBlockBatch } from '../../src/chain/block-batch.ts';
import { blockBatchHeader } from '../../src/chain/block-batch-header.ts';
import { blocksRoot } from '../../src/chain/blocks-root.ts';
import type { ExecutedBlock } from '../../src/chain/execution.ts';
import { genesisBlock } from '../../src/chain/genesis.ts';
import { emptyMessageTree, messageTreeRoot } from '../../src/chain/message-tree.ts';
import type { Rollup } from '../../src/chain/rollup.ts';
import { to0x } from '../../src/crypto/bytes.ts';
import { writeJsonFile } from '../../src/crypto/json-file.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { encodeInboxCall } from '../../src/ethereum/abi.ts';
import { contracts as abis } from '../../src/ethereum/contracts.ts';
import { signDigest as signAsContractsRead } from '../../src/ethereum/deployment-tx.ts';
import { genesisFile } from '../../src/ethereum/l2-genesis.ts';
import { memoryFiles } from '../../src/services/driver/memory-files.ts';
import { type Driver, openDriver } from '../../src/services/driver/service.ts';
import { createExecutor } from '../../src/services/engine/executor.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { systemClock } from '../../src/system/clock.ts';
import { batchCompressors, brotli } from '../../src/system/compression.ts';
import { deployContracts, devAccount, nameKeys, sendAs } from '../../src/system/dev-l1.ts';
import { connectL1Source } from '../../src/system/l1-client-source.ts';
import type { Executor } from '../../src/system/ports.ts';
import { CHAIN_ID, GENESIS_TIME, built, labAccounts, labGenesis, labTx } from '../corpus/lab.ts';
import { insecureTestAccount } from '../../scripts/lib/test-transactions.ts';

// A sequencer in this process, a real L1, and the command in a process of its own.
const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const group = insecureTestAccount('e2e-l2-derive', 0);
const accounts = labAccounts(6);
const [rich, forcing] = [accounts[0], accounts[5]];
if (rich === undefined || forcing === undefined) throw new Error('accounts');
const genesis = labGenesis(accounts);

let folder: string;
let anvil: Anvil;
let rollup: Rollup;
let executor: Executor;
let driver: Driver;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'l2-derive-'));
  anvil = await startAnvil();
  const placed = await deployContracts(anvil, CHAIN_ID);
  const sign = (digest: Uint8Array): Promise<Uint8Array> =>
    signAsContractsRead(digest, new Secret('group key', group.secret.slice()));
  await nameKeys(anvil, placed, { account: group.address, sign });
  await anvil.rpc('anvil_impersonateAccount', [group.address]);
  await anvil.rpc('anvil_setBalance', [group.address, '0xde0b6b3a7640000']);
  const { hash, header } = genesisBlock(genesis);
  const messageRoot = messageTreeRoot(emptyMessageTree);
  const start = { number: 0n, hash, timestamp: 0n, messageRoot };
  const open: Rollup = {
    ...{ l1ChainId: 31_337n, l2ChainId: CHAIN_ID, inbox: placed.inbox, bridge: placed.at('Bridge') },
    ...{ forcedInbox: placed.at('ForcedInbox'), outputs: placed.at('Outputs') },
    genesis: { hash, stateRoot: header.stateRoot, timestamp: GENESIS_TIME, origin: start },
    ...{ slotMs: 1_000, maxDrift: 1_000_000n, sequencingWindow: 1_000n, phase2Height: 0n },
  };
  const l1 = await connectL1Source({ urls: [anvil.url], rollup: open }, { clock: systemClock, log: silent });
  const first = await l1.facts(0n);
  if (first === undefined) throw new Error('no block 0');
  const origin = { number: 0n, hash: first.hash, timestamp: first.timestamp, messageRoot };
  rollup = { ...open, genesis: { ...open.genesis, origin } };
  executor = await createExecutor({ folder: join(folder, 'engine'), genesis, rollup });
  driver = await openDriver(
    { rollup, originDepth: 0n, pollMs: 10 },
    { l1, executor, compressors: batchCompressors, disk: memoryFiles(), clock: systemClock, log: silent },
  );
  writeFileSync(join(folder, 'rollup.json'), writeRollupFile(rollup));
  writeFileSync(join(folder, 'genesis.json'), writeJsonFile(genesisFile(genesis)));
}, 120_000);

afterAll(async () => {
  await executor?.close();
  await anvil?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const settle = async (): Promise<void> => {
  while (await driver.step());
};

/** Blocks with a transfer each, which go on to newer blocks of L1 as they come. */
async function build(count: number, nonce: number): Promise<readonly ExecutedBlock[]> {
  const blocks: ExecutedBlock[] = [];
  for (let i = 0; i < count; i++) {
    const { unsafe } = driver.heads();
    const own = driver.origin(unsafe.origin);
    if (own === undefined) throw new Error('no origin');
    const next = driver.nextOrigin(own.origin);
    if (next === 'gone') throw new Error('the origin is gone');
    const { origin, credits, forced } = next ?? { ...own, credits: [], forced: [] };
    const later = unsafe.timestamp + 1n > origin.timestamp ? unsafe.timestamp + 1n : origin.timestamp;
    const raw = labTx(rich!, BigInt(nonce + i), forcing!.address);
    const block = built(
      await executor.build({
        ...{ parent: unsafe.hash, transactions: [{ raw }], mode: 'exact' },
        attributes: {
          timestamp: later,
          epoch: 0n,
          view: 0n,
          orderedUpTo: unsafe.number,
          origin,
          credits,
          forced,
        },
      }),
    );
    expect(await driver.adopt(block)).toBe(true);
    blocks.push(block);
  }
  return blocks;
}

async function submit(index: bigint, blocks: readonly ExecutedBlock[], spoil = false): Promise<void> {
  const content = {
    index,
    da: 'calldata',
    l2ChainId: CHAIN_ID,
    parent: driver.heads().safe,
    blocks,
  } as const;
  const payload = encodeBlockBatch(content, brotli);
  const source = {
    payload,
    blocksRoot: blocksRoot(blocks.map(({ block }) => block.hash)),
    blobVersionedHashes: [],
  };
  const header = blockBatchHeader(source, batchCompressors);
  const said = spoil ? { ...header, blocksRoot: new Uint8Array(32) } : header;
  const data = to0x(encodeInboxCall({ kind: 'submit-batch', header: said, payload }));
  await sendAs(anvil, { from: group.address, to: rollup.inbox, data });
}

const derive = (...more: readonly string[]): Promise<{ readonly stdout: string }> =>
  run(process.execPath, [
    ...[join(root, 'bin/conclave.mjs'), '--json', 'l2', 'derive', '--from-scratch', '--l1', anvil.url],
    ...['--rollup', join(folder, 'rollup.json'), '--genesis', join(folder, 'genesis.json'), ...more],
  ]);

describe('conclave l2 derive', () => {
  it('comes from L1 alone to the head of the sequencer, past batches that are no good', async () => {
    const dev = await devAccount(anvil);
    const forced = labTx(forcing, 0n, rich.address);
    const queue = encodeFunctionData({
      ...{ abi: abis.ForcedInbox.abi, functionName: 'enqueue', args: [to0x(forced)] },
    });
    const value = '0xde0b6b3a7640000';
    await anvil.rpc('eth_sendTransaction', [{ from: dev, to: rollup.forcedInbox, data: queue, value }]);
    await anvil.rpc('evm_mine');
    await settle();
    // More blocks than L1 has, so that the forced transaction is among them.
    const blocks = await build(Number(driver.heads().l1.number) + 3, 0);
    await submit(1n, blocks, true);
    await settle();
    expect(driver.batches.at(1n)?.outcome).toBe('root-mismatch');
    expect(driver.heads().unsafe.number).toBe(BigInt(blocks.length));
    await submit(2n, blocks);
    await settle();
    expect(driver.batches.at(2n)?.outcome).toBe('taken');
    await submit(3n, await build(4, blocks.length));
    await settle();
    const { safe } = driver.heads();
    expect(safe.hash).toEqual(driver.heads().unsafe.hash);
    expect((await executor.account(safe.hash, forcing.address))?.nonce).toBe(1n);

    const { stdout } = await derive('--expect', to0x(safe.hash));
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(lines.filter(({ type }) => type === 'batch').map(({ outcome }) => outcome)).toEqual([
      ...['root-mismatch', 'taken', 'taken'],
    ]);
    const head = (await executor.block(safe.hash))?.block.header;
    expect(lines.at(-1)).toMatchObject({
      ...{ ok: true, number: String(safe.number), hash: to0x(safe.hash), fallbackBlocks: 0 },
      ...{ stateRoot: to0x(head?.stateRoot ?? new Uint8Array(0)), batches: { taken: 2, ignored: 1 } },
    });
  }, 120_000);

  it('fails where another head is expected, and where the genesis is another', async () => {
    await expect(derive('--expect', `0x${'00'.repeat(32)}`)).rejects.toMatchObject({ code: 7 });
    const other = { ...rollup, genesis: { ...rollup.genesis, hash: new Uint8Array(32) } };
    writeFileSync(join(folder, 'rollup.json'), writeRollupFile(other));
    await expect(derive()).rejects.toMatchObject({
      stdout: expect.stringContaining('genesis-mismatch') as string,
    });
  }, 120_000);
});
