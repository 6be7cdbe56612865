import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { writeRollupFile } from '../../src/apps/rollup-file.ts';
import { to0x } from '../../src/crypto/bytes.ts';
import { writeJsonFile } from '../../src/crypto/json-file.ts';
import { genesisFile } from '../../src/ethereum/l2-genesis.ts';
import { conclave } from '../../scripts/lib/children.ts';
import { Corpus, corpusAccounts } from '../corpus/corpus.ts';
import { Town, type TownNode, headsAt, until } from './l2-town.ts';

/** Rounds of transactions, each of which becomes a block at least; by hand as many as one likes. */
const rounds = Number(process.env['CONCLAVE_CORPUS_BLOCKS'] ?? 100);
/** Where the batches go. */
const place = process.env['CONCLAVE_CORPUS_DA'] ?? 'calldata';

const found = (): Promise<Town> =>
  Town.found({
    ...{ slotMs: 50, citizens: 0, others: corpusAccounts },
    settings: (text) =>
      text
        .replace('da: calldata', `da: ${place}`)
        .replace('max_age: 2s', 'max_age: 1s, max_unfinal: 64')
        .replace('idle: 2s', 'idle: 1h\n  min_tip: "0"'),
  });

/** A round after the other, each when the pool has nothing left of the one before. */
async function play({ rpc }: TownNode): Promise<number> {
  const corpus = new Corpus(7);
  let sent = 0;
  for (let round = 0; round < rounds; round++) {
    const { transactions } = corpus.next();
    sent += transactions.length;
    await Promise.all(transactions.map((raw) => rpc('eth_sendRawTransaction', [to0x(raw)])));
    await until(
      () => rpc('txpool_status') as Promise<{ pending: string; queued: string }>,
      ({ pending, queued }) => pending === '0x0' && queued === '0x0',
    );
  }
  return sent;
}

/** Transactions in the blocks of a node up to one; how many of them failed, created, and logged. */
async function countUpTo({ rpc }: TownNode, last: bigint) {
  const seen = { blocks: 0, transactions: 0, failed: 0, created: 0, logs: 0 };
  for (let number = 1n; number <= last; number++) {
    const asked = `0x${number.toString(16)}`;
    const receipts = (await rpc('eth_getBlockReceipts', [asked])) as readonly Receipt[];
    if (receipts.length > 0) seen.blocks++;
    seen.transactions += receipts.length;
    seen.failed += receipts.filter(({ status }) => status === '0x0').length;
    seen.created += receipts.filter(({ contractAddress }) => contractAddress !== null).length;
    seen.logs += receipts.reduce((sum, { logs }) => sum + logs.length, 0);
  }
  return seen;
}
interface Receipt {
  readonly status: string;
  readonly contractAddress: string | null;
  readonly logs: readonly unknown[];
}

/** What `conclave l2 derive --from-scratch` makes of L1, as a process with nothing but the two files. */
async function derive(town: Town) {
  const [rollup, genesis] = ['rollup.json', 'genesis.json'].map((name) => join(town.folder, name));
  writeFileSync(String(rollup), writeRollupFile(town.rollup));
  writeFileSync(String(genesis), writeJsonFile(genesisFile(town.genesis)));
  const files = ['--rollup', String(rollup), '--genesis', String(genesis)];
  return conclave(['l2', 'derive', '--from-scratch', '--l1', town.anvil.url, ...files]);
}

test(`random transactions go through L1 in ${place}, and L1 alone gives the same head`, async () => {
  const town = await found();
  try {
    const sequencer = await town.sequencer();
    const verifier = await town.verifier('verifier', sequencer);
    await town.anvil.rpc('evm_setIntervalMining', [1]);
    const sent = await play(sequencer);
    const last = BigInt((await headsAt(sequencer)).unsafe.number);
    const seen = await countUpTo(sequencer, last);
    expect(seen.transactions).toBe(sent);
    expect(seen.blocks).toBeGreaterThan((rounds * 4) / 5);
    await until(
      async () => (await headsAt(verifier)).safe.number,
      (safe) => BigInt(safe) >= last,
      300_000,
    );
    await town.anvil.rpc('evm_setIntervalMining', [0]);
    const head = await derive(town);
    expect(head).toMatchObject({ ok: true, batches: { ignored: 0 }, fallbackBlocks: 0 });
    expect(BigInt(String(head['number']))).toBeGreaterThanOrEqual(last);
    for (const node of [sequencer, verifier])
      await until(
        async () => (await headsAt(node)).safe.hash,
        (hash) => hash === head['hash'],
      );
    // It is worth its name: not all transfers, and not all failures.
    const { transactions, failed, created, logs } = seen;
    expect(Math.min(transactions - failed, failed, created, logs)).toBeGreaterThan(rounds / 4);
    process.stderr.write(`${place}: ${JSON.stringify({ ...seen, ...head })}\n`);
  } finally {
    await town.end();
  }
}, 3_600_000);
