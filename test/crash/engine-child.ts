import { ClassicLevel } from 'classic-level';

import { built, labGenesis, labRequest } from '../corpus/lab.ts';
import { Corpus, corpusAccounts } from '../corpus/corpus.ts';
import { labRollup } from '../corpus/with-executor.ts';
import { createExecutor } from '../../src/services/engine/executor.ts';

// A process that builds the blocks of a corpus one after another, says which are its heads, and is killed: by
// its parent at any moment, or by itself in the midst of one of its writes.

const [folder = '', seed = '', killAt = ''] = process.argv.slice(2);
const { batch } = ClassicLevel.prototype;
let writes = 0;
Reflect.set(ClassicLevel.prototype, 'batch', function (this: unknown, ...args: unknown[]) {
  const written: unknown = Reflect.apply(batch, this, args);
  // The write is under way, on another thread.
  if (String(++writes) === killAt) process.kill(process.pid, 'SIGKILL');
  return written;
});

const engine = await createExecutor({ folder, genesis: labGenesis(corpusAccounts), rollup: labRollup });
let head = await engine.block((await engine.heads()).unsafe);
const corpus = new Corpus(Number(seed));
for (let number = 1n; head !== undefined; number++) {
  const { transactions, credits } = corpus.next();
  if (number <= head.block.header.number) continue;
  head = built(await engine.build(labRequest(head, transactions, { attributes: { credits } })));
  const { hash } = head.block;
  await engine.setHeads({ unsafe: hash, safe: hash, finalized: hash });
  process.stdout.write(`${number}\n`);
}
