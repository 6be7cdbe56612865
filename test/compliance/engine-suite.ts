import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type L2Block, type L2Header, blockHash } from '../../src/chain/block.ts';
import type { ExecutedBlock, HeadHashes } from '../../src/chain/execution.ts';
import { genesisBlock } from '../../src/chain/genesis.ts';
import { orderedRoot } from '../../src/ethereum/ordered-root.ts';
import type { L2Genesis } from '../../src/ethereum/l2-genesis.ts';
import type { Engine } from '../../src/system/ports.ts';
import { Corpus, corpusAccounts } from '../corpus/corpus.ts';
import { built, labGenesis, labRequest, labTx } from '../corpus/lab.ts';
import { withExecutor } from '../corpus/with-executor.ts';

/** An engine under test, on a chain of its own. */
export interface EngineUnderTest {
  readonly engine: Engine;
  readonly close: () => Promise<void>;
}

const genesis = labGenesis(corpusAccounts);
const FORK = 4;
const LENGTH = 9;
const [alice, bob] = corpusAccounts;
const coded = (code: string): unknown => expect.objectContaining({ code });

/** Blocks 1 to 9, and blocks 5 to 7 of another branch. */
interface Chains {
  readonly trunk: readonly L2Block[];
  readonly branch: readonly L2Block[];
}

async function makeChains(): Promise<Chains> {
  return withExecutor(genesis, async (engine) => {
    const zero = await engine.block(0n);
    if (zero === undefined) throw new Error('there is block 0');
    const grow = async (from: ExecutedBlock, count: number, corpus: Corpus): Promise<ExecutedBlock[]> => {
      const blocks: ExecutedBlock[] = [];
      for (let i = 0; i < count; i++) {
        const { transactions, credits } = corpus.next();
        const forced = transactions.slice(0, i % 3);
        const request = labRequest(blocks.at(-1) ?? from, transactions.slice(i % 3), {
          ...{ mode: 'pick', attributes: { credits, forced } },
        });
        blocks.push(built(await engine.build(request)));
      }
      return blocks;
    };
    const trunk = await grow(zero, LENGTH, new Corpus(7));
    // Other accounts' nonces are those of the trunk: most of these are left out, and some are not.
    const branch = await grow(trunk[FORK - 1] ?? zero, 3, new Corpus(8));
    return { trunk: trunk.map(({ block }) => block), branch: branch.map(({ block }) => block) };
  });
}

/** What every implementation of `Engine` must do, on blocks that the embedded one built. */
export function engineSuite(name: string, make: (genesis: L2Genesis) => Promise<EngineUnderTest>): void {
  describe(`an engine: ${name}`, () => {
    let chains: Chains;
    let tested: EngineUnderTest;
    const zero = genesisBlock(genesis);
    beforeAll(async () => {
      chains = await makeChains();
      tested = await make(genesis);
    });
    afterAll(() => tested.close());
    const at = (number: number): L2Block => (number === 0 ? zero : chains.trunk[number - 1]!);
    const heads = (unsafe: L2Block, safe: L2Block, finalized: L2Block): HeadHashes => ({
      ...{ unsafe: unsafe.hash, safe: safe.hash, finalized: finalized.hash },
    });

    it('begins with block 0 as its heads', async () => {
      expect(await tested.engine.heads()).toEqual(heads(zero, zero, zero));
    });
    it('does not execute a block whose parent it lacks', async () => {
      expect(await tested.engine.importBlock(at(2))).toEqual({ kind: 'parent-unknown' });
    });
    it('finds blocks of another machine valid, in their order, and a second time', async () => {
      for (const block of [...chains.trunk.slice(0, FORK), at(1)])
        expect({ ...(await tested.engine.importBlock(block)), number: block.header.number }).toEqual({
          ...{ kind: 'valid', number: block.header.number },
        });
    });
    it('finds the field that is wrong', async () => {
      const block = at(FORK + 1);
      const word = new Uint8Array(32).fill(1);
      const { gasUsed, baseFeePerGas } = block.header;
      const wrong: Partial<L2Header>[] = [
        ...[{ stateRoot: word }, { receiptsRoot: word }, { logsBloom: new Uint8Array(256).fill(1) }],
        ...[{ gasUsed: gasUsed + 1n }, { baseFeePerGas: baseFeePerGas + 1n }, { gasLimit: 29_000_000n }],
        { timestamp: at(FORK).header.timestamp - 1n },
      ];
      for (const change of wrong)
        expect(await tested.engine.importBlock(rehashed(block, change))).toEqual({
          ...{ kind: 'invalid', field: Object.keys(change)[0] },
        });
      expect(await tested.engine.importBlock({ ...block, hash: word })).toEqual({
        kind: 'invalid',
        field: 'hash',
      });
      expect(await tested.engine.importBlock(block)).toEqual({ kind: 'valid' });
    });
    it('finds a transaction that cannot be executed, and a withdrawal too many', async () => {
      const block = at(FORK + 2);
      const foreign = labTx(alice!, 10_000n, bob!.address);
      const transactions = [...block.transactions, foreign];
      const changed = { ...block, transactions };
      expect(
        await tested.engine.importBlock(rehashed(changed, { transactionsRoot: orderedRoot(transactions) })),
      ).toEqual({ kind: 'invalid', field: 'transactions' });
      const withdrawals = [...block.withdrawals, { index: 99n, address: bob!.address, gwei: 5n }];
      expect((await tested.engine.importBlock({ ...block, withdrawals })).kind).toBe('invalid');
      expect((await tested.engine.importBlock({ ...block, transactions: transactions.slice(1) })).kind).toBe(
        'invalid',
      );
      expect(await tested.engine.importBlock(block)).toEqual({ kind: 'valid' });
    });
    it('has the heads that it is told', async () => {
      for (const block of chains.trunk.slice(FORK)) await tested.engine.importBlock(block);
      const told = heads(at(LENGTH), at(3), at(1));
      await tested.engine.setHeads(told);
      expect(await tested.engine.heads()).toEqual(told);
    });
    it('goes over to another branch, and back', async () => {
      for (const block of chains.branch)
        expect(await tested.engine.importBlock(block)).toEqual({ kind: 'valid' });
      const tip = chains.branch.at(-1)!;
      for (const told of [heads(tip, at(FORK), at(1)), heads(at(LENGTH), at(FORK), at(1))]) {
        await tested.engine.setHeads(told);
        expect(await tested.engine.heads()).toEqual(told);
      }
    });
    it('refuses heads that it does not hold, or that are not on one chain', async () => {
      const before = await tested.engine.heads();
      const lost = { ...zero, hash: new Uint8Array(32).fill(5) };
      await expect(tested.engine.setHeads(heads(lost, zero, zero))).rejects.toThrow(
        coded('engine-unknown-block'),
      );
      const beside = heads(at(LENGTH), chains.branch[1]!, at(1));
      await expect(tested.engine.setHeads(beside)).rejects.toThrow(coded('engine-unknown-block'));
      expect(await tested.engine.heads()).toEqual(before);
    });
  });
}

function rehashed(block: L2Block, change: Partial<L2Header>): L2Block {
  const header = { ...block.header, ...change };
  return { ...block, header, hash: blockHash(header) };
}
