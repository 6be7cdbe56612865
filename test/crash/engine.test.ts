import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

import type { ExecutedBlock } from '../../src/chain/execution.ts';
import { createExecutor } from '../../src/services/engine/executor.ts';
import type { Executor } from '../../src/system/ports.ts';
import { Corpus, corpusAccounts } from '../corpus/corpus.ts';
import { built, labGenesis, labRequest } from '../corpus/lab.ts';
import { labRollup, withExecutor } from '../corpus/with-executor.ts';
import { Choices } from '../sim/random.ts';

const SEED = 31;
const genesis = labGenesis(corpusAccounts);
const child = fileURLToPath(new URL('engine-child.ts', import.meta.url));

/** Runs the child until it is dead; says which head it told last. */
async function runAndKill(
  folder: string,
  kill: { readonly atWrite: number } | { readonly afterHeads: number },
): Promise<bigint> {
  const atWrite = 'atWrite' in kill ? [String(kill.atWrite)] : [];
  const running = spawn(process.execPath, ['--import', 'tsx', child, folder, String(SEED), ...atWrite], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  let lines = 0;
  running.stdout.on('data', (chunk: Buffer) => {
    told += chunk.toString();
    lines = told.split('\n').length - 1;
    if ('afterHeads' in kill && lines >= kill.afterHeads) running.kill('SIGKILL');
  });
  const [, signal] = (await once(running, 'close')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return BigInt(told.split('\n').at(-2) ?? '0');
}

/** The chain that the corpus gives, one block longer each time. */
async function* expectedChain(engine: Executor): AsyncGenerator<ExecutedBlock> {
  let parent = (await engine.block(0n))!;
  const corpus = new Corpus(SEED);
  for (;;) {
    yield parent;
    const { transactions, credits } = corpus.next();
    parent = built(await engine.build(labRequest(parent, transactions, { attributes: { credits } })));
  }
}

it('opens at a whole head after every kill, and goes on from it', { timeout: 240_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const choices = new Choices(5);
  const early = [1, 2, 3, 4].map((atWrite) => ({ atWrite }));
  const late = [{ afterHeads: 1 + choices.below(30) }];
  await withExecutor(genesis, async (reference) => {
    const chain = expectedChain(reference);
    const blocks: ExecutedBlock[] = [];
    for (const kill of [...early, ...late]) {
      const told = await runAndKill(folder, kill);
      const engine = await createExecutor({ folder, files: readdirSync(folder), genesis, rollup: labRollup });
      const { unsafe } = await engine.heads();
      const head = (await engine.block(unsafe))!;
      const { number } = head.block.header;
      // What it told is not lost; it may have written one more.
      expect(number === told || number === told + 1n || told === 0n).toBe(true);
      while (BigInt(blocks.length) <= number) blocks.push((await chain.next()).value as ExecutedBlock);
      for (const { block } of blocks)
        expect((await engine.block(block.header.number))?.block.hash).toEqual(block.hash);
      expect(head).toEqual(blocks.at(-1));
      // All that the state consists of is there: every account is read, and a block is built on it.
      for (const { address } of corpusAccounts)
        expect(await engine.account(unsafe, address)).toEqual(await reference.account(unsafe, address));
      expect(built(await engine.build(labRequest(head, []))).block).toEqual(
        built(await reference.build(labRequest(head, []))).block,
      );
      await engine.close();
    }
    expect(blocks.length).toBeGreaterThan(8);
  });
  rmSync(folder, { recursive: true });
});
