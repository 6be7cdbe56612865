import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { createExecutor } from '../../src/services/engine/executor.ts';
import { to0x } from '../../src/crypto/bytes.ts';
import { Corpus, corpusAccounts } from '../corpus/corpus.ts';
import { built, labGenesis, labRequest } from '../corpus/lab.ts';
import { Oracle, oracleFields } from '../corpus/oracle.ts';

const blocks = Number(process.env['CONCLAVE_CORPUS_BLOCKS'] ?? 100);

it(
  'every block of the corpus has the same roots in a machine that others wrote',
  { timeout: 3_600_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'engine-'));
    const genesis = labGenesis(corpusAccounts);
    const rollup = { phase2Height: 0n, slotMs: 2_000 };
    const engine = await createExecutor({ folder: join(folder, 'engine'), genesis, rollup });
    const oracle = await Oracle.start(genesis);
    const corpus = new Corpus(1);
    let parent = (await engine.block(0n))!;
    expect(await oracle.genesisRoot()).toBe(to0x(parent.block.header.stateRoot));
    const seen = { transactions: 0, failed: 0, logs: 0, created: 0 };
    for (let number = 1; number <= blocks; number++) {
      const { transactions, credits } = corpus.next();
      const executed = built(
        await engine.build(labRequest(parent, transactions, { attributes: { credits } })),
      );
      expect({ number, ...(await oracle.execute(executed.block)) }).toEqual({
        number,
        ...oracleFields(executed.block),
      });
      for (const { isSuccess, logs, created } of executed.receipts) {
        seen.transactions++;
        seen.logs += logs.length;
        if (!isSuccess) seen.failed++;
        if (created !== undefined) seen.created++;
      }
      parent = executed;
    }
    // The corpus is worth its name: it is not all transfers, and not all failures.
    const { transactions, failed, logs, created } = seen;
    process.stderr.write(`${blocks} blocks: ${JSON.stringify(seen)}\n`);
    expect(Math.min(transactions - failed, failed, logs, created)).toBeGreaterThan(blocks / 4);
    await engine.close();
    rmSync(folder, { recursive: true });
  },
);
