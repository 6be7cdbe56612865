import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { L2Block } from '../../src/chain/block.ts';
import { genesisBlock } from '../../src/chain/genesis.ts';
import { to0x } from '../../src/crypto/bytes.ts';
import { type L2Genesis, genesisFile } from '../../src/ethereum/l2-genesis.ts';
import { askAdmin } from '../../src/apps/admin-client.ts';
import { sequencerStatus } from '../../src/apps/l2/control-protocol.ts';
import { catchingUp } from '../../src/system/engine-catch-up.ts';
import { connectEngine } from '../../src/system/engine-client.ts';
import type { EngineAccess } from '../../src/system/engine-rpc.ts';
import type { Engine } from '../../src/system/ports.ts';
import { Town, until } from '../stories/l2-town.ts';
import { Corpus, corpusAccounts } from '../corpus/corpus.ts';
import { built, labGenesis, labRequest } from '../corpus/lab.ts';
import { withExecutor } from '../corpus/with-executor.ts';
import { engineSuite } from './engine-suite.ts';
import { gethBinary, initGeth, startGeth } from './geth.ts';

// The judge is geth, unmodified. CI has no Go, so no geth: where it is absent none of this is run; that is
// said aloud. "npm run geth" builds it.
if (gethBinary === undefined)
  process.stderr.write('\n*** geth is absent: blocks were NOT executed by geth (npm run geth) ***\n\n');

const clock = { nowMs: () => Date.now() };
const connected = (access: EngineAccess, genesis: L2Genesis): Promise<Engine> =>
  connectEngine({ ...access, name: 'geth', genesis: genesisBlock(genesis).hash }, { clock });
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'geth-'));

if (gethBinary !== undefined) {
  engineSuite('geth', async (genesis) => {
    const folder = newFolder();
    await initGeth(folder, genesisFile(genesis));
    const geth = await startGeth(folder);
    return {
      engine: await connected(geth, genesis),
      close: async () => {
        await geth.stop();
        rmSync(folder, { recursive: true });
      },
    };
  });

  describe('geth behind the embedded engine', () => {
    const genesis = labGenesis(corpusAccounts);
    const LENGTH = 40;

    it('finds every block of the corpus valid, and has it again after it was killed', async () => {
      const folder = newFolder();
      await initGeth(folder, genesisFile(genesis));
      await withExecutor(genesis, async (embedded) => {
        const blockOf = async (hash: Uint8Array): Promise<L2Block | undefined> =>
          (await embedded.block(hash))?.block;
        const corpus = new Corpus(11);
        let head = (await embedded.block(0n))!;
        const follow = async (engine: Engine, count: number): Promise<void> => {
          for (let i = 0; i < count; i++) {
            const { transactions, credits } = corpus.next();
            head = built(
              await embedded.build(labRequest(head, transactions, { mode: 'pick', attributes: { credits } })),
            );
            expect(await engine.importBlock(head.block), String(head.block.header.number)).toEqual({
              kind: 'valid',
            });
            const hash = head.block.hash;
            await engine.setHeads({ unsafe: hash, safe: hash, finalized: genesisBlock(genesis).hash });
          }
        };
        let geth = await startGeth(folder);
        await follow(await connected(geth, genesis), LENGTH);
        await geth.kill();
        geth = await startGeth(folder);
        const before = await connected(geth, genesis);
        const kept = (await blockOf((await before.heads()).unsafe))?.header.number ?? 0n;
        expect(kept).toBeLessThanOrEqual(BigInt(LENGTH));
        await follow(catchingUp(before, blockOf), 3);
        expect(to0x((await before.heads()).unsafe)).toBe(to0x(head.block.hash));
        process.stderr.write(`geth held ${kept} of ${LENGTH} blocks after SIGKILL\n`);
        await geth.stop();
      });
      rmSync(folder, { recursive: true });
    });
  });

  it('executes every block of a sequencer that names it as its second engine', async () => {
    const folder = newFolder();
    let secondEngine = '';
    const town = await Town.found({ slotMs: 1_000, settings: (text) => `${text}${secondEngine}` });
    await initGeth(folder, genesisFile(town.genesis));
    const geth = await startGeth(folder);
    const secret = join(folder, 'secret.hex');
    secondEngine = `second_engine: { url: "${geth.url}", jwt_file: "${secret}" }\n`;
    const sequencer = await town.sequencer();
    await town.mine(3);
    const hash = await town.send(sequencer, 0, {});
    const receipt = await until(
      async () =>
        (await sequencer.rpc('eth_getTransactionReceipt', [hash])) as { blockNumber: string } | null,
      (found) => found !== null,
      60_000,
    );
    const block = BigInt(receipt?.blockNumber ?? 0);
    const told = await until(
      async () => sequencerStatus.parse(await askAdmin(join(town.folder, 'sequencer'), 'sequencer-status')),
      ({ secondEngine: said }) => BigInt(/^agrees up to block (\d+)$/.exec(said ?? '')?.[1] ?? 0) >= block,
      60_000,
    );
    expect(told.heads.unsafe.number).not.toBe('0');
    await town.end();
    await geth.stop();
    rmSync(folder, { recursive: true });
  }, 180_000);
}

// What geth said where it was: no more than that can be known without it.
it('block 0 of the corpus has the hash that geth 1.17.5 gave it', () => {
  const { hash } = genesisBlock(labGenesis(corpusAccounts));
  expect(to0x(hash)).toBe('0x37f3368381b048c821871f2d53795e54ad9752f40c26e15e19d8c2cd7a9ec2d4');
});
