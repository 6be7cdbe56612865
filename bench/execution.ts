import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Candidate, ExecutedBlock } from '../src/chain/execution.ts';
import { ascii, bigintToBytes, concat } from '../src/crypto/bytes.ts';
import { Bug } from '../src/crypto/errors.ts';
import { type Address, addressBytes, keccak256 } from '../src/ethereum/address.ts';
import { predeploys } from '../src/ethereum/l2-genesis.ts';
import { decodeL2Tx, readUnprovenTx } from '../src/ethereum/l2-tx.ts';
import { createExecutor } from '../src/services/engine/executor.ts';
import type { Executor } from '../src/system/ports.ts';
import type { TestTx } from '../scripts/lib/test-transactions.ts';
import { CHAIN_ID, built, labAccounts, labGenesis, labRequest, labTx } from '../test/corpus/lab.ts';
import { labRollup } from '../test/corpus/with-executor.ts';
import { type Context, measureOn } from './context.ts';
import { median, rounded } from './measure.ts';

/** Accounts that send in turn. */
const ACCOUNTS = 1_000;
/** The first blocks run on code that is not compiled yet. */
const [WARM_UP, MEASURED] = [5, 10];
const TOKENS = 200;

type Kind = 'transfers' | 'tokens';

const selector = (signature: string): Uint8Array => keccak256(ascii(signature)).subarray(0, 4);

/** Blocks of 1,000 transfers and of 200 transfers of a token, from the request to the disk. */
export async function benchExecution(context: Context): Promise<void> {
  const [size] = context.plan.sizes;
  const [primitives] = context.plan.kinds;
  if (size === undefined || primitives === undefined) return;
  measureOn(primitives);
  const folder = mkdtempSync(join(tmpdir(), 'conclave-bench-execution-'));
  const chain = await BenchChain.open(folder);
  try {
    context.say('execution: giving tokens to accounts');
    for (let i = 0; i < ACCOUNTS; i += TOKENS) await chain.grow(chain.deposits());
    for (const block of ['transfers', 'tokens'] as const) {
      const known = await timesOf(chain, block, true);
      const unknown = await timesOf(chain, block, false);
      const msPerBlock = median(known.map(({ buildMs, headsMs }) => buildMs + headsMs));
      const raws = chain.transactions(block).map(({ raw }) => raw);
      const [decodeMs, provenMs] = [
        msOf(() => void raws.map((raw) => readUnprovenTx(raw))),
        msOf(() => void raws.map((raw) => decodeL2Tx(raw, CHAIN_ID))),
      ];
      const headsMs = median(known.map((one) => one.headsMs));
      const row = {
        bench: 'execution',
        ...{ ...size, primitives, runs: MEASURED, block },
        ...{ transactions: raws.length, msPerBlock: rounded(msPerBlock) },
        perSecond: Math.round((1000 * raws.length) / msPerBlock),
        msPerBlockUnknown: rounded(median(unknown.map((one) => one.buildMs + one.headsMs))),
        phases: {
          ...{ decoding: rounded(decodeMs), senders: rounded(provenMs - decodeMs) },
          'execution and disk': rounded(msPerBlock - decodeMs - headsMs),
          heads: rounded(headsMs),
        },
      } as const;
      context.add(row, `${row.transactions} ${block}: ${row.msPerBlock} ms, ${row.perSecond} a second`);
    }
  } finally {
    await chain.close();
    rmSync(folder, { recursive: true });
  }
}

function msOf(run: () => void): number {
  run();
  const startedMs = performance.now();
  run();
  return performance.now() - startedMs;
}

interface BlockTimes {
  readonly buildMs: number;
  readonly headsMs: number;
}

async function timesOf(chain: BenchChain, kind: Kind, isKnown: boolean): Promise<readonly BlockTimes[]> {
  const times: BlockTimes[] = [];
  for (let i = 0; i < WARM_UP + MEASURED; i++) {
    const candidates = chain.transactions(kind);
    times.push(await chain.grow(isKnown ? candidates : candidates.map(({ raw }) => ({ raw }))));
  }
  return times.slice(WARM_UP);
}

/** A chain on the disk of this machine whose accounts all have METIS and tokens. */
class BenchChain {
  readonly #engine: Executor;
  readonly #accounts = labAccounts(ACCOUNTS);
  #head: ExecutedBlock;
  /** Transactions so far. */
  #sent = 0;

  private constructor(engine: Executor, head: ExecutedBlock) {
    [this.#engine, this.#head] = [engine, head];
  }

  static async open(folder: string): Promise<BenchChain> {
    const genesis = labGenesis(labAccounts(ACCOUNTS));
    const engine = await createExecutor({ folder, genesis, rollup: labRollup });
    const head = await engine.block(0n);
    if (head === undefined) throw new Bug('an engine has block 0');
    return new BenchChain(engine, head);
  }

  /** Transactions of the next block, by one account after another. */
  transactions(kind: Kind): readonly Candidate[] {
    // Of type 0 a thousand fit into a block, whatever its base fee.
    if (kind === 'transfers') return this.#signed(ACCOUNTS, (to) => ({ to, type: 0 }));
    return this.#signed(TOKENS, (to) => {
      const words = concat(new Uint8Array(12), addressBytes(to), bigintToBytes(1n, 32));
      const data = concat(selector('transfer(address,uint256)'), words);
      return { to: predeploys.WMETIS, data, value: 0n, gasLimit: 80_000n };
    });
  }

  deposits(): readonly Candidate[] {
    const tx = { data: selector('deposit()'), value: 10n ** 15n, gasLimit: 80_000n };
    return this.#signed(TOKENS, () => ({ ...tx, to: predeploys.WMETIS }));
  }

  #signed(
    count: number,
    change: (to: Address) => Partial<TestTx> & { readonly to: Address },
  ): readonly Candidate[] {
    return Array.from({ length: count }, (_, i) => {
      const turn = this.#sent + i;
      const [sender, other] = [this.#accounts[turn % ACCOUNTS], this.#accounts[(turn * 7 + 3) % ACCOUNTS]];
      if (sender === undefined || other === undefined) throw new Bug('every turn has its accounts');
      const tx = { fee: 10n ** 11n, ...change(other.address) };
      const raw = labTx(sender, BigInt(Math.floor(turn / ACCOUNTS)), tx.to, tx);
      return { raw, sender: sender.address };
    });
  }

  /** Makes a block of these, and nothing less. */
  async grow(transactions: readonly Candidate[]): Promise<BlockTimes> {
    const startedMs = performance.now();
    this.#head = built(await this.#engine.build(labRequest(this.#head, [], { transactions })));
    const builtMs = performance.now();
    const { hash } = this.#head.block;
    await this.#engine.setHeads({ unsafe: hash, safe: hash, finalized: hash });
    this.#sent += transactions.length;
    return { buildMs: builtMs - startedMs, headsMs: performance.now() - builtMs };
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
